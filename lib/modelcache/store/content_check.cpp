// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/content_check.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"

namespace modelcache {

bool holds_content(const Fd& file, const Entry& entry, std::string_view path,
                   const std::atomic<bool>* cancelled) {
  TransferRequest request;
  request.size = entry.size;
  request.source_path = path;
  request.cancelled = cancelled;
  try {
    return hash_file(file, entry.content->kind(), request) == *entry.content;
  } catch (const Error& error) {
    if (error.cause() != Cause::refused) throw;
    return false;  // another size
  }
}

}  // namespace modelcache
