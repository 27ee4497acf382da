// SPDX-License-Identifier: Apache-2.0
// Answers cases on stdin with one answer each; a text is its length (4 bytes, the lowest first) and its
// bytes.
//   r <pickle>               the value: N, T, F, i<decimal>; f<16 hex>; b<length>:<bytes> s<length>:<bytes>
//                            l<count>:<items> d<count>:<keys and values>; or "!<kind> <sentence>"
//   ? <pickle>               "value" instead of the value
//   2..5 <pickle>            the same value as PickleWriter writes it in this protocol
// pickles_are_pythons.py compares them with Python's own.
#include "modelcache/format/pickle.hpp"
#include "modelcache/format/pickle_writer.hpp"

#include <array>
#include <bit>
#include <cstdio>
#include <iostream>
#include <string>
#include <type_traits>

using namespace modelcache;

namespace {

void show(const PickleValue& value, std::string& out);

void show_text(char kind, std::string_view text, std::string& out) {
  out += kind + std::to_string(text.size()) + ":";
  out += text;
}

struct Show {
  std::string& out;

  void operator()(std::nullptr_t) const { out += 'N'; }
  void operator()(bool value) const { out += value ? 'T' : 'F'; }
  void operator()(std::int64_t value) const { out += "i" + std::to_string(value) + ";"; }
  void operator()(double value) const {
    std::array<char, 20> hex{};
    std::snprintf(hex.data(), hex.size(), "f%016llx;",
                  static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(value)));
    out += hex.data();
  }
  void operator()(PickleBytes value) const { show_text('b', value.bytes, out); }
  void operator()(PickleText value) const { show_text('s', value.encoded, out); }
  void operator()(PickleList list) const {
    out += "l" + std::to_string(list.size()) + ":";
    for (const PickleValue& item : list) show(item, out);
  }
  void operator()(PickleDict dict) const {
    out += "d" + std::to_string(dict.size()) + ":";
    for (std::size_t i = 0; i < dict.size(); ++i) {
      (*this)(dict.key(i));
      show(dict.value(i), out);
    }
  }
};

void show(const PickleValue& value, std::string& out) {
  value.visit(Show{out});
}

void write(const PickleValue& value, PickleWriter& writer) {
  if (value.is(PickleValue::Type::text)) return writer.text(value.text().encoded);
  if (value.is(PickleValue::Type::list)) {
    writer.list(value.list().size());
    for (const PickleValue& item : value.list()) write(item, writer);
    return;
  }
  const PickleDict dict = value.dict();
  writer.dict(dict.size());
  for (std::size_t i = 0; i < dict.size(); ++i) {
    writer.key(dict.key(i).encoded);
    write(dict.value(i), writer);
  }
}

std::string answer(char question, std::string_view pickle) {
  const ParsedPickle parsed = read_pickle(pickle);
  if (!parsed.value) return "!" + std::string(to_string(parsed.flaw.kind)) + " " + parsed.flaw.sentence;
  if (question == '?') return "value";
  std::string out;
  if (question == 'r') {
    show(*parsed.value, out);
    return out;
  }
  PickleWriter writer(static_cast<unsigned>(question - '0'));
  write(*parsed.value, writer);
  return writer.finish();
}

std::uint32_t read_length() {
  std::array<unsigned char, 4> bytes{};
  std::cin.read(reinterpret_cast<char*>(bytes.data()), 4);
  return bytes[0] | (std::uint32_t{bytes[1]} << 8) | (std::uint32_t{bytes[2]} << 16) |
         (std::uint32_t{bytes[3]} << 24);
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  char question = 0;
  while (std::cin.get(question)) {
    std::string pickle(read_length(), '\0');
    std::cin.read(pickle.data(), static_cast<std::streamsize>(pickle.size()));
    const std::string text = answer(question, pickle);
    for (unsigned shift = 0; shift < 32; shift += 8)
      std::cout.put(static_cast<char>((text.size() >> shift) & 0xff));
    std::cout << text;
  }
  return 0;
}
