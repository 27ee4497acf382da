// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names of files that are on their way into an AI Studio or ModelScope tree, as text. Promise: one answer to
// whether a name beside the files of a repo is one of them or a file.
//
//   ROOT/models/._tmp/<owner>/<name>/<path>                 aistudio-sdk 0.3; ._____temp: modelscope <= 1.37
//                                    <path>_<start>_<end>   a range of a large file, decimal, inclusive
//                                    .<path>.tmp            where aistudio-sdk 0.3.9 puts ranges together
//   .../snapshots/<revision>/<path>.incomplete              modelscope >= 1.38, beside the file
//                            <path>_<start>_<end>, <path>.parallel_tmp

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class PartialKind : std::uint8_t { whole, range, merged };

struct PartialName {
  PartialKind kind = PartialKind::whole;
  std::string target;        // the file that it is on the way to
  std::uint64_t length = 0;  // of a range
};
// A name in the client's own directory for them, where everything is on its way.
PartialName partial_name(std::string_view path);
// A name beside the files of a repo; nothing for one that is a file of the repo. For a range only that it
// reads like one.
std::optional<PartialName> partial_beside_files(std::string_view path);

// Which of all the names of one revision are those of files on their way.
class PartialsBesideFiles {
 public:
  // The names outlive this object.
  explicit PartialsBesideFiles(const std::vector<std::string_view>& paths);

  // A range is one only where its file is not there and another part of it is, and where it is not too long:
  // many a file of a repo has a name that ends in two numbers. `size` in bytes.
  std::optional<PartialName> find(std::string_view path, std::uint64_t size) const;
  bool has(std::string_view path) const { return is_there_.count(path) > 0; }

 private:
  std::set<std::string_view> is_there_;
  std::set<std::string> begun_;
  std::map<std::string, int> ranges_;
};

}  // namespace modelcache
