// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"

#include "modelcache/base/text.hpp"

#include <cerrno>
#include <system_error>

namespace modelcache {

namespace {

std::string sentence(std::string_view verb, std::string_view path, std::string_view reason) {
  std::string text = "cannot ";
  text.append(verb).append(" '").append(terminal_safe(path)).append("': ").append(reason);
  return text;
}

}  // namespace

Error::Error(Cause cause, const std::string& message, int error_number)
    : std::runtime_error(message), cause_(cause), error_number_(error_number) {}

void throw_errno(int error_number, std::string_view verb, std::string_view path) {
  throw Error(Cause::io, sentence(verb, path, std::generic_category().message(error_number)), error_number);
}

void throw_error(Cause cause, std::string_view verb, std::string_view path, std::string_view reason,
                 int error_number) {
  throw Error(cause, sentence(verb, path, terminal_safe(reason)), error_number);
}

bool is_locked(const Error& error) noexcept {
  return error.cause() == Cause::busy && error.error_number() == EWOULDBLOCK;
}

bool is_absent(const Error& error) noexcept {
  return error.error_number() == ENOENT || error.error_number() == ENOTDIR;
}

}  // namespace modelcache
