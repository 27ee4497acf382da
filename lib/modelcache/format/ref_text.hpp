// SPDX-License-Identifier: Apache-2.0
#pragma once

// The files below refs/ of a hub cache: a name, and 40 bytes of commit id. Promise: a name that passes
// ref_name_flaw() stays below refs/, holds no control characters and is read as a ref by every client; what
// is only nearly a ref is told apart, never repaired in silence.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// A longer file is malformed without being read in full.
inline constexpr std::size_t ref_text_limit = 256;

struct RefText {
  enum class Form {
    exact,      // 40 lower-case hexadecimal digits and nothing else: what every client reads
    newline,    // the same and "\n" or "\r\n": some clients fail on it
    malformed,  // anything else
  };

  Form form = Form::malformed;
  std::string commit;  // empty when malformed
  // The folder below snapshots/ that the text names: the commit; of a malformed text ("local", a commit in
  // capitals) the text itself where it is one plain printable component, else empty.
  std::string folder;
};

// `content` is all of the file, or its first ref_text_limit + 1 bytes.
RefText parse_ref_text(std::string_view content);

// Why a ref of this name must not be written, in a few words; nothing when it may. The rules are those of git
// for a branch or tag, and that no client takes the file for a temporary or for something else's.
std::optional<std::string_view> ref_name_flaw(std::string_view name);

// A path below refs/ that was found, judged by its name alone. Reading is tolerant: `ref` includes names that
// ref_name_flaw() refuses.
enum class RefEntryKind {
  ref,
  temporary,    // "<name>.<8 hex>.tmp", "<name>.tmp", "<name>.lock": clients read these as refs
  system_file,  // .DS_Store, Thumbs.db, desktop.ini: clients skip these
  unsafe,       // no RelPath, not UTF-8 or with control characters
};
RefEntryKind classify_ref_entry(std::string_view path);

// The name that the hub's clients have for a ref of git: "refs/heads/main" and "refs/remotes/origin/main" are
// "main", "refs/tags/v1" is "v1", "refs/pr/1" and "refs/convert/parquet" stay. Nothing for symbolic names
// (HEAD, refs/remotes/origin/HEAD), other remotes, other namespaces and names with a flaw. `remote` is a
// name.
std::optional<std::string> hub_ref_name(std::string_view git_ref, std::string_view remote = "origin");

}  // namespace modelcache
