// SPDX-License-Identifier: Apache-2.0
#pragma once

// From the url of a git remote to a hub and a repo. Promise: an unknown host or a local path is nothing,
// never a guess; user names, passwords and tokens are in no result.

#include "modelcache/model/repo_id.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

struct RemoteRepo {
  enum class Hub { hugging_face, ai_studio, modelscope };

  Hub hub;
  std::optional<RepoId> repo;  // nothing when the path is no repo of that hub
  std::string host;            // lower case, without port

  friend bool operator==(const RemoteRepo&, const RemoteRepo&) = default;
};

// `url` is the raw value of remote.<name>.url: "https://host/path", "ssh://git@host:22/path" or
// "git@host:path". `hf_endpoint` is the value of HF_ENDPOINT, or empty: its host is one of Hugging Face too;
// where it names a port, an http(s) url must have the same one.
std::optional<RemoteRepo> parse_remote_url(std::string_view url, std::string_view hf_endpoint = {});

// Where a hub has this repo, for git: "https://huggingface.co/datasets/org/name",
// "https://git.aistudio.baidu.com/org/name.git", "https://www.modelscope.cn/datasets/org/name.git".
std::string hub_url(RemoteRepo::Hub hub, const RepoId& repo);

// Whether the url holds what should not lie in a configuration file: a password, a user of http(s), which is
// where tokens go, or a query.
bool holds_credentials(std::string_view url);

// For messages: the url without user name, password, query and fragment, from its first 4096 bytes. Not
// terminal-safe.
std::string without_credentials(std::string_view url);

}  // namespace modelcache
