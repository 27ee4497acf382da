// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_mending.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/hf_placement.hpp"
#include "modelcache/store/shared_store.hpp"
#include "modelcache/store/shared_store_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view staging_path = ".modelcache/tmp";
constexpr std::string_view blobs_prefix = "blobs/";

// "models--org--name/snapshots/<commit>" -> its first part.
std::string folder_of(const SpoiledFile& file) {
  return file.directory.substr(0, file.directory.find('/'));
}

bool takes_no_links(const Error& error) {
  return error.error_number() == EPERM || error.error_number() == EOPNOTSUPP ||
         error.error_number() == ENOSYS;
}

[[noreturn]] void refuse(const Dir& root, std::string_view path, std::string_view reason) {
  throw_error(Cause::refused, "mend", root.path_of(path), reason);
}

}  // namespace

struct HfMending::Spot {
  enum class Form { content, wrong_link, plain };

  Form form = Form::content;
  std::string folder;
  std::string blob;       // the name in blobs/; empty for a plain file
  std::string link;       // in snapshots/, relative to the root; empty where no link belongs to it
  std::size_t depth = 0;  // of the link
  bool has_link = false;  // it is there and leads to the blob

  std::string blob_path() const { return folder + "/blobs/" + blob; }
};

struct HfMending::OpenRepo {
  std::string folder;
  Dir dir;
  Dir locks;
  FileLock lock;
  std::optional<Dir> staging;

  ~OpenRepo() {
    try {
      staging.reset();
      dir.remove_tree(staging_path);
      dir.remove_empty_dir(".modelcache");
    } catch (const std::exception&) {
      // What stays is recognised and removed by the next run.
    }
  }
};

HfMending::HfMending(const std::string& root, ForeignRoot foreign_root)
    : root_(Dir::open_root(absolute_path(root))) {
  require_own_root(root_, foreign_root);
}

HfMending::~HfMending() = default;

HfMending::Spot HfMending::spot_of(const SpoiledFile& file) const {
  Spot spot;
  spot.folder = folder_of(file);
  if (file.is_in_store) {
    spot.blob = file.path.substr(blobs_prefix.size());
    return spot;
  }
  const auto path = RelPath::parse(file.path);
  if (!path) refuse(root_, file.directory, "a file in it has no safe name");
  const std::string place = file.directory + "/" + path->bytes();
  const auto status = or_nothing([&] { return root_.find_status(place); });
  if (status && status->kind == FileKind::file) {
    spot.form = Spot::Form::plain;
    spot.link = place;
    return spot;
  }
  if (status && status->kind != FileKind::link) refuse(root_, place, "something else has its name");
  const RepoLocation location{spot.folder, {root_.path_of(spot.folder)}};
  const auto text = status ? root_.find_link(place) : std::nullopt;
  const SnapshotLink now = text ? classify_snapshot_link(*text, path->depth(), location) : SnapshotLink();
  const Expectation& expected = file.expected;
  // A list of hashes does not tell whether the hub has the file as a large one, and so what it calls it.
  if (expected.origin == EvidenceOrigin::manifest)
    spot.blob = now.blob;
  else
    spot.blob = expected.content ? expected.content->hex() : expected.git_id;
  if (!Digest::from_blob_name(spot.blob))
    refuse(root_, place, "nothing tells what the cache calls its content");
  spot.link = place;
  spot.depth = path->depth();
  spot.has_link = now.reads_through() && now.blob == spot.blob;
  if (!now.blob.empty() && now.blob != spot.blob) spot.form = Spot::Form::wrong_link;
  return spot;
}

SpoiledName HfMending::name_of(const Spot& spot) const {
  if (spot.form == Spot::Form::content) {
    const std::string path = spot.blob_path();
    const auto text = or_nothing([&] { return root_.find_link(path); });
    const auto payload = text ? shared_payload_of(*text) : std::nullopt;
    if (payload) {
      const std::string shared = "blobs/" + std::string(payload->substr(0, 2)) + "/" + std::string(*payload);
      return {&root_, shared, shared, or_nothing([&] { return root_.find_status(shared); })};
    }
    return {&root_, path, path, or_nothing([&] { return root_.find_status(path); })};
  }
  return {&root_, spot.link, spot.link, or_nothing([&] { return root_.find_status(spot.link); })};
}

SpoiledName HfMending::find(const SpoiledFile& file) const {
  const Spot spot = spot_of(file);
  SpoiledName name = name_of(spot);
  if (name.there && name.there->kind != FileKind::file && name.there->kind != FileKind::link)
    refuse(root_, name.path, "something else has its name");
  require_judged(file, name);
  return name;
}

std::optional<Status> HfMending::status(const SpoiledFile& file) const {
  return name_of(spot_of(file)).there;
}

HfMending::OpenRepo& HfMending::prepared(const SpoiledFile& file, std::chrono::milliseconds wait) {
  const std::string folder = folder_of(file);
  if (repo_ && repo_->folder == folder) return *repo_;
  repo_.reset();
  Dir locks = root_.make_dirs(".locks/" + folder);
  FileLock lock = FileLock::acquire(locks, "modelcache.lock", wait);
  std::unique_ptr<OpenRepo> repo(
      new OpenRepo{folder, root_.open_dir(folder), std::move(locks), std::move(lock), {}});
  // With the repo's lock held, whatever is staged here is of a run that died.
  repo->dir.remove_tree(staging_path);
  repo->dir.make_dir("blobs");
  repo->staging = repo->dir.make_dirs(staging_path);
  repo_ = std::move(repo);
  return *repo_;
}

