// SPDX-License-Identifier: Apache-2.0
#pragma once

// Manifests as files. Promise: a malformed one is refused before anything is hashed; what is written appears
// whole or not at all.

#include "modelcache/format/manifest.hpp"
#include "modelcache/ops/verify.hpp"

#include <string>

namespace modelcache {

// Throws Error(not_found) when it is not there, Error(refused) when it is no manifest.
Manifest read_manifest_file(const std::string& path);

enum class ManifestForm { json, sha256sum };
// Of the files that were hashed for it (VerifyRequest::wants_sha256) and are not known to be damaged. Throws
// Error(refused) where a name has no form, Error(io).
void write_manifest_file(const std::string& path, const Verification& found, ManifestForm form);

}  // namespace modelcache
