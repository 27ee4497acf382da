// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/text.hpp"
#include "modelcache/format/pickle.hpp"
#include "modelcache/format/pickle_writer.hpp"

#include "fuzz.hpp"

using namespace modelcache;

namespace {

using Type = PickleValue::Type;

void check_text(const PickleText& text) {
  const auto name = text.file_name();
  if (is_utf8(text.encoded)) {
    fuzz::claim(!text.has_surrogates && name == text.encoded, "text without surrogates is the file's name");
  } else {
    fuzz::claim(text.has_surrogates, "what is not UTF-8 has surrogates");
    fuzz::claim(!name || pickle_text(*name).size() <= 3 * name->size(), "a raw byte is one surrogate");
  }
}

// How many values there are; at most `levels` below each other.
std::size_t check(const PickleValue& value, int levels) {
  fuzz::claim(levels >= 0, "nothing is nested deeper than eight levels");
  std::size_t count = 1;
  if (value.is(Type::text)) check_text(value.text());
  if (value.is(Type::list))
    for (const PickleValue& item : value.list()) count += check(item, levels - 1);
  if (!value.is(Type::dict)) return count;
  const PickleDict dict = value.dict();
  for (std::size_t i = 0; i < dict.size(); ++i) {
    check_text(dict.key(i));
    fuzz::claim(dict.size() > 100 || dict.find(dict.key(i).encoded) == &dict.value(i),
                "no key is there twice");
    count += check(dict.value(i), levels - 1);
  }
  return count;
}

bool is_written(const PickleValue& value) {
  if (value.is(Type::text)) return true;
  if (value.is(Type::list)) {
    for (const PickleValue& item : value.list())
      if (!is_written(item)) return false;
    return true;
  }
  if (!value.is(Type::dict)) return false;
  for (std::size_t i = 0; i < value.dict().size(); ++i)
    if (!is_written(value.dict().value(i))) return false;
  return true;
}

void write(const PickleValue& value, PickleWriter& writer) {
  if (value.is(Type::text)) return writer.text(value.text().encoded);
  if (value.is(Type::list)) {
    writer.list(value.list().size());
    for (const PickleValue& item : value.list()) write(item, writer);
    return;
  }
  writer.dict(value.dict().size());
  for (std::size_t i = 0; i < value.dict().size(); ++i) {
    writer.key(value.dict().key(i).encoded);
    write(value.dict().value(i), writer);
  }
}

bool equal(const PickleValue& a, const PickleValue& b) {
  if (a.type() != b.type()) return false;
  if (a.is(Type::text)) return a.text() == b.text();
  if (a.is(Type::list)) {
    bool same = a.list().size() == b.list().size();
    for (std::size_t i = 0; same && i < a.list().size(); ++i) same = equal(a.list()[i], b.list()[i]);
    return same;
  }
  bool same = a.dict().size() == b.dict().size();
  for (std::size_t i = 0; same && i < a.dict().size(); ++i)
    same = a.dict().key(i) == b.dict().key(i) && equal(a.dict().value(i), b.dict().value(i));
  return same;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  const ParsedPickle parsed = read_pickle(bytes);
  std::size_t told = 0;
  const ParsedPickle items =
      read_pickle_items(bytes, [&](const PickleValue& item) { told += check(item, 7); });
  fuzz::claim(parsed.value.has_value() == parsed.flaw.sentence.empty(), "there is a value or a flaw");
  fuzz::claim(parsed.flaw.sentence == items.flaw.sentence, "item by item nothing else is refused");
  fuzz::claim(parsed.flaw.offset <= size, "a flaw lies in the file");
  if (!parsed.value) return 0;
  const std::size_t count = check(*parsed.value, 8);
  if (parsed.value->is(Type::list)) fuzz::claim(told + 1 == count, "all items are told");
  if (!is_written(*parsed.value)) return 0;
  PickleWriter writer(2 + static_cast<unsigned>(size % 4));
  write(*parsed.value, writer);
  const std::string written = writer.finish();
  const ParsedPickle back = read_pickle(written);
  fuzz::claim(back.value && equal(*parsed.value, *back.value), "what is written reads back");
  return 0;
}
