// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_repository.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/format/git_attributes.hpp"
#include "modelcache/format/git_commit.hpp"
#include "modelcache/format/git_quoting.hpp"
#include "modelcache/format/remote_url.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <vector>

namespace modelcache {

namespace {

constexpr std::string_view own_space = "refs/";  // of names that are no branch: "refs/pr/1"

bool can_be_branch(std::string_view ref) {
  return !ref.starts_with(own_space) && ref != "HEAD";
}

std::string config_text(const Snapshot& snapshot, const CloneOptions& options,
                        const FileSystemTraits& traits) {
  std::string text = "[core]\n\trepositoryformatversion = 0\n\tfilemode = ";
  text += traits.has_modes ? "true" : "false";
  text += "\n\tbare = false\n\tlogallrefupdates = true\n";
  if (!traits.has_links) text += "\tsymlinks = false\n";
  text += "[remote \"origin\"]\n\turl = " + quoted_config_value(clone_remote(snapshot, options)) +
          "\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n";
  const std::string branch = clone_branch(snapshot, options);
  if (!branch.empty())
    text += "[branch " + quoted_config_value(branch) +
            "]\n\tremote = origin\n\tmerge = " + quoted_config_value("refs/heads/" + branch) + "\n";
  return text + "[lfs]\n\trepositoryformatversion = 0\n";
}

// Where the names of the hub lead to this commit, so that the clone is as one that was just fetched. Of a
// commit that the hub does not know they would be a lie.
void write_remote_refs(const Dir& git, const Snapshot& snapshot, const CloneCommit& commit) {
  for (const std::string& ref : snapshot.refs) {
    if (ref == "HEAD") continue;
    const std::string path = can_be_branch(ref) ? "refs/remotes/origin/" + ref : ref;
    write_git_file(git, path, commit.id + "\n");
  }
  if (std::find(snapshot.refs.begin(), snapshot.refs.end(), "main") != snapshot.refs.end())
    write_git_file(git, "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/main\n");
}

std::string reflog_line(const CloneCommit& commit, const std::string& remote) {
  return std::string(40, '0') + " " + commit.id + " " + std::string(git_identity) + " " +
         std::to_string(std::time(nullptr)) + " +0000\tclone: from " + remote + "\n";
}

void write_head(const Dir& git, const Snapshot& snapshot, const CloneCommit& commit,
                const CloneOptions& options) {
  const std::string branch = clone_branch(snapshot, options);
  const std::string log = reflog_line(commit, clone_remote(snapshot, options));
  write_git_file(git, "logs/HEAD", log);
  if (branch.empty()) return write_git_file(git, "HEAD", commit.id + "\n");
  write_git_file(git, "refs/heads/" + branch, commit.id + "\n");
  write_git_file(git, "logs/refs/heads/" + branch, log);
  write_git_file(git, "HEAD", "ref: refs/heads/" + branch + "\n");
}

}  // namespace

std::string clone_branch(const Snapshot& snapshot, const CloneOptions& options) {
  const auto has = [&](std::string_view ref) {
    return std::find(snapshot.refs.begin(), snapshot.refs.end(), ref) != snapshot.refs.end();
  };
  // A ref that was asked for and can be no branch is what is checked out, without one.
  if (!options.branch.empty())
    return has(options.branch) && can_be_branch(options.branch) ? options.branch : "";
  if (has("main")) return "main";
  const auto first = std::find_if(snapshot.refs.begin(), snapshot.refs.end(), can_be_branch);
  return first != snapshot.refs.end() ? *first : "";
}

std::string clone_remote(const Snapshot& snapshot, const CloneOptions& options) {
  return options.remote.empty() ? hub_url(RemoteRepo::Hub::hugging_face, snapshot.repo) : options.remote;
}

std::string missing_attributes(const CloneTree& tree, const CloneObjects& objects) {
  std::deque<std::string> texts;
  std::vector<GitAttributesText> attributes;
  for (const CloneFile& file : tree.files) {
    const Entry& entry = *file.entry;
    if (entry.path.name() != ".gitattributes" || !file.pointer.empty() || file.mode == FileMode::link ||
        entry.size > git_attributes_limit || !objects.holds(file.oid))
      continue;
    std::string& text = texts.emplace_back();
    objects.read(file.oid, [&](std::string_view piece) { text += piece; });
    attributes.push_back({std::string(entry.path.parent()), text});
  }
  const GitAttributes rules(attributes);
  std::string lines;
  for (const CloneFile& file : tree.files)
    if (!file.pointer.empty() && rules.filter(file.entry->path) != FilterAttribute::lfs)
      lines += lfs_attributes_line(file.entry->path);
  return lines;
}

// vfat shows every file as executable, or none.
bool keeps_modes(const Dir& git) {
  constexpr std::uint32_t owner_may_run = 0100;
  constexpr std::string_view probe = "mode-probe";
  git.create_file(probe, 0700);
  const bool is_kept = (git.status(probe).mode & owner_may_run) != 0;
  git.remove_file(probe);
  git.create_file(probe, 0600);
  const bool is_absent = (git.status(probe).mode & owner_may_run) == 0;
  git.remove_file(probe);
  return is_kept && is_absent;
}

void write_git_file(const Dir& git, std::string_view path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) git.make_dirs(path.substr(0, slash));
  AtomicFile file(git, git, path);
  file.write(text);
  if (!file.publish(Dir::IfExists::keep, AtomicFile::NameSync::all_by_caller))
    throw_error(Cause::refused, "make", git.path_of(path), "something else has this name");
}

void write_repository(const Dir& git, const Snapshot& snapshot, const CloneCommit& commit,
                      const CloneOptions& options, const FileSystemTraits& traits) {
  for (const char* path : {"objects/info", "refs/heads", "refs/tags", "info"}) git.make_dirs(path);
  write_git_file(git, "config", config_text(snapshot, options, traits));
  if (commit.has_parents) write_git_file(git, "shallow", commit.id + "\n");
  if (commit.is_exact) write_remote_refs(git, snapshot, commit);
  write_head(git, snapshot, commit, options);
}

}  // namespace modelcache
