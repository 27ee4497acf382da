// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/app.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <new>
#include <thread>

namespace modelcache::cli {

namespace {

constexpr std::chrono::seconds default_wait{10};
constexpr int first_signal_status = 128;

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

// Fewer where each of them would find no descriptor left.
unsigned with_descriptors(unsigned jobs) {
  constexpr rlim_t shared = 16;
  constexpr rlim_t each = 8;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return jobs;
  const rlim_t affordable = limit.rlim_cur > shared + each ? (limit.rlim_cur - shared) / each : 1;
  return affordable < jobs ? static_cast<unsigned>(affordable) : jobs;
}

unsigned usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  // Machines with more cores than a cpu_set_t holds say EINVAL.
  if (::sched_getaffinity(0, sizeof set, &set) != 0) return std::max(1U, std::thread::hardware_concurrency());
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

bool wants_color(const Arguments& arguments, int fd) {
  const std::string when = arguments.choice("color", {"auto", "always", "never"});
  if (when != "auto") return when == "always";
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  return (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb" && ::isatty(fd) == 1;
}

bool wants_progress(const Arguments& arguments) {
  const std::string when = arguments.choice("progress", {"auto", "always", "never"});
  if (when != "auto") return when == "always";
  return ::isatty(STDERR_FILENO) == 1 && !arguments.has("quiet");
}

ReportOptions report_options(const Arguments& arguments) {
  ReportOptions options;
  options.json = arguments.has("json");
  options.quiet = arguments.has("quiet");
  options.null_ends_paths = arguments.has("null");
  options.color = wants_color(arguments, STDOUT_FILENO);
  options.error_color = wants_color(arguments, STDERR_FILENO);
  options.warnings_count = arguments.has("strict");
  return options;
}

struct Failure {
  int status;
  std::string message;
};

// The exception that is being handled.
Failure current_failure() {
  try {
    throw;
  } catch (const Error& error) {
    return {static_cast<int>(error.cause()),
            is_locked(error) ? std::string(error.what()) + "; --wait 1h waits longer" : error.what()};
  } catch (const std::bad_alloc&) {
    return {static_cast<int>(Cause::io), "out of memory"};
  } catch (const std::exception& error) {
    return {static_cast<int>(Cause::internal),
            terminal_safe(error.what()) + "; this is a bug, please report it"};
  }
}

void write_failure(const std::string& program, const Failure& failure) {
  // Who sent a signal knows why nothing more comes.
  if (last_signal != 0) return;
  write_error(program + ": " + failure.message);
  if (failure.status == static_cast<int>(Cause::usage)) write_error("Try '" + program + " --help'.");
}

int tell_failure(const Program& program) {
  const Failure failure = current_failure();
  write_failure(program.name, failure);
  return failure.status;
}

int act(const Program& program, const Arguments& arguments) {
  Context context(program, arguments, cancelled);
  try {
    program.action(arguments, context);
  } catch (const std::exception&) {
    context.tell_failure();
  }
  context.progress().finish();
  // One that comes later finds the work done.
  const int signal = last_signal;
  ExitStatus status = context.status();
  if (signal != 0) status.add(first_signal_status + signal);
  try {
    context.report().finish(status.value());
  } catch (const std::exception&) {
    status.add(tell_failure(program));
  }
  return status.value();
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

// So that the shell sees what ended us, and a script that loops over us ends too.
void end_by(int signal) {
  std::signal(signal, SIG_DFL);
  ::raise(signal);
}

}  // namespace

Context::Context(const Program& program, const Arguments& arguments, const std::atomic<bool>& cancelled_flag)
    : program_(program.name),
      report_(report_options(arguments)),
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
  jobs_ = with_descriptors(jobs_);
}

bool Context::attempt(const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    if (error.cause() == Cause::usage) throw;
    tell_failure();
    return false;
  }
}

void Context::tell_failure() {
  const Failure failure = current_failure();
  progress_.finish();
  write_failure(program_, failure);
  if (failures_.value() == 0) report_.summary().text("message", failure.message);
  failures_.add(failure.status);
}

ExitStatus Context::status() const noexcept {
  ExitStatus status = failures_;
  if (report_.has_problems()) status.add(1);
  return status;
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
    if (program.effect != Effect::reads) catch_signals();
    const int status = act(program, arguments);
    if (status > first_signal_status) end_by(status - first_signal_status);
    return status;
  } catch (const std::exception&) {
    return tell_failure(program);
  }
}

}  // namespace modelcache::cli
