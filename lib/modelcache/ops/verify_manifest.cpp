// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_manifest.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/user_file.hpp"

namespace modelcache {

namespace {

bool is_damaged(const VerifiedFile& file) {
  return file.status == VerifyStatus::unmatched || file.status == VerifyStatus::pointer;
}

Manifest manifest_of(const Verification& found) {
  Manifest manifest;
  for (const VerifiedFile& file : found.files) {
    const auto path = file.sha256 && !is_damaged(file) ? RelPath::parse(file.path) : std::nullopt;
    if (path) manifest[*path] = {file.sha256, {}, file.size};
  }
  return manifest;
}

}  // namespace

Manifest read_manifest_file(const std::string& path) {
  const auto text = find_user_file(path, manifest_limit);
  if (!text) throw_error(Cause::not_found, "read the manifest", path, "there is no such file");
  return parse_manifest(*text, path);
}

void write_manifest_file(const std::string& path, const Verification& found, ManifestForm form) {
  const Manifest manifest = manifest_of(found);
  const std::string text =
      form == ManifestForm::json ? write_manifest_json(manifest) : write_sha256sums(manifest);
  write_user_file(path, text);
}

}  // namespace modelcache
