// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/msc_index.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/pickle_writer.hpp"

#include <algorithm>

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

void set_path(MscEntry& entry, const PickleText& text) {
  entry.has_path = true;
  entry.path = text.encoded;
  if (!text.has_surrogates) return;
  auto name = text.file_name();
  entry.is_file_name = name.has_value();
  if (name) entry.path = std::move(*name);
}

void set_fields(MscEntry& entry, const PickleDict& dict) {
  entry.has_path = entry.has_revision = false;
  for (std::size_t i = 0; i < dict.size(); ++i) {
    const std::string_view key = dict.key(i).encoded;
    const PickleValue& value = dict.value(i);
    const bool is_text = value.is(PickleValue::Type::text);
    if (key == "Path") {
      if (is_text) set_path(entry, value.text());
    } else if (key == "Revision") {
      entry.has_revision = is_text;
      if (is_text) entry.revision = value.text().encoded;
    } else {
      entry.has_extra_keys = true;
    }
  }
}

bool is_ascii(std::string_view text) {
  unsigned char all = 0;
  for (const char byte : text) all |= static_cast<unsigned char>(byte);
  return all < 0x80;
}

std::size_t size_of(std::span<const MscEntry> entries) {
  constexpr std::size_t opcodes = 20;  // of one entry
  std::size_t size = 0;
  for (const MscEntry& entry : entries) size += entry.path.size() + entry.revision.size() + opcodes;
  return size;
}

}  // namespace

std::string_view to_string(MscFlavour flavour) {
  return flavour == MscFlavour::aistudio ? "aistudio" : "modelscope";
}

ParsedMsc parse_msc(std::string_view bytes) {
  constexpr std::size_t usual_size = 80;  // of an entry
  MscIndex index;
  index.entries.reserve(std::min(bytes.size(), pickle_limit) / usual_size);
  EntryCount pathless("no text as Path");
  EntryCount nameless("a Path that no file can have");
  EntryCount unrevised("no text as Revision");
  std::optional<std::size_t> stray;
  std::size_t read = 0;
  const ParsedPickle parsed = read_pickle_items(bytes, [&](const PickleValue& item) {
    const std::size_t number = read++;
    if (stray) return;
    if (!item.is(PickleValue::Type::dict)) {
      stray = number;
      return;
    }
    MscEntry& entry = index.entries.emplace_back();
    set_fields(entry, item.dict());
    if (!entry.has_path) pathless.add(number);
    if (!entry.is_file_name) nameless.add(number);
    if (!entry.has_revision) unrevised.add(number);
  });
  if (!parsed.value) return {{}, flaw_of(parsed.flaw)};
  if (!parsed.value->is(PickleValue::Type::list)) return {{}, IndexFlaw{false, "it is no list"}};
  if (stray) return {{}, IndexFlaw{false, "its entry " + std::to_string(*stray + 1) + " is no dict"}};
  for (const EntryCount* count : {&pathless, &nameless, &unrevised}) count->tell(index.warnings);
  warn_of_trailing_bytes(parsed, index.warnings);
  return {std::move(index), {}};
}

std::string write_msc(std::span<const MscEntry> entries, unsigned protocol) {
  PickleWriter writer(protocol, size_of(entries));
  writer.list(entries.size());
  for (const MscEntry& entry : entries) {
    if (!entry.has_path || !entry.has_revision || !entry.is_file_name)
      throw Error(Cause::internal, "an entry that is no file's would be written to an index");
    writer.dict(2);
    writer.key("Path");
    writer.text(is_ascii(entry.path) ? entry.path : pickle_text(entry.path));
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
  const PickleValue* id = parsed.value->dict().find("id");
  if (id != nullptr && id->is(PickleValue::Type::text))
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
