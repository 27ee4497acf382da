// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/report.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "unit/cli/captured_output.hpp"

using namespace modelcache;
using namespace modelcache::cli;
using modelcache::test::captured;
using modelcache::test::in_child;
using modelcache::test::thrown_by;

namespace {

ReportOptions json() {
  ReportOptions options;
  options.json = true;
  return options;
}

Finding finding(Severity severity) {
  return {FindingCode::stray_entry, severity, "model/org/a", "new\nline\xff", "it leads to \x1b[2J"};
}

std::string text_of_status(const std::function<int()>& work) {
  return in_child([&] { return std::to_string(work()); });
}

}  // namespace

TEST_CASE("a value of any form is a record's, and cannot steer a terminal either") {
  Record record("meta");
  record.json("value", "[{\"Path\": \"a\\u009b\"}, null]");
  CHECK(record.line() == "{\"record\":\"meta\",\"value\":[{\"Path\":\"a\\u009b\"},null]}");
}

TEST_CASE("a record keeps its keys in order and says null for what is unknown") {
  Record record("sample");
  record.text("name", "a \"b\" \\ c").number("size", 18446744073709551615U).time("when", 0).time("then", 7);
  record.boolean("yes", true).boolean("unknown", {}).text_or_null("none", "").texts("list", {"x", "y"});
  CHECK(record.line() ==
        R"({"record":"sample","name":"a \"b\" \\ c","size":18446744073709551615,"when":null,"then":7,)"
        R"("yes":true,"unknown":null,"none":null,"list":["x","y"]})");
}

TEST_CASE("a path that is not UTF-8 is shown with replacement characters and carried exactly") {
  CHECK(Record("r").path("path", "a\xff").line() ==
        "{\"record\":\"r\",\"path\":\"a\xef\xbf\xbd\",\"path_b64\":\"Yf8=\"}");
  CHECK(Record("r").path("path", "模").line() == "{\"record\":\"r\",\"path\":\"模\"}");
}

TEST_CASE("no character of a record reaches a terminal that would obey it") {
  const Record record = std::move(Record("r").text("t",
                                                   "\x1b]0;x\x07\x7f\xc2\x9b"
                                                   "1m\xe2\x80\xae\xf3\xa0\x80\x81\n模 ✓ 😀"));
  CHECK(record.line() ==
        "{\"record\":\"r\",\"t\":\"\\u001b]0;x\\u0007\\u007f\\u009b1m\\u202e\\udb40\\udc01\\n模 ✓ 😀\"}");
}

TEST_CASE("text is printed without --json and records with it") {
  const auto work = [](Report report) {
    report.print("text\n");
    report.print_path("a\nb");
    report.record(Record("r"));
    report.finish(0);
  };
  CHECK(captured(STDOUT_FILENO, [&] { work(Report(ReportOptions{})); }) == "text\na\\nb\n");
  CHECK(captured(STDOUT_FILENO, [&] { work(Report(json())); }) ==
        "{\"record\":\"r\"}\n{\"record\":\"summary\",\"status\":0}\n");
}

TEST_CASE("with -0 a path is its own bytes and a NUL") {
  ReportOptions options;
  options.null_ends_paths = true;
  CHECK(captured(STDOUT_FILENO, [&] {
          Report report(options);
          report.print_path("a\nb\xff");
          report.flush();
        }) == std::string("a\nb\xff\0", 5));
}

TEST_CASE("the summary is the last record and carries the exit status in its first key") {
  const std::string text = captured(STDOUT_FILENO, [] {
    Report report(json());
    report.summary().number("repos", 3);
    report.record(Record("late"));
    report.finish(6);
  });
  CHECK(text == "{\"record\":\"late\"}\n{\"record\":\"summary\",\"status\":6,\"repos\":3}\n");
}

