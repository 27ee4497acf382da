// SPDX-License-Identifier: Apache-2.0
#pragma once

// The side files of one AI Studio or ModelScope directory: .msc, .mdl, .mv. Promise: nothing in them is
// executed, a path in them that would leave the directory is refused, and each is replaced at once.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/format/msc_index.hpp"
#include "modelcache/model/rel_path.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// Nothing when there is no .msc. Throws Error(refused), naming opcode and offset, for one that is unsafe or
// cannot be read.
std::optional<MscIndex> require_msc(const Dir& directory);

// Nothing when there is no .mv, or none that can be read.
std::optional<MvText> find_mv(const Dir& directory);

// The path of an entry. Throws Error(refused) for one that would lead out of the directory, or to a file of
// the client.
RelPath require_safe_path(std::string_view path);

// Whether a Revision can be (the beginning of, at least 7 digits) a git id: lower-case hexadecimal.
bool is_git_id(std::string_view revision);

// As our own indexes have them: of a file that is there.
MscEntry msc_entry(const RelPath& path, std::string_view revision);

// Writes `text` as `name` in the directory, with the mode that new files get.
void write_side_file(const Dir& directory, const Dir& parts, std::string_view name, std::string_view text,
                     AtomicFile::NameSync sync);

}  // namespace modelcache
