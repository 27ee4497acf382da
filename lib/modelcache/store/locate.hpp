// SPDX-License-Identifier: Apache-2.0
#pragma once

// From what a user types to a layout and a path. Promise: a PLACE that could be two things is never guessed.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class Layout { hf, aistudio, modelscope, clone, dir };
std::string_view to_string(Layout layout);  // the word of the command line: "hf"

struct Place {
  Layout layout;
  std::string path;  // as typed, or a client's default; absolute for defaults

  std::string text() const;  // "hf:/path"
};

// [LAYOUT:]PATH. A bare path is recognised by what is in it; "hf:" alone is that client's default root.
// Throws Error(usage) naming both spellings when two layouts fit, and when a word before ':' is no layout
// while no such path exists; Error(not_found) when a bare path does not exist.
Place locate(std::string_view text);

// Whether both are one directory, however it is written.
bool is_same_place(const Place& one, const Place& other);

// Whether `path`, which need not exist, is that directory or below it, also by another name of it: a link, a
// mount of the same directory elsewhere.
bool lies_in(const std::string& path, const std::string& directory);

// `path` from the root on, without ".", "..", doubled or final slashes; links are not looked at.
std::string absolute_path(const std::string& path);
// The same with links followed as far as the path exists.
std::string real_path(const std::string& path);

// Places that hold a default cache now, in the order hf, aistudio, modelscope. AI Studio has two where
// releases before 0.3 have left repos.
std::vector<Place> default_places();

// Where huggingface_hub 2.4.0 looks, from HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME and
// HOME, with its rules for "~", "$VAR" and empty values; absolute, links resolved where the path exists.
std::string default_hf_root();
std::string default_hf_home();
std::string default_aistudio_root();
std::string default_aistudio_blobs_root();  // of aistudio-sdk 0.1 - 0.2
std::string default_modelscope_root();
// Of modelscope 1.23 - 1.37.
std::string default_older_modelscope_root();

}  // namespace modelcache
