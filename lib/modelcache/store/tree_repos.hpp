// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the caches of AI Studio and ModelScope keep their repos. Promise: one rule from repo to folder and
// back; nothing but names is read and no link is followed.
//
//   ROOT/models/<owner>/<name>                       indexed: files, .msc, .mdl, .mv. aistudio-sdk 0.3,
//                                                    modelscope 1.23 - 1.37 (1.22 without "models/"); dots of
//                                                    the name are written "___"
//   ROOT/models/<owner>--<name>/snapshots/<revision> snapshots: modelscope >= 1.38
//   ROOT/models/<name>/{blobs,snapshots}             blobs: aistudio-sdk 0.1 - 0.2
//   ROOT/models--<owner>--<name>/{blobs,snapshots}   hub: PaddleNLP up to 3.0; blobs named as those before
//
// A ModelScope root holds those of its releases side by side, also below ROOT/hub.

#include "modelcache/base/dir.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/store/locate.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class TreeForm { indexed, snapshots, blobs, hub };

struct TreeRepo {
  RepoType type = RepoType::model;
  std::string id;      // "owner/name" as the folder says, dots put back; not validated
  std::string folder;  // relative to the root
  TreeForm form = TreeForm::indexed;

  // Nothing when the id breaks a rule of the hub.
  std::optional<RepoId> repo() const;
};

struct TreeRepos {
  std::vector<TreeRepo> repos;       // in the order in which a client would look, for each repo; sorted by id
  std::vector<std::string> aliases;  // links in place of a repo's folder, relative to the root; sorted
};

// `layout` is aistudio or modelscope. A directory that cannot be read is left out.
TreeRepos find_tree_repos(const Dir& root, Layout layout);

// All that hold this repo, the one that the newest client takes first; empty when there is none.
std::vector<TreeRepo> find_tree_repo(const Dir& root, Layout layout, const RepoId& repo);

// Whose index a cache of this layout keeps, in the trees that have one.
MscFlavour msc_flavour(Layout layout);

// Relative to the root; where a new one is made. Throws Error(refused) for an id without an owner, one whose
// folder would be that of another repo, and a type that the layout does not have.
std::string indexed_folder(const RepoId& repo);
std::string snapshots_folder(const RepoId& repo);

// Where parts of the repo's files lie while they come in, relative to the directory of the types.
std::string partials_folder(Layout layout, const RepoId& repo);

}  // namespace modelcache
