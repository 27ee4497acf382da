// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/user_file.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"

#include <cerrno>
#include <cstdlib>
#include <memory>

namespace modelcache {

namespace {

struct Split {
  std::string parent;
  std::string name;
};

Split split(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {path.substr(0, slash == 0 ? 1 : slash), path.substr(slash + 1)};
}

Split split_file(const std::string& real, const std::string& path) {
  Split at = split(real);
  if (at.name.empty()) throw_error(Cause::refused, "read", path, "it is no file");
  return at;
}

std::optional<std::string> find_real_path(const std::string& path) {
  struct Free {
    void operator()(char* text) const { std::free(text); }
  };
  const std::unique_ptr<char, Free> real(::realpath(path.c_str(), nullptr));
  if (real) return std::string(real.get());
  if (errno != ENOENT && errno != ENOTDIR) throw_errno(errno, "look at", path);
  return {};
}

}  // namespace

std::optional<std::string> find_user_file(const std::string& path, std::size_t limit) {
  const auto real = find_real_path(path);
  if (!real) return {};
  const Split at = split_file(*real, path);
  return Dir::open_root(at.parent).find_content(at.name, limit);
}

Fd open_user_file(const std::string& path) {
  const auto real = find_real_path(path);
  if (!real) throw_error(Cause::not_found, "read", path, "there is no such file");
  const Split at = split_file(*real, path);
  return Dir::open_root(at.parent).open_file(at.name);
}

void write_user_file(const std::string& path, std::string_view bytes) {
  const Split at = split(find_real_path(path).value_or(path));
  const Dir parent = Dir::open_root(at.parent);
  write_atomically(parent, parent, at.name, bytes);
}

}  // namespace modelcache
