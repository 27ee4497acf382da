// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/file_name.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/hf_inventory.hpp"

#include <algorithm>

namespace modelcache {

namespace {

constexpr const char* default_revision = "main";

// As the file system reads it: without empty and "." components.
std::string plain_path(std::string_view file) {
  std::string out;
  while (true) {
    const std::size_t end = file.find('/');
    const std::string_view part = file.substr(0, end);
    if (!part.empty() && part != ".") out += (out.empty() ? "" : "/") + std::string(part);
    if (end == std::string_view::npos) return out;
    file.remove_prefix(end + 1);
  }
}

// Whether a snapshot entry can be read: a file, or a link whose content is there.
bool is_readable(const Dir& root, const Dir& repo, const std::string& path, std::size_t depth,
                 const RepoLocation& location) {
  const auto status = repo.find_status(path);
  if (!status || status->kind == FileKind::file) return status.has_value();
  const auto text = repo.find_link(path);
  if (!text) return false;
  const SnapshotLink link = classify_snapshot_link(*text, depth, location);
  if (!link.reads_through()) return false;
  const auto blobs = HfBlobs::open(root, repo);
  return blobs && blobs->find(link.blob);
}

}  // namespace

std::optional<std::string> HfInventory::find_folder(const RepoId& repo) {
  return repo.folder();
}

const RevisionInventory* HfInventory::choose_revision(const RepoInventory& repo,
                                                      const std::optional<std::string>& revision) const {
  return find_revision(repo, revision.value_or(default_revision));
}

Lookup HfInventory::look_up(const std::string& folder, const std::optional<std::string>& revision,
                            std::string_view file) {
  if (client_refuses(file))
    throw Error(Cause::usage,
                "'" + terminal_safe(file) + "' is no file name in a repo; the client refuses it too");
  const auto repo = or_nothing([&] { return root_.find_dir(folder); });
  const std::string path = plain_path(file);
  std::string commit = revision.value_or(default_revision);
  if (!repo || path_flaw(path) || path_flaw(commit)) return {};
  // The client takes the ref's bytes as they are; so a ref with a newline finds nothing.
  if (const auto ref = or_nothing([&] { return repo->find_content("refs/" + commit, ref_text_limit); }))
    commit = *ref;
  if (path_flaw(commit) || commit.find('/') != std::string::npos) return {};
  const auto marker = or_nothing([&] { return repo->find_status(".no_exist/" + commit + "/" + path); });
  if (marker && marker->kind == FileKind::file) return {Lookup::Answer::known_absent, {}};
  const std::string entry = "snapshots/" + commit + "/" + path;
  const auto depth = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  const RepoLocation location = location_of(folder);
  const bool is_there = or_nothing([&] { return is_readable(root_, *repo, entry, depth, location); });
  if (!is_there) return {};
  return {Lookup::Answer::found, repo->path_of(entry)};
}

}  // namespace modelcache
