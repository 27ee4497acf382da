// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/app.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <new>

namespace modelcache::cli {

namespace {

constexpr std::chrono::seconds default_wait{10};

std::atomic<bool> cancelled{false};
std::atomic<int> last_signal{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler may set it");

void note_signal(int number) {
  last_signal = number;
  cancelled = true;
}

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  // The second one ends us at once.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction before {};
    // nohup and shells that start us in the background have reasons to ignore a signal.
    if (::sigaction(number, nullptr, &before) == 0 && before.sa_handler == SIG_IGN) continue;
    ::sigaction(number, &action, nullptr);
  }
}

// A file of ours must never get the number of a closed stdin, stdout or stderr. What is put there fails when
// it is used the way the number says, so a closed stdout is still noticed.
void occupy_standard_descriptors() {
  for (int number = 0; number <= 2; ++number) {
    if (::fcntl(number, F_GETFD) >= 0) continue;
    [[maybe_unused]] const int opened = ::open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY);
  }
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  const int count = CPU_COUNT(&set);
  return count > 0 ? static_cast<unsigned>(count) : 1;
}

bool wants_color(const Arguments& arguments) {
  const std::string when = arguments.choice("color", {"auto", "always", "never"});
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

bool wants_progress(const Arguments& arguments) {
  const std::string when = arguments.choice("progress", {"auto", "always", "never"});
  if (when != "auto") return when == "always";
  return ::isatty(STDERR_FILENO) == 1 && !arguments.has("quiet");
}

ReportOptions report_options(const Arguments& arguments) {
  return {arguments.has("json"), arguments.has("quiet"), arguments.has("null"), wants_color(arguments),
          arguments.has("strict")};
}

// What went wrong, told on stderr; returns the status. Called from a handler.
int tell_failure(const Program& program) {
  try {
    throw;
  } catch (const Error& error) {
    if (last_signal != 0) return static_cast<int>(error.cause());
    write_error(program.name + ": " + error.what());
    if (error.cause() == Cause::usage) write_error("Try '" + program.name + " --help'.");
    return static_cast<int>(error.cause());
  } catch (const std::bad_alloc&) {
    write_error(program.name + ": out of memory");
    return static_cast<int>(Cause::io);
  } catch (const std::exception& error) {
    write_error(program.name + ": " + terminal_safe(error.what()) + "; this is a bug, please report it");
    return static_cast<int>(Cause::internal);
  }
}

int act(const Program& program, const Arguments& arguments) {
  int status = 0;
  std::optional<Context> context;
  try {
    context.emplace(arguments, cancelled);
    program.action(arguments, *context);
    context->progress().finish();
    if (context->report().has_problems()) status = 1;
  } catch (const std::exception&) {
    if (context) context->progress().finish();
    status = tell_failure(program);
  }
  if (!context) return status;
  try {
    context->report().finish(last_signal != 0 ? 128 + last_signal : status);
  } catch (const std::exception&) {
    const int failure = tell_failure(program);
    if (status != static_cast<int>(Cause::internal)) status = failure;
  }
  return status;
}

int print_and_end(const Program& program, const std::string& text) {
  try {
    Report report{ReportOptions{}};
    report.print(text);
    report.flush();
    return 0;
  } catch (const std::exception&) {
    return tell_failure(program);
  }
}

void raise_last_signal() {
  if (last_signal == 0) return;
  std::signal(last_signal, SIG_DFL);
  ::raise(last_signal);
}

}  // namespace

Context::Context(const Arguments& arguments, const std::atomic<bool>& cancelled_flag)
    : report_(report_options(arguments)),
      progress_(wants_progress(arguments)),
      cancelled_(cancelled_flag),
      jobs_(usable_cores()),
      wait_(arguments.age("wait").value_or(default_wait)),
      verbosity_(arguments.count("verbose")),
      allow_foreign_owner_(arguments.has("allow-foreign-owner")) {
  if (const auto jobs = arguments.number("jobs")) {
    if (*jobs == 0 || *jobs > 1024) throw Error(Cause::usage, "--jobs takes a number from 1 to 1024");
    jobs_ = static_cast<unsigned>(*jobs);
  }
}

int run(int argc, const char* const* argv, const Program& program) {
  occupy_standard_descriptors();
  // Both then come back as an errno of the write, where it is known what was being written.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const Arguments arguments = parse_arguments(program, argc, argv);
    if (arguments.has("help")) return print_and_end(program, help_text(program));
    if (arguments.has("version")) return print_and_end(program, version_text(program));
    if (program.effect == Effect::changes) catch_signals();
    const int status = act(program, arguments);
    raise_last_signal();
    return status;
  } catch (const std::exception&) {
    return tell_failure(program);
  }
}

}  // namespace modelcache::cli
