// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>
#include <functional>
#include <string>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

// The C library asks for a rename without flags in the oldest way that the machine has.
#ifdef SYS_renameat
constexpr long rename_call = SYS_renameat;
#else
constexpr long rename_call = SYS_renameat2;
#endif

struct Fault {
  long system_call;
  int error_number;
  const char* verb;
};

// Replaces "target/name", which holds "old", while `fault` is active; what it says and what is there then.
std::string replace_with(const TempDir& temp, const std::function<void(int descriptor)>& fault) {
  return test::in_child([&] {
    const Dir staging = temp.open().open_dir("staging");
    const Dir target = temp.open();
    return thrown_by([&] {
             AtomicFile file(staging, target, "target/name");
             fault(file.fd().get());
             file.write(std::string(100000, 'x'));
             file.publish(AtomicFile::IfExists::replace);
           })
        .message;
  });
}

void require_unchanged(const TempDir& temp) {
  CHECK(temp.read("target/name").substr(0, 10) == "old");
  CHECK(temp.names("target").size() == 1);
  CHECK(temp.names("staging").empty());
}

}  // namespace

TEST_CASE("whatever call fails, the target is the old one, the temporary is gone and the target is named") {
  const auto fault = GENERATE(values<Fault>({{SYS_write, ENOSPC, "write"},
                                             {SYS_write, EDQUOT, "write"},
                                             {SYS_fsync, EIO, "sync"},
                                             {SYS_fsync, ENOSPC, "sync"},
                                             {rename_call, EIO, "rename to"},
                                             {rename_call, ENOSPC, "rename to"}}));
  const TempDir temp;
  temp.make_dir("staging");
  temp.write("target/name", "old");
  const std::string text = replace_with(temp, [&](int descriptor) {
    if (fault.system_call == rename_call)
      test::deny_system_call(fault.system_call, fault.error_number);
    else
      test::deny_system_call_on(descriptor, fault.system_call, fault.error_number);
  });
  CAPTURE(text, fault.system_call);
  CHECK(text.find("cannot " + std::string(fault.verb) + " '" + temp.path("target/name") + "': ") == 0);
  require_unchanged(temp);
}

TEST_CASE("a temporary that cannot be made is reported as its target") {
  const TempDir temp;
  temp.make_dir("staging");
  const std::string text = test::in_child([&] {
    const Dir staging = temp.open().open_dir("staging");
    const Dir target = temp.open();
    test::deny_system_call(SYS_openat, ENOSPC);
    return thrown_by([&] { AtomicFile file(staging, target, "name"); }).message;
  });
  CHECK(text == "cannot make '" + temp.path("name") + "': No space left on device");
}

TEST_CASE("without random bytes nothing is made") {
  const TempDir temp;
  const std::string text = test::in_child([&] {
    const Dir root = temp.open();
    test::deny_system_call(SYS_getrandom, ENOSYS);
    return thrown_by([&] { AtomicFile file(root, root, "name"); }).message;
  });
  CHECK(text.find("cannot read 'the kernel's random source'") == 0);
  CHECK(temp.names().empty());
}

TEST_CASE("the limit of a file's size ends the writing with an error") {
  const TempDir temp;
  temp.make_dir("staging");
  temp.write("target/name", "old");
  const std::string text = replace_with(temp, [](int) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{50000, 50000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  });
  CHECK(text == "cannot write '" + temp.path("target/name") + "': File too large");
  require_unchanged(temp);
}

TEST_CASE("a hard link that is not permitted leaves the temporary as it was") {
  const int error_number = GENERATE(EPERM, EMLINK, EXDEV);
  const TempDir temp;
  temp.write("source", "source");
  const std::string text = test::in_child([&] {
    const Dir root = temp.open();
    const Fd source = root.open_file("source");
    test::deny_system_call(SYS_linkat, error_number);
    AtomicFile file(root, root, "name");
    file.write("copied");
    const auto thrown = thrown_by([&] { file.adopt(source); });
    if (thrown.error_number != error_number) return "wrong error: " + thrown.message;
    file.publish(AtomicFile::IfExists::keep);
    return std::string();
  });
  CHECK(text == "");
  CHECK(temp.read("name") == "copied");
  CHECK(temp.names() == std::vector<std::string>{"name", "source"});
}

TEST_CASE("the content of an adopted file is synced before its name exists") {
  const TempDir temp;
  temp.write("source", "source");
  const std::string text = test::in_child([&] {
    const Dir root = temp.open();
    const Fd source = root.open_file("source");
    AtomicFile file(root, root, "name");
    file.adopt(source);
    test::deny_system_call(SYS_fsync, EIO);
    return thrown_by([&] { file.publish(AtomicFile::IfExists::keep); }).message;
  });
  CHECK(text == "cannot sync '" + temp.path("name") + "': Input/output error");
  CHECK(temp.names() == std::vector<std::string>{"source"});
  CHECK(temp.status("source").st_nlink == 1);
}

TEST_CASE("a storm of signals changes nothing") {
  const TempDir temp;
  const std::string text = test::in_child([&] {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    ::sigaction(SIGALRM, &action, nullptr);
    const itimerval interval{{0, 200}, {0, 200}};
    ::setitimer(ITIMER_REAL, &interval, nullptr);
    const Dir root = temp.open();
    for (int round = 0; round < 100; ++round) {
      const Dir dir = root.make_dirs("a/b/c");
      write_atomically(dir, root, "a/b/name", std::string(10000, 'x'));
      if (root.read_file("a/b/name", 20000).size() != 10000) return std::string("the content is another");
      root.remove_tree("a");
    }
    return std::string();
  });
  CHECK(text == "");
  CHECK(temp.names().empty());
}
