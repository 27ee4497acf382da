// SPDX-License-Identifier: Apache-2.0
// Reads trees on stdin, each "<mode digits> <40 hex> <path>\0" a file and an empty record at its end, and
// prints one line each: the id. git_trees_are_gits.py compares them with git's own.
#include "modelcache/format/git_tree.hpp"

#include <iostream>
#include <string>

using namespace modelcache;

int main() {
  std::vector<GitTreeFile> files;
  for (std::string record; std::getline(std::cin, record, '\0');) {
    if (record.empty()) {
      std::cout << git_tree_id(std::move(files)).hex() << '\n';
      files.clear();
      continue;
    }
    files.push_back({RelPath::parse(record.substr(48)).value(), parse_git_mode(record.substr(0, 6)).value(),
                     Digest::parse(HashKind::git_sha1, record.substr(7, 40)).value()});
  }
  return 0;
}
