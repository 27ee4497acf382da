// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/git_handles.hpp"

#include <git2.h>

#include <cerrno>
#include <system_error>

namespace modelcache {

void GitFree::operator()(git_commit* commit) const noexcept {
  git_commit_free(commit);
}
void GitFree::operator()(git_diff* diff) const noexcept {
  git_diff_free(diff);
}
void GitFree::operator()(git_config* config) const noexcept {
  git_config_free(config);
}
void GitFree::operator()(git_config_iterator* iterator) const noexcept {
  git_config_iterator_free(iterator);
}
void GitFree::operator()(git_odb* odb) const noexcept {
  git_odb_free(odb);
}
void GitFree::operator()(git_object* object) const noexcept {
  git_object_free(object);
}
void GitFree::operator()(git_odb_object* object) const noexcept {
  git_odb_object_free(object);
}
void GitFree::operator()(git_reference* reference) const noexcept {
  git_reference_free(reference);
}
void GitFree::operator()(git_reference_iterator* iterator) const noexcept {
  git_reference_iterator_free(iterator);
}
void GitFree::operator()(git_repository* repository) const noexcept {
  git_repository_free(repository);
}
void GitFree::operator()(git_revwalk* walk) const noexcept {
  git_revwalk_free(walk);
}
void GitFree::operator()(git_tree* tree) const noexcept {
  git_tree_free(tree);
}

GitLibrary::GitLibrary() {
  git_libgit2_init();
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
  git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
  for (const int level :
       {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  // Extensions that change nothing for a reader of objects and refs.
  const char* extensions[] = {"noop", "partialclone", "worktreeconfig", "preciousobjects"};
  git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, sizeof extensions / sizeof *extensions);
}

GitLibrary::~GitLibrary() {
  git_libgit2_shutdown();
}

std::string git_library_version() {
  int major = 0;
  int minor = 0;
  int revision = 0;
  git_libgit2_version(&major, &minor, &revision);
  return "libgit2 " + std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(revision);
}

Cause git_cause() {
  const git_error* error = git_error_last();
  if (error == nullptr || error->klass != GIT_ERROR_OS) return Cause::refused;
  // libgit2 ends such a message with the system's reason; some calls say "not found" whatever that was.
  const std::string_view message = error->message;
  for (const int absent : {ENOENT, ENOTDIR})
    if (message.ends_with(std::generic_category().message(absent))) return Cause::refused;
  return Cause::io;
}

void require_git(int result, std::string_view verb, std::string_view path) {
  if (result >= 0) return;
  const git_error* error = git_error_last();
  throw_error(git_cause(), verb, path, error != nullptr ? error->message : "libgit2 gives no reason");
}

bool found_git(int result, std::string_view verb, std::string_view path) {
  if (result == GIT_ENOTFOUND) return false;
  require_git(result, verb, path);
  return true;
}

}  // namespace modelcache
