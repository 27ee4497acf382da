// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a user can say of a tree of AI Studio or ModelScope that is to be written.

#include "modelcache/format/lfs_pointer.hpp"
#include "modelcache/store/locate.hpp"

namespace modelcache {

// automatic: the layout of modelscope >= 1.38, unless an older tree of the repo is there.
enum class ModelscopeRelease { automatic, older };

struct TreeOptions {
  Layout layout = Layout::aistudio;  // or modelscope
  PointerNewline pointer_newline = PointerNewline::automatic;
  ModelscopeRelease release = ModelscopeRelease::automatic;
};

}  // namespace modelcache
