// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using namespace std::string_literals;

namespace {

using Type = PickleValue::Type;
using Kind = PickleFlaw::Kind;

std::string unhex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

// What Python's repr would say, with texts as they are encoded.
std::string shown(const PickleValue& value) {
  std::string text;
  switch (value.type()) {
    case Type::none:
      return "None";
    case Type::boolean:
      return value.boolean() ? "True" : "False";
    case Type::integer:
      return std::to_string(value.integer());
    case Type::real:
      return std::to_string(value.real());
    case Type::bytes:
      return "b'" + std::string(value.bytes().bytes) + "'";
    case Type::text:
      return "'" + std::string(value.text().encoded) + "'";
    case Type::list:
      for (const PickleValue& item : value.list()) text += (text.empty() ? "" : ", ") + shown(item);
      return "[" + text + "]";
    case Type::dict:
      for (std::size_t i = 0; i < value.dict().size(); ++i)
        text += (text.empty() ? "'" : ", '") + std::string(value.dict().key(i).encoded) +
                "': " + shown(value.dict().value(i));
      return "{" + text + "}";
  }
  return {};
}

std::string read(const std::string& bytes) {
  const ParsedPickle parsed = read_pickle(bytes);
  return parsed.value ? shown(*parsed.value) : parsed.flaw.sentence;
}

Kind flaw(const std::string& bytes) {
  const ParsedPickle parsed = read_pickle(bytes);
  CHECK(!parsed.value);
  return parsed.flaw.kind;
}

const std::string two_entries = unhex(
    "80049597000000000000005d94287d94288c0450617468948c0b636f6e6669672e6a736f6e948c085265766973696f6e948c2830"
    "3138"
    "3766336230396436366365663739313130383361643439663839306635613635383935383994757d942868028c0d7375622f6d6f"
    "6465"
    "6c2e62696e9468048c28383666353663623662343661396534383265323033346134633963633165353436383833303731399475"
    "652e");
const std::string two_entries_shown =
    "[{'Path': 'config.json', 'Revision': '0187f3b09d66cef7911083ad49f890f5a6589589'}, "
    "{'Path': 'sub/model.bin', 'Revision': '86f56cb6b46a9e482e2034a4c9cc1e5468830719'}]";

}  // namespace

TEST_CASE("what the clients write is read") {
  CHECK(read(unhex("80049515000000000000007d948c026964948c096f776e2f706c61696e94732e")) ==
        "{'id': 'own/plain'}");
  CHECK(read(unhex("80045d942e")) == "[]");
  CHECK(read(unhex(
            "80049553000000000000005d947d94288c0450617468948c0b636f6e6669672e6a736f6e948c085265766973696f6e"
            "948c28303138376633623039643636636566373931313038336164343966383930663561363538393538399475612"
            "e")) == "[{'Path': 'config.json', 'Revision': '0187f3b09d66cef7911083ad49f890f5a6589589'}]");
  CHECK(read(two_entries) == two_entries_shown);
  CHECK(
      read(unhex(
          "800495a5000000000000005d94287d94288c0450617468948c0b636f6e6669672e6a736f6e948c085265766973696f6e"
          "948c283031383766336230396436366365663739313130383361643439663839306635613635383935383994757d94288c"
          "0450617468948c0d7375622f6d6f64656c2e62696e948c085265766973696f6e948c283836663536636236623436613965"
          "3438326532303334613463396363316535343638383330373139947565"
          "2e")) == two_entries_shown);
}

TEST_CASE("older protocols are read") {
  CHECK(read(unhex(
            "80025d71007d7101285804000000506174687102580100000061710358080000005265766973696f6e71045801000000"
            "62710575612e")) == "[{'Path': 'a', 'Revision': 'b'}]");
  CHECK(read("(lp0\n(dp1\nVPath\np2\nVa\np3\nsVRevision\np4\nVb\np5\nsa.") ==
        "[{'Path': 'a', 'Revision': 'b'}]");
  CHECK(read("(S'a'\nU\1bT\1\0\0\0\0l."s) == "['a', 'b', '\0']"s);
  CHECK(read_pickle("N.").protocol == 0);
  CHECK(read_pickle("\x80\5N.").protocol == 5);
}

TEST_CASE("raw bytes of a file's name come through a pickle") {
  const std::string bytes = unhex(
      "80049525000000000000005d947d94288c0450617468948c0461edb3bf948c085265766973696f6e948c01629475612e");
  const ParsedPickle parsed = read_pickle(bytes);
  REQUIRE(parsed.value);
  const PickleValue* path = parsed.value->list()[0].dict().find("Path");
  REQUIRE(path != nullptr);
  CHECK(path->text().has_surrogates);
  CHECK(path->text().file_name() == "a\xff");
  CHECK(pickle_text("a\xff") == "a\xed\xb3\xbf");
  CHECK(pickle_text("\xed\xa0\x80") == "\xed\xb3\xad\xed\xb2\xa0\xed\xb2\x80");
  CHECK(pickle_text("\xc3\xa9\xf0\x9f\x98\x80\xf0") == "\xc3\xa9\xf0\x9f\x98\x80\xed\xb3\xb0");
}

