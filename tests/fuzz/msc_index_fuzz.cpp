// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/msc_index.hpp"

#include "fuzz.hpp"

using namespace modelcache;

namespace {

void check_msc(std::string_view bytes) {
  const ParsedMsc parsed = parse_msc(bytes);
  fuzz::claim(parsed.index.has_value() != parsed.flaw.has_value(), "there is an index or a flaw");
  if (!parsed.index) {
    fuzz::claim(!parsed.flaw->is_unsafe || parsed.flaw->sentence.ends_with("would run code"),
                "what is unsafe says so");
    return;
  }
  std::vector<MscEntry> whole;
  for (const MscEntry& entry : parsed.index->entries) {
    if (!entry.has_path || !entry.has_revision || !entry.is_file_name) {
      fuzz::claim(!parsed.index->warnings.empty(), "an entry that is no file's is warned of");
      continue;
    }
    whole.push_back(entry);
    whole.back().has_extra_keys = false;
  }
  const ParsedMsc back = parse_msc(write_msc(whole));
  fuzz::claim(back.index && back.index->entries == whole && back.index->warnings.empty(),
              "an index reads back");
}

void check_mdl(std::string_view bytes) {
  const ParsedMdl parsed = parse_mdl(bytes);
  if (parsed.flaw || !parsed.id) return;
  fuzz::claim(parse_mdl(write_mdl(*parsed.id)).id == parsed.id, "an id reads back");
}

void check_mv(std::string_view bytes) {
  const ParsedMv parsed = parse_mv(bytes);
  fuzz::claim(parsed.text.has_value() == parsed.reason.empty(), "there is a revision or a reason");
  if (!parsed.text) return;
  const std::string written = write_mv(*parsed.text);
  fuzz::claim(bytes.starts_with(written) && bytes.size() - written.size() <= 2,
              "a revision is written as it was");
  fuzz::claim(is_utf8(written) && written.find('\n') == std::string::npos, "a revision is one line of text");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = fuzz::as_text(data, size);
  check_msc(bytes);
  check_mdl(bytes);
  check_mv(bytes);
  return 0;
}
