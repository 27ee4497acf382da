// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/format/manifest.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Manifest manifest;
  try {
    manifest = parse_manifest(fuzz::as_text(data, size), "m");
  } catch (const Error& error) {
    fuzz::claim(error.cause() == Cause::refused, "what is not read is refused");
    return 0;
  }
  fuzz::claim(!manifest.empty(), "a manifest says something");
  Manifest sums;
  for (const auto& [path, entry] : manifest)
    if (entry.sha256) sums.emplace(path, ManifestEntry{entry.sha256, {}, {}});
  if (sums.empty()) return 0;
  fuzz::claim(parse_manifest(write_sha256sums(manifest), "m") == sums, "what is written reads back");
  return 0;
}
