// SPDX-License-Identifier: Apache-2.0
// Reads the index FILE and writes it again, RUNS times; prints the shortest times in milliseconds of the
// processor, of reading it as a pickle, as an index, and of writing. pickle_bench.py sets them beside
// Python's.
#include "modelcache/format/msc_index.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <string>

using namespace modelcache;

namespace {

// The shortest of so many runs.
template <typename Work>
double milliseconds(int runs, const Work& work) {
  double shortest = std::numeric_limits<double>::max();
  for (; runs > 0; --runs) {
    const std::clock_t start = std::clock();
    if (work() == 0) return 0;
    shortest = std::min(shortest, static_cast<double>(std::clock() - start) * 1000 / CLOCKS_PER_SEC);
  }
  return shortest;
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
  const int runs = std::stoi(argv[2]);
  std::cout << milliseconds(runs, [&] { return read_pickle(bytes).value->list().size(); }) << ' '
            << milliseconds(runs, [&] { return parse_msc(bytes).index->entries.size(); }) << ' '
            << milliseconds(runs, [&] { return write_msc(parsed.index->entries).size(); }) << '\n';
  return 0;
}
