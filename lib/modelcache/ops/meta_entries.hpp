// SPDX-License-Identifier: Apache-2.0
#pragma once

// What meta_check.cpp and meta_rebuild.cpp share. Promise: one answer to whether an id is a file's.

#include "modelcache/base/digest.hpp"
#include "modelcache/format/msc_index.hpp"
#include "modelcache/ops/meta.hpp"
#include "modelcache/store/indexed_directory.hpp"

#include <optional>
#include <string_view>

namespace modelcache {

// The ids that git may have for a file: of its bytes, or of a pointer to them.
enum class IdForm { plain, bare_pointer, pointer };

struct FileId {
  IdForm form;
  Digest id;
};
// The one that `revision` is, or is the beginning of (at least 7 digits); nothing when it is none of them.
std::optional<FileId> find_id(const FileIds& ids, std::string_view revision);
// Precondition: the hash that it is made of is there.
FileId make_id(const FileIds& ids, IdForm form);

// Whether `revision` can name a content: hexadecimal digits, 7 to 40.
bool names_content(std::string_view revision);
// Why the entry's path is no place for a file of the repo; nothing when it is one.
std::optional<std::string> path_flaw_of(const MscEntry& entry);
// What AI Studio's client never asks for: these two at the top.
bool is_never_indexed(std::string_view path);

HashingOptions hashing(const MetaReading& reading);

}  // namespace modelcache
