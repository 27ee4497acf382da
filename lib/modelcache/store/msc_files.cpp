// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/msc_files.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <utility>

namespace modelcache {

std::optional<MscIndex> require_msc(const Dir& directory) {
  const auto bytes = directory.find_content(".msc", pickle_limit);
  if (!bytes) return {};
  ParsedMsc parsed = parse_msc(*bytes);
  if (parsed.flaw)
    throw_error(Cause::refused, "use the index", directory.path_of(".msc"),
                parsed.flaw->sentence + "; cache-meta --rebuild writes it anew");
  return std::move(parsed.index);
}

std::optional<MvText> find_mv(const Dir& directory) {
  const auto bytes = or_nothing([&] { return directory.find_content(".mv", mv_limit); });
  return bytes ? parse_mv(*bytes).text : std::nullopt;
}

RelPath require_safe_path(const MscEntry& entry) {
  if (const auto flaw = entry_flaw(entry))
    throw_error(Cause::refused, "use the index entry", entry.path, *flaw);
  return RelPath::parse(entry.path).value();
}

void write_side_file(const Dir& directory, const Dir& parts, std::string_view name, std::string_view text,
                     AtomicFile::NameSync sync) {
  AtomicFile file(parts, directory, name);
  file.write(text);
  file.publish(AtomicFile::IfExists::replace, sync);
}

}  // namespace modelcache
