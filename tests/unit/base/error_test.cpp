// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <cerrno>
#include <string>

using namespace modelcache;
using test::thrown_by;

TEST_CASE("a failed system call says what was tried, on what, and why") {
  const auto thrown = thrown_by([] { throw_errno(ENOENT, "open", "some/file"); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == ENOENT);
  CHECK(thrown.message == "cannot open 'some/file': No such file or directory");
}

TEST_CASE("an error without a system call has its own cause and no errno") {
  const auto thrown =
      thrown_by([] { throw_error(Cause::busy, "lock", "a.lock", "another program holds it"); });
  CHECK(thrown.cause == Cause::busy);
  CHECK(thrown.error_number == 0);
  CHECK(thrown.message == "cannot lock 'a.lock': another program holds it");
}

TEST_CASE("neither the path nor the reason of an error can steer a terminal or forge a line") {
  const std::string hostile = "a\x1b]52;c;\x07\n\r\t\x7f\xff\u202e\u200b\u2028";
  for (const bool in_reason : {false, true}) {
    const auto thrown = thrown_by([&] {
      throw_error(Cause::refused, "read", in_reason ? "path" : hostile, in_reason ? hostile : "reason");
    });
    CAPTURE(thrown.message);
    for (const char c : thrown.message) CHECK((c >= ' ' && c < '\x7f'));
    CHECK(thrown.message.find("a\\e]52;c;") != std::string::npos);
  }
  const auto thrown = thrown_by([&] { throw_errno(EIO, "read", hostile); });
  for (const char c : thrown.message) CHECK((c >= ' ' && c < '\x7f'));
}

TEST_CASE("a path with a NUL byte is told in full") {
  const auto thrown = thrown_by([] { throw_errno(EINVAL, "open", std::string_view("a\0b", 3)); });
  CHECK(thrown.message.find("'a\\x00b'") != std::string::npos);
}

TEST_CASE("a cause is an exit status") {
  CHECK(static_cast<int>(Cause::usage) == 2);
  CHECK(static_cast<int>(Cause::io) == 3);
  CHECK(static_cast<int>(Cause::not_found) == 4);
  CHECK(static_cast<int>(Cause::busy) == 5);
  CHECK(static_cast<int>(Cause::refused) == 6);
  CHECK(static_cast<int>(Cause::internal) == 70);
}

TEST_CASE("only ENOENT and ENOTDIR mean that something is absent") {
  CHECK(is_absent(Error(Cause::io, "", ENOENT)));
  CHECK(is_absent(Error(Cause::io, "", ENOTDIR)));
  for (const int other : {0, EIO, EACCES, EPERM, ELOOP, ENAMETOOLONG, EMFILE})
    CHECK_FALSE(is_absent(Error(Cause::io, "", other)));
}
