// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/lfs_clone.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/store/lfs_clone_state.hpp"

#include <boost/filesystem/operations.hpp>
#include <boost/filesystem/path.hpp>
#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>

#include <cstdlib>

namespace modelcache {

LfsClone::State::State(const std::string& path, LfsCloneOptions given)
    : options(std::move(given)), locator(path, options) {
  open_repository();
  open_objects();
  open_stores();
  if (locator.location().worktree) worktree = Dir::open_root(*locator.location().worktree);
}

void LfsClone::State::open_repository() {
  const GitLocation& location = locator.location();
  git_repository* opened = nullptr;
  // The git directory itself, as a bare one: core.worktree and GIT_* variables have no say.
  const int result = git_repository_open_ext(
      &opened, location.git_dir.c_str(),
      GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_NO_DOTGIT | GIT_REPOSITORY_OPEN_BARE, nullptr);
  repository.reset(opened);
  if (result < 0) refuse_format();
  // Its files were judged where we found them; libgit2 must have come to the same place.
  boost::system::error_code error;
  if (!boost::filesystem::equivalent(git_repository_commondir(opened), location.common_dir, error))
    throw_error(Cause::refused, "open the clone", location.root, "its commondir file can be read two ways");
  git_config* snapshot = nullptr;
  require_git(git_repository_config_snapshot(&snapshot, opened), "read the config of", location.root);
  config.reset(snapshot);
}

void LfsClone::State::refuse_format() const {
  const git_error* error = git_error_last();
  std::string reason = error != nullptr ? error->message : "libgit2 gives no reason";
  // What libgit2 1.5 and 1.9 say of a format that they do not know.
  if (reason.find("unsupported") != std::string::npos || reason.find("object format") != std::string::npos)
    reason += " (only SHA-1 object names and refs in files can be read)";
  throw_error(git_cause(), "open the clone", locator.location().root, reason);
}

// Built by hand: by itself libgit2 would follow objects/info/alternates anywhere.
void LfsClone::State::open_objects() {
  const GitLocation& location = locator.location();
  git_odb* built = nullptr;
  require_git(git_odb_new(&built), "open the clone", location.root);
  odb.reset(built);
  const auto add = [&](const std::string& objects, int priority) {
    git_odb_backend* loose = nullptr;
    require_git(git_odb_backend_loose(&loose, objects.c_str(), -1, 0, 0, 0), "open the objects", objects);
    require_git(git_odb_add_backend(built, loose, priority), "open the objects", objects);
    git_odb_backend* packed = nullptr;
    require_git(git_odb_backend_pack(&packed, objects.c_str()), "open the objects", objects);
    require_git(git_odb_add_backend(built, packed, priority + 1), "open the objects", objects);
  };
  int priority = 2 * static_cast<int>(location.alternates.size());
  add(location.common_dir + "/objects", priority);
  for (const std::string& alternate : location.alternates) add(alternate, priority -= 2);
  require_git(git_repository_set_odb(repository.get(), built), "open the clone", location.root);
}

std::optional<std::string> LfsClone::State::config_text(const std::string& key) const {
  const char* value = nullptr;
  const int result = git_config_get_string(&value, config.get(), key.c_str());
  if (result == GIT_EINVALIDSPEC) return {};
  if (!found_git(result, "read the config of", locator.location().root)) return {};
  return std::string(value);
}

void LfsClone::State::open_stores() {
  const GitLocation& location = locator.location();
  // A linked worktree shares its store with others, and one that was allowed belongs to somebody else.
  const auto is_own = [&](const std::string& path) {
    return path.starts_with(location.root + "/") || path.starts_with(location.git_dir + "/");
  };
  const auto add = [&](const std::string& path, bool own) {
    boost::system::error_code error;
    if (boost::filesystem::is_directory(path, error)) stores.push_back({Dir::open_root(path), own});
  };
  std::string storage = location.common_dir + "/lfs";
  if (const auto configured = config_text("lfs.storage"); configured && !configured->empty()) {
    const bool is_absolute = configured->front() == '/';
    storage = is_absolute ? *configured : location.common_dir + "/" + *configured;
  }
  // Also without lfs.storage: lfs/ or objects/ may itself be a link that leads elsewhere.
  if (const auto real = locator.require_inside(storage + "/objects", "its LFS storage"))
    add(*real, is_own(*real));
  for (const std::string& alternate : location.alternates) {
    const std::string beside = boost::filesystem::path(alternate).parent_path().string() + "/lfs/objects";
    if (const auto real = locator.require_inside(beside, "the LFS storage of an alternate"))
      add(*real, false);
  }
}

LfsClone::LfsClone(const std::string& path, LfsCloneOptions options)
    : state_(std::make_unique<State>(path, std::move(options))) {}

LfsClone::~LfsClone() = default;

std::vector<RepoId> LfsClone::repos() {
  if (state_->options.repo) return {*state_->options.repo};
  const std::string remote = state_->remote_name();
  const auto url = state_->config_text("remote." + remote + ".url");
  if (!url)
    throw Error(Cause::usage, "the clone has no remote url to tell which repo it is; name it with --repo");
  const char* endpoint = std::getenv("HF_ENDPOINT");
  const auto parsed = parse_remote_url(*url, endpoint != nullptr ? endpoint : "");
  if (!parsed || !parsed->repo)
    throw Error(Cause::usage, "the remote url '" + terminal_safe(without_credentials(*url)) +
                                  "' does not tell which repo this is; name it with --repo");
  if (!state_->options.repo_type) return {*parsed->repo};
  return {RepoId::parse(*state_->options.repo_type, parsed->repo->id())};
}

std::vector<NamedCommit> LfsClone::names(const RepoId&) {
  return state_->names();
}

std::vector<Finding> LfsClone::left_out(const RepoId& repo) {
  state_->names();
  std::vector<Finding> findings = state_->left_out;
  for (Finding& finding : findings) finding.repo = repo.text();
  return findings;
}

std::string LfsClone::default_branch(const RepoId&) {
  return state_->default_branch();
}

Selected LfsClone::select(const RepoId&, std::string_view revision) {
  if (revision.empty() || revision == "HEAD") return state_->select_head();
  Selected selected;
  const std::string name(revision);
  // As git: forty digits are a commit, also when somebody gave a branch that name.
  const bool is_commit = name.size() == 40 && name.find_first_not_of("0123456789abcdefABCDEF") == name.npos;
  const std::string remote = state_->remote_name();
  const bool is_full = name.starts_with("refs/");
  std::vector<std::string> candidates{"refs/heads/" + name, "refs/remotes/" + remote + "/" + name,
                                      "refs/tags/" + name};
  if (name.starts_with(remote + "/")) candidates.push_back("refs/remotes/" + name);
  if (is_full) candidates = {name};
  if (is_commit) candidates.clear();
  for (const std::string& candidate : candidates) {
    const auto commit = state_->find_commit(candidate);
    if (!commit) continue;
    selected.commit = *commit;
    const auto ref = hub_ref_name(candidate, remote);
    selected.refs = ref ? std::vector{*ref} : state_->names_at(*commit);
    break;
  }
  if (selected.commit.empty()) selected = state_->select_commit(revision);
  state_->note_if_local(selected);
  return selected;
}

Snapshot LfsClone::snapshot(const RepoId& repo, std::string_view revision) {
  const std::string commit = is_commit_id(revision) ? std::string(revision) : select(repo, revision).commit;
  return state_->snapshot(repo, commit);
}

void LfsClone::find_last_commits(const RepoId&, Snapshot& snapshot) {
  state_->find_last_commits(snapshot);
}

std::optional<std::string> LfsClone::lacks(const RepoId&, const Entry& entry) {
  return entry.content->kind() == HashKind::sha256 ? state_->lacks_large(entry)
                                                   : state_->lacks_regular(entry);
}

Content LfsClone::open(const RepoId&, const Entry& entry) {
  return entry.content->kind() == HashKind::sha256 ? state_->open_large(entry) : state_->open_regular(entry);
}

std::optional<ContentPlace> LfsClone::place(const RepoId&, const Entry& entry) {
  return state_->place(entry);
}

const Dir* LfsClone::worktree() const {
  return state_->worktree ? &*state_->worktree : nullptr;
}

std::vector<const Dir*> LfsClone::object_stores() const {
  std::vector<const Dir*> stores;
  for (const State::Store& store : state_->stores) stores.push_back(&store.dir);
  return stores;
}

Freed LfsClone::remove(const RepoId&, const Moved& moved) {
  Freed freed;
  for (const Entry& entry : moved.contents) freed.bytes += state_->remove(entry);
  return freed;
}

std::uint64_t LfsClone::State::remove(const Entry& entry) const {
  if (entry.content->kind() != HashKind::sha256) return 0;
  const std::string path = lfs_object_path(*entry.content);
  for (const Store& store : stores) {
    const auto status = store.dir.find_status(path);
    if (!store.own || !status || status->kind != FileKind::file || status->size != entry.size) continue;
    store.dir.remove_file(path);
    return status->links > 1 ? 0 : status->allocated;
  }
  return 0;
}

}  // namespace modelcache
