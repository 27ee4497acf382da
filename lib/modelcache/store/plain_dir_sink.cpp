// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/plain_dir_sink.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/store/blob_writer.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/link_ways.hpp"
#include "modelcache/store/locate.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::uint32_t plain_mode = 0666;
constexpr std::uint32_t executable_mode = 0777;
constexpr std::uint32_t owner_may_execute = 0100;

std::string staging_name(std::string_view part) {
  return std::string(LocalBookkeeping::staging_path) + "/" + std::string(part);
}

bool has_bytes(const Dir& dir, const Entry& entry, const std::atomic<bool>* cancelled) {
  const auto file = or_nothing([&] { return dir.find_file(entry.path); });
  return file && holds_content(*file, entry, dir.path_of(entry.path), cancelled);
}

// A temporary of AtomicFile: ".<8 hex>.incomplete" ends its name.
bool is_temporary(std::string_view name) {
  constexpr std::string_view suffix = ".incomplete";
  if (!name.ends_with(suffix) || name.size() < suffix.size() + 9) return false;
  const std::string_view hex = name.substr(name.size() - suffix.size() - 8, 8);
  return name[name.size() - suffix.size() - 9] == '.' &&
         hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

// What grew here is of no use when a content was not what it should be.
template <typename Work>
auto PlainDirSink::remembering_refusal(const Work& work) -> decltype(work()) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.cause() == Cause::refused) is_refused_ = true;
    throw;
  }
}

PlainDirSink::PlainDirSink(const std::string& path, PlainDirSinkOptions options)
    : path_(real_path(path)), options_(options) {
  if (path_ == "/") throw_error(Cause::usage, "write to", path_, "it is the root of all");
  target_ = Dir::find_root(path_);
  if (target_) require_own_root(*target_, options_.foreign_root);
}

PlainDirSink::~PlainDirSink() {
  drop_staging();
  if (!is_refused_ || !is_growing()) return;
  try {
    fresh_->discard();
  } catch (const std::exception&) {
    // What stays is found by the next run.
  }
}

std::string PlainDirSink::path_of(const Snapshot&) const {
  return path_;
}

bool PlainDirSink::shows(const Dir& dir, const Entry& entry, const PutOptions& options) const {
  const auto status = or_nothing([&] { return dir.find_status(entry.path); });
  if (!status) return false;
  if (status->kind == FileKind::link) {
    const auto text = dir.find_link(entry.path);
    return options.link == PutOptions::Link::symlink && text && leads_to_size(*text, entry.size);
  }
  if (status->kind != FileKind::file || status->size != entry.size) return false;
  const auto noted = LocalBookkeeping(dir).metadata(entry.path);
  if (noted && noted->content() == entry.content && noted->is_as_late_as(status->modified)) return true;
  return has_bytes(dir, entry, options.cancelled);
}

bool PlainDirSink::holds(const RepoId&, const Entry& entry, const PutOptions& options) {
  if (is_reserved(entry.path))
    throw_error(Cause::refused, "write", entry.path,
                "git and the hub's clients keep their own files there; --exclude leaves it out");
  different_ = options.different;
  cancelled_ = options.cancelled;
  return (target_ && shows(*target_, entry, options)) || (parts_ && shows(incoming(), entry, options));
}

bool PlainDirSink::is_blocked(const RepoId&, const Entry& entry, const PutOptions& options) {
  if (!target_) return false;
  try {
    const auto status = target_->find_status(entry.path);
    if (!status) return false;
    const bool may_go = status->kind == FileKind::file || status->kind == FileKind::link;
    return !may_go || options.different == PutOptions::Different::kept;
  } catch (const Error& error) {
    // A file or a link where the path needs a directory.
    if (error.cause() == Cause::refused || is_absent(error)) return true;
    throw;
  }
}

