// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_notes.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/format/git_commit.hpp"
#include "modelcache/format/git_quoting.hpp"

#include <algorithm>
#include <cctype>

namespace modelcache {

namespace {

using Entries = std::vector<const Entry*>;

std::string some_of(const Entries& entries) {
  constexpr std::size_t shown = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(entries.size(), shown); ++i)
    text += (i > 0 ? ", " : "") + terminal_safe(entries[i]->path);
  if (entries.size() > shown) text += " and " + std::to_string(entries.size() - shown) + " more";
  return text;
}

bool is_link_to_git_rules(const Entry& entry) {
  std::string name(entry.path.name());
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return entry.mode == FileMode::link && name == ".gitmodules";
}

// Why the commit is not the hub's own.
std::string reason_for_root(const Snapshot& snapshot, const CloneTree& tree) {
  const auto kept = parse_git_commit(snapshot.commit_object);
  if (!kept) return "the source does not keep the hub's commit";
  return "the commit's tree is " + kept->tree.hex() + ", the files give " + tree.id.hex();
}

void note_commit(const Snapshot& snapshot, const CloneTree& tree, const std::string& path,
                 std::vector<std::string>& notes) {
  const CloneCommit commit = clone_commit(snapshot, tree);
  if (commit.is_exact) return;
  notes.push_back("the clone has one commit without history, " + commit.id + ", instead of " +
                  snapshot.commit + ": " + reason_for_root(snapshot, tree));
  const std::string git = "git -C " + quoted_shell_word(path);
  notes.push_back("with a network this puts the hub's commit in its place: " + git +
                  " fetch --depth 1 origin " + snapshot.commit + " && " + git +
                  " reset --soft FETCH_HEAD; then " + git + " fetch --unshallow for all of its history");
}

void note_tree(const Publication& publication, const CloneTree& tree, std::vector<std::string>& notes) {
  const Snapshot& snapshot = publication.snapshot;
  if (!tree.left_out.empty())
    notes.push_back("not in the clone's tree, since their contents are not there: " + some_of(tree.left_out));
  if (!tree.rewritten.empty())
    notes.push_back("the hub has another form of the LFS pointer of " + some_of(tree.rewritten) +
                    "; the clone has the usual one");
  if (!snapshot.lists_all) notes.emplace_back("nothing tells whether these are all files of the commit");
  if (snapshot.commit_object.empty())
    notes.emplace_back("nothing tells which files are executable or links: all are plain files");
}

void note_contents(const Publication& publication, const CloneTree& tree, const CloneOptions& options,
                   std::vector<std::string>& notes) {
  Entries pointers;
  for (const CloneFile& file : tree.files)
    if (!file.has_content) pointers.push_back(file.entry);
  if (!pointers.empty())
    notes.push_back("the clone has only the LFS pointer of " + some_of(pointers) +
                    "; git lfs pull brings the contents");
  const bool has_large = std::any_of(tree.files.begin(), tree.files.end(),
                                     [](const CloneFile& file) { return !file.pointer.empty(); });
  if (!has_large || publication.present.empty()) return;
  if (options.put.link == PutOptions::Link::hardlink)
    notes.emplace_back(
        "objects in .git/lfs share their bytes with the cache: what changes them there, changes "
        "both; files of the worktree do not");
  if (options.put.link == PutOptions::Link::symlink)
    notes.emplace_back("objects in .git/lfs are links into the cache: without it the clone is broken");
}

void require_refs_together(const std::vector<std::string>& refs) {
  for (const std::string& one : refs)
    for (const std::string& other : refs)
      if (other.starts_with(one + "/"))
        throw_error(Cause::refused, "make the ref", other, "git cannot have it beside '" + one + "'");
}

}  // namespace

void require_git_names(const Snapshot& snapshot) {
  for (const Entry& entry : snapshot.entries) {
    if (git_refuses(entry.path))
      throw_error(Cause::refused, "make a clone with", entry.path,
                  "git takes this name for its own directory");
    if (is_link_to_git_rules(entry))
      throw_error(Cause::refused, "make a clone with", entry.path, "git does not follow a link of this name");
  }
  require_refs_together(snapshot.refs);
}

std::vector<std::string> clone_notes(const Publication& publication, const std::string& path,
                                     const CloneOptions& options) {
  require_git_names(publication.snapshot);
  const CloneTree tree = clone_tree(publication);
  std::vector<std::string> notes;
  note_commit(publication.snapshot, tree, path, notes);
  note_tree(publication, tree, notes);
  note_contents(publication, tree, options, notes);
  return notes;
}

}  // namespace modelcache
