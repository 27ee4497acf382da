// SPDX-License-Identifier: Apache-2.0
// Builds a small cache from bytes and looks at it in every way there is.
#include "modelcache/base/error.hpp"
#include "modelcache/model/repo_id.hpp"
#include "modelcache/ops/scan.hpp"

#include "support/temp_dir.hpp"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "fuzz.hpp"

using namespace modelcache;

namespace {

// One entry: a letter for its kind, its path, '|', its content or link text. A path that cannot be made is
// left out. Made through Dir, so that a link made before leads nowhere.
void make_entry(const Dir& cache, std::string_view entry) {
  if (entry.empty()) return;
  const std::size_t bar = entry.find('|');
  const std::string path(entry.substr(1, bar == entry.npos ? entry.npos : bar - 1));
  const std::string content(bar == entry.npos ? std::string_view() : entry.substr(bar + 1));
  try {
    const std::size_t slash = path.rfind('/');
    if (slash != path.npos) cache.make_dirs(path.substr(0, slash));
    if (entry[0] == 'd') cache.make_dirs(path);
    if (entry[0] == 'l') cache.make_link(content, path);
    if (entry[0] != 'f') return;
    const Fd file = cache.create_file(path);
    fuzz::claim(::write(file.get(), content.data(), content.size()) == static_cast<ssize_t>(content.size()),
                "a file can be written");
  } catch (const Error&) {
    // An unsafe name, one that is taken, a file where a directory should be.
  }
}

void make_cache(const Dir& cache, std::string_view entries) {
  constexpr int most = 64;
  for (int i = 0; i < most && !entries.empty(); ++i) {
    const std::size_t end = entries.find('\0');
    make_entry(cache, entries.substr(0, end));
    entries.remove_prefix(end == entries.npos ? entries.size() : end + 1);
  }
}

void check_revision(const RevisionInventory& revision) {
  fuzz::claim(revision.list.size() <= revision.files &&
                  revision.files <= revision.list.size() + revision.lacking.size(),
              "each entry is listed or lacking");
  const auto later = [](const FileInventory& left, const FileInventory& right) {
    return left.path >= right.path;
  };
  fuzz::claim(std::adjacent_find(revision.list.begin(), revision.list.end(), later) == revision.list.end(),
              "entries are sorted and unique");
}

void check_repo(const RepoInventory& repo) {
  std::uint64_t sum = 0;
  std::uint64_t most = 0;
  for (const RevisionInventory& revision : repo.revisions) {
    check_revision(revision);
    sum += revision.size;
    most = std::max(most, revision.size);
  }
  fuzz::claim(most <= repo.size && repo.size <= sum, "a repo is as large as its distinct files");
  const auto later = [](const auto& left, const auto& right) { return left.commit >= right.commit; };
  fuzz::claim(std::adjacent_find(repo.revisions.begin(), repo.revisions.end(), later) == repo.revisions.end(),
              "revisions are sorted and unique");
}

// Two answers about one repo that differ in detail only.
void check_same(const RepoInventory& brief, const RepoInventory& full) {
  fuzz::claim(brief.size == full.size && brief.files == full.files && brief.allocated == full.allocated &&
                  brief.reclaimable == full.reclaimable && brief.refs == full.refs,
              "detail changes no number");
  fuzz::claim(brief.findings == full.findings, "detail changes no finding");
  fuzz::claim(
      std::equal(brief.revisions.begin(), brief.revisions.end(), full.revisions.begin(), full.revisions.end(),
                 [](const auto& left, const auto& right) {
                   return left.commit == right.commit && left.size == right.size &&
                          left.files == right.files && left.complete == right.complete;
                 }),
      "detail changes no revision");
}

void ask(const Place& place, const RepoInventory& repo) {
  try {
    const RepoId id = RepoId::parse(repo.type, repo.id);
    for (const RevisionInventory& revision : repo.revisions) {
      (void)check_ready(place, {id, revision.commit});
      for (const FileInventory& file : revision.list) (void)look_up(place, {id, revision.commit}, file.path);
    }
  } catch (const Error&) {
    // No client can name such a repo, revision or file.
  }
}

void check_cache(const Place& place) {
  const CacheScan brief = scan({{place}, Detail::revisions, 1}).front();
  const CacheScan full = scan({{place}, Detail::files, 2}).front();
  fuzz::claim(brief.repos.size() == full.repos.size() && full.repos.size() == full.cache.repos,
              "each repo is counted");
  fuzz::claim(brief.cache.size == full.cache.size && brief.cache.findings == full.cache.findings,
              "detail changes no total");
  for (std::size_t i = 0; i < full.repos.size(); ++i) {
    check_same(brief.repos[i], full.repos[i]);
    check_repo(full.repos[i]);
    ask(place, full.repos[i]);
  }
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir temp;
  static const Dir top = temp.open();
  make_cache(top.make_dirs("hub"), fuzz::as_text(data, size));
  for (const Layout layout : {Layout::hf, Layout::aistudio, Layout::modelscope})
    check_cache({layout, temp.path("hub")});
  top.remove_tree("hub");
  return 0;
}
