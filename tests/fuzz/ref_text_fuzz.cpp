// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/ref_text.hpp"
#include "modelcache/model/rel_path.hpp"
#include "modelcache/model/snapshot.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const RefText ref = parse_ref_text(text);
  const bool malformed = ref.form == RefText::Form::malformed;
  fuzz::claim(malformed ? ref.commit.empty() : is_commit_id(ref.commit),
              "only a well-formed ref has a commit");
  fuzz::claim((ref.form == RefText::Form::exact) == is_commit_id(text),
              "exact is 40 digits and nothing else");
  if (!ref.folder.empty()) {
    const auto folder = RelPath::parse(ref.folder);
    fuzz::claim(folder && folder->depth() == 0, "a folder is one safe component");
  }
  if (!ref_name_flaw(text)) {
    fuzz::claim(RelPath::parse(text).has_value(), "a name that may be written is a safe path");
    fuzz::claim(classify_ref_entry(text) == RefEntryKind::ref, "a name that may be written is read as a ref");
  }
  const auto name = hub_ref_name(text);
  if (name) fuzz::claim(!ref_name_flaw(*name), "a hub's name may be written");
  return 0;
}
