// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/app.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <new>
#include <stdexcept>

#include "unit/cli/captured_output.hpp"

using namespace modelcache;
using namespace modelcache::cli;
using modelcache::test::captured;
using modelcache::test::in_child;

namespace {

struct Outcome {
  int status = -1;
  std::string out;
  std::string err;
};

Outcome run_program(std::vector<const char*> words, std::function<void(const Arguments&, Context&)> action,
                    Effect effect = Effect::reads) {
  Program program;
  program.name = "sample";
  program.usage = "[OPTION...]";
  program.effect = effect;
  program.action = std::move(action);
  words.insert(words.begin(), "sample");
  Outcome outcome;
  outcome.out = captured(STDOUT_FILENO, [&] {
    outcome.err = captured(
        STDERR_FILENO, [&] { outcome.status = run(static_cast<int>(words.size()), words.data(), program); });
  });
  return outcome;
}

Outcome run_throwing(std::vector<const char*> words, const std::function<void()>& work) {
  return run_program(std::move(words), [work](const Arguments&, Context&) { work(); });
}

void nothing(const Arguments&, Context&) {}

}  // namespace

TEST_CASE("each cause of an error is an exit status, told on stderr and in the summary") {
  for (const Cause cause :
       {Cause::usage, Cause::io, Cause::not_found, Cause::busy, Cause::refused, Cause::internal}) {
    const int status = static_cast<int>(cause);
    const auto fail = [cause] { throw Error(cause, "cannot do 'x': why"); };
    const Outcome text = run_throwing({}, fail);
    CHECK(text.status == status);
    CHECK(text.out.empty());
    CHECK(text.err.rfind("sample: cannot do 'x': why\n", 0) == 0);
    CHECK((text.err.find("Try 'sample --help'.") != std::string::npos) == (cause == Cause::usage));
    const Outcome record = run_throwing({"--json"}, fail);
    CHECK(record.status == status);
    CHECK(record.out == "{\"record\":\"summary\",\"status\":" + std::to_string(status) +
                            ",\"message\":\"cannot do 'x': why\"}\n");
  }
}

TEST_CASE("no memory is 3, and anything that we did not foresee is a bug, 70") {
  CHECK(run_throwing({}, [] { throw std::bad_alloc(); }).status == 3);
  const Outcome bug = run_throwing({}, [] { throw std::logic_error("odd\x1b"); });
  CHECK(bug.status == 70);
  CHECK(bug.err == "sample: odd\\e; this is a bug, please report it\n");
}

TEST_CASE("a run without problems is 0, one with problems 1") {
  CHECK(run_program({}, nothing).status == 0);
  const auto problem = [](const Arguments&, Context& context) { context.report().problem(); };
  CHECK(run_program({}, problem).status == 1);
  CHECK(run_program({"--json"}, problem).out == "{\"record\":\"summary\",\"status\":1}\n");
}

TEST_CASE("of several things that were asked for, those that can be done are done, and the worst decides") {
  std::string done;
  const auto action = [&](const Arguments&, Context& context) {
    context.report().problem();
    for (const Cause cause : {Cause::not_found, Cause::busy, Cause::not_found})
      context.attempt([&] { throw Error(cause, "cannot"); });
    context.attempt([&] { done += "last"; });
  };
  const Outcome outcome = run_program({}, action);
  CHECK(outcome.status == 5);
  CHECK(done == "last");
  CHECK(outcome.err == "sample: cannot\nsample: cannot\nsample: cannot\n");
  const auto usage = [&](const Arguments&, Context& context) {
    context.attempt([] { throw Error(Cause::usage, "no"); });
    done += "never";
  };
  CHECK(run_program({}, usage).status == 2);
  CHECK(done == "last");
}

TEST_CASE("--help and --version answer before anything is done") {
  const auto fail = [] { throw Error(Cause::io, "acted"); };
  CHECK(run_throwing({"--help"}, fail).status == 0);
  CHECK(run_throwing({"-h", "--color", "odd"}, fail).out.find("Usage: sample") != std::string::npos);
  CHECK(run_throwing({"--version"}, fail).out.rfind("sample ", 0) == 0);
}