TEST_CASE("other surrogates are no file's name") {
  const std::string bytes = "X\3\0\0\0\xed\xa0\x80."s;
  const ParsedPickle parsed = read_pickle(bytes);
  REQUIRE(parsed.value);
  CHECK(parsed.value->text().has_surrogates);
  CHECK(!parsed.value->text().file_name());
}

TEST_CASE("inert scalars are read") {
  CHECK(read("(N\x88\x89K\xffM\xff\xffJ\xff\xff\xff\xff\x8a\2\xff\x7f\x8a\0I01\nI00\nI-"
             "12\nI7\nG\x3f\xf8\0\0\0\0\0\0"
             "C\1xB\1\0\0\0yl."s) ==
        "[None, True, False, 255, 65535, -1, 32767, 0, True, False, -12, 7, 1.500000, b'x', b'y']");
}

TEST_CASE("a line of text has Python's escapes") {
  CHECK(read("V\\u00e9\\U0001f600\\n\\\\u0041\xe9\\\n.") ==
        "'\xc3\xa9\xf0\x9f\x98\x80\\n\\\\u0041\xc3\xa9\\'");
  CHECK(flaw("V\\u12\n.") == Kind::corrupt);
  CHECK(flaw("V\\U00110000\n.") == Kind::corrupt);
  CHECK(flaw("V\\u-123\n.") == Kind::corrupt);
}

TEST_CASE("what would run code is refused with its place") {
  const std::string global = unhex("636f730a73797374656d0a28532774727565270a74522e");
  CHECK(flaw(global) == Kind::code);
  CHECK(read(global) == "GLOBAL at offset 0 would run code");
  const std::string stack_global =
      unhex("80049520000000000000008c086275696c74696e73948c04657865639493948c047061737394859452942e");
  CHECK(flaw(stack_global) == Kind::code);
  CHECK(read(stack_global) == "STACK_GLOBAL at offset 29 would run code");
  CHECK(read_pickle(stack_global).flaw.opcode == "STACK_GLOBAL");
  CHECK(read_pickle(stack_global).flaw.offset == 29);
  for (const char code : "cRbio\x93\x81\x92PQ\x82\x83"s + "\x84")
    CHECK(flaw("N"s + code + "\1\1\1\1.") == Kind::code);
}

TEST_CASE("what no index needs is refused") {
  for (const char code : ")tF012L\x85\x86\x87\x8f\x90\x91\x8b\x8e\x96\x97\x98"s)
    CHECK(flaw("N"s + code + "1\n.") == Kind::unsupported);
  CHECK(flaw("\x80\6N.") == Kind::unsupported);
  CHECK(flaw("\x8a\x09"
             "123456789.") == Kind::unsupported);
  CHECK(flaw("S'\\n'\n.") == Kind::unsupported);
}

TEST_CASE("lengths, indices and places are looked at before they are believed") {
  const std::string length = unhex("80045d58ffffffff616263612e");
  CHECK(flaw(length) == Kind::corrupt);
  CHECK(read_pickle(length).flaw.offset == 3);
  const std::string index = unhex("80045d72ffffffff2e");
  CHECK(flaw(index) == Kind::limit);
  CHECK(read(index) == "LONG_BINPUT at offset 3 has a memo index that is too large");
  const std::string itself = unhex("80045d946800612e");
  CHECK(flaw(itself) == Kind::shape);
  CHECK(read_pickle(itself).flaw.offset == 4);
  for (const std::string& bytes : {"X\xff\xff\xff\x7f"s,
                                   "\x8d\xff\xff\xff\xff\xff\xff\xff\xff"s,
                                   "T\xff\xff\xff\xff."s,
                                   "N\x80\2."s,
                                   "h\0."s,
                                   "Nj\xff\xff\xff\xff."s,
                                   "g-1\n."s,
                                   "g\n."s,
                                   "Vx"s,
                                   "S'x\n."s,
                                   "Sx\n."s,
                                   "U\1\xe9."s,
                                   "X\1\0\0\0\xe9."s,
                                   "X\2\0\0\0\xc0\x80."s,
                                   "X\4\0\0\0\xf4\x90\x80\x80."s,
                                   "NN."s,
                                   "."s,
                                   "a."s,
                                   "Na."s,
                                   "NNa."s,
                                   "(Na."s,
                                   "]N."s,
                                   "]Ns."s,
                                   "e."s,
                                   "(e."s,
                                   "(N."s,
                                   "N(N."s,
                                   "}(X\1\0\0\0au."s,
                                   "(X\1\0\0\0ad."s,
                                   "I12x\n."s,
                                   "I010\n."s,
                                   "I99999999999999999999\n."s,
                                   "q\0."s,
                                   "\x94."s,
                                   "p\n."s,
                                   "\xff."s,
                                   ""s})
    CHECK(flaw(bytes) == Kind::corrupt);
  CHECK(flaw("}NNs.") == Kind::shape);
  CHECK(flaw("}K\1Ns.") == Kind::shape);
}

