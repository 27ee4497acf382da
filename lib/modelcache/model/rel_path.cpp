// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/rel_path.hpp"

#include "modelcache/base/dir.hpp"

#include <algorithm>

namespace modelcache {

std::optional<std::string_view> RelPath::flaw(std::string_view bytes) {
  return path_flaw(bytes);
}

std::optional<RelPath> RelPath::parse(std::string_view bytes) {
  if (flaw(bytes)) return {};
  return RelPath(bytes);
}

std::string_view RelPath::name() const {
  const std::size_t slash = bytes_.rfind('/');
  return std::string_view(bytes_).substr(slash == std::string::npos ? 0 : slash + 1);
}

std::string_view RelPath::parent() const {
  const std::size_t slash = bytes_.rfind('/');
  return slash == std::string::npos ? std::string_view() : std::string_view(bytes_).substr(0, slash);
}

std::size_t RelPath::depth() const {
  return static_cast<std::size_t>(std::count(bytes_.begin(), bytes_.end(), '/'));
}

}  // namespace modelcache
