// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/directory_record.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/model/snapshot.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ParsedDirectoryRecord parsed = parse_directory_record(fuzz::as_text(data, size));
  fuzz::claim(parsed.record.has_value() == parsed.reason.empty(), "there is a record or a reason");
  if (!parsed.record) return 0;
  fuzz::claim(is_commit_id(parsed.record->commit), "a commit is one");
  for (const std::string& ref : parsed.record->refs) fuzz::claim(!ref_name_flaw(ref), "a ref may be written");
  const std::string text = write_directory_record(*parsed.record);
  fuzz::claim(parse_directory_record(text).record == parsed.record, "what is written reads back");
  return 0;
}
