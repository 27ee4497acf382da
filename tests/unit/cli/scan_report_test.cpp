// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/scan_report.hpp"

#include "support/catch.hpp"

#include <unistd.h>

#include "unit/cli/captured_output.hpp"

using namespace modelcache;
using namespace modelcache::cli;
using modelcache::test::captured;

namespace {

const std::string commit(40, '1');

CacheScan sample() {
  CacheScan scan;
  scan.cache.path = "/hub";
  scan.cache.size = 30;
  scan.cache.allocated = 8192;
  scan.cache.reclaimable = 4096;
  scan.cache.findings = {make_finding(FindingCode::stray_entry, "", "odd", "it is no repo")};
  scan.cache.sections = {{"xet", "/home/xet", 5000, 8192, 2}};
  RepoInventory repo;
  repo.id = "org/demo";
  repo.path = "/hub/models--org--demo";
  repo.size = 20;
  repo.allocated = 4096;
  repo.files = 1;
  repo.refs = {"main"};
  repo.last_modified = 5;
  repo.findings = {make_finding(FindingCode::link_broken, "model/org/demo", "models--org--demo/x", "gone")};
  RevisionInventory revision;
  revision.commit = commit;
  revision.refs = {"main"};
  revision.path = repo.path + "/snapshots/" + commit;
  revision.size = 20;
  revision.files = 2;
  revision.list = {{"a\nb", 20, "/hub/b", Digest::from_blob_name(commit)}, {"\xff", 20, "/hub/b", {}}};
  repo.revisions = {revision};
  scan.repos = {repo};
  return scan;
}

struct Shown {
  std::string out;
  std::string err;
  bool has_problems = false;
};

Shown show(const ScanView& view, const ReportOptions& options) {
  Shown shown;
  shown.out = captured(STDOUT_FILENO, [&] {
    shown.err = captured(STDERR_FILENO, [&] {
      Report report(options);
      report_scan({sample()}, view, report);
      shown.has_problems = report.has_problems();
      report.finish(0);
    });
  });
  return shown;
}

ReportOptions json() {
  ReportOptions options;
  options.json = true;
  return options;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the table has the columns that users of the hub's tool know") {
  const Shown shown = show({}, {});
  CHECK(shown.out.rfind("REPO ID", 0) == 0);
  std::size_t at = 0;
  for (const char* column : {"REPO ID", "REPO TYPE", "SIZE ON DISK", "NB FILES", "LAST_ACCESSED",
                             "LAST_MODIFIED", "REFS", "LOCAL PATH"}) {
    CAPTURE(column);
    at = shown.out.find(column, at);
    CHECK(at != std::string::npos);
  }
  CHECK_FALSE(holds(shown.out, "REVISION"));
  CHECK(holds(shown.out, "org/demo  model"));
  CHECK(holds(shown.out, "/hub/models--org--demo\n"));
  CHECK(holds(shown.out,
              "\n1 repo, 1 revision, 30.0 on disk, 4.1K reclaimable, 2 findings (--check shows them)\n"));
  CHECK(holds(shown.out, "\nxet            5.0K  2 files  /home/xet\n"));
}

TEST_CASE("with revisions there is a row for each") {
  ScanView view;
  view.revisions = true;
  const Shown shown = show(view, {});
  CHECK(holds(shown.out, "REPO TYPE  REVISION"));
  CHECK(holds(shown.out, "model      " + commit));
}

TEST_CASE("findings count also when they are not shown") {
  const Shown counted = show({}, {});
  CHECK(counted.err.empty());
  CHECK(counted.has_problems);
  ScanView view;
  view.check = true;
  const Shown shown = show(view, {});
  CHECK(shown.err ==
        "warning: stray_entry: odd: it is no repo\nerror: link_broken: models--org--demo/x: gone\n");
  CHECK_FALSE(holds(shown.out, "--check"));
}

TEST_CASE("file rows stay one line each, and -0 gives bytes and nothing else") {
  ScanView view;
  view.files = true;
  CHECK(holds(show(view, {}).out, "     20.0  model/org/demo@" + commit + "  a\\nb\n"));
  ReportOptions options;
  options.null_ends_paths = true;
  const std::string prefix = "/hub/models--org--demo/snapshots/" + commit + "/";
  CHECK(show(view, options).out == prefix + "a\nb" + '\0' + prefix + "\xff" + '\0');
}

TEST_CASE("records have the keys of the contract") {
  ScanView view;
  view.files = true;
  const std::string out = show(view, json()).out;
  CHECK(holds(out, R"({"record":"cache","layout":"hf","path":"/hub","size_on_disk":30,"repos":1,)"));
  CHECK(holds(out,
              R"({"record":"repo","layout":"hf","cache":"/hub","repo":"org/demo","repo_type":"model",)"
              R"("path":"/hub/models--org--demo","size_on_disk":20,"files":1,"revisions":1,"refs":["main"],)"
              R"("last_accessed":null,"last_modified":5,"findings":1,)"));
  CHECK(holds(out, R"({"record":"revision","repo":"org/demo","repo_type":"model","commit":")" + commit +
                       R"(","refs":["main"],"path":"/hub/models--org--demo/snapshots/)" + commit +
                       R"(","size_on_disk":20,"files":2,"last_modified":null,"complete":null)"));
  CHECK(holds(out, R"({"record":"file","repo":"org/demo","commit":")" + commit +
                       R"(","path":"a\nb","size":20,"blob":"/hub/b","digest":"git-sha1:)" + commit));
  CHECK(holds(out, R"("path_b64":"/w==","size":20,"blob":"/hub/b","digest":null)"));
  CHECK(holds(out, R"({"record":"finding","code":"link_broken","severity":"error",)"));
  CHECK(holds(out, R"({"record":"summary","status":0,"repos":1,"revisions":1,"files":1,"size_on_disk":30,)"
                   R"("reclaimable":4096,"findings":2})"));
}

TEST_CASE("when only some repos are shown the totals are theirs") {
  ScanView view;
  view.narrowed = true;
  const std::string out = show(view, json()).out;
  CHECK(holds(out, R"("size_on_disk":20,"reclaimable":0,"findings":1})"));
  CHECK_FALSE(holds(out, "stray_entry"));
}

TEST_CASE("rows that were cut to the terminal are told about") {
  ::setenv("COLUMNS", "60", 1);
  const Shown shown = show({}, {});
  ScanView view;
  view.truncate = false;
  const Shown whole = show(view, {});
  ::unsetenv("COLUMNS");
  CHECK(holds(shown.err, "--no-truncate"));
  CHECK_FALSE(holds(shown.out, "/hub/models--org--demo\n"));
  CHECK(whole.err.empty());
  CHECK(holds(whole.out, "/hub/models--org--demo\n"));
}
