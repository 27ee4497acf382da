// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_sink.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/store/blob_batch.hpp"
#include "modelcache/store/blob_writer.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/hf_absence.hpp"
#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/hf_inventory.hpp"
#include "modelcache/store/hf_placement.hpp"
#include "modelcache/store/hf_snapshot_writer.hpp"
#include "modelcache/store/link_ways.hpp"
#include "modelcache/store/locate.hpp"
#include "modelcache/store/new_directory.hpp"
#include "modelcache/store/shared_store_writer.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <utility>

namespace modelcache {

// One repo's folder, looked at or (with staging) prepared for writing.
struct HfSink::OpenRepo {
  OpenRepo(RepoId repo_id, const Dir& root, Dir repo_dir)
      : id(std::move(repo_id)), dir(std::move(repo_dir)), blobs(HfBlobs::open(root, dir)) {}

  RepoId id;
  Dir dir;
  std::optional<HfBlobs> blobs;
  std::optional<Dir> locks;
  std::optional<Dir> staging;
  std::optional<FileLock> lock;
  std::optional<SharedStoreWriter> shared;
  std::optional<HfPlacement> placement;
  std::optional<BlobBatch> batch;

  bool holds(const Entry& entry, const PutOptions& options) const;

  void note_partials();
  bool has_partials(const std::string& etag) const { return partials_.contains(etag); }
  void drop_partials(const std::string& etag) const;

 private:
  std::multimap<std::string, std::string> partials_;  // etag -> temporaries that were there before us
};

void HfSink::OpenRepo::note_partials() {
  blobs->dir().for_each([this](const Dir::Item& item) {
    const BlobEntry entry = classify_blob_entry(item.name);
    // "<etag>.<8 hex>.incomplete" alone: clients that write "<etag>.incomplete" do not lock.
    const bool unique =
        item.name.size() == entry.etag.size() + std::string_view(".01234567.incomplete").size();
    if (entry.kind == BlobEntryKind::partial && unique) partials_.emplace(entry.etag, item.name);
  });
}

void HfSink::OpenRepo::drop_partials(const std::string& etag) const {
  const auto [first, last] = partials_.equal_range(etag);
  for (auto it = first; it != last; ++it)
    if (blobs->dir().find_status(it->second)) blobs->dir().remove_file(it->second);
}

namespace {

constexpr std::string_view staging_path = ".modelcache/tmp";

// Whether `folder`, which can be opened, is only another spelling of one that is there: some file systems
// fold case, and would make one repo of two. Elsewhere one look at a name that nobody uses tells.
bool is_other_spelling(const Dir& root, const std::string& folder) {
  std::string other = folder;
  other.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(other.front())));
  if (!root.find_status(other)) return false;
  const auto names = root.names();
  return !std::binary_search(names.begin(), names.end(), folder);
}

std::optional<Dir> find_folder(const Dir& root, const std::string& folder) {
  auto dir = root.find_dir(folder);
  if (dir && is_other_spelling(root, folder))
    throw_error(Cause::refused, "write to", root.path_of(folder),
                "the file system takes this name for that of another repo that is there");
  return dir;
}

bool may_share(HfForm form) {
  return form == HfForm::automatic || form == HfForm::shared;
}

bool has_links(const Dir& staging) {
  const std::string name = random_hex();
  try {
    staging.make_link("probe", name);
  } catch (const Error& error) {
    if (error.error_number() == EPERM || error.error_number() == EOPNOTSUPP || error.error_number() == ENOSYS)
      return false;
    throw;
  }
  staging.remove_file(name);
  return true;
}

// How many links of all revisions name each blob.
BlobUses blob_uses(const std::string& root, const std::string& folder) {
  BlobUses uses;
  const auto repo = HfInventory(root).read(folder, Detail::files);
  if (!repo) return uses;
  const std::string blobs = repo->path + "/blobs/";
  for (const RevisionInventory& revision : repo->revisions)
    for (const FileInventory& file : revision.list)
      if (file.blob.starts_with(blobs)) ++uses[file.blob.substr(blobs.size())];
  return uses;
}

// What a run that died at its very end left is work to do.
bool has_leftovers(const Dir& repo) {
  const auto own = repo.find_dir(".modelcache");
  if (!own) return false;
  const auto names = own->names();
  return names.empty() || std::find(names.begin(), names.end(), "tmp") != names.end();
}

// A file in place of a directory is damage, not a failure of the disk: trying again will not help.
template <typename Work>
auto refusing_damage(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.error_number() != ENOTDIR) throw;
    throw Error(Cause::refused, error.what(), ENOTDIR);
  }
}

bool is_held(const HfBlobs& blobs, const Entry& entry, const PutOptions& options) {
  const std::string name = entry.content->hex();
  if (const auto status = blobs.find(name)) return status->size == entry.size;
  const auto text = options.link == PutOptions::Link::symlink ? blobs.dir().find_link(name) : std::nullopt;
  return text && leads_to_size(*text, entry.size);
}

}  // namespace

