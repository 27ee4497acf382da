// SPDX-License-Identifier: Apache-2.0
#pragma once

// The side files of one AI Studio or ModelScope directory: .msc, .mdl, .mv. Promise: nothing in them is
// executed, a path in them that would leave the directory is refused, and each is replaced at once.

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/format/msc_names.hpp"
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

// The path of an entry. Throws Error(refused) when it has a flaw (entry_flaw).
RelPath require_safe_path(const MscEntry& entry);

// Writes `text` as `name` in the directory, with the mode that new files get.
void write_side_file(const Dir& directory, const Dir& parts, std::string_view name, std::string_view text,
                     AtomicFile::NameSync sync);

}  // namespace modelcache
