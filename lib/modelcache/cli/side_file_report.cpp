// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/side_file_report.hpp"

#include "modelcache/base/base64.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/msc_index.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace modelcache::cli {

namespace {

using Json = nlohmann::ordered_json;

// The bytes that a text stands for: of a file's name, where one can have it.
std::string bytes_of(const PickleText& text) {
  if (!text.has_surrogates) return std::string(text.encoded);
  return text.file_name().value_or(std::string(text.encoded));
}

Json to_json(const PickleValue& value);

Json to_json(const PickleDict& dict) {
  Json object = Json::object();
  const auto set = [&](const std::string& key, std::string_view bytes) {
    object[key] = lossy_utf8(bytes);
    if (!is_utf8(bytes)) object[key + "_b64"] = base64(bytes);
  };
  for (std::size_t i = 0; i < dict.size(); ++i) {
    const std::string key = lossy_utf8(bytes_of(dict.key(i)));
    const PickleValue& value = dict.value(i);
    if (value.is(PickleValue::Type::text))
      set(key, bytes_of(value.text()));
    else if (value.is(PickleValue::Type::bytes))
      set(key, value.bytes().bytes);
    else
      object[key] = to_json(value);
  }
  return object;
}

struct Converter {
  Json operator()(std::nullptr_t) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const { return value; }
  Json operator()(const PickleBytes& value) const { return lossy_utf8(value.bytes); }
  Json operator()(const PickleText& value) const { return lossy_utf8(bytes_of(value)); }
  Json operator()(const PickleDict& value) const { return to_json(value); }
  Json operator()(const PickleList& value) const {
    Json array = Json::array();
    for (const PickleValue& item : value) array.push_back(to_json(item));
    return array;
  }
};

Json to_json(const PickleValue& value) {
  return value.visit(Converter());
}

[[noreturn]] void refuse(const SideFile& file, const std::string& reason) {
  throw_error(Cause::refused, "read", file.name, terminal_safe(reason));
}

void require_sound(const SideFile& file, const std::optional<IndexFlaw>& flaw) {
  if (flaw) refuse(file, flaw->sentence);
}

void record_pickle(const SideFile& file, const std::vector<std::string>& warnings, Report& report) {
  if (!report.options().json) return;
  const ParsedPickle parsed = read_pickle(file.bytes);
  if (!parsed.value) refuse(file, parsed.flaw.sentence);
  Record record("meta");
  record.text("file", file.name).json("value", to_json(*parsed.value).dump()).texts("warnings", warnings);
  report.record(record);
}

void tell_warnings(const SideFile& file, const std::vector<std::string>& warnings, Report& report) {
  for (const std::string& warning : warnings)
    report.say("warning: " + file.name + ": " + terminal_safe(warning));
}

void report_mdl(const SideFile& file, Report& report) {
  const ParsedMdl mdl = parse_mdl(file.bytes);
  require_sound(file, mdl.flaw);
  report.print(".mdl  " + (mdl.id ? terminal_safe(*mdl.id) : "no id") + "\n");
  tell_warnings(file, mdl.warnings, report);
  record_pickle(file, mdl.warnings, report);
}

void report_msc(const SideFile& file, Report& report) {
  const ParsedMsc msc = parse_msc(file.bytes);
  require_sound(file, msc.flaw);
  const auto& entries = msc.index->entries;
  report.print(".msc  " + std::to_string(entries.size()) + (entries.size() == 1 ? " entry\n" : " entries\n"));
  for (const MscEntry& entry : entries) {
    const std::string revision =
        entry.has_revision ? "'" + terminal_safe(entry.revision) + "'" : "no Revision";
    const bool is_plain = entry.has_revision && !entry.revision.empty();
    report.print("      " + (is_plain ? terminal_safe(entry.revision) : revision) + "  " +
                 (entry.has_path ? terminal_safe(entry.path) : "no Path") +
                 (entry.has_extra_keys ? "  (more keys)" : "") + "\n");
  }
  tell_warnings(file, msc.index->warnings, report);
  record_pickle(file, msc.index->warnings, report);
}

void report_mv(const SideFile& file, Report& report) {
  const ParsedMv mv = parse_mv(file.bytes);
  Json value;
  std::vector<std::string> warnings;
  if (mv.text) {
    value = {{"Revision", lossy_utf8(mv.text->revision)}, {"CreatedAt", nullptr}};
    if (mv.text->created_at) value["CreatedAt"] = lossy_utf8(*mv.text->created_at);
    report.print(".mv   " + terminal_safe(mv.text->revision) +
                 (mv.text->created_at ? "  created at " + terminal_safe(*mv.text->created_at) : "") + "\n");
  } else {
    warnings.push_back(mv.reason);
    report.print(".mv   cannot be read\n");
  }
  tell_warnings(file, warnings, report);
  Record record("meta");
  report.record(record.text("file", file.name).json("value", value.dump()).texts("warnings", warnings));
}

}  // namespace

void report_side_file(const SideFile& file, Report& report) {
  if (!file.flaw.empty()) throw Error(Cause::refused, file.flaw);
  if (file.name == ".mdl") return report_mdl(file, report);
  if (file.name == ".msc") return report_msc(file, report);
  report_mv(file, report);
}

}  // namespace modelcache::cli
