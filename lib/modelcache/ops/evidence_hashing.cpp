// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/evidence_hashing.hpp"

#include "modelcache/base/error.hpp"

#include <algorithm>
#include <cerrno>

namespace modelcache {

void hash_contents(const EvidenceReader& reader, const std::vector<EvidenceContent>& contents,
                   std::vector<WantedHash> wanted, const EvidenceHashing& how,
                   const std::function<void(std::size_t, const HashOutcome&)>& done) {
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  std::vector<HashTask> tasks;
  std::uint64_t bytes = 0;
  for (const auto& [content, kind] : wanted) {
    tasks.push_back({contents[content].size, kind});
    bytes += tasks.back().size;
  }
  if (how.expecting && bytes > 0) how.expecting(bytes);
  const auto open = [&](std::size_t i) {
    const EvidenceContent& content = contents[wanted[i].first];
    if (how.starting) how.starting(content.place);
    auto file = reader.open(content);
    if (!file) throw_errno(ENOENT, "open", reader.path_of(content));
    return OpenedFile{std::move(*file), reader.path_of(content)};
  };
  HashEngineOptions options;
  options.jobs = how.jobs;
  options.cancelled = how.cancelled;
  options.deadline = how.deadline;
  options.progress = how.progress;
  // Nobody reads terabytes again soon; what others have read stays.
  options.page_cache = PageCache::spare;
  hash_files(
      tasks, open, [&](std::size_t i, const HashOutcome& outcome) { done(wanted[i].first, outcome); },
      options);
}

}  // namespace modelcache
