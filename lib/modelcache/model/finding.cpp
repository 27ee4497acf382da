// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/finding.hpp"

#include <array>

namespace modelcache {

namespace {

using Code = FindingCode;
constexpr Severity note = Severity::note;
constexpr Severity warning = Severity::warning;
constexpr Severity error = Severity::error;

constexpr std::array table{
    FindingInfo{Code::alias_dangling, "alias_dangling", warning,
                "A name that should lead to a repo leads nowhere."},
    FindingInfo{Code::blob_corrupt, "blob_corrupt", error, "A content does not hash to its name."},
    FindingInfo{Code::blob_missing, "blob_missing", error, "A content that is asked for is not there."},
    FindingInfo{Code::blob_orphan, "blob_orphan", note,
                "A content that no revision names; pruning can free it."},
    FindingInfo{Code::blob_size, "blob_size", error,
                "A content has another size than its listing says, or none at all."},
    FindingInfo{Code::blob_unverifiable, "blob_unverifiable", note,
                "A content whose name is no hash of it, so nothing offline can prove it."},
    FindingInfo{Code::foreign_owner, "foreign_owner", warning, "It belongs to another user."},
    FindingInfo{Code::index_duplicate, "index_duplicate", warning, "An index names one file twice."},
    FindingInfo{Code::index_extra_keys, "index_extra_keys", note,
                "An index holds keys that its client does not write."},
    FindingInfo{Code::index_revision, "index_revision", warning,
                "An index records another revision than the file has."},
    FindingInfo{Code::index_unreadable, "index_unreadable", error, "An index cannot be read."},
    FindingInfo{Code::index_unsafe, "index_unsafe", error, "An index would run code when a client loads it."},
    FindingInfo{Code::large_decided, "large_decided", note,
                "Nothing tells which of these files are large ones, so a rule decided it."},
    FindingInfo{Code::layout_shadowed, "layout_shadowed", warning,
                "Two layouts hold this repo; the client looks at one of them only."},
    FindingInfo{Code::link_absolute, "link_absolute", warning,
                "A link is absolute and breaks when the cache moves."},
    FindingInfo{Code::link_broken, "link_broken", error, "A link leads to nothing."},
    FindingInfo{Code::link_escapes, "link_escapes", error,
                "A link leads out of its repo; it is not followed."},
    FindingInfo{Code::lock_held, "lock_held", note, "Another program holds a lock here now."},
    FindingInfo{Code::name_unsafe, "name_unsafe", error,
                "A name that clients or file systems would misread."},
    FindingInfo{Code::not_removed, "not_removed", warning,
                "It was to be removed and was kept, since somebody uses it or something is odd."},
    FindingInfo{Code::partial_download, "partial_download", note,
                "A download that never finished, or is running."},
    FindingInfo{Code::permission_denied, "permission_denied", error,
                "It cannot be read with our permissions."},
    FindingInfo{Code::pointer_text, "pointer_text", error,
                "A file is the text of an LFS pointer instead of its content."},
    FindingInfo{Code::ref_dangling, "ref_dangling", error, "A ref names a revision that is not here."},
    FindingInfo{Code::ref_malformed, "ref_malformed", error, "A ref does not hold a commit."},
    FindingInfo{Code::ref_newline, "ref_newline", error,
                "A ref ends with a newline, which clients take for part of it."},
    FindingInfo{Code::revision_detached, "revision_detached", note, "No ref names this revision."},
    FindingInfo{Code::revision_incomplete, "revision_incomplete", note,
                "The listing of this commit names files that are not here."},
    FindingInfo{Code::revision_local, "revision_local", note, "No remote is known to have this commit."},
    FindingInfo{Code::shared_store_unowned, "shared_store_unowned", warning,
                "A shared blob store without its marker; clients do not use it."},
    FindingInfo{Code::special_file, "special_file", warning,
                "A link or submodule of the git tree, for which a cache has no form."},
    FindingInfo{Code::stray_entry, "stray_entry", warning, "Something that does not belong here."},
    FindingInfo{Code::tree_unreadable, "tree_unreadable", warning, "A cached listing cannot be used."},
    FindingInfo{Code::vanished, "vanished", note, "It was there and was gone when it was looked at."},
};

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "error";
}

std::span<const FindingInfo> finding_table() {
  return table;
}

const FindingInfo& info(FindingCode code) {
  return table.at(static_cast<std::size_t>(code));
}

Finding make_finding(FindingCode code, std::string_view repo, std::string_view path,
                     std::string_view detail) {
  return {code, info(code).severity, std::string(repo), std::string(path), std::string(detail)};
}

}  // namespace modelcache
