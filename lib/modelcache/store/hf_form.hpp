// SPDX-License-Identifier: Apache-2.0
#pragma once

// The forms in which a hub cache keeps contents. Promise: real clients read each of them, also mixed.

namespace modelcache {

enum class HfForm {
  automatic,  // links, or files where the file system has none; shared where the source's contents are shared
              // and the target has a marked store
  links,      // REPO/blobs/<etag>, and links in the snapshots
  files,      // in the snapshots; REPO/blobs is empty
  shared,     // as links; contents that the source shares between repos are shared here too
};

}  // namespace modelcache
