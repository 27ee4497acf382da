// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle_writer.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/pickle.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using namespace std::string_literals;

namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

std::string hex(const std::string& bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

std::string index_of(const Entries& entries, unsigned protocol = 4) {
  PickleWriter writer(protocol);
  writer.list(entries.size());
  for (const auto& [path, revision] : entries) {
    writer.dict(2);
    writer.key("Path");
    writer.text(path);
    writer.key("Revision");
    writer.text(revision);
  }
  return writer.finish();
}

}  // namespace

TEST_CASE("indexes are written as the clients write them") {
  CHECK(hex(index_of({})) == "80045d942e");
  CHECK(hex(index_of({{"config.json", "0187f3b09d66cef7911083ad49f890f5a6589589"}})) ==
        "80049553000000000000005d947d94288c0450617468948c0b636f6e6669672e6a736f6e948c085265766973696f6e948c28"
        "3031383766"
        "33623039643636636566373931313038336164343966383930663561363538393538399475612e");
  CHECK(hex(index_of({{"config.json", "0187f3b09d66cef7911083ad49f890f5a6589589"},
                      {"sub/model.bin", "86f56cb6b46a9e482e2034a4c9cc1e5468830719"}})) ==
        "80049597000000000000005d94287d94288c0450617468948c0b636f6e6669672e6a736f6e948c085265766973696f6e948c"
        "2830313837"
        "66336230396436366365663739313130383361643439663839306635613635383935383994757d942868028c0d7375622f6d"
        "6f64656c2e"
        "62696e9468048c28383666353663623662343661396534383265323033346134633963633165353436383833303731399475"
        "652e");
  CHECK(hex(index_of({{"a", "b"}}, 2)) ==
        "80025d71007d7101285804000000506174687102580100000061710358080000005265766973696f6e71045801000000"
        "62710575612e");
  CHECK(hex(index_of({{pickle_text("a\xff"), "b"}})) ==
        "80049525000000000000005d947d94288c0450617468948c0461edb3bf948c085265766973696f6e948c01629475612e");
}

TEST_CASE("one dict is written as the clients write it") {
  PickleWriter writer(4);
  writer.dict(1);
  writer.key("id");
  writer.text("own/plain");
  CHECK(hex(writer.finish()) == "80049515000000000000007d948c026964948c096f776e2f706c61696e94732e");
}

TEST_CASE("what is written reads back") {
  for (const unsigned protocol : {2U, 3U, 4U, 5U}) {
    Entries entries;
    for (std::size_t i = 0; i < 2500; ++i)
      entries.emplace_back("file" + std::to_string(i), std::string(i % 300, 'r'));
    const std::string bytes = index_of(entries, protocol);
    const ParsedPickle parsed = read_pickle(bytes);
    REQUIRE(parsed.value);
    CHECK(parsed.protocol == protocol);
    REQUIRE(parsed.value->list().size() == entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const PickleDict entry = parsed.value->list()[i].dict();
      CHECK(entry.find("Path")->text().encoded == entries[i].first);
      CHECK(entry.find("Revision")->text().encoded == entries[i].second);
    }
  }
}

TEST_CASE("what CPython would write otherwise is refused") {
  CHECK_THROWS_AS(PickleWriter(1), Error);
  CHECK_THROWS_AS(PickleWriter(6), Error);
  PickleWriter writer(4);
  CHECK_THROWS_AS(writer.text(std::string(65536, 'x')), Error);
}