bool HfSink::OpenRepo::holds(const Entry& entry, const PutOptions& options) const {
  return (blobs && is_held(*blobs, entry, options)) ||
         (batch && batch->holds(entry.content->hex(), entry.size));
}

HfSink::HfSink(const std::string& root, ForeignRoot foreign_root, HfForm form)
    : root_path_(absolute_path(root)), form_(form) {
  root_ = Dir::find_root(root_path_);
  if (root_) require_own_root(*root_, foreign_root);
}

HfSink::~HfSink() {
  drop_staging();
}

std::string HfSink::path_of(const Snapshot& snapshot) const {
  return root_path_ + "/" + snapshot.repo.folder() + "/snapshots/" + snapshot.commit;
}

const HfSink::OpenRepo* HfSink::find_repo(const RepoId& repo) {
  if (repo_ && repo_->id == repo) return repo_.get();
  if (seen_ && seen_->id == repo) return seen_.get();
  if (!root_) return nullptr;
  auto dir = find_folder(*root_, repo.folder());
  if (!dir) return nullptr;
  seen_ = std::make_unique<OpenRepo>(repo, *root_, std::move(*dir));
  return seen_.get();
}

HfSink::OpenRepo& HfSink::prepared(const RepoId& repo) {
  if (!repo_ || repo_->id != repo || !repo_->staging)
    throw Error(Cause::internal, "a repo was written before it was prepared");
  return *repo_;
}

bool HfSink::holds(const RepoId& repo, const Entry& entry, const PutOptions& options) {
  const OpenRepo* open = find_repo(repo);
  return open != nullptr && open->holds(entry, options);
}

bool HfSink::shows_file(const RepoId& repo, std::string_view commit, const Entry& entry) {
  const OpenRepo* open = find_repo(repo);
  const auto snapshot =
      open != nullptr ? open->dir.find_dir("snapshots/" + std::string(commit)) : std::nullopt;
  if (!snapshot || link_state(*snapshot, entry) != LinkState::equal_file) return false;
  shown_[{repo, *entry.content}].insert("snapshots/" + std::string(commit) + "/" + entry.path.bytes());
  return true;
}

bool HfSink::is_published(const Publication& publication) {
  const OpenRepo* open = find_repo(publication.snapshot.repo);
  if (open == nullptr) return false;
  const bool is_staging_ours = open == repo_.get();
  return refusing_damage([&] {
    return (is_staging_ours || !has_leftovers(open->dir)) &&
           HfSnapshotWriter::is_done(open->dir, publication, form_);
  });
}

bool HfSink::proves(const RepoId& repo, const Entry& entry) {
  const OpenRepo* open = find_repo(repo);
  if (open == nullptr) return false;
  if (repo_ && repo_->batch) repo_->batch->flush();
  const std::string name = entry.content->hex();
  const auto blob = open->blobs ? open->blobs->open_file(name) : std::nullopt;
  if (blob && !holds_content(*blob, entry, name)) return false;
  std::set<std::string> files = shown_[{repo, *entry.content}];
  if (open->placement) {
    const auto& placed = open->placement->files_of(*entry.content);
    files.insert(placed.begin(), placed.end());
  }
  for (const std::string& path : files) {
    const auto file = open->dir.find_file(path);
    if (!file || !holds_content(*file, entry, path)) return false;
  }
  return blob || !files.empty();
}

std::vector<std::string> HfSink::notes(const Publication& publication) const {
  const Entry* first = nullptr;
  std::size_t count = 0;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    if (!publication.present[i] || entry.mode != FileMode::executable) continue;
    if (count++ == 0) first = &entry;
  }
  if (first == nullptr) return {};
  const std::string others = count == 1 ? "" : " and " + std::to_string(count - 1) + " more";
  return {"clients see no executable bit in a cache: " + terminal_safe(first->path) + others +
          "; it is noted in .modelcache/commits"};
}

std::uint64_t HfSink::free_bytes() const {
  return nearest_dir().free_bytes();
}

Dir HfSink::nearest_dir() const {
  return root_ ? root_->duplicate() : Dir::open_root(existing_ancestor(root_path_));
}

Method HfSink::foresee(const Entry& entry, const std::optional<ContentPlace>& place,
                       const PutOptions& options) const {
  const auto store = place && !place->payload.empty() && root_ && may_share(form_)
                         ? SharedStoreWriter::open(*root_)
                         : std::nullopt;
  if (store && store->has_payload(place->payload, entry.size)) return Method::symlink;
  return foresee_method(nearest_dir(), place, options);
}

