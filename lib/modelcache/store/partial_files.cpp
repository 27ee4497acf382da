// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/partial_files.hpp"

#include "modelcache/base/digest.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/store/stock_taking.hpp"

#include <signal.h>
#include <sys/types.h>

#include <cerrno>
#include <charconv>
#include <limits>

namespace modelcache {

namespace {

constexpr std::string_view in_one_piece = ".incomplete";
constexpr std::string_view put_together = ".parallel_tmp";

// Decimal digits and nothing else.
template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || text.front() == '-' || error != std::errc() || end != text.data() + text.size())
    return {};
  return number;
}

// "<path>_<start>_<end>"
std::optional<PartialName> range_name(std::string_view path) {
  const std::size_t last = path.rfind('_');
  if (last == path.npos || last == 0) return {};
  const std::size_t first = path.rfind('_', last - 1);
  if (first == path.npos || first == 0 || path[first - 1] == '/') return {};
  const auto start = number_of<std::uint64_t>(path.substr(first + 1, last - first - 1));
  const auto end = number_of<std::uint64_t>(path.substr(last + 1));
  if (!start || !end || *start > *end || *end == std::numeric_limits<std::uint64_t>::max()) return {};
  return PartialName{PartialKind::range, std::string(path.substr(0, first)), *end - *start + 1};
}

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Locks that cannot be looked at say nothing.
bool is_held(const Dir& root, const std::string& path) {
  try {
    return FileLock::is_held(root, path);
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

PartialName partial_name(std::string_view path) {
  if (auto range = range_name(path)) return std::move(*range);
  if (path.size() > 5 && path.starts_with('.') && path.ends_with(".tmp"))
    return {PartialKind::merged, std::string(path.substr(1, path.size() - 5)), 0};
  return {PartialKind::whole, std::string(path), 0};
}

std::optional<PartialName> partial_beside_files(std::string_view path) {
  for (const auto& [suffix, kind] :
       {std::pair(in_one_piece, PartialKind::whole), std::pair(put_together, PartialKind::merged)}) {
    const std::size_t length = path.size() - std::min(path.size(), suffix.size());
    if (path.ends_with(suffix) && length > 0 && path[length - 1] != '/')
      return PartialName{kind, std::string(path.substr(0, length)), 0};
  }
  return range_name(path);
}

ProcessLock parse_process_lock(std::string_view text) {
  const auto process = number_of<pid_t>(trimmed(text));
  if (!process || *process == 0) return {};
  const bool is_alive = ::kill(*process, 0) == 0 || errno != ESRCH;
  return {is_alive ? ProcessLock::State::alive : ProcessLock::State::gone, *process};
}

bool is_download_locked(const Dir& root, std::string_view base, RepoType type, std::string_view repo_id,
                        std::string_view path) {
  std::string key = "modelscope-hub-download-lock-v2";
  for (const std::string_view part :
       {std::string_view("file"), type == RepoType::space ? "studio" : to_string(type), repo_id, path}) {
    key += '\0';
    key += part;
  }
  const std::string name = "file_" + hash_bytes(HashKind::sha256, key).hex() + ".lock";
  return is_held(root, join_path(join_path(base, ".lock"), name));
}

std::string repo_lock_path(std::string_view base, std::string_view repo_id) {
  std::string name(repo_id);
  if (const std::size_t slash = name.find('/'); slash != name.npos) name.replace(slash, 1, "___");
  return join_path(join_path(base, ".lock"), name);
}

bool is_repo_locked(const Dir& root, std::string_view base, std::string_view repo_id) {
  return is_held(root, repo_lock_path(base, repo_id));
}

}  // namespace modelcache
