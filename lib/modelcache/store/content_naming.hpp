// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names for files of which nothing tells what they are: large or regular by the git id that an index has for
// them, else by format/lfs_rule.hpp, then by their hash. Promise: what was decided by the rule is told, a
// file that is not what its index says gets no name, and the text of an LFS pointer in place of a large file
// is never named as if it were the content.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"
#include "modelcache/format/lfs_rule.hpp"
#include "modelcache/store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct UnnamedFile {
  RelPath path;
  std::uint64_t size = 0;        // bytes
  std::optional<HashKind> kind;  // where something tells it: a note, a listing, a manifest
  // Of the file itself or of its LFS pointer, with or without the final newline; at least its first 7 hex
  // digits. Empty: nothing tells.
  std::string git_id = {};
};

struct NamedFile {
  std::optional<Digest> content;  // nothing: it could not be read
  std::optional<Digest> git_oid;  // of an LFS pointer that stands for the content
  std::uint64_t size = 0;         // of the content
  std::string flaw;               // why the content cannot be had; empty when it can
};

class ContentNaming {
 public:
  // Opens a file; nothing when it is not there any more. Called from several threads at once.
  using Open = std::function<std::optional<Fd>(const RelPath&)>;

  ContentNaming(LfsRule rule, Open open) : rule_(std::move(rule)), open_(std::move(open)) {}

  // Reads each file once, several at a time. What is gone, or changes meanwhile, has a flaw; Error(io) for
  // what may not be read, for a failing disk and when cancelled.
  std::vector<NamedFile> name(const std::vector<UnnamedFile>& files, const IdentifyOptions& options);

  // How many files name() took for large and regular ones, by which reason; nothing when all were told.
  std::optional<Finding> decision(std::string_view repo) const;

 private:
  HashKind kind_of(const UnnamedFile& file);
  // One of the files to name, and the kind of its hash.
  struct Place {
    std::size_t index;
    HashKind kind;
  };

  NamedFile named(const UnnamedFile& file, HashKind kind, const IdentifyOptions& options) const;
  NamedFile proved(const UnnamedFile& file, const IdentifyOptions& options) const;
  NamedFile hashed(const UnnamedFile& file, HashKind kind, const IdentifyOptions& options) const;
  // Sets the results at `places`; which of these are, by this hash, not what their index says.
  std::vector<std::size_t> name_by_hash(const std::vector<UnnamedFile>& files,
                                        const std::vector<Place>& places, const IdentifyOptions& options,
                                        std::vector<NamedFile>& result) const;
  // Whether the named content is what the index says; then its git id is known.
  static bool is_proved(const UnnamedFile& file, NamedFile& named);
  static NamedFile unproved(const UnnamedFile& file);

  LfsRule rule_;
  Open open_;
  LfsDecisions decided_;
};

// The .gitattributes among files of a repo.
struct AttributesFile {
  std::string directory;
  std::string text;
};
// Adds the file `path` of a repo, which lies at `location` in `dir`, where it is one of them and can be read.
void add_attributes(const Dir& dir, const RelPath& path, std::string_view location,
                    std::vector<AttributesFile>& files);
LfsRule make_rule(RepoType type, const std::vector<AttributesFile>& files, LfsHabit habit = LfsHabit::hub);

}  // namespace modelcache
