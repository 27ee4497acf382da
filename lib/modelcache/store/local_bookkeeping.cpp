// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/local_bookkeeping.hpp"

#include "modelcache/base/error.hpp"

namespace modelcache {

namespace {

constexpr std::string_view ignore_name = ".cache/huggingface/.gitignore";
constexpr std::string_view tag_name = ".cache/huggingface/CACHEDIR.TAG";
constexpr std::string_view record_name = ".cache/huggingface/modelcache.json";
constexpr std::string_view tag_text =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This directory holds what clients of the Hugging Face hub noted about downloaded files.\n"
    "# The signature tells programs that make backups to leave it out: https://bford.info/cachedir/\n";

std::string metadata_name(const RelPath& file) {
  return std::string(LocalBookkeeping::path) + "/download/" + file.bytes() + ".metadata";
}

std::string listing_name(const std::string& commit) {
  return std::string(LocalBookkeeping::path) + "/trees/" + commit + ".json";
}

std::string_view parent_of(std::string_view name) {
  return name.substr(0, name.rfind('/'));
}

}  // namespace

ParsedDirectoryRecord LocalBookkeeping::record() const {
  try {
    const auto text = directory_.find_content(record_name, directory_record_limit);
    return text ? parse_directory_record(*text) : ParsedDirectoryRecord{};
  } catch (const Error& error) {
    if (error.cause() != Cause::refused && !is_absent(error)) throw;
    return {{}, error.what()};
  }
}

std::optional<LocalMetadata> LocalBookkeeping::metadata(const RelPath& file) const {
  const std::string name = metadata_name(file);
  if (path_flaw(name)) return {};
  const auto text = or_nothing([&] { return directory_.find_content(name, local_metadata_limit); });
  return text ? parse_local_metadata(*text).metadata : std::nullopt;
}

ParsedTreeListing LocalBookkeeping::listing(const std::string& commit) const {
  if (path_flaw(commit) || commit.find('/') != std::string::npos) return {};
  try {
    const auto text = directory_.find_content(listing_name(commit), tree_listing_limit);
    return text ? parse_tree_listing(*text) : ParsedTreeListing{};
  } catch (const Error& error) {
    if (error.cause() != Cause::refused && !is_absent(error)) throw;
    return {{}, error.what()};
  }
}

bool LocalBookkeeping::has_marks() const {
  return directory_.find_status(ignore_name) && directory_.find_status(tag_name);
}

void LocalBookkeeping::write(const Dir& staging, const std::string& name, std::string_view text,
                             AtomicFile::NameSync sync) const {
  if (!directory_.find_status(parent_of(name))) directory_.make_dirs(parent_of(name));
  AtomicFile file(staging, directory_, name);
  file.write(text);
  file.publish(AtomicFile::IfExists::replace, sync);
}

void LocalBookkeeping::write_marks(const Dir& staging, AtomicFile::NameSync sync) const {
  if (!directory_.find_status(ignore_name)) write(staging, std::string(ignore_name), "*", sync);
  if (!directory_.find_status(tag_name)) write(staging, std::string(tag_name), tag_text, sync);
}

void LocalBookkeeping::write_metadata(const Dir& staging, const RelPath& file, const LocalMetadata& metadata,
                                      AtomicFile::NameSync sync) const {
  const std::string name = metadata_name(file);
  if (!path_flaw(name)) write(staging, name, write_local_metadata(metadata), sync);
}

void LocalBookkeeping::write_listing(const Dir& staging, const std::string& commit,
                                     const TreeListing& listing, AtomicFile::NameSync sync) const {
  write(staging, listing_name(commit), write_tree_listing(listing), sync);
}

void LocalBookkeeping::write_record(const Dir& staging, const DirectoryRecord& record,
                                    AtomicFile::NameSync sync) const {
  write(staging, std::string(record_name), write_directory_record(record), sync);
}

void LocalBookkeeping::forget(const RelPath& file) const {
  const std::string name = metadata_name(file);
  if (path_flaw(name) || !or_nothing([&] { return directory_.find_status(name); })) return;
  directory_.remove_file(name);
}

void LocalBookkeeping::remove() const {
  directory_.remove_tree(path);
  directory_.remove_empty_dir(parent_of(path));
}

}  // namespace modelcache
