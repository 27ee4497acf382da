// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/transfer.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <optional>
#include <string>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

constexpr std::size_t mib = std::size_t{1} << 20;

// Copies `size` bytes with `fault` active; what the error says, or "" after a copy that holds the same bytes.
std::string copied_with(std::size_t size, Sharing sharing, bool hashed,
                        const std::function<void(int from, int to)>& fault) {
  const TempDir temp;
  const std::string bytes(size, 'x');
  temp.write("source", bytes);
  const std::string text = test::in_child([&] {
    const Fd from(::open(temp.path("source").c_str(), O_RDONLY | O_CLOEXEC));
    const Fd to(::open(temp.path("target").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    TransferRequest request;
    request.size = size;
    if (hashed) request.expected = hash_bytes(HashKind::sha256, bytes);
    request.sharing = sharing;
    request.source_path = "from/source";
    request.target_path = "to/target";
    fault(from.get(), to.get());
    return thrown_by([&] { return transfer(from, to, request); }).message;
  });
  if (text.empty() && temp.read("target") != bytes) return "the copy holds other bytes";
  return text;
}

}  // namespace

TEST_CASE("a file system without reflink, reservation or in-kernel copies still gets a copy") {
  const bool hashed = GENERATE(true, false);
  const std::size_t size = GENERATE(as<std::size_t>(), 5, 3 * mib, 17 * mib);
  for (const int error_number : {EOPNOTSUPP, ENOSYS, EINVAL, EPERM, EXDEV}) {
    CAPTURE(error_number);
    CHECK(copied_with(size, Sharing::allowed, hashed, [&](int, int) {
            test::deny_system_call(SYS_ioctl, error_number);
            test::deny_system_call(SYS_fallocate, error_number);
            test::deny_system_call(SYS_copy_file_range, error_number);
            test::deny_system_call(SYS_fadvise64, error_number);
            test::deny_system_call(SYS_sync_file_range, error_number);
          }) == "");
  }
}

TEST_CASE("a disk too full for the whole content is told before the first byte is written") {
  for (const bool hashed : {true, false})
    for (const int error_number : {ENOSPC, EDQUOT, EFBIG, EIO}) {
      const std::string text = copied_with(3 * mib, Sharing::allowed, hashed, [&](int, int to) {
        test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
        test::deny_system_call(SYS_fallocate, error_number);
        // Whoever writes is killed: the error must come from the reservation.
        test::deny_system_call_on(to, SYS_pwrite64, EBADF);
        test::deny_system_call(SYS_copy_file_range, EBADF);
      });
      CHECK(text.find("cannot reserve space for 'to/target': ") == 0);
    }
}

TEST_CASE("a failed read names the source, a failed write the target") {
  for (const std::size_t size : {std::size_t{5}, 3 * mib, 17 * mib}) {
    CAPTURE(size);
    CHECK(copied_with(size, Sharing::allowed, true, [](int from, int) {
            test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
            test::deny_system_call_on(from, SYS_pread64, EIO);
          }) == "cannot read 'from/source': Input/output error");
    CHECK(copied_with(size, Sharing::allowed, true, [](int, int to) {
            test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
            test::deny_system_call_on(to, SYS_pwrite64, ENOSPC);
          }) == "cannot write 'to/target': No space left on device");
    CHECK(copied_with(size, Sharing::allowed, false, [](int, int) {
            test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
            test::deny_system_call(SYS_copy_file_range, ENOSPC);
          }) == "cannot write 'to/target': No space left on device");
  }
}

TEST_CASE("the limit of a file's size ends the transfer with an error") {
  for (const bool hashed : {true, false})
    for (const std::size_t size : {std::size_t{100'000}, 3 * mib}) {
      const std::string text = copied_with(size, Sharing::allowed, hashed, [](int, int) {
        test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{50'000, 50'000};
        ::setrlimit(RLIMIT_FSIZE, &limit);
      });
      CAPTURE(text);
      CHECK(text.find("'to/target': File too large") != std::string::npos);
    }
}

TEST_CASE("a demanded reflink that cannot be had copies nothing and says why") {
  const auto reflinked_with = [](int error_number) {
    return copied_with(3 * mib, Sharing::required, true, [&](int, int to) {
      test::deny_system_call(SYS_ioctl, error_number);
      test::deny_system_call_on(to, SYS_pwrite64, EBADF);
      test::deny_system_call(SYS_copy_file_range, EBADF);
      test::deny_system_call(SYS_fallocate, EIO);
    });
  };
  const std::string begin = "cannot reflink 'from/source': ";
  CHECK(reflinked_with(EOPNOTSUPP) == begin + "the file system cannot share its blocks");
  CHECK(reflinked_with(EINVAL) == begin + "the file system cannot share its blocks");
  CHECK(reflinked_with(EXDEV) == begin + "it is on another file system");
  CHECK(reflinked_with(ENOSPC) == begin + "No space left on device");
}

TEST_CASE("a demanded copy never takes a way that may share blocks") {
  for (const bool hashed : {true, false})
    for (const std::size_t size : {std::size_t{5}, 3 * mib, 17 * mib})
      CHECK(copied_with(size, Sharing::forbidden, hashed, [](int, int) {
              test::deny_system_call(SYS_ioctl, EIO);
              test::deny_system_call(SYS_copy_file_range, EIO);
            }) == "");
}

TEST_CASE("where no second thread can be had, one does all") {
  CHECK(copied_with(17 * mib, Sharing::allowed, true, [](int, int) {
          test::deny_system_call(SYS_ioctl, EOPNOTSUPP);
          test::deny_system_call(SYS_clone3, EAGAIN);
          test::deny_system_call(SYS_clone, EAGAIN);
        }) == "");
}