void PlainDirSink::require_fit(const Publication& publication) const {
  const Snapshot& snapshot = publication.snapshot;
  if (options_.metadata == Metadata::written) PlainDirNotes::require_notable(publication);
  if (commit_ && *commit_ != snapshot.commit)
    throw Error(Cause::usage, "a directory shows one revision, and two were asked for: " + *commit_ +
                                  " and " + snapshot.commit);
  commit_ = snapshot.commit;
  if (options_.checksums == Checksums::written && snapshot.find(PlainDirNotes::checksums_name) != nullptr)
    throw_error(Cause::refused, "write", PlainDirNotes::checksums_name,
                "the revision has a file of this name itself");
  const auto known = target_ && options_.metadata == Metadata::written
                         ? LocalBookkeeping(*target_).record().record
                         : std::nullopt;
  if (known && known->repo != snapshot.repo && different_ == PutOptions::Different::kept)
    throw_error(Cause::refused, "write to", path_,
                "it holds " + known->repo.text() +
                    ", as .cache/huggingface/modelcache.json says; --replace "
                    "writes " +
                    snapshot.repo.text() + " there all the same");
}

std::optional<std::string> PlainDirSink::checksums(const PlainDirNotes& notes) const {
  if (options_.checksums == Checksums::none) return {};
  return notes.checksums(cancelled_);
}

// Somebody's own SHA256SUMS is in the way.
bool PlainDirSink::is_kept(const PlainDirNotes& notes, const std::optional<std::string>& checksums) const {
  return checksums && different_ == PutOptions::Different::kept && notes.has_foreign_checksums(*checksums);
}

bool PlainDirSink::is_published(const Publication& publication) {
  require_fit(publication);
  if (!target_ || target_->find_status(LocalBookkeeping::staging_path)) return false;
  const std::vector<RelPath> paths = publication.present_paths();
  const std::vector<FoundFile> found = find_files(*target_, paths);
  if (found.size() != paths.size()) return false;
  const PlainDirNotes notes(*target_, publication, found, options_.metadata);
  const auto sums = checksums(notes);
  return !is_kept(notes, sums) && notes.is_done(sums);
}

std::vector<std::string> PlainDirSink::notes(const Publication& publication) const {
  require_fit(publication);
  if (options_.metadata == Metadata::written) return {};
  return {"without metadata nothing in the directory tells its repo, commit and refs"};
}

std::uint64_t PlainDirSink::free_bytes() const {
  return nearest_dir().free_bytes();
}

Dir PlainDirSink::nearest_dir() const {
  return target_ ? target_->duplicate() : Dir::open_root(existing_ancestor(path_));
}

Method PlainDirSink::foresee(const Entry&, const std::optional<ContentPlace>& place,
                             const PutOptions& options) const {
  return foresee_method(nearest_dir(), place, options);
}

bool PlainDirSink::proves(const RepoId&, const Entry& entry) {
  return (target_ && has_bytes(*target_, entry, cancelled_)) ||
         (parts_ && has_bytes(incoming(), entry, cancelled_));
}

void PlainDirSink::prepare(const RepoId&, std::chrono::milliseconds wait) {
  if (parts_) return;
  const std::size_t slash = path_.rfind('/');
  if (target_) {
    const Dir parent = Dir::open_root(slash == 0 ? "/" : path_.substr(0, slash));
    if (!lock_) lock_ = FileLock::acquire_directory(parent, path_.substr(slash + 1), wait);
  } else {
    fresh_ = std::make_unique<NewDirectory>(path_, wait);
    if (Dir::find_root(path_))
      throw_error(Cause::busy, "make the directory", path_,
                  "another program made it meanwhile; run it again");
    // Nothing that a run before noted is worth more than a look at the file itself.
    fresh_->dir().remove_tree(LocalBookkeeping::path);
  }
  make_staging();
  for (const FoundFile& file : walk_files(incoming()))
    if (is_temporary(file.path.name())) incoming().remove_file(file.path);
}

void PlainDirSink::make_staging() {
  const Dir& dir = here();
  is_staged_ = true;
  dir.remove_tree(staging_name("parts"));
  parts_ = dir.make_dirs(staging_name("parts"));
  if (!is_growing()) files_ = dir.make_dirs(staging_name("files"));
}

