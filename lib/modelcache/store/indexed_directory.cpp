// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/indexed_directory.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/hash_engine.hpp"
#include "modelcache/base/threads.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/content_naming.hpp"
#include "modelcache/store/msc_files.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/tree_locks.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <boost/filesystem/path.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <utility>

namespace modelcache {

namespace {

// A temporary of AtomicFile for one of the side files.
bool is_leftover(std::string_view name) {
  return name.ends_with(".incomplete") &&
         (name.starts_with(".msc.") || name.starts_with(".mdl.") || name.starts_with(".mv."));
}

// Where the directory lies in a client's cache: ROOT/models/<owner>/<folder>.
struct CachePlace {
  std::string types;  // ROOT/models
  std::string owner;
  std::string folder;
};

std::optional<CachePlace> cache_place(const std::string& directory) {
  const boost::filesystem::path path(real_path(directory));
  const boost::filesystem::path types = path.parent_path().parent_path();
  const std::string word = types.filename().string();
  if (word != "models" && word != "datasets") return {};
  return CachePlace{types.string(), path.parent_path().filename().string(), path.filename().string()};
}

// A blob id is that of one content: two files of other sizes that share a Revision have the id of a commit.
bool shares_revisions(const MscIndex& index, const std::vector<FoundFile>& found) {
  std::map<std::string_view, std::uint64_t> sizes;
  for (const MscEntry& entry : index.entries) {
    const auto path = RelPath::parse(entry.path);
    const FoundFile* file = path ? find_file(found, *path) : nullptr;
    if (file == nullptr || !is_git_id(entry.revision)) continue;
    const auto [known, is_new] = sizes.emplace(entry.revision, file->status.size);
    if (!is_new && known->second != file->status.size) return true;
  }
  return false;
}

std::optional<MscFlavour> flavour_of_path(const std::string& path) {
  for (const MscFlavour flavour : {MscFlavour::aistudio, MscFlavour::modelscope})
    if (path.find("/" + std::string(to_string(flavour)) + "/") != std::string::npos) return flavour;
  return {};
}

std::optional<MscFlavour> flavour_of_partials(const Dir& dir) {
  if (dir.find_status("._tmp")) return MscFlavour::aistudio;
  if (dir.find_status("._____temp")) return MscFlavour::modelscope;
  return {};
}

HashedFile hashes_of(const Dir& dir, const FileToHash& file, const HashingOptions& options) {
  HashedFile hashed;
  hashed.size = file.size;
  const auto opened = dir.find_file(file.path);
  if (!opened) {
    hashed.flaw = "it is gone";
    return hashed;
  }
  if (file.size < lfs_pointer_limit) {
    const auto text = dir.find_content(file.path, lfs_pointer_limit);
    hashed.is_pointer_text = text && parse_lfs_pointer(*text).has_value();
  }
  TransferRequest request;
  request.size = file.size;
  request.source_path = file.path;
  request.cancelled = options.how.cancelled;
  request.progress = options.progress;
  std::vector<HashKind> kinds;
  if (file.as_plain) kinds.push_back(HashKind::git_sha1);
  if (file.as_large) kinds.push_back(HashKind::sha256);
  for (const Digest& digest : hash_file(*opened, kinds, request))
    (digest.kind() == HashKind::git_sha1 ? hashed.git : hashed.sha256) = digest;
  return hashed;
}

// Problems of one file are its flaw; those of the run are thrown on.
HashedFile flawed(const Error& error) {
  if (error.cause() != Cause::refused && !is_absent(error)) throw error;
  HashedFile hashed;
  hashed.flaw = error.what();
  return hashed;
}

HashedFile hashes_or_flaw(const Dir& dir, const FileToHash& file, const HashingOptions& options) {
  try {
    if (options.starting) options.starting(file.path);
    return hashes_of(dir, file, options);
  } catch (const Error& error) {
    return flawed(error);
  }
}

// Those of which one hash is wanted, and which are too long for the text of a pointer.
void hash_by_one(const Dir& dir, const std::vector<FileToHash>& files, const std::vector<std::size_t>& places,
                 const HashingOptions& options, std::vector<HashedFile>& hashed) {
  std::vector<HashTask> tasks;
  tasks.reserve(places.size());
  for (const std::size_t place : places)
    tasks.push_back({files[place].size, files[place].as_large ? HashKind::sha256 : HashKind::git_sha1});
  const auto open = [&](std::size_t i) {
    const RelPath& path = files[places[i]].path;
    if (options.starting) options.starting(path);
    auto opened = dir.find_file(path);
    if (!opened) throw Error(Cause::io, "it is gone", ENOENT);
    return OpenedFile{std::move(*opened), std::string(std::string_view(path))};
  };
  const auto done = [&](std::size_t i, const HashOutcome& outcome) {
    HashedFile& file = hashed[places[i]];
    if (outcome.error) file = flawed(*outcome.error);
    file.size = files[places[i]].size;
    if (outcome.digest)
      (outcome.digest->kind() == HashKind::git_sha1 ? file.git : file.sha256) = outcome.digest;
  };
  HashEngineOptions engine;
  engine.jobs = options.how.jobs;
  engine.cancelled = options.how.cancelled;
  engine.progress = options.progress;
  hash_files(tasks, open, done, engine);
}

// Of runs that died.
void remove_leftovers(const Dir& dir) {
  for (const std::string& name : dir.names()) {
    const auto status = is_leftover(name) ? dir.find_status(name) : std::nullopt;
    if (status && status->kind == FileKind::file) dir.remove_file(name);
  }
}

}  // namespace

std::optional<std::string> IndexedDirectory::side_file(std::string_view name) const {
  return dir_.find_content(name, name == ".mv" ? mv_limit : pickle_limit);
}

std::vector<FoundFile> IndexedDirectory::files() const {
  std::vector<FoundFile> found = walk_files(dir_);
  std::erase_if(found, [](const FoundFile& file) { return is_client_file(file.path); });
  return found;
}

std::optional<MscFlavour> IndexedDirectory::flavour() const {
  if (const auto version = find_mv(dir_); version && version->flavour()) return version->flavour();
  if (const auto told = flavour_of_partials(dir_)) return told;
  const auto place = cache_place(dir_.path());
  const auto types = place ? or_nothing([&] { return Dir::find_root(place->types); }) : std::nullopt;
  return types ? flavour_of_partials(*types) : std::nullopt;
}

std::optional<MscFlavour> IndexedDirectory::likely_flavour(const std::optional<MscIndex>& index,
                                                           const std::vector<FoundFile>& found) const {
  if (index && shares_revisions(*index, found)) return MscFlavour::modelscope;
  return flavour_of_path(real_path(dir_.path()));
}

std::vector<HashedFile> IndexedDirectory::hash(const std::vector<FileToHash>& files,
                                               const HashingOptions& options) const {
  std::vector<HashedFile> hashed(files.size());
  std::vector<std::size_t> by_one;
  std::vector<std::size_t> others;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const bool is_by_one = files[i].as_plain != files[i].as_large && files[i].size >= lfs_pointer_limit;
    (is_by_one ? by_one : others).push_back(i);
  }
  for_each_in_threads(options.how.jobs, others.size(), [&](std::size_t i) {
    hashed[others[i]] = hashes_or_flaw(dir_, files[others[i]], options);
  });
  hash_by_one(dir_, files, by_one, options, hashed);
  return hashed;
}