TEST_CASE("a frame holds whole opcodes") {
  const auto framed = [](char length, const std::string& rest) {
    return "\x95"s + length + std::string(7, '\0') + rest;
  };
  CHECK(read(framed(2, "N.")) == "None");
  CHECK(read(framed(0, "N.")) == "None");
  CHECK(read(framed(1, "N" + framed(1, "."))) == "None");
  CHECK(flaw(framed(3, "N.")) == Kind::corrupt);
  CHECK(flaw(framed(3, "C\1")) == Kind::corrupt);
  CHECK(flaw(framed(2, "C\1x.")) == Kind::corrupt);
  CHECK(flaw(framed(3,
                    "Vx"
                    "y\n.")) == Kind::corrupt);
  CHECK(flaw(framed(11, framed(1, "N") + ".")) == Kind::corrupt);
}

TEST_CASE("bytes behind the end are told of and never read") {
  const ParsedPickle parsed = read_pickle("N.c");
  CHECK(parsed.value);
  CHECK(parsed.has_trailing_bytes);
  CHECK(!read_pickle("N.").has_trailing_bytes);
}

TEST_CASE("a repeated key has its last value at its first place") {
  CHECK(read("(Va\nNVb\nNVa\nK\1d.") == "{'a': 1, 'b': None}");
  CHECK(read("}(Va\nNVa\nK\1u.") == "{'a': 1}");
  CHECK(read("}Va\nNsVb\nNsVb\nK\2sVa\nK\1s.") == "{'a': 1, 'b': 2}");
}

TEST_CASE("the memo counts what is stored") {
  CHECK(read("(Va\n\x94Vb\nr\1\0\0\0Vc\n\x94h\0h\1h\2l."s) == "['a', 'b', 'c', 'a', 'b', 'c']");
  CHECK(read("(Va\nr\xff\xff\x3f\0Vb\n\x94j\xff\xff\x3f\0h\1l."s) == "['a', 'b', 'a', 'b']");
  CHECK(read("(Va\nq\0Vb\nq\0h\0l."s) == "['a', 'b', 'b']");
  CHECK(flaw("Nr\0\0\x40\0."s) == Kind::limit);
  CHECK(flaw("Np4194304\n.") == Kind::limit);
}

TEST_CASE("nesting ends at eight levels") {
  CHECK(read("]]]]]]]]aaaaaaa.") == "[[[[[[[[]]]]]]]]");
  CHECK(flaw("]]]]]]]]]aaaaaaaa.") == Kind::limit);
  CHECK(flaw(std::string(1000000, '(') + "N.") == Kind::limit);
}

TEST_CASE("no value is read from a part of a pickle") {
  for (std::size_t size = 0; size < two_entries.size(); ++size) {
    const std::string part = two_entries.substr(0, size);
    CHECK(flaw(part) == Kind::corrupt);
  }
}

TEST_CASE("a pickle that is too large is not looked at") {
  const ParsedPickle parsed = read_pickle(std::string(pickle_limit + 1, 'N'));
  CHECK(!parsed.value);
  CHECK(parsed.flaw.kind == Kind::limit);
  PickleLimits few;
  few.entries = 2;
  CHECK(read_pickle("(NNl.", few).value);
  CHECK(read_pickle("(NNNl.", few).flaw.kind == Kind::limit);
  few.pairs = 1;
  CHECK(read_pickle("(Va\nNd.", few).value);
  CHECK(read_pickle("(Va\nNVb\nNd.", few).flaw.kind == Kind::limit);
  CHECK(flaw("(V" + std::string(257, 'k') + "\nNd.") == Kind::limit);
}

TEST_CASE("a text that is repeated without end is refused") {
  const auto repeated = [](std::size_t size, std::size_t times) {
    std::string bytes = "(V" + std::string(size, 't') + "\np0\n";
    for (std::size_t i = 0; i < times; ++i) bytes += "h\0"s;
    return bytes + "l.";
  };
  CHECK(read_pickle(repeated(40, 100000)).value);
  CHECK(flaw(repeated(4000, 1000)) == Kind::limit);
}

TEST_CASE("the items of a list are told one by one") {
  const auto told = [](const std::string& bytes) {
    std::string items;
    const ParsedPickle parsed =
        read_pickle_items(bytes, [&](const PickleValue& item) { items += shown(item) + ";"; });
    return items + (parsed.value ? shown(*parsed.value) : parsed.flaw.sentence);
  };
  std::string separated = two_entries_shown;
  separated.replace(separated.find("}, {"), 3, "};");
  CHECK(told(two_entries) == separated.substr(1, separated.size() - 2) + ";[]");
  CHECK(told("(lNaN.") == "None;STOP at offset 5 ends with other than one value");
  CHECK(told("(lNa](Nea.") == "None;[None];[]");
  CHECK(told("((N]l(Va\nNdl.") == "[None, []];{'a': None};[]");
  CHECK(told("(](Nel.") == "[None];[]");
  CHECK(told("(](NeNd.") == "DICT at offset 6 has a key that is no text");
  CHECK(told("}Va\n](NNes.") == "{'a': [None, None]}");
  CHECK(told("N.") == "None");
}
