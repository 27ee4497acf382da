// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/store/lfs_clone_state.hpp"

#include <git2.h>

#include <algorithm>
#include <iterator>
#include <map>

namespace modelcache {

namespace {

constexpr std::size_t shortest_prefix = 7;
constexpr std::size_t history_limit = 100'000;

std::string hex_of(const git_oid& oid) {
  char text[GIT_OID_HEXSZ + 1];
  return git_oid_tostr(text, sizeof text, &oid);
}

std::string_view symbolic_target(const git_reference* reference) {
  const char* target = git_reference_symbolic_target(reference);
  return target != nullptr ? target : "";
}

}  // namespace

// As git: the current branch's remote, else the only one, else origin.
std::string LfsClone::State::remote_name() const {
  git_reference* head = nullptr;
  if (git_reference_lookup(&head, repository.get(), "HEAD") == 0) {
    const GitOwner<git_reference> owner(head);
    const std::string_view target = symbolic_target(head);
    if (target.starts_with("refs/heads/"))
      if (auto remote = config_text("branch." + std::string(target.substr(11)) + ".remote");
          remote && config_text("remote." + *remote + ".url"))  // it may be "." or a url
        return *remote;
  }
  const std::set<std::string> remotes = remote_names();
  return remotes.size() == 1 ? *remotes.begin() : "origin";
}

// git_remote_list would do the same with a regular expression, and leaks memory on each match.
std::set<std::string> LfsClone::State::remote_names() const {
  constexpr std::string_view prefix = "remote.";
  constexpr std::string_view suffix = ".url";
  std::set<std::string> names;
  git_config_iterator* opened = nullptr;
  require_git(git_config_iterator_new(&opened, config.get()), "read the config of", locator.location().root);
  const GitOwner<git_config_iterator> iterator(opened);
  for (git_config_entry* entry = nullptr; git_config_next(&entry, opened) == 0;) {
    const std::string_view key = entry->name;
    if (key.size() > prefix.size() + suffix.size() && key.starts_with(prefix) && key.ends_with(suffix))
      names.emplace(key.substr(prefix.size(), key.size() - prefix.size() - suffix.size()));
  }
  return names;
}

std::optional<std::string> LfsClone::State::find_commit(const std::string& reference_name) const {
  git_reference* looked_up = nullptr;
  const int result = git_reference_lookup(&looked_up, repository.get(), reference_name.c_str());
  if (result == GIT_EINVALIDSPEC || result == GIT_ENOTFOUND) return {};
  require_git(result, "read the ref", reference_name);
  const GitOwner<git_reference> reference(looked_up);
  git_reference* direct = nullptr;
  // A branch without a commit yet, or a name for something else than a commit.
  if (!found_git(git_reference_resolve(&direct, looked_up), "read the ref", reference_name)) return {};
  const GitOwner<git_reference> resolved(direct);
  const GitOwner<git_object> object = peel(*git_reference_target(direct), reference_name);
  if (!object || git_object_type(object.get()) != GIT_OBJECT_COMMIT) return {};
  return hex_of(*git_object_id(object.get()));
}

// What an object, or the tag that it is, leads to; null when that is not in the clone. git_reference_peel
// would do the same, and forget why it could not.
GitOwner<git_object> LfsClone::State::peel(const git_oid& oid, const std::string& reference_name) const {
  git_object* next = nullptr;
  const auto found = [&](int result) { return found_git(result, "read the ref", reference_name); };
  if (!found(git_object_lookup(&next, repository.get(), &oid, GIT_OBJECT_ANY))) return {};
  GitOwner<git_object> object(next);
  while (git_object_type(object.get()) == GIT_OBJECT_TAG) {
    const auto* tag = reinterpret_cast<const git_tag*>(object.get());
    if (!found(git_tag_target(&next, tag))) return {};
    object.reset(next);
  }
  return object;
}

// The refs that tell of the remote; of two with one name for clients, the later counts.
std::vector<std::string> LfsClone::State::remote_refs() const {
  const std::string branches = "refs/remotes/" + remote_name() + "/";
  std::vector<std::string> all;
  git_reference_iterator* opened = nullptr;
  const std::string& root = locator.location().root;
  require_git(git_reference_iterator_new(&opened, repository.get()), "list the refs of", root);
  const GitOwner<git_reference_iterator> iterator(opened);
  int result = 0;
  for (const char* name = nullptr; (result = git_reference_next_name(&name, opened)) == 0;)
    all.emplace_back(name);
  if (result != GIT_ITEROVER) require_git(result, "list the refs of", root);
  const auto is_below = [](const std::string& prefix) {
    return [prefix](const std::string& name) { return name.starts_with(prefix); };
  };
  // A mirror keeps the server's branches as its own.
  const bool is_mirror = std::none_of(all.begin(), all.end(), is_below(branches));
  std::vector<std::string> refs;
  for (const std::string& prefix : {std::string("refs/tags/"), is_mirror ? "refs/heads/" : branches,
                                    std::string("refs/convert/"), std::string("refs/pr/")})
    std::copy_if(all.begin(), all.end(), std::back_inserter(refs), is_below(prefix));
  std::erase(refs, branches + "HEAD");
  return refs;
}

std::vector<NamedCommit> LfsClone::State::names() {
  if (known_names) return *known_names;
  const std::string remote = remote_name();
  std::map<std::string, std::string> found;
  for (const std::string& name : remote_refs()) {
    const auto hub_name = hub_ref_name(name, remote);
    if (!hub_name) {
      leave_out(FindingCode::name_unsafe, name, "clients cannot ask for a revision of this name");
      continue;
    }
    try {
      const auto commit = find_commit(name);
      if (commit)
        found[*hub_name] = *commit;
      else
        leave_out_lost(name);
    } catch (const Error& error) {
      // One bad ref, such as a power cut leaves, says nothing about the others.
      leave_out(FindingCode::ref_malformed, name, error.what());
    }
  }
  known_names.emplace();
  for (const auto& [name, commit] : found) known_names->push_back({name, commit});
  return *known_names;
}

void LfsClone::State::leave_out(FindingCode code, const std::string& reference_name,
                                std::string_view reason) {
  left_out.push_back(make_finding(code, "", reference_name, "it is left out: " + std::string(reason)));
}

void LfsClone::State::leave_out_lost(const std::string& reference_name) {
  git_oid target{};
  const bool leads_somewhere =
      git_reference_name_to_id(&target, repository.get(), reference_name.c_str()) == 0;
  git_object* looked_up = nullptr;
  const bool is_there =
      leads_somewhere && git_object_lookup(&looked_up, repository.get(), &target, GIT_OBJECT_ANY) == 0;
  const GitOwner<git_object> object(looked_up);
  if (!is_there || git_object_type(looked_up) == GIT_OBJECT_COMMIT)
    return leave_out(FindingCode::ref_dangling, reference_name,
                     "its commit is not in .git; git fetch brings it");
  // A tag may name a file or a tree, which is no revision for anybody.
  leave_out(FindingCode::ref_malformed, reference_name, "it leads to no commit");
  left_out.back().severity = Severity::note;
}

std::vector<std::string> LfsClone::State::names_at(const std::string& commit) {
  std::vector<std::string> refs;
  for (const NamedCommit& name : names())
    if (name.commit == commit) refs.push_back(name.name);
  return refs;
}

Selected LfsClone::State::select_head() {
  git_reference* looked_up = nullptr;
  const std::string& root = locator.location().root;
  require_git(git_reference_lookup(&looked_up, repository.get(), "HEAD"), "read HEAD of", root);
  const GitOwner<git_reference> head(looked_up);
  const auto commit = find_commit("HEAD");
  git_oid target{};
  if (!commit && git_reference_name_to_id(&target, repository.get(), "HEAD") == 0)
    throw_error(Cause::refused, "convert", root, "its commit " + hex_of(target) + " is not in .git");
  if (!commit)
    throw_error(Cause::not_found, "convert", root,
                names().empty() ? "it has no commit yet"
                                : "its HEAD has no commit yet; name a revision with --revision");
  Selected selected;
  selected.commit = *commit;
  const auto branch = hub_ref_name(symbolic_target(looked_up));
  selected.refs = branch ? std::vector{*branch} : names_at(*commit);
  note_if_local(selected);
  return selected;
}

void LfsClone::State::note_if_local(Selected& selected) {
  if (is_known_to_remote(selected.commit)) return;
  selected.notes.push_back(make_finding(FindingCode::revision_local, "", selected.commit,
                                        "no remote has this commit; online clients will not find it there"));
}

Selected LfsClone::State::select_commit(std::string_view prefix) {
  const std::string shown = terminal_safe(prefix);
  git_oid oid{};
  const bool is_hex = prefix.size() >= shortest_prefix && prefix.size() <= GIT_OID_HEXSZ &&
                      git_oid_fromstrn(&oid, prefix.data(), prefix.size()) == 0;
  git_object* looked_up = nullptr;
  const int result =
      is_hex ? git_object_lookup_prefix(&looked_up, repository.get(), &oid, prefix.size(), GIT_OBJECT_ANY)
             : GIT_ENOTFOUND;
  const GitOwner<git_object> object(looked_up);
  if (result == GIT_EAMBIGUOUS) throw Error(Cause::usage, "the revision '" + shown + "' is ambiguous");
  git_object* peeled = nullptr;
  if (result != 0 || git_object_peel(&peeled, looked_up, GIT_OBJECT_COMMIT) != 0)
    throw Error(Cause::not_found, "the clone has no revision '" + shown + "'");
  const GitOwner<git_object> commit(peeled);
  Selected selected;
  selected.commit = hex_of(*git_object_id(peeled));
  selected.refs = names_at(selected.commit);
  return selected;
}

std::string LfsClone::State::default_branch() const {
  const std::string remote = "refs/remotes/" + remote_name() + "/";
  for (const std::string& name : {remote + "HEAD", std::string("HEAD")}) {
    git_reference* looked_up = nullptr;
    if (git_reference_lookup(&looked_up, repository.get(), name.c_str()) != 0) continue;
    const GitOwner<git_reference> reference(looked_up);
    for (const std::string& prefix : {remote, std::string("refs/heads/")})
      if (symbolic_target(looked_up).starts_with(prefix))
        return std::string(symbolic_target(looked_up).substr(prefix.size()));
  }
  return {};
}

// Without the branches that are only ours, as in a worktree whose remote was added and never fetched from.
std::vector<NamedCommit> LfsClone::State::fetched_names() {
  auto known = names();
  const std::string branches = "refs/remotes/" + remote_name() + "/";
  const auto is_there = [&](const std::string& reference_name) {
    git_reference* looked_up = nullptr;
    const int result = git_reference_lookup(&looked_up, repository.get(), reference_name.c_str());
    const GitOwner<git_reference> reference(looked_up);
    return result == 0;
  };
  const auto is_fetched = [&](const NamedCommit& name) { return is_there(branches + name.name); };
  if (!locator.location().worktree || std::any_of(known.begin(), known.end(), is_fetched)) return known;
  std::erase_if(known, [&](const NamedCommit& name) {
    return is_there("refs/heads/" + name.name) && !is_there("refs/tags/" + name.name);
  });
  return known;
}

// Whether a ref of the remote leads to the commit; true also when that cannot be told.
bool LfsClone::State::is_known_to_remote(const std::string& commit) {
  // A bare clone without a remote may be the server itself.
  if (!config_text("remote." + remote_name() + ".url")) return !locator.location().worktree;
  const auto known = fetched_names();
  if (std::any_of(known.begin(), known.end(), [&](const auto& name) { return name.commit == commit; }))
    return true;
  if (git_repository_is_shallow(repository.get()) != 0) return true;
  git_revwalk* opened = nullptr;
  if (git_revwalk_new(&opened, repository.get()) != 0) return true;
  const GitOwner<git_revwalk> walk(opened);
  git_oid oid{};
  for (const NamedCommit& name : known)
    if (git_oid_fromstr(&oid, name.commit.c_str()) != 0 || git_revwalk_push(opened, &oid) != 0) return true;
  git_oid wanted{};
  git_oid_fromstr(&wanted, commit.c_str());
  for (std::size_t steps = 0; steps < history_limit; ++steps) {
    const int result = git_revwalk_next(&oid, opened);
    if (result == GIT_ITEROVER) return false;
    if (result != 0 || git_oid_equal(&oid, &wanted) != 0) return true;
  }
  return true;
}

}  // namespace modelcache