LfsRule IndexedDirectory::rule(const std::vector<FoundFile>& found) const {
  std::vector<AttributesFile> attributes;
  for (const FoundFile& file : found)
    if (file.status.kind == FileKind::file) add_attributes(dir_, file.path, file.path, attributes);
  return make_rule(RepoType::model, attributes, LfsHabit::aistudio);
}

std::optional<RepoId> IndexedDirectory::named_repo(std::string_view mdl_id) const {
  const std::size_t slash = mdl_id.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string id = std::string(mdl_id.substr(0, slash + 1)) + unmasked_name(mdl_id.substr(slash + 1));
  if (RepoId::flaw(id)) return {};
  const auto place = cache_place(dir_.path());
  const bool is_dataset = place && place->types.ends_with("/datasets");
  return RepoId::parse(is_dataset ? RepoType::dataset : RepoType::model, id);
}

void IndexedDirectory::require_own() const {
  require_own_root(dir_, ForeignRoot::refused);
}

void IndexedDirectory::await_clients(std::chrono::milliseconds wait) const {
  await_process_locks(dir_, "._tmp", wait);
  const auto place = cache_place(dir_.path());
  const auto types = place ? or_nothing([&] { return Dir::find_root(place->types); }) : std::nullopt;
  if (!types) return;
  await_process_locks(*types, "._tmp/" + place->owner + "/" + unmasked_name(place->folder), wait);
}

FileLock IndexedDirectory::lock_against_others() const {
  const boost::filesystem::path path(real_path(dir_.path()));
  if (path == "/") throw_error(Cause::usage, "write the index of", dir_.path(), "it is the root of all");
  return FileLock::acquire_directory(Dir::open_root(path.parent_path().string()), path.filename().string(),
                                     std::chrono::milliseconds(0));
}

void IndexedDirectory::write(const SideTexts& texts, const std::optional<Status>& before) const {
  const FileLock lock = lock_against_others();
  remove_leftovers(dir_);
  // A client that came meanwhile has entries of its own in it.
  const auto now = index_status();
  const bool is_same = now && before ? is_same_file(*now, *before) : now.has_value() == before.has_value();
  if (!is_same)
    throw_error(Cause::busy, "write the index", dir_.path_of(".msc"),
                "another program changed it meanwhile; run it again");
  const auto write_one = [&](std::string_view name, const std::optional<std::string>& text) {
    if (text) write_side_file(dir_, dir_, name, *text, AtomicFile::NameSync::now);
  };
  write_one(".mv", texts.mv);
  write_one(".mdl", texts.mdl);
  write_one(".msc", texts.msc);
}

}  // namespace modelcache
