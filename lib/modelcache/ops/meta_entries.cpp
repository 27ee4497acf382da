// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/meta_entries.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/lfs_pointer.hpp"

#include <array>

namespace modelcache {

namespace {

constexpr std::size_t shortest_prefix = 7;
constexpr std::size_t git_id_length = 40;

}  // namespace

FileId make_id(const FileIds& ids, IdForm form) {
  switch (form) {
    case IdForm::plain:
      return {form, ids.git.value()};
    case IdForm::bare_pointer:
      return {form, bare_pointer_git_oid(ids.sha256.value(), ids.size)};
    case IdForm::pointer:
      break;
  }
  return {IdForm::pointer, pointer_git_oid(ids.sha256.value(), ids.size)};
}

std::optional<FileId> find_id(const FileIds& ids, std::string_view revision) {
  if (!names_content(revision)) return {};
  for (const IdForm form : {IdForm::plain, IdForm::bare_pointer, IdForm::pointer}) {
    const bool is_plain = form == IdForm::plain;
    // git-lfs makes no pointer of an empty file.
    if (is_plain ? !ids.git : !ids.sha256 || ids.size == 0) continue;
    if (FileId id = make_id(ids, form); id.id.hex().starts_with(revision)) return id;
  }
  return {};
}

bool names_content(std::string_view revision) {
  return revision.size() >= shortest_prefix && revision.size() <= git_id_length &&
         revision.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::optional<std::string> path_flaw_of(const MscEntry& entry) {
  if (!entry.has_path) return "an entry has no text as Path, and the client fails on it";
  if (!entry.is_file_name) return "it holds characters that no file's name can";
  if (const auto flaw = RelPath::flaw(entry.path)) return std::string(*flaw);
  if (is_side_file(entry.path)) return "it names a file of the client's own";
  return {};
}

bool is_never_indexed(std::string_view path) {
  return path == ".gitattributes" || path == ".gitignore";
}

HashingOptions hashing(const MetaReading& reading) {
  return {{reading.jobs, reading.cancelled}, reading.starting, reading.progress};
}

std::string_view to_string(MetaChange::Kind kind) {
  switch (kind) {
    case MetaChange::Kind::added:
      return "added";
    case MetaChange::Kind::changed:
      return "changed";
    case MetaChange::Kind::removed:
      break;
  }
  return "removed";
}

std::vector<SideFile> read_side_files(const std::string& directory) {
  const IndexedDirectory dir(directory);
  std::vector<SideFile> files;
  for (const char* name : {".mdl", ".msc", ".mv"}) {
    try {
      if (auto bytes = dir.side_file(name)) files.push_back({name, std::move(*bytes), {}});
    } catch (const Error& error) {
      if (error.cause() != Cause::refused) throw;
      files.push_back({name, {}, error.what()});
    }
  }
  return files;
}

}  // namespace modelcache