PutResult PlainDirSink::put(const RepoId&, const Entry& entry, Content content, const PutOptions& options) {
  if (!parts_) throw Error(Cause::internal, "a directory was written before it was prepared");
  // Somebody may have brought it in meanwhile.
  if (!is_growing() && shows(*target_, entry, options)) return {};
  const Dir parent = incoming().make_parent(entry.path);
  const std::uint32_t mode = entry.mode == FileMode::executable ? executable_mode : plain_mode;
  const auto left = parent.find_status(entry.path.name());
  const bool has_mode = left && ((left->mode ^ mode) & owner_may_execute) == 0;
  if (has_mode && shows(incoming(), entry, options)) return {};
  const BlobTarget target{parent,  entry.path.name(),
                          *parts_, left ? Dir::IfExists::replace : Dir::IfExists::keep,
                          mode,    AtomicFile::NameSync::all_by_caller};
  return remembering_refusal([&] { return write_blob(target, entry, content, options); });
}

// What a run that died left and this one has no use for.
void PlainDirSink::drop_strays(const Publication& publication) const {
  std::set<std::string_view> wanted;
  for (std::size_t i = 0; i < publication.present.size(); ++i)
    if (publication.present[i]) wanted.insert(publication.snapshot.entries[i].path);
  for (const FoundFile& file : walk_files(fresh_->dir())) {
    if (wanted.contains(file.path)) continue;
    fresh_->dir().remove_file(file.path);
    auto above = RelPath::parse(file.path.parent());
    while (above && fresh_->dir().remove_empty_dir(*above)) above = RelPath::parse(above->parent());
  }
}

// Whether there was anything to bring in.
bool PlainDirSink::bring_in(const Publication& publication) const {
  bool is_synced = false;
  for (std::size_t i = 0; i < publication.present.size(); ++i) {
    const Entry& entry = publication.snapshot.entries[i];
    if (!publication.present[i] || !files_ || !files_->find_status(entry.path)) continue;
    // All contents are on disk before the first has its name.
    if (!is_synced) files_->sync_file_system();
    is_synced = true;
    const Dir parent = target_->make_parent(entry.path);
    const Dir from = files_->make_parent(entry.path);
    const bool may_replace = different_ == PutOptions::Different::replaced;
    const std::string_view name = entry.path.name();
    if (!from.move_to(name, parent, name, may_replace ? Dir::IfExists::replace : Dir::IfExists::keep))
      throw_error(Cause::refused, "write", target_->path_of(entry.path), "something has this name meanwhile");
  }
  return is_synced;
}

std::vector<Finding> PlainDirSink::write(const Publication& publication) {
  const bool grows = is_growing();
  if (grows) drop_strays(publication);
  const bool brought = !grows && bring_in(publication);
  const std::vector<FoundFile> found = require_shown(here(), publication.present_paths());
  const PlainDirNotes notes(here(), publication, found, options_.metadata);
  std::vector<Finding> findings;
  auto sums = checksums(notes);
  if (is_kept(notes, sums)) {
    findings.push_back(make_finding(FindingCode::stray_entry, publication.snapshot.repo.text(),
                                    PlainDirNotes::checksums_name, "it is not ours and was kept"));
    findings.back().severity = Severity::error;
    sums.reset();
  }
  if (grows || brought || !notes.is_done(sums))
    notes.write(*parts_, sums, grows ? AtomicFile::NameSync::all_by_caller : AtomicFile::NameSync::now);
  return findings;
}

std::vector<Finding> PlainDirSink::publish(const Publication& publication) {
  if (!fresh_ && !lock_) throw Error(Cause::internal, "a directory was published before it was prepared");
  if (!parts_) make_staging();
  std::vector<Finding> findings = remembering_refusal([&] { return write(publication); });
  const bool grew = is_growing();
  drop_staging();
  if (!grew) return findings;
  fresh_->publish();
  target_ = Dir::open_root(path_);
  return findings;
}

void PlainDirSink::drop_staging() noexcept {
  if (!is_staged_) return;
  is_staged_ = false;
  parts_.reset();
  files_.reset();
  try {
    const Dir& dir = here();
    dir.remove_tree(LocalBookkeeping::staging_path);
    dir.remove_empty_dir(LocalBookkeeping::path);
    dir.remove_empty_dir(".cache");
  } catch (const std::exception&) {
    // What stays is recognised and removed by the next run.
  }
}

}  // namespace modelcache