TEST_CASE("findings are one safe line each on stderr, or a record on stdout") {
  const auto show = [](const ReportOptions& options, Report::Show how) {
    return captured(STDERR_FILENO, [&] { Report(options).finding(finding(Severity::warning), how); });
  };
  CHECK(show({}, Report::Show::yes) == "warning: stray_entry: new\\nline\\xff: it leads to \\e[2J\n");
  CHECK(show({}, Report::Show::count_only).empty());
  CHECK(show(json(), Report::Show::yes).empty());
  ReportOptions quiet;
  quiet.quiet = true;
  CHECK(show(quiet, Report::Show::yes).empty());
  ReportOptions colored_options;
  colored_options.error_color = true;
  CHECK(show(colored_options, Report::Show::yes).rfind("\x1b[33mwarning\x1b[0m: ", 0) == 0);
  const std::string text = captured(STDOUT_FILENO, [] {
    Report report(json());
    report.finding(finding(Severity::note), Report::Show::count_only);
    report.flush();
  });
  CHECK(text ==
        "{\"record\":\"finding\",\"code\":\"stray_entry\",\"severity\":\"note\",\"repo\":\"model/org/a\","
        "\"path\":\"new\\nline\xef\xbf\xbd\",\"path_b64\":\"bmV3CmxpbmX/\",\"detail\":\"it leads to "
        "\\u001b[2J\"}\n");
}

TEST_CASE("a finding about nothing in particular has no empty path") {
  const Finding whole{FindingCode::vanished, Severity::note, "", "", "gone"};
  CHECK(captured(STDERR_FILENO, [&] { Report(ReportOptions{}).finding(whole); }) == "note: vanished: gone\n");
}

TEST_CASE("errors are problems, warnings only when they count, notes never") {
  const auto problems = [](Severity severity, bool strict) {
    ReportOptions options = json();
    options.warnings_count = strict;
    bool has_problems = false;
    captured(STDOUT_FILENO, [&] {
      Report report(options);
      report.finding(finding(severity), Report::Show::count_only);
      has_problems = report.has_problems();
    });
    return has_problems;
  };
  CHECK(problems(Severity::error, false));
  CHECK_FALSE(problems(Severity::warning, false));
  CHECK(problems(Severity::warning, true));
  CHECK_FALSE(problems(Severity::note, true));
}

TEST_CASE("a stdout that takes nothing more is an I/O error") {
  const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
  REQUIRE(full >= 0);
  CHECK(text_of_status([&] {
          ::dup2(full, STDOUT_FILENO);
          return static_cast<int>(thrown_by([] {
                                    Report report{ReportOptions{}};
                                    report.print("text\n");
                                    report.finish(0);
                                    return 0;
                                  }).cause.value_or(Cause::internal));
        }) == "3");
  ::close(full);
}

TEST_CASE("a pipe whose reader left is quiet, also the second time") {
  CHECK(text_of_status([] {
          std::signal(SIGPIPE, SIG_IGN);
          int ends[2];
          if (::pipe(ends) != 0) return -1;
          ::close(ends[0]);
          ::dup2(ends[1], STDOUT_FILENO);
          const auto thrown = thrown_by([] {
            Report report{ReportOptions{}};
            for (int i = 0; i < 3; ++i) {
              report.print("text\n");
              report.flush();
            }
            report.finish(0);
            return 0;
          });
          return thrown.cause ? 1 : 0;
        }) == "0");
}

TEST_CASE("a pipe that somebody made non-blocking gets everything") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
  const std::size_t size = std::size_t{1} << 20;
  std::size_t got = 0;
  std::thread reader([&] {
    std::string buffer(4096, ' ');
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;)
      got += static_cast<std::size_t>(count);
  });
  const int before = ::dup(STDOUT_FILENO);
  ::dup2(ends[1], STDOUT_FILENO);
  const auto thrown = thrown_by([&] {
    Report report{ReportOptions{}};
    report.print(std::string(size, 'x'));
    report.finish(0);
    return 0;
  });
  ::dup2(before, STDOUT_FILENO);
  ::close(before);
  ::close(ends[1]);
  reader.join();
  ::close(ends[0]);
  CHECK_FALSE(thrown.cause.has_value());
  CHECK(got == size);
}
