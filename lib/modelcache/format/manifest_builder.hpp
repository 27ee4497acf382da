// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where the readers of all forms of a manifest put what they found. Promise: what is in the manifest passed
// the rules that all forms share.

#include "modelcache/format/json_text.hpp"
#include "modelcache/format/manifest.hpp"

#include <string_view>
#include <utility>

namespace modelcache {

class ManifestBuilder {
 public:
  // Adds to what is known of `path`, without its leading "./". Returns what is wrong: the path is unsafe, or
  // it is there with another value.
  JsonFlaw add(std::string_view path, const ManifestEntry& entry);
  Manifest take() { return std::move(files_); }

 private:
  Manifest files_;
};

// 64 hexadecimal digits into `slot`, or what is wrong: what other kind of digest it looks like.
JsonFlaw read_sha256(std::string_view text, std::optional<Digest>& slot);

// Of a text that begins with '{' or '['. Returns what is wrong, with the field.
JsonFlaw read_manifest_json(std::string_view json, ManifestBuilder& files);

// Lines of sha256sum. Returns what is wrong, with the line.
JsonFlaw read_sha256sums(std::string_view text, ManifestBuilder& files);

}  // namespace modelcache
