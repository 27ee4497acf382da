// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one exception family. Promise: whatever ends an operation early carries a cause that is an exit status,
// and a message of the form "cannot <verb> '<path>': <reason>" that is safe to print.

#include <stdexcept>
#include <string>
#include <string_view>

namespace modelcache {

// The values are the exit statuses of docs/exit-status.md.
enum class Cause {
  usage = 2,      // the request makes no sense; nothing was touched
  io = 3,         // I/O, space or permission; the target is unchanged or can be resumed
  not_found = 4,  // no such cache, repo or revision
  busy = 5,       // a lock was not free in time
  refused = 6,    // malformed, unsafe, incomplete or foreign-owned input
  internal = 70,  // a bug of ours
};

class Error : public std::runtime_error {
 public:
  Error(Cause cause, const std::string& message, int error_number = 0);

  Cause cause() const noexcept { return cause_; }
  // The errno behind a failed system call, 0 where there is none.
  int error_number() const noexcept { return error_number_; }

 private:
  Cause cause_;
  int error_number_;
};

// Always throws Error(Cause::io, "cannot <verb> '<path>': <text of error_number>"); `path` may hold any
// bytes. Pass errno on the line of the failed call, before anything can change it.
[[noreturn]] void throw_errno(int error_number, std::string_view verb, std::string_view path);

// Always throws Error(cause, "cannot <verb> '<path>': <reason>"); `path` may hold any bytes. `error_number`
// as in Error.
[[noreturn]] void throw_error(Cause cause, std::string_view verb, std::string_view path,
                              std::string_view reason, int error_number = 0);

// Whether longer waiting could have helped: somebody else held a lock.
bool is_locked(const Error& error) noexcept;

// Whether this error means that the thing looked for is not there (any more): ENOENT, or ENOTDIR on the way.
bool is_absent(const Error& error) noexcept;

// What `ask` answers, or an empty answer when what it looks at is gone or is not what its name says
// (Cause::refused).
template <typename Ask>
auto or_nothing(const Ask& ask) -> decltype(ask()) {
  try {
    return ask();
  } catch (const Error& error) {
    if (error.cause() == Cause::refused || is_absent(error)) return {};
    throw;
  }
}

}  // namespace modelcache
