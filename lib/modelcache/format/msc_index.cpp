// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/msc_index.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/pickle_writer.hpp"

namespace modelcache {

namespace {

IndexFlaw flaw_of(const PickleFlaw& flaw) {
  return {flaw.kind == PickleFlaw::Kind::code, flaw.sentence};
}

void warn_of_trailing_bytes(const ParsedPickle& parsed, std::vector<std::string>& warnings) {
  if (parsed.has_trailing_bytes) warnings.emplace_back("there are bytes behind its end, which nothing reads");
}

// How many entries have a flaw, told in one sentence however many there are.
class EntryCount {
 public:
  explicit EntryCount(std::string_view flaw) : flaw_(flaw) {}
  void add(std::size_t entry) {
    if (count_++ == 0) first_ = entry;
  }
  void tell(std::vector<std::string>& warnings) const {
    if (count_ == 0) return;
    const std::string first = std::to_string(first_ + 1);
    const std::string whole =
        count_ == 1 ? "entry " + first + " has "
                    : std::to_string(count_) + " entries, the first is number " + first + ", have ";
    warnings.push_back(whole + std::string(flaw_));
  }

 private:
  std::string_view flaw_;
  std::size_t count_ = 0;
  std::size_t first_ = 0;
};

const PickleValue* find_text(const PickleDict& dict, std::string_view key) {
  const PickleValue* value = dict.find(key);
  return value != nullptr && value->is(PickleValue::Type::text) ? value : nullptr;
}

MscEntry make_entry(const PickleDict& dict) {
  MscEntry entry;
  const PickleValue* path = find_text(dict, "Path");
  entry.has_path = path != nullptr;
  if (entry.has_path) {
    auto name = path->text().file_name();
    entry.is_file_name = name.has_value();
    entry.path = name ? std::move(*name) : std::string(path->text().encoded);
  }
  const PickleValue* revision = find_text(dict, "Revision");
  entry.has_revision = revision != nullptr;
  if (entry.has_revision) entry.revision = revision->text().encoded;
  const std::size_t known =
      (dict.find("Path") != nullptr ? 1U : 0U) + (dict.find("Revision") != nullptr ? 1U : 0U);
  entry.has_extra_keys = dict.size() > known;
  return entry;
}

}  // namespace

std::string_view to_string(MscFlavour flavour) {
  return flavour == MscFlavour::aistudio ? "aistudio" : "modelscope";
}

ParsedMsc parse_msc(std::string_view bytes) {
  const ParsedPickle parsed = read_pickle(bytes);
  if (!parsed.value) return {{}, flaw_of(parsed.flaw)};
  if (!parsed.value->is(PickleValue::Type::list)) return {{}, IndexFlaw{false, "it is no list"}};
  const PickleList list = parsed.value->list();
  MscIndex index;
  index.entries.reserve(list.size());
  EntryCount pathless("no text as Path");
  EntryCount nameless("a Path that no file can have");
  EntryCount unrevised("no text as Revision");
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!list[i].is(PickleValue::Type::dict))
      return {{}, IndexFlaw{false, "its entry " + std::to_string(i + 1) + " is no dict"}};
    const MscEntry& entry = index.entries.emplace_back(make_entry(list[i].dict()));
    if (!entry.has_path) pathless.add(i);
    if (!entry.is_file_name) nameless.add(i);
    if (!entry.has_revision) unrevised.add(i);
  }
  for (const EntryCount* count : {&pathless, &nameless, &unrevised}) count->tell(index.warnings);
  warn_of_trailing_bytes(parsed, index.warnings);
  return {std::move(index), {}};
}

std::string write_msc(std::span<const MscEntry> entries, unsigned protocol) {
  PickleWriter writer(protocol);
  writer.list(entries.size());
  for (const MscEntry& entry : entries) {
    if (!entry.has_path || !entry.has_revision || !entry.is_file_name)
      throw Error(Cause::internal, "an entry that is no file's would be written to an index");
    writer.dict(2);
    writer.key("Path");
    writer.text(is_utf8(entry.path) ? entry.path : pickle_text(entry.path));
    writer.key("Revision");
    writer.text(entry.revision);
  }
  return writer.finish();
}

ParsedMdl parse_mdl(std::string_view bytes) {
  const ParsedPickle parsed = read_pickle(bytes);
  if (!parsed.value) return {{}, {}, flaw_of(parsed.flaw)};
  if (!parsed.value->is(PickleValue::Type::dict)) return {{}, {}, IndexFlaw{false, "it is no dict"}};
  ParsedMdl mdl;
  if (const PickleValue* id = find_text(parsed.value->dict(), "id"); id != nullptr)
    mdl.id = id->text().encoded;
  else
    mdl.warnings.emplace_back("it has no text as id");
  warn_of_trailing_bytes(parsed, mdl.warnings);
  return mdl;
}

std::string write_mdl(std::string_view id, unsigned protocol) {
  PickleWriter writer(protocol);
  writer.dict(1);
  writer.key("id");
  writer.text(id);
  return writer.finish();
}

}  // namespace modelcache
