// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/git_file_ids.hpp"

#include "modelcache/format/lfs_pointer.hpp"

namespace modelcache {

FileId make_id(const FileHashes& hashes, IdForm form) {
  switch (form) {
    case IdForm::plain:
      return {form, hashes.git.value()};
    case IdForm::bare_pointer:
      return {form, bare_pointer_git_oid(hashes.sha256.value(), hashes.size)};
    case IdForm::pointer:
      break;
  }
  return {IdForm::pointer, pointer_git_oid(hashes.sha256.value(), hashes.size)};
}

std::optional<FileId> find_id(const FileHashes& hashes, std::string_view text) {
  for (const IdForm form : {IdForm::plain, IdForm::bare_pointer, IdForm::pointer}) {
    const bool is_plain = form == IdForm::plain;
    if (is_plain ? !hashes.git : !hashes.sha256 || hashes.size == 0) continue;
    if (FileId id = make_id(hashes, form); id.id.hex().starts_with(text)) return id;
  }
  return {};
}

}  // namespace modelcache
