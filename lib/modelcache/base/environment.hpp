// SPDX-License-Identifier: Apache-2.0
#pragma once

// Environment variables as the Python clients read them. Promise: the same texts as Python's os.path makes of
// them, whatever they hold.

#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// Set but empty is not the same as unset.
std::optional<std::string> environment(const std::string& name);

// os.path.expanduser: "~" and "~user" in front; HOME counts also when it is empty, and an unknown user stays
// as typed.
std::string expand_home(std::string_view text);
// os.path.expandvars: $NAME and ${NAME}; an unset one stays as it is, and no value is looked at again.
std::string expand_variables(std::string_view text);
// os.path.join of a directory and a relative path.
std::string path_below(std::string_view directory, std::string_view path);

// Where the hub's clients keep their cache and token, from HF_HOME, XDG_CACHE_HOME and HOME (huggingface_hub
// 2.4.0); neither absolute nor with links followed.
std::string hf_home();

}  // namespace modelcache
