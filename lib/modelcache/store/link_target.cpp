// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/link_target.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/store/locate.hpp"

#include <cerrno>
#include <optional>

namespace modelcache {

namespace {

constexpr int longest_chain = 8;

// `text` in the directory of `path`, without "." and ".."; nothing where it goes above the root.
std::optional<std::string> joined_below(std::string_view path, std::string_view text) {
  const std::size_t slash = path.rfind('/');
  std::string result(slash == path.npos ? std::string_view() : path.substr(0, slash));
  while (!text.empty()) {
    const std::size_t end = text.find('/');
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (result.empty()) return {};
      const std::size_t last = result.rfind('/');
      result.erase(last == result.npos ? 0 : last);
    } else {
      result.append(result.empty() ? "" : "/").append(part);
    }
  }
  return result;
}

// What of `path` lies below `root`.
std::optional<std::string> below(const std::string& path, const std::string& root) {
  const std::string prefix = root.ends_with('/') ? root : root + "/";
  if (!path.starts_with(prefix)) return {};
  return path.substr(prefix.size());
}

}  // namespace

LinkTarget LinkFollower::follow(const std::string& path) const {
  try {
    return follow_texts(path);
  } catch (const Error& error) {
    if (is_absent(error)) return {LinkEnd::nothing, path, {}};
    // A link in place of a directory on the way.
    if (error.cause() == Cause::refused) return {LinkEnd::outside, path, {}};
    throw;
  }
}

LinkTarget LinkFollower::follow_texts(std::string path) const {
  for (int hops = 0; hops <= longest_chain; ++hops) {
    if (path_flaw(path)) return {LinkEnd::nothing, path, {}};
    const auto status = root_.find_status(path);
    if (!status) return {LinkEnd::nothing, path, {}};
    if (status->kind != FileKind::link) return {LinkEnd::there, path, *status};
    const auto text = root_.find_link(path);
    if (!text || text->find('\0') != text->npos) return {LinkEnd::nothing, path, {}};
    std::optional<std::string> next;
    if (text->starts_with('/')) {
      const std::string plain = absolute_path(*text);
      next = below(plain, root_.path());
      if (!next) next = below(plain, real_root_);
    } else {
      next = joined_below(path, *text);
    }
    if (!next) return {LinkEnd::outside, *text, {}};
    path = *next;
  }
  return {LinkEnd::nothing, path, {}};
}

}  // namespace modelcache
