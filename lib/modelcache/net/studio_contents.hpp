// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ids that AI Studio's git server has for the files of a repo, as its contents API tells them. Promise: a
// listing that could not be a git tree, or is larger or deeper than any, is refused as a whole; a path in it
// is safe.

#include "modelcache/base/digest.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/net/http_client.hpp"

#include <atomic>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// Where aistudio-sdk 0.3 looks.
struct StudioServer {
  std::string url;    // without a final slash
  std::string token;  // empty: none
};
// From STUDIO_GIT_HOST (a name without scheme is asked by https), AISTUDIO_ACCESS_TOKEN, and the file that
// the client keeps its token in. Throws Error(io) when that cannot be read.
StudioServer find_studio_server();

struct StudioLimits {
  HttpLimits http;
  std::size_t entries = 1'000'000;  // files and folders
  std::size_t depth = 32;           // folders above a file
};

// All files of the repo at `revision` (a branch, tag or commit; empty: the default branch) with their git
// ids. What is no regular file (a link, a submodule) has no id. Throws Error(not_found) when there is no such
// repo or revision, Error(refused) for a listing that lies, and what HttpClient::get throws.
std::map<RelPath, std::optional<Digest>> list_studio_files(const StudioServer& server, const RepoId& repo,
                                                           std::string_view revision,
                                                           const StudioLimits& limits = {},
                                                           const std::atomic<bool>* cancelled = nullptr);

// The answer for one folder, taken apart. `folder` is empty for the top.
struct StudioEntry {
  enum class Type : std::uint8_t { file, folder, other };

  RelPath path;
  Type type = Type::file;
  std::optional<Digest> id;  // of a file
};
struct ParsedStudioFolder {
  std::vector<StudioEntry> entries;
  std::string reason;  // why the answer is refused; empty when it is not
};
ParsedStudioFolder parse_studio_folder(std::string_view json, std::string_view folder,
                                       std::size_t most_entries);

}  // namespace modelcache
