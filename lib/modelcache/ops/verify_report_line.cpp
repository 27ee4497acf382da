// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_report_line.hpp"

#include "modelcache/base/base64.hpp"
#include "modelcache/base/text.hpp"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

namespace modelcache {

namespace {

using Type = JsonValue::Type;

// Ends the reading of a line; never leaves this file.
struct Flawed {
  std::string reason;
};

// The keys of a record. Others are passed over, since records grow.
class Fields {
 public:
  explicit Fields(std::string_view line) {
    const auto take = [&](JsonPlace place, const JsonValue& value) -> JsonFlaw {
      if (place.empty()) return value.type == Type::object ? JsonFlaw() : "it is no JSON object";
      if (place.size() == 1) values_[place[0]] = {value.type, value.size, std::string(value.text)};
      return {};
    };
    if (JsonFlaw flaw = read_json(line, longest_report_line, {take, {}})) throw Flawed{std::move(*flaw)};
  }

  std::uint64_t number(const std::string& key) const { return of_type(key, Type::size, "a number").size; }
  const std::string& text(const std::string& key) const { return of_type(key, Type::text, "a text").text; }
  std::string text_or_null(const std::string& key) const { return is_null(key) ? std::string() : text(key); }
  bool is_null(const std::string& key) const { return value(key).type == Type::null; }
  bool has(const std::string& key) const { return values_.contains(key); }

  // The exact bytes, of which the text is what can be shown.
  std::string path(const std::string& key) const {
    const std::string exact_key = key + "_b64";
    if (!has(exact_key)) return text(key);
    const auto exact = from_base64(text(exact_key));
    if (!exact || is_utf8(*exact) || lossy_utf8(*exact) != text(key))
      throw Flawed{in_quotes(exact_key) + " is not what " + in_quotes(key) + " stands for"};
    return *exact;
  }

  // One of `words`, by its place.
  std::size_t word(const std::string& key, std::span<const std::string_view> words) const {
    const auto found = std::find(words.begin(), words.end(), text(key));
    if (found == words.end()) throw Flawed{in_quotes(key) + " is " + in_quotes(text(key))};
    return static_cast<std::size_t>(found - words.begin());
  }

 private:
  struct Value {
    Type type = Type::null;
    std::uint64_t size = 0;
    std::string text = {};
  };

  const Value& value(const std::string& key) const {
    const auto found = values_.find(key);
    if (found == values_.end()) throw Flawed{in_quotes(key) + " is missing"};
    return found->second;
  }

  const Value& of_type(const std::string& key, Type type, std::string_view what) const {
    const Value& found = value(key);
    if (found.type != type) throw Flawed{in_quotes(key) + " is not " + std::string(what)};
    return found;
  }

  std::map<std::string, Value> values_;
};

constexpr std::array<std::string_view, 2> words_of_checks{"contents", "sizes"};
constexpr std::array<std::string_view, 2> words_of_place{"repo", "cache"};
constexpr std::array<EvidenceOrigin, 9> origins{
    EvidenceOrigin::none,    EvidenceOrigin::manifest, EvidenceOrigin::hub,
    EvidenceOrigin::listing, EvidenceOrigin::metadata, EvidenceOrigin::blob_name,
    EvidenceOrigin::index,   EvidenceOrigin::pointer,  EvidenceOrigin::git};
constexpr std::array<Severity, 3> severities{Severity::note, Severity::warning, Severity::error};

template <typename Value, std::size_t count>
Value value_of(const Fields& fields, const std::string& key, const std::array<Value, count>& values) {
  std::array<std::string_view, count> words;
  std::transform(values.begin(), values.end(), words.begin(), [](Value value) { return to_string(value); });
  return values.at(fields.word(key, words));
}

ShardHead head_of(const Fields& fields) {
  ShardHead head;
  head.shard = {fields.number("shard"), fields.number("shards")};
  if (head.shard.number < 1 || head.shard.number > head.shard.count || head.shard.count > most_shards)
    throw Flawed{"it is of shard " + head.shard.text()};
  head.version = fields.text("version");
  head.listing = fields.text("listing");
  head.files = fields.number("files");
  head.sizes_only = fields.word("checks", words_of_checks) == 1;
  head.is_of_cache = fields.word("place_is", words_of_place) == 1;
  return head;
}

Finding finding_of(const Fields& fields) {
  const auto table = finding_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const FindingInfo& info) { return info.name == fields.text("code"); });
  if (found == table.end()) throw Flawed{"'code' is " + in_quotes(fields.text("code"))};
  return {found->code, value_of(fields, "severity", severities), fields.text_or_null("repo"),
          fields.path("path"), fields.text("detail")};
}

ReportedFile file_of(const Fields& fields) {
  VerifiedFile file;
  if (const std::string type = fields.text_or_null("repo_type"); !type.empty()) {
    file.type = parse_repo_type(type);
    if (!file.type || to_string(*file.type) != type) throw Flawed{"'repo_type' is " + in_quotes(type)};
  }
  file.repo = fields.path("repo");
  file.commit = fields.text_or_null("commit");
  file.path = fields.path("path");
  file.status = value_of(fields, "status", verify_statuses);
  file.expected = fields.text_or_null("expected");
  file.actual = fields.text_or_null("actual");
  if (!fields.is_null("size")) file.size = fields.number("size");
  file.origin = fields.is_null("source") ? EvidenceOrigin::none : value_of(fields, "source", origins);
  if (fields.has("reason")) file.reason = fields.text("reason");
  file.number = fields.number("number");
  return {fields.path("place"), std::move(file)};
}

ReportSummary summary_of(const Fields& fields) {
  ReportSummary summary;
  summary.status = fields.number("status");
  // A run that failed before it looked at any file has nothing to count.
  if (summary.status > 1) return summary;
  for (std::size_t i = 0; i < verify_statuses.size(); ++i)
    summary.counts.at(i) = fields.number(std::string(to_string(verify_statuses.at(i))));
  summary.unchecked = fields.number("unchecked");
  summary.bytes_hashed = fields.number("bytes_hashed");
  summary.seconds = fields.number("seconds");
  return summary;
}

ReportLine line_of(const Fields& fields) {
  const std::string& record = fields.text("record");
  if (record == "shard") return head_of(fields);
  if (record == "finding") return finding_of(fields);
  if (record == "file") return file_of(fields);
  if (record == "summary") return summary_of(fields);
  throw Flawed{"'record' is " + in_quotes(record)};
}

}  // namespace

JsonFlaw parse_report_line(std::string_view line, ReportLine& read) {
  try {
    read = line_of(Fields(line));
    return {};
  } catch (const Flawed& flaw) {
    return flaw.reason;
  }
}

}  // namespace modelcache
