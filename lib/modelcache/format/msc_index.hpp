// SPDX-License-Identifier: Apache-2.0
#pragma once

// The side files of a repo in the caches of AI Studio (aistudio-sdk 0.3) and ModelScope (up to 1.37): .msc,
// the list of its files; .mdl, its id; .mv, its revision. Promise: what is read was data and nothing else,
// and what is written are the bytes that the clients write.

#include "modelcache/format/pickle.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

enum class MscFlavour : std::uint8_t { aistudio, modelscope };
std::string_view to_string(MscFlavour flavour);

// One file. AI Studio's revision is the id of the git blob, ModelScope's the commit of the last change; any
// text is possible.
struct MscEntry {
  std::string path;  // the bytes of the file's name
  std::string revision;
  bool has_path = true;      // there was a text
  bool has_revision = true;  // there was a text
  bool has_extra_keys = false;
  // False where the path holds characters that no file's name can; it is as in the pickle then.
  bool is_file_name = true;

  friend bool operator==(const MscEntry&, const MscEntry&) = default;
};

struct MscIndex {
  std::vector<MscEntry> entries;      // in the order of the file
  std::vector<std::string> warnings;  // sentences; may hold any bytes
};

// Why a side file is refused.
struct IndexFlaw {
  bool is_unsafe = false;  // loading it with Python would run code
  std::string sentence;    // with the opcode and its offset where one is to blame
};

// Either of the two.
struct ParsedMsc {
  std::optional<MscIndex> index;
  std::optional<IndexFlaw> flaw;
};

// An entry without a text as Path or Revision, on which the clients fail, is kept and warned of. Refused are
// what read_pickle() refuses and what is no list of dicts.
ParsedMsc parse_msc(std::string_view bytes);

// As the clients write it. Throws Error(refused) for texts of 64 KiB and more; Error(internal) where an entry
// has no path or revision, or no file could have its name.
std::string write_msc(std::span<const MscEntry> entries, unsigned protocol = 4);

struct ParsedMdl {
  std::optional<std::string> id;  // "owner/name", as it stands there; may be missing in a file that is fine
  std::vector<std::string> warnings;
  std::optional<IndexFlaw> flaw;
};

ParsedMdl parse_mdl(std::string_view bytes);
std::string write_mdl(std::string_view id, unsigned protocol = 4);

// A longer file is malformed without being read in full.
inline constexpr std::size_t mv_limit = 4096;

// Three forms: "Revision:<commit>,CreatedAt:unknown" (AI Studio), "Revision:<branch>,CreatedAt:<Unix time>"
// (a model of ModelScope) and the bare revision (a dataset of ModelScope).
struct MvText {
  std::string revision;
  std::optional<std::string> created_at;

  // Whose form it is; nothing where it is neither's.
  std::optional<MscFlavour> flavour() const;

  friend bool operator==(const MvText&, const MvText&) = default;
};

struct ParsedMv {
  std::optional<MvText> text;
  std::string reason;  // where there is none: why
};

// One line of printable UTF-8; an end of line behind it is dropped. `content` is all of the file, or its
// first mv_limit + 1 bytes.
ParsedMv parse_mv(std::string_view content);

// Throws Error(refused) where it would not read back as it is.
std::string write_mv(const MvText& text);

}  // namespace modelcache
