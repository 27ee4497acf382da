// SPDX-License-Identifier: Apache-2.0
// Reads the index FILE and writes it again, RUNS times; prints the shortest times in milliseconds, of reading
// it as a pickle, as an index, and of writing. pickle_bench.py sets them beside Python's.
#include "modelcache/format/msc_index.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <string>

using namespace modelcache;

namespace {

template <typename Work>
double milliseconds(const Work& work, double shortest) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  return std::min(shortest, took.count());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ifstream file(argv[1], std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const auto parsed = parse_msc(bytes);
  if (!parsed.index || write_msc(parsed.index->entries) != bytes) {
    std::cerr << "the index is not what it would be written as\n";
    return 1;
  }
  double pickle = std::numeric_limits<double>::max();
  double index = pickle;
  double written = pickle;
  std::size_t size = 0;
  for (int run = std::stoi(argv[2]); run > 0; --run) {
    pickle = milliseconds([&] { size += read_pickle(bytes).value->list().size(); }, pickle);
    index = milliseconds([&] { size += parse_msc(bytes).index->entries.size(); }, index);
    written = milliseconds([&] { size += write_msc(parsed.index->entries).size(); }, written);
  }
  std::cout << pickle << ' ' << index << ' ' << written << '\n';
  return size == 0 ? 1 : 0;
}
