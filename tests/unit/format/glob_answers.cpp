// SPDX-License-Identifier: Apache-2.0
// Answers pairs on stdin, "<pattern>\0<path>\0", with one line each: Glob and PathFilter (as include) say 0
// or 1. glob_answers_as_python.py compares them with Python's own.
#include "modelcache/format/pattern.hpp"

#include <iostream>
#include <string>

int main() {
  std::string pattern;
  std::string path;
  while (std::getline(std::cin, pattern, '\0') && std::getline(std::cin, path, '\0')) {
    const bool glob = modelcache::Glob(pattern).matches(path);
    const bool filter = modelcache::PathFilter({pattern}, {}).passes(path);
    std::cout << (glob ? '1' : '0') << (filter ? '1' : '0') << '\n';
  }
  return 0;
}