void HfSink::prepare(const RepoId& repo, std::chrono::milliseconds wait) {
  if (repo_ && repo_->id == repo && repo_->staging) return;
  drop_staging();
  repo_.reset();
  seen_.reset();
  if (!root_) root_ = make_directories(root_path_);
  const std::string folder = repo.folder();
  Dir locks = root_->make_dirs(".locks/" + folder);
  FileLock lock = FileLock::acquire(locks, "modelcache.lock", wait);
  auto there = find_folder(*root_, folder);
  Dir repo_dir = there ? std::move(*there) : root_->make_dirs(folder);
  repo_dir.make_dir("blobs");
  auto open = std::make_unique<OpenRepo>(repo, *root_, std::move(repo_dir));
  open->lock = std::move(lock);
  open->locks = std::move(locks);
  // A repo folder without snapshots/ is reported as damaged by the clients' scanners.
  open->dir.make_dir("snapshots");
  repo_ = std::move(open);
  // With the repo's lock held, whatever is staged here is of a run that died.
  repo_->dir.remove_tree(staging_path);
  repo_->note_partials();
  root_->sync();
  repo_->dir.sync();
  repo_->staging = repo_->dir.make_dirs(staging_path);
  const bool is_linked = form_ != HfForm::files && (form_ != HfForm::automatic || has_links(*repo_->staging));
  repo_->placement.emplace(repo_->dir, *repo_->staging, *repo_->blobs,
                           is_linked ? HfForm::links : HfForm::files,
                           is_linked ? BlobUses() : blob_uses(root_path_, folder));
  repo_->batch.emplace(*repo_->staging, repo_->blobs->dir());
  if (form_ == HfForm::shared)
    repo_->shared = SharedStoreWriter::make(*root_, *repo_->staging);
  else if (is_linked && may_share(form_))
    repo_->shared = SharedStoreWriter::open(*root_);
}

PutResult HfSink::put(const RepoId& repo, const Entry& entry, Content content, const PutOptions& options) {
  OpenRepo& open = prepared(repo);
  const std::string name = entry.content->hex();
  const std::string lock_name = name + ".lock";
  const bool is_small = entry.size <= BlobBatch::largest_content;
  // The lock saves a client's download; that of a small content is not worth a file that stays for ever.
  std::optional<FileLock> lock;
  if (!is_small || open.has_partials(name) || open.locks->find_status(lock_name))
    lock = FileLock::acquire(*open.locks, lock_name, options.wait);
  // Somebody else may have brought it in while we waited.
  if (open.holds(entry, options)) return {};
  // Whoever writes this content holds this lock, so temporaries that were there before are dead. Unless flock
  // does nothing here (some network file systems): then our own lock is not seen either.
  if (lock && FileLock::is_held(*open.locks, lock_name)) open.drop_partials(name);
  if (auto result = put_shared(open, entry, content, options)) return *result;
  const Dir& blobs = open.blobs->dir();
  const auto if_exists = blobs.find_status(name) ? Dir::IfExists::replace : Dir::IfExists::keep;
  const bool is_copied =
      options.link != PutOptions::Link::symlink && options.link != PutOptions::Link::hardlink;
  if (is_small && is_copied) return open.batch->put(entry, content, options, if_exists);
  return write_blob({blobs, name, *open.staging, if_exists}, entry, content, options);
}

// Nothing where the content is to be the repo's own.
std::optional<PutResult> HfSink::put_shared(const OpenRepo& open, const Entry& entry, const Content& content,
                                            const PutOptions& options) const {
  if (!open.shared || content.payload.empty()) return {};
  const std::string name = entry.content->hex();
  const SharedUse use{content.payload, open.id.folder() + "/blobs/" + name};
  return open.shared->put(use, *open.staging, entry, content, options, [&] {
    const std::string link = random_hex();
    open.staging->make_link(shared_link_text(use.payload), link);
    // What has the name is broken, or is_held() would have said so.
    open.staging->move_to(link, open.blobs->dir(), name, Dir::IfExists::replace);
  });
}

std::vector<Finding> HfSink::publish(const Publication& publication) {
  OpenRepo& open = prepared(publication.snapshot.repo);
  open.batch->flush();
  open.blobs->dir().sync();
  const HfSnapshotWriter writer(open.dir, *open.staging, *open.placement);
  return refusing_damage([&] {
    std::vector<Finding> findings = writer.write_entries(publication);
    write_absence_markers(open.dir, *open.staging, publication);
    if (auto finding = writer.write_listing(publication)) findings.push_back(std::move(*finding));
    writer.write_commit(publication);
    writer.write_refs(publication);
    return findings;
  });
}

void HfSink::finish() {
  drop_staging();
  repo_.reset();
}

void HfSink::drop_staging() noexcept {
  if (!repo_) return;
  try {
    // What was proved stays for the next run.
    if (repo_->batch) repo_->batch->flush();
  } catch (const std::exception&) {
    // Whoever counts on it called publish(), which told.
  }
  try {
    repo_->batch.reset();
    repo_->staging.reset();
    repo_->dir.remove_tree(staging_path);
    repo_->dir.remove_empty_dir(".modelcache");
  } catch (const std::exception&) {
    // What stays is recognised and removed by the next run.
  }
}

}  // namespace modelcache
