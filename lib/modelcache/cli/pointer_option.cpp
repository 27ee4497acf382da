// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/pointer_option.hpp"

#include <map>

namespace modelcache::cli {

OptionSpec pointer_newline_option(const std::string& where, const std::string& otherwise) {
  return {"pointer-newline", 0, "auto|yes|no",
          where +
              "whether the ids of LFS pointers are of a text with a final newline, as git-lfs pushes it, or "
              "without, as aistudio-sdk uploads it; default: auto, " +
              otherwise + ", else without"};
}

PointerNewline pointer_newline(const Arguments& arguments) {
  static const std::map<std::string, PointerNewline> words{
      {"auto", PointerNewline::automatic}, {"yes", PointerNewline::yes}, {"no", PointerNewline::no}};
  return words.at(arguments.choice("pointer-newline", {"auto", "yes", "no"}));
}

}  // namespace modelcache::cli