TEST_CASE("shared options that make no sense are usage errors before the action") {
  for (const std::vector<const char*>& words : std::vector<std::vector<const char*>>{{"--jobs", "0"},
                                                                                     {"-j", "2000"},
                                                                                     {"--color", "pink"},
                                                                                     {"--progress", "maybe"},
                                                                                     {"--wait", "-1s"},
                                                                                     {"--nosuch"}}) {
    CAPTURE(words.front());
    const Outcome outcome = run_throwing(words, [] { throw Error(Cause::io, "acted"); });
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.find("Try 'sample --help'.") != std::string::npos);
  }
}

TEST_CASE("a context carries the shared options") {
  unsigned jobs = 0;
  const auto action = [&](const Arguments&, Context& context) {
    jobs = context.jobs();
    if (context.verbosity() != 2 || !context.allow_foreign_owner() ||
        context.wait() != std::chrono::milliseconds(1500))
      context.report().problem();
  };
  CHECK(run_program({"-vv", "--wait", "1.5s", "--allow-foreign-owner", "-j3"}, action).status == 1);
  CHECK(run_program({"-vv", "--wait", "90s", "--allow-foreign-owner", "-j3"}, action).status == 1);
  CHECK(jobs == 3);
  run_program({}, action);
  CHECK(jobs >= 1);
}

TEST_CASE("no file of ours gets the number of a closed stdin, stdout or stderr, and a closed stdout is 3") {
  CHECK(in_child([] {
          for (int fd = 0; fd <= 2; ++fd) ::close(fd);
          Program program;
          program.name = "sample";
          int opened = -1;
          program.action = [&](const Arguments&, Context& context) {
            opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
            context.report().print("text\n");
          };
          const char* const argv[] = {"sample"};
          const int status = run(1, argv, program);
          return std::to_string(status) + (opened > 2 ? " above" : " among");
        }) == "3 above");
}

TEST_CASE("a signal lets the work end in order and then ends the process") {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    std::string out;
    const std::string how = in_child([&]() -> std::string {
      const int file = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
      ::dup2(file, STDOUT_FILENO);
      Program program;
      program.name = "sample";
      program.effect = Effect::changes;
      program.action = [number](const Arguments&, Context& context) {
        ::raise(number);
        // Still here: the flag says so.
        if (!context.cancelled()) ::_exit(9);
        throw Error(Cause::io, "cannot go on: interrupted");
      };
      const char* const argv[] = {"sample"};
      run(1, argv, program);
      return "not ended";
    });
    CAPTURE(number, how);
    CHECK(how.find("signal") != std::string::npos);
    CHECK(how.find(std::to_string(number)) != std::string::npos);
  }
}

TEST_CASE("a signal that was ignored when we were started stays ignored") {
  CHECK(in_child([]() -> std::string {
          std::signal(SIGHUP, SIG_IGN);
          Program program;
          program.name = "sample";
          program.effect = Effect::changes;
          bool was_cancelled = true;
          program.action = [&](const Arguments&, Context& context) {
            ::raise(SIGHUP);
            was_cancelled = context.cancelled();
          };
          const char* const argv[] = {"sample"};
          const int status = run(1, argv, program);
          return std::to_string(status) + (was_cancelled ? " cancelled" : " went on");
        }) == "0 went on");
}

TEST_CASE("a limit on file sizes is an error of the write, not a death") {
  CHECK(in_child([]() -> std::string {
          Program program;
          program.name = "sample";
          program.action = [](const Arguments&, Context&) {
            const rlimit limit{0, 0};
            ::setrlimit(RLIMIT_FSIZE, &limit);
            FILE* file = ::tmpfile();
            if (file == nullptr || ::write(::fileno(file), "x", 1) >= 0) return;
            throw_errno(errno, "write", "x");
          };
          const char* const argv[] = {"sample"};
          return std::to_string(run(1, argv, program));
        }) == "3");
}
