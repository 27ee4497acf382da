// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/msc_files.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/store/tree_repos.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t shortest_prefix = 7;
constexpr std::size_t git_id_length = 40;

}  // namespace

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

RelPath require_safe_path(std::string_view path) {
  auto checked = RelPath::parse(path);
  if (!checked) throw_error(Cause::refused, "use the index entry", path, std::string(*RelPath::flaw(path)));
  const std::string_view text = *checked;
  if (is_client_file(text.substr(0, text.find('/'))))
    throw_error(Cause::refused, "use the index entry", path, "it names a file of the client's own");
  return std::move(*checked);
}

bool is_git_id(std::string_view revision) {
  return revision.size() >= shortest_prefix && revision.size() <= git_id_length &&
         revision.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

MscEntry msc_entry(const RelPath& path, std::string_view revision) {
  MscEntry entry;
  entry.path = path.bytes();
  entry.revision = revision;
  return entry;
}

void write_side_file(const Dir& directory, const Dir& parts, std::string_view name, std::string_view text,
                     AtomicFile::NameSync sync) {
  AtomicFile file(parts, directory, name);
  file.write(text);
  file.publish(AtomicFile::IfExists::replace, sync);
}

}  // namespace modelcache
