// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/directory_record.hpp"

#include "modelcache/base/base64.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/json_text.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/model/snapshot.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace modelcache {

namespace {

using Type = JsonValue::Type;

bool proves(std::string_view commit_object, std::string_view commit) {
  return hash_git_object("commit", commit_object).hex() == commit;
}

class RecordReader {
 public:
  ParsedDirectoryRecord read(std::string_view json) {
    const auto on_value = [this](JsonPlace place, const JsonValue& one) { return value(place, one); };
    JsonFlaw flaw = read_json(json, directory_record_limit, {on_value, {}});
    if (!flaw) flaw = missing();
    if (!flaw) flaw = judge_commit();
    if (flaw) return {{}, *flaw};
    std::sort(refs_.begin(), refs_.end());
    std::sort(known_absent_.begin(), known_absent_.end());
    known_absent_.erase(std::unique(known_absent_.begin(), known_absent_.end()), known_absent_.end());
    if (const auto twice = std::adjacent_find(refs_.begin(), refs_.end()); twice != refs_.end())
      return {{}, "the ref " + in_quotes(*twice) + " is there twice"};
    return {DirectoryRecord{RepoId::parse(*type_, id_), commit_, std::move(refs_), std::move(commit_object_),
                            std::move(modes_), sha256sums_, std::move(known_absent_)},
            {}};
  }

 private:
  JsonFlaw value(JsonPlace place, const JsonValue& one) {
    if (place.empty()) return one.type == Type::object ? JsonFlaw() : "the top level is not an object";
    const std::string& key = place[0];
    if (place.size() == 1) return top(key, one);
    if (place.size() == 2 && key == "refs") return ref(one);
    if (place.size() == 2 && key == "modes") return mode(place[1], one);
    if (place.size() == 2 && key == "known_absent") return absent(one);
    return {};
  }

  JsonFlaw top(const std::string& key, const JsonValue& one) {
    if (key == "format_version") return version(one);
    if (key == "refs" || key == "known_absent")
      return one.type == Type::array ? JsonFlaw() : key + " is not an array";
    if (key == "modes") return one.type == Type::object ? JsonFlaw() : "modes is not an object";
    static const std::set<std::string_view> texts{"repo_type", "repo_id", "commit", "commit_object",
                                                  "sha256sums"};
    if (!texts.contains(key)) return {};
    if (one.type != Type::text) return key + " is not a text";
    if (key == "repo_type") return repo_type(one.text);
    if (key == "repo_id") return repo_id(one.text);
    if (key == "commit") return commit(one.text);
    if (key == "sha256sums") return sha256sums(one.text);
    commit_object_ = from_base64(one.text);
    return commit_object_ ? JsonFlaw() : "commit_object is not base64";
  }

  JsonFlaw version(const JsonValue& one) {
    if (one.type != Type::size) return "format_version is not an unsigned integer";
    if (one.size != 1) return "format_version is " + std::to_string(one.size) + ", only 1 is known";
    has_version_ = true;
    return {};
  }

  JsonFlaw repo_type(std::string_view word) {
    type_ = parse_repo_type(word);
    if (type_ && to_string(*type_) == word) return {};
    return "repo_type is " + in_quotes(word);
  }

  JsonFlaw repo_id(std::string_view id) {
    id_ = id;
    const auto flaw = RepoId::flaw(id);
    if (!flaw) return {};
    return "the repo_id " + in_quotes(id) + " is none: " + std::string(*flaw);
  }

  JsonFlaw commit(std::string_view id) {
    commit_ = id;
    return is_commit_id(id) ? JsonFlaw() : "commit is not 40 lower-case hexadecimal digits";
  }

  JsonFlaw sha256sums(std::string_view hex) {
    sha256sums_ = Digest::parse(HashKind::sha256, hex);
    return sha256sums_ ? JsonFlaw() : "sha256sums is not 64 lower-case hexadecimal digits";
  }

  JsonFlaw ref(const JsonValue& one) {
    if (one.type != Type::text) return "a ref is not a text";
    if (const auto flaw = ref_name_flaw(one.text))
      return "the ref " + in_quotes(one.text) + " may not be written: " + std::string(*flaw);
    refs_.emplace_back(one.text);
    return {};
  }

  JsonFlaw mode(const std::string& name, const JsonValue& one) {
    const auto path = RelPath::parse(name);
    if (!path) return "the path " + in_quotes(name) + " is unsafe: " + std::string(*RelPath::flaw(name));
    const auto mode = one.type == Type::text ? parse_git_mode(one.text) : std::nullopt;
    if (!mode) return "the mode of " + in_quotes(name) + " is unknown";
    modes_.emplace(*path, *mode);
    return {};
  }

  JsonFlaw absent(const JsonValue& one) {
    if (one.type != Type::text) return "a path of known_absent is not a text";
    auto path = RelPath::parse(one.text);
    if (!path)
      return "the path " + in_quotes(one.text) + " is unsafe: " + std::string(*RelPath::flaw(one.text));
    known_absent_.push_back(std::move(*path));
    return {};
  }

  JsonFlaw missing() const {
    if (!has_version_) return "format_version is missing";
    if (!type_) return "repo_type is missing";
    if (id_.empty()) return "repo_id is missing";
    if (commit_.empty()) return "commit is missing";
    return {};
  }

  JsonFlaw judge_commit() const {
    if (!commit_object_ || proves(*commit_object_, commit_)) return {};
    return "commit_object is not the object of commit";
  }

  bool has_version_ = false;
  std::optional<RepoType> type_;
  std::string id_;
  std::string commit_;
  std::vector<std::string> refs_;
  std::optional<std::string> commit_object_;
  std::map<RelPath, FileMode> modes_;
  std::optional<Digest> sha256sums_;
  std::vector<RelPath> known_absent_;
};

}  // namespace

ParsedDirectoryRecord parse_directory_record(std::string_view json) {
  return RecordReader().read(json);
}

std::string write_directory_record(const DirectoryRecord& record) {
  if (record.commit_object && !proves(*record.commit_object, record.commit))
    throw Error(Cause::internal, "a commit object is not that of its commit");
  nlohmann::ordered_json json;
  json["format_version"] = 1;
  json["repo_type"] = to_string(record.repo.type());
  json["repo_id"] = record.repo.id();
  json["commit"] = record.commit;
  json["refs"] = record.refs;
  if (record.commit_object) json["commit_object"] = base64(*record.commit_object);
  nlohmann::ordered_json::object_t modes;
  for (const auto& [path, mode] : record.modes) {
    if (!is_utf8(path)) throw_error(Cause::refused, "record the mode of", path, "its name is not UTF-8");
    modes.emplace_back(path.bytes(), digits(mode));  // operator[] would look through all of them
  }
  if (!modes.empty()) json["modes"] = std::move(modes);
  std::vector<std::string> absent;
  for (const RelPath& path : record.known_absent) {
    if (!is_utf8(path)) throw_error(Cause::refused, "record the absence of", path, "its name is not UTF-8");
    absent.push_back(path.bytes());
  }
  if (!absent.empty()) json["known_absent"] = absent;
  if (record.sha256sums) json["sha256sums"] = record.sha256sums->hex();
  std::string text = json.dump(1, ' ', true) + "\n";
  if (text.size() > directory_record_limit)
    throw_error(Cause::refused, "record", record.repo.text(), "it has too many refs or links");
  return text;
}

}  // namespace modelcache
