// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/fd.hpp"

#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

using namespace modelcache;
using test::thrown_by;

namespace {

Fd open_null() {
  return Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

bool is_open(int number) {
  return ::fcntl(number, F_GETFD) >= 0;
}

}  // namespace

TEST_CASE("a descriptor is closed when its owner goes") {
  int number = -1;
  {
    const Fd fd = open_null();
    number = fd.get();
    REQUIRE(fd);
    CHECK(is_open(number));
  }
  CHECK_FALSE(is_open(number));
}

TEST_CASE("a moved descriptor has one owner") {
  Fd first = open_null();
  const int number = first.get();
  Fd second(std::move(first));
  CHECK_FALSE(first);
  CHECK(second.get() == number);

  Fd third = open_null();
  const int replaced = third.get();
  third = std::move(second);
  CHECK(third.get() == number);
  CHECK_FALSE(second);
  CHECK_FALSE(is_open(replaced));
  CHECK(is_open(number));

  Fd& same = third;
  third = std::move(same);
  CHECK(third.get() == number);
  CHECK(is_open(number));
}

TEST_CASE("a released descriptor stays open") {
  Fd fd = open_null();
  const int number = fd.release();
  CHECK_FALSE(fd);
  fd = Fd();
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("close closes once and the destructor not again") {
  int number = -1;
  {
    Fd fd = open_null();
    number = fd.get();
    fd.close("name");
    CHECK_FALSE(fd);
    CHECK_FALSE(is_open(number));
    // The number is taken again: a second close would hit this one.
    REQUIRE(::dup2(STDIN_FILENO, number) == number);
  }
  CHECK(is_open(number));
  ::close(number);
}

TEST_CASE("an error of the kernel at close is reported with the name, an interruption is none") {
  const auto close_with = [](int error_number) {
    return test::in_child([error_number] {
      Fd fd = open_null();
      test::deny_system_call(SYS_close, error_number);
      const auto thrown = thrown_by([&] { fd.close("dir/name"); });
      return thrown.message + (fd ? " still open" : "");
    });
  };
  CHECK(close_with(EIO) == "cannot close 'dir/name': Input/output error");
  CHECK(close_with(EINTR).empty());
}
