// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which repo: a type and an id. Promise: a RepoId passed the hub's rules (huggingface_hub >= 1.32), so its
// folder name is one plain component and reads back to the same RepoId.

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

enum class RepoType { model, dataset, space, kernel };

std::string_view to_string(RepoType type);                       // "model"
std::string_view plural(RepoType type);                          // "models"
std::optional<RepoType> parse_repo_type(std::string_view word);  // singular or plural

class RepoId {
 public:
  // `id` is NAME or OWNER/NAME. Throws Error(usage) that names the id and the rule it broke.
  static RepoId parse(RepoType type, std::string_view id);
  // The rule that `id` breaks; nothing when it keeps all.
  static std::optional<std::string_view> flaw(std::string_view id);
  // From a folder of a hub cache, "models--org--name"; nothing when it is not one or the id breaks a rule.
  static std::optional<RepoId> from_folder(std::string_view folder);

  RepoType type() const noexcept { return type_; }
  const std::string& id() const noexcept { return id_; }  // "org/name" or "name"
  std::string folder() const;                             // "models--org--name"
  std::string text() const;                               // "model/org/name"

  friend auto operator<=>(const RepoId&, const RepoId&) = default;

 private:
  RepoId(RepoType type, std::string_view id) : type_(type), id_(id) {}
  RepoType type_;
  std::string id_;
};

// A hub cache folder taken apart without judging the id, as the client's own scanner does ("models--a--b--c"
// is "a/b/c"); nothing when the type is unknown or there is no "--".
struct RepoFolder {
  RepoType type;
  std::string id;
};
std::optional<RepoFolder> split_repo_folder(std::string_view folder);

// REPO of the command line, [TYPE/]OWNER/NAME[@REVISION] or [TYPE/]NAME[@REVISION]. `type_override`
// (--repo-type) beats a TYPE in the text. Throws Error(usage).
struct RepoRevision {
  RepoId repo;
  std::optional<std::string> revision;
};
RepoRevision parse_repo(std::string_view text, std::optional<RepoType> type_override = {});

}  // namespace modelcache
