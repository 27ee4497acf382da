// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/shared_store.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/format/link_text.hpp"

#include <string>

namespace modelcache {

namespace {

constexpr std::string_view marker_name = ".huggingface-shared-blobs";
constexpr std::string_view marker_content = "1\n";

// "<2 hex>/<64 hex>" below the store, for the text of a repo's link.
std::optional<std::string> payload_path(std::string_view link_text) {
  const auto hash = shared_payload_of(link_text);
  if (!hash) return {};
  return std::string(hash->substr(0, 2)) + "/" + std::string(*hash);
}

}  // namespace

SharedStore::Owner SharedStore::owner(const Dir& root) {
  const auto status = root.find_status("blobs");
  if (!status) return Owner::none;
  return open(root) ? Owner::ours : Owner::foreign;
}

std::optional<SharedStore> SharedStore::open(const Dir& root) {
  try {
    auto dir = root.find_dir("blobs");
    if (!dir || dir->find_content(marker_name, marker_content.size()) != marker_content) return {};
    return SharedStore(std::move(*dir));
  } catch (const Error&) {
    // A link, a longer marker, no permission: not a store that we may believe.
    return {};
  }
}

void SharedStore::mark(const Dir& blobs, const Dir& staging) {
  write_atomically(staging, blobs, marker_name, marker_content);
}

std::optional<Status> SharedStore::payload(std::string_view link_text) const {
  const auto path = payload_path(link_text);
  if (!path) return {};
  const auto status = or_nothing([&] { return dir_.find_status(*path); });
  return status && status->kind == FileKind::file ? status : std::nullopt;
}

std::optional<Fd> SharedStore::open_payload(std::string_view link_text) const {
  const auto path = payload_path(link_text);
  if (!path) return {};
  return dir_.find_file(*path);
}

}  // namespace modelcache
