// SPDX-License-Identifier: Apache-2.0
// Reads worlds on stdin, each a list of records that end in NUL: "D<directory>", then "T<text>" (a
// .gitattributes file), "P<path>" (a question), and an empty one at its end. Answers each question with one
// line: what becomes of the file, and of its line ends. attributes_are_gits.py compares them with git's own.
#include "modelcache/format/git_attributes.hpp"

#include <iostream>
#include <string>

using namespace modelcache;

namespace {

std::string line_ends(const GitAttributes& attributes, const std::string& path) {
  switch (attributes.line_ends(RelPath::parse(path).value())) {
    case LineEnds::kept:
      return "kept";
    case LineEnds::converted:
      return "converted";
    case LineEnds::automatic:
      break;
  }
  return "automatic";
}

void answer(const std::vector<std::pair<std::string, std::string>>& texts,
            const std::vector<std::string>& paths) {
  std::vector<GitAttributesText> files;
  for (const auto& [directory, text] : texts) files.push_back({directory, text});
  const GitAttributes attributes(files);
  for (const std::string& path : paths) {
    const FilterAttribute filter = attributes.filter(RelPath::parse(path).value());
    std::cout << (filter == FilterAttribute::lfs ? "lfs"
                                                 : (filter == FilterAttribute::none ? "none" : "other"))
              << '/' << line_ends(attributes, path) << '\n';
  }
}

}  // namespace

int main() {
  std::vector<std::pair<std::string, std::string>> texts;
  std::vector<std::string> paths;
  std::string directory;
  for (std::string record; std::getline(std::cin, record, '\0');) {
    if (record.empty()) {
      answer(texts, paths);
      texts.clear();
      paths.clear();
    } else if (record[0] == 'D') {
      directory = record.substr(1);
    } else if (record[0] == 'T') {
      texts.emplace_back(directory, record.substr(1));
    } else {
      paths.push_back(record.substr(1));
    }
  }
  return 0;
}
