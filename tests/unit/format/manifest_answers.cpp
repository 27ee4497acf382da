// SPDX-License-Identifier: Apache-2.0
// Reads a manifest on stdin and writes it as lines of sha256sum. manifests_are_sha256sums.py compares them
// with those of sha256sum itself.
#include "modelcache/format/manifest.hpp"

#include <iostream>
#include <iterator>
#include <string>

int main() {
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  std::cout << modelcache::write_sha256sums(modelcache::parse_manifest(text, "stdin"));
  return 0;
}
