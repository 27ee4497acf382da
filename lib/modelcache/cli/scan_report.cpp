// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/scan_report.hpp"

#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/cli/table.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <ctime>

namespace modelcache::cli {

namespace {

std::string repo_name(const RepoInventory& repo) {
  return std::string(to_string(repo.type)) + "/" + repo.id;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + terminal_safe(word);
  return text;
}

std::string age_of(std::int64_t then) {
  if (then == 0) return "-";
  return format_age(std::chrono::seconds(std::time(nullptr) - then));
}

Record cache_record(const CacheInventory& cache, std::size_t repos) {
  Record record("cache");
  record.text("layout", to_string(cache.layout)).path("path", cache.path).number("size_on_disk", cache.size);
  record.number("repos", repos)
      .number("size_allocated", cache.allocated)
      .number("reclaimable", cache.reclaimable);
  return record;
}

Record repo_record(const CacheInventory& cache, const RepoInventory& repo) {
  Record record("repo");
  record.text("layout", to_string(cache.layout)).path("cache", cache.path).path("repo", repo.id);
  record.text("repo_type", to_string(repo.type)).path("path", repo.path).number("size_on_disk", repo.size);
  record.number("files", repo.files).number("revisions", repo.revisions.size()).texts("refs", repo.refs);
  record.time("last_accessed", repo.last_accessed).time("last_modified", repo.last_modified);
  record.number("findings", repo.findings.size())
      .number("size_allocated", repo.allocated)
      .number("reclaimable", repo.reclaimable);
  return record;
}

Record revision_record(const RepoInventory& repo, const RevisionInventory& revision) {
  Record record("revision");
  record.path("repo", repo.id).text("repo_type", to_string(repo.type)).path("commit", revision.commit);
  record.texts("refs", revision.refs).path("path", revision.path).number("size_on_disk", revision.size);
  record.number("files", revision.files)
      .time("last_modified", revision.last_modified)
      .boolean("complete", revision.complete);
  return record;
}

void write_records(const std::vector<CacheScan>& scans, const ScanView& view, Report& report) {
  for (const CacheScan& scan : scans) {
    report.record(cache_record(scan.cache, scan.repos.size()));
    for (const RepoInventory& repo : scan.repos) {
      report.record(repo_record(scan.cache, repo));
      for (const RevisionInventory& revision : repo.revisions) {
        report.record(revision_record(repo, revision));
        if (view.files)
          for (const FileInventory& file : revision.list)
            report.record(file_record(repo_name(repo), revision.commit, file));
      }
    }
    for (const SectionInventory& section : scan.cache.sections) {
      Record record("section");
      record.text("name", section.name)
          .path("path", section.path)
          .number("size_on_disk", section.size)
          .number("files", section.files);
      report.record(record);
    }
  }
}

Table repo_table(const ScanView& view) {
  constexpr std::size_t narrow_id = 24;
  constexpr std::size_t narrow_text = 12;
  std::vector<Table::Column> columns{{"REPO ID", Align::left, narrow_id}, {"REPO TYPE"}};
  if (view.revisions) columns.push_back({"REVISION", Align::left, narrow_text});
  for (const Table::Column& column : {Table::Column{"SIZE ON DISK", Align::right},
                                      {"NB FILES", Align::right},
                                      {"LAST_ACCESSED"},
                                      {"LAST_MODIFIED"},
                                      {"REFS", Align::left, narrow_text},
                                      {"LOCAL PATH", Align::left, narrow_text}})
    columns.push_back(column);
  return Table(columns);
}

void add_rows(Table& table, const RepoInventory& repo, const ScanView& view) {
  const std::string id = terminal_safe(repo.id);
  const std::string type(to_string(repo.type));
  if (!view.revisions || repo.revisions.empty()) {
    std::vector<std::string> cells{id, type};
    if (view.revisions) cells.emplace_back("-");
    for (const std::string& cell :
         {format_size(repo.size), std::to_string(repo.files), age_of(repo.last_accessed),
          age_of(repo.last_modified), joined(repo.refs), terminal_safe(repo.path)})
      cells.push_back(cell);
    return table.add(std::move(cells));
  }
  for (const RevisionInventory& revision : repo.revisions)
    table.add({id, type, terminal_safe(revision.commit), format_size(revision.size),
               std::to_string(revision.files), age_of(repo.last_accessed), age_of(revision.last_modified),
               joined(revision.refs), terminal_safe(revision.path)});
}

void print_files(const CacheScan& scan, Report& report) {
  for (const RepoInventory& repo : scan.repos)
    for (const RevisionInventory& revision : repo.revisions)
      for (const FileInventory& file : revision.list) {
        if (report.options().null_ends_paths)
          report.print_path(revision.path_of(file));
        else
          report.print(fmt::format("{:>9}  {}@{}  {}\n", format_size(file.size),
                                   terminal_safe(repo_name(repo)), terminal_safe(revision.commit),
                                   terminal_safe(file.path)));
      }
}

// Whether rows were cut to the terminal's width.
bool print_table(const std::vector<CacheScan>& scans, const ScanView& view, Report& report) {
  Table table = repo_table(view);
  bool any = false;
  for (const CacheScan& scan : scans)
    for (const RepoInventory& repo : scan.repos) {
      add_rows(table, repo, view);
      any = true;
    }
  if (!any || report.options().json) return false;
  const auto width = view.truncate ? terminal_width(STDOUT_FILENO) : std::nullopt;
  const std::string text = table.text(width);
  report.print(text);
  return width && text != table.text({});
}

struct Totals {
  std::uint64_t repos = 0;
  std::uint64_t revisions = 0;
  std::uint64_t files = 0;
  std::uint64_t size = 0;
  std::uint64_t reclaimable = 0;
  std::size_t findings = 0;
};

// What a cache holds is less than the sum of its repos where they share contents.
Totals totals_of(const std::vector<CacheScan>& scans, const ScanView& view) {
  Totals totals;
  for (const CacheScan& scan : scans) {
    totals.repos += scan.repos.size();
    if (!view.narrowed) {
      totals.size += scan.cache.size;
      totals.reclaimable += scan.cache.reclaimable;
      totals.findings += scan.cache.findings.size();
    }
    for (const RepoInventory& repo : scan.repos) {
      totals.size += view.narrowed ? repo.size : 0;
      totals.reclaimable += view.narrowed ? repo.reclaimable : 0;
      totals.revisions += repo.revisions.size();
      totals.files += repo.files;
      totals.findings += repo.findings.size();
    }
  }
  return totals;
}

void print_footer(const std::vector<CacheScan>& scans, const Totals& totals, const ScanView& view,
                  Report& report) {
  const auto count = [](std::uint64_t number, const char* word) {
    return fmt::format("{} {}{}", number, word, number == 1 ? "" : "s");
  };
  for (const CacheScan& scan : scans)
    for (const SectionInventory& section : scan.cache.sections)
      report.print(fmt::format(
          "{}{:<9} {:>9}  {}  {}\n", &section == &scan.cache.sections.front() ? "\n" : "", section.name,
          format_size(section.size), count(section.files, "file"), terminal_safe(section.path)));
  report.print(fmt::format("\n{}, {}, {} on disk, {} reclaimable, {}{}\n", count(totals.repos, "repo"),
                           count(totals.revisions, "revision"), format_size(totals.size),
                           format_size(totals.reclaimable), count(totals.findings, "finding"),
                           totals.findings > 0 && !view.check ? " (--check shows them)" : ""));
}

void report_findings(const std::vector<CacheScan>& scans, const ScanView& view, Report& report) {
  const auto show = view.check ? Report::Show::yes : Report::Show::count_only;
  for (const CacheScan& scan : scans) {
    if (!view.narrowed)
      for (const Finding& finding : scan.cache.findings) report.finding(finding, show);
    for (const RepoInventory& repo : scan.repos)
      for (const Finding& finding : repo.findings) report.finding(finding, show);
  }
}

}  // namespace

Record file_record(std::string_view repo, std::string_view commit, const FileInventory& file) {
  const std::size_t slash = repo.find('/');
  Record record("file");
  record.path("repo", repo.substr(slash + 1)).path("commit", commit).path("path", file.path);
  record.number("size", file.size)
      .path("blob", file.blob)
      .text_or_null("digest", file.digest ? file.digest->text() : "");
  record.text("repo_type", repo.substr(0, slash));
  return record;
}

void report_scan(const std::vector<CacheScan>& scans, const ScanView& view, Report& report) {
  const Totals totals = totals_of(scans, view);
  report.summary()
      .number("repos", totals.repos)
      .number("revisions", totals.revisions)
      .number("files", totals.files);
  report.summary()
      .number("size_on_disk", totals.size)
      .number("reclaimable", totals.reclaimable)
      .number("findings", totals.findings);
  if (report.options().json) write_records(scans, view, report);
  bool is_cut = false;
  if (view.files)
    for (const CacheScan& scan : scans) print_files(scan, report);
  else
    is_cut = print_table(scans, view, report);
  if (!(view.files && report.options().null_ends_paths)) print_footer(scans, totals, view, report);
  // The table first: what is wrong stands where the eye is at the end.
  report.flush();
  if (is_cut) report.say("note: rows are cut to the terminal's width; --no-truncate shows all of them");
  report_findings(scans, view, report);
}

}  // namespace modelcache::cli
