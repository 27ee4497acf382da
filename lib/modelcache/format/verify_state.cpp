// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/verify_state.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/json_text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace modelcache {

namespace {

using Type = JsonValue::Type;
using OrderedJson = nlohmann::ordered_json;

constexpr std::array<std::pair<VerifyWord, std::string_view>, 3> words_of_states{
    {{VerifyWord::undownload, "undownload"},
     {VerifyWord::matched, "matched"},
     {VerifyWord::unmatched, "unmatched"}}};

void read_or_refuse(std::string_view json, std::string_view name, const JsonVisitor& visitor) {
  if (const JsonFlaw flaw = read_json(json, verify_state_limit, visitor))
    throw_error(Cause::refused, "read the state", name, terminal_safe(*flaw));
}

JsonFlaw word_flaw(const std::string& path, const JsonValue& one, VerifyWords& words) {
  if (one.type == Type::text)
    for (const auto& [word, text] : words_of_states)
      if (text == one.text) {
        words.emplace(path, word);
        return {};
      }
  return "the value of " + in_quotes(path) + " is none of undownload, matched and unmatched";
}

// Python writes a time before 1970 with a sign; no file that is verified has one.
JsonFlaw seen_flaw(const std::string& path, const std::string& key, const JsonValue& one, VerifySeen& seen) {
  if (key == "expected") {
    if (one.type != Type::text) return "expected of " + in_quotes(path) + " is no text";
    seen.expected = one.text;
    return {};
  }
  if (key != "size" && key != "modified" && key != "verified") return {};
  if (one.type != Type::size) return key + " of " + in_quotes(path) + " is not an unsigned integer";
  if (key == "size")
    seen.size = one.size;
  else
    (key == "modified" ? seen.modified : seen.verified) = static_cast<std::int64_t>(one.size);
  return {};
}

std::string dump(const OrderedJson& json) {
  return json.dump(1) + "\n";
}

}  // namespace

VerifyWords parse_verify_words(std::string_view json, std::string_view name) {
  VerifyWords words;
  if (json.empty()) return words;
  read_or_refuse(json, name,
                 {[&](JsonPlace place, const JsonValue& one) -> JsonFlaw {
                    if (place.size() == 1) return word_flaw(place[0], one, words);
                    return one.type == Type::object ? JsonFlaw() : "the top level is not an object";
                  },
                  {}});
  return words;
}

std::string write_verify_words(const VerifyWords& words) {
  OrderedJson json = OrderedJson::object();
  for (const auto& [path, word] : words)
    json[path] = words_of_states.at(static_cast<std::size_t>(word)).second;
  return dump(json);
}

VerifySeenFiles parse_verify_seen(std::string_view json, std::string_view name) {
  VerifySeenFiles files;
  bool has_version = false;
  if (json.empty()) return files;
  read_or_refuse(json, name,
                 {[&](JsonPlace place, const JsonValue& one) -> JsonFlaw {
                    if (place.empty())
                      return one.type == Type::object ? JsonFlaw() : "the top level is not an object";
                    if (place[0] == "format_version" && place.size() == 1) {
                      has_version = one.type == Type::size && one.size == 1;
                      return has_version ? JsonFlaw() : "format_version is not 1";
                    }
                    if (place[0] != "files" || place.size() > 3) return {};
                    if (place.size() < 3)
                      return one.type == Type::object ? JsonFlaw() : "files holds something else";
                    return seen_flaw(place[1], place[2], one, files[place[1]]);
                  },
                  {}});
  if (!has_version) throw_error(Cause::refused, "read the state", name, "format_version is missing");
  return files;
}

std::string write_verify_seen(const VerifySeenFiles& files) {
  OrderedJson json = {{"format_version", 1}, {"files", OrderedJson::object()}};
  for (const auto& [path, seen] : files)
    json["files"][path] = {{"size", seen.size},
                           {"modified", seen.modified},
                           {"verified", seen.verified},
                           {"expected", seen.expected}};
  return dump(json);
}

}  // namespace modelcache