PutResult HfMending::restore(const SpoiledFile& file, const SpoiledName& name, const Entry& entry,
                             const Content& content, const PutOptions& options) {
  OpenRepo& repo = prepared(file, options.wait);
  const Spot spot = spot_of(file);
  if (spot.form == Spot::Form::plain) {
    const FileLock lock = FileLock::acquire(repo.locks, entry.content->hex() + ".lock", options.wait);
    return replace_file(name, *repo.staging, entry, content, {}, options);
  }
  Entry named = entry;
  named.content = Digest::from_blob_name(spot.blob);
  const auto& source = std::get<Fd>(content.from);
  if (named.content != entry.content && !holds_content(source, entry, content.path, options.cancelled))
    throw_error(Cause::refused, "take", content.path, "it is not " + entry.content->text());
  const FileLock lock = FileLock::acquire(repo.locks, spot.blob + ".lock", options.wait);
  PutResult result = put_content(repo, spot, name, named, content, options);
  if (spot.link.empty() || spot.has_link) return result;
  const PutResult linked = put_link(repo, spot, named, options);
  return result.written ? result : linked;
}

// Of a wrong link the content may be there and good; another revision, or a client, may have brought it.
PutResult HfMending::put_content(OpenRepo& repo, const Spot& spot, const SpoiledName& name,
                                 const Entry& entry, const Content& content,
                                 const PutOptions& options) const {
  const auto blobs = HfBlobs::open(root_, repo.dir);
  const auto there = blobs ? blobs->find(spot.blob) : std::nullopt;
  const bool is_as_judged =
      spot.form == Spot::Form::content && there && name.there && has_same_content(*there, *name.there);
  if (there && !is_as_judged) {
    const auto file = blobs->open_file(spot.blob);
    if (file && holds_content(*file, entry, root_.path_of(spot.blob_path()), options.cancelled)) return {};
    if (spot.form == Spot::Form::content) require_unchanged(name);
  }
  const std::string payload = blobs ? blobs->dir().find_link(spot.blob).value_or("") : std::string();
  if (const auto shared = shared_payload_of(payload)) {
    const auto store = SharedStoreWriter::open(root_);
    const SharedUse use{std::string(*shared), spot.blob_path()};
    const auto result =
        store ? store->mend(use, root_, *repo.staging, entry, content, options) : std::nullopt;
    if (result) return *result;
  }
  const std::string path = spot.blob_path();
  const SpoiledName blob{&root_, path, path, or_nothing([&] { return root_.find_status(path); })};
  return replace_file(blob, *repo.staging, entry, content, {}, options);
}

PutResult HfMending::put_link(OpenRepo& repo, const Spot& spot, const Entry& entry,
                              const PutOptions& options) const {
  const Dir parent = root_.make_parent(spot.link);
  const std::string leaf = spot.link.substr(spot.link.rfind('/') + 1);
  const std::string temporary = random_hex();
  try {
    repo.staging->make_link(snapshot_link_text(spot.depth, spot.blob), temporary);
  } catch (const Error& error) {
    if (!takes_no_links(error)) throw;
    // As clients do there, the file itself.
    const auto blobs = HfBlobs::open(root_, repo.dir);
    auto file = blobs ? blobs->open_file(spot.blob) : std::nullopt;
    if (!file) refuse(root_, spot.link, "its content is gone again");
    const Content content{std::move(*file), entry.size, root_.path_of(spot.blob_path())};
    const SpoiledName name{&root_, spot.link, spot.link, root_.find_status(spot.link)};
    return replace_file(name, *repo.staging, entry, content, {}, options);
  }
  repo.staging->move_to(temporary, parent, leaf, Dir::IfExists::replace);
  parent.sync();
  return {true, Method::none, 0};
}

std::vector<FileLock> HfMending::hold(const SpoiledFile& file, const SpoiledName& name,
                                      std::chrono::milliseconds wait) {
  OpenRepo& repo = prepared(file, wait);
  const Spot spot = spot_of(file);
  std::vector<FileLock> locks;
  if (!spot.blob.empty()) locks.push_back(FileLock::acquire(repo.locks, spot.blob + ".lock", wait));
  const auto slash = name.path.rfind('/');
  // A payload has a lock beside it, which all repos take.
  if (spot.form == Spot::Form::content && name.path != spot.blob_path()) {
    const auto store = SharedStoreWriter::open(root_);
    const SharedUse use{name.path.substr(slash + 1), spot.blob_path()};
    if (!store || !store->is_of_one_content(use, root_))
      refuse(root_, name.path, "contents of other names share it");
    locks.push_back(
        FileLock::acquire(root_.open_dir(name.path.substr(0, slash)), use.payload + ".lock", wait));
  }
  return locks;
}

void HfMending::tidy(const std::string& directory) {
  SpoiledFile any;
  any.directory = directory;
  const auto repo = or_nothing([&] { return root_.find_dir(folder_of(any)); });
  if (!repo || !or_nothing([&] { return repo->find_status(staging_path); })) return;
  try {
    prepared(any, std::chrono::milliseconds(0));
  } catch (const Error& error) {
    // Somebody is at work there.
    if (error.cause() != Cause::busy) throw;
  }
  finish();
}

void HfMending::finish() {
  repo_.reset();
}

}  // namespace modelcache
