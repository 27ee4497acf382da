// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_blobs.hpp"

#include "modelcache/format/link_text.hpp"

#include <utility>

namespace modelcache {

std::optional<HfBlobs> HfBlobs::open(const Dir& root, const Dir& repo) {
  auto dir = repo.find_dir("blobs");
  if (!dir) return {};
  return HfBlobs(std::move(*dir), SharedStore::open(root));
}

std::optional<Status> HfBlobs::find(std::string_view name) const {
  const auto status = dir_.find_status(name);
  if (status && status->kind == FileKind::file) return status;
  const auto text = status && shared_ ? dir_.find_link(name) : std::nullopt;
  return text ? shared_->payload(*text) : std::nullopt;
}

std::optional<Fd> HfBlobs::open_file(std::string_view name) const {
  const auto text = dir_.find_link(name);
  if (!text) return dir_.find_file(name);
  return shared_ ? shared_->open_payload(*text) : std::nullopt;
}

std::string HfBlobs::payload(std::string_view name) const {
  const auto text = shared_ ? dir_.find_link(name) : std::nullopt;
  return text && shared_->payload(*text) ? std::string(shared_payload_of(*text).value()) : std::string();
}

}  // namespace modelcache
