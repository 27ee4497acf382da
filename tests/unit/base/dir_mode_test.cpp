// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"
#include "support/open_way.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

struct Modes {
  unsigned directory;
  unsigned file;
  unsigned published;
  unsigned lock;
};

Modes modes_in(const TempDir& temp, const std::string& parent) {
  const Dir dir = temp.open().open_dir(parent);
  dir.make_dirs("made/deeper");
  dir.create_file("file").close("file");
  write_atomically(dir, dir, "published", "content");
  dir.open_lock_file("a.lock").close("a.lock");
  const auto mode = [&](const std::string& name) { return temp.mode(parent + "/" + name); };
  CHECK(mode("made") == mode("made/deeper"));
  return {mode("made"), mode("file"), mode("published"), mode("a.lock")};
}

}  // namespace

TEST_CASE("modes are what the umask leaves, locks are 0664 whatever it is") {
  const unsigned mask = GENERATE(000u, 002u, 022u, 027u, 077u);
  const TempDir temp;
  temp.make_dir("plain");
  temp.make_dir("shared");
  std::filesystem::permissions(temp.path("shared"), std::filesystem::perms(02775));
  const test::Umask umask(mask);
  const Modes plain = modes_in(temp, "plain");
  CHECK(plain.directory == (0777 & ~mask));
  CHECK(plain.file == (0666 & ~mask));
  CHECK(plain.published == (0666 & ~mask));
  CHECK(plain.lock == 0664);
  const Modes shared = modes_in(temp, "shared");
  CHECK(shared.directory == (02000 | (0777 & ~mask)));
  CHECK(shared.file == (0666 & ~mask));
  CHECK(shared.published == (0666 & ~mask));
  CHECK(shared.lock == 0664);
}

TEST_CASE("a default ACL of the directory takes the place of the umask") {
  const TempDir temp;
  temp.make_dir("dir");
  const std::string command = "setfacl -d -m u::rwx,g::rwx,o::--- '" + temp.path("dir") + "' 2>&1";
  const bool has_acl = std::system(command.c_str()) == 0;
  const test::Umask umask(077);
  const Modes modes = modes_in(temp, "dir");
  if (!has_acl) {
    WARN("this file system has no ACL: only the umask was tried");
    CHECK(modes.published == 0600);
    return;
  }
  CHECK(modes.directory == 0770);
  CHECK(modes.file == 0660);
  CHECK(modes.published == 0660);
  CHECK(modes.lock == 0664);
}

TEST_CASE("the group of a shared directory goes to all that is made in it") {
  const TempDir temp;
  temp.make_dir("shared");
  const bool changed = ::chown(temp.path("shared").c_str(), static_cast<uid_t>(-1), 12345) == 0;
  if (!changed) WARN("without root: the group is our own");
  std::filesystem::permissions(temp.path("shared"), std::filesystem::perms(02775));
  const gid_t group = temp.status("shared").st_gid;
  modes_in(temp, "shared");
  for (const char* name : {"shared/made/deeper", "shared/file", "shared/published", "shared/a.lock"})
    CHECK(temp.status(name).st_gid == group);
}

TEST_CASE("an existing lock file keeps its inode, mode and content") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.write("locks/a.lock", "owner");
  std::filesystem::permissions(temp.path("locks/a.lock"), std::filesystem::perms(0600));
  const struct stat before = temp.status("locks/a.lock");
  const Dir root = temp.open();
  const Fd fd = root.open_lock_file("locks/a.lock");
  CHECK(fd);
  const struct stat after = temp.status("locks/a.lock");
  CHECK(after.st_ino == before.st_ino);
  CHECK((after.st_mode & 07777) == 0600);
  CHECK(after.st_ctim.tv_nsec == before.st_ctim.tv_nsec);
  CHECK(temp.read("locks/a.lock") == "owner");
}

TEST_CASE("only a regular file serves as a lock") {
  const test::OpenWayGuard way(test::each_open_way());
  const TempDir temp;
  temp.fifo("locks/fifo.lock");
  temp.make_dir("locks/dir.lock");
  temp.link("../target", "locks/link.lock");
  const Dir root = temp.open();
  CHECK(thrown_by([&] { return root.open_lock_file("locks/fifo.lock"); }).cause == Cause::refused);
  CHECK(thrown_by([&] { return root.open_lock_file("locks/link.lock"); }).cause == Cause::refused);
  CHECK(thrown_by([&] { return root.open_lock_file("locks/dir.lock"); }).cause);
  CHECK_FALSE(temp.exists("target"));
}

TEST_CASE("a lock file that another user lets us only read is opened all the same") {
  if (::geteuid() != 0) WARN("without root: a file of our own is read-only for us");
  const TempDir temp;
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0755));
  temp.write("a.lock", "");
  std::filesystem::permissions(temp.path("a.lock"), std::filesystem::perms(0444));
  const std::string text = test::in_child([&] {
    if (::geteuid() == 0) test::become_nobody();
    const Fd fd = temp.open().open_lock_file("a.lock");
    return std::string((::fcntl(fd.get(), F_GETFL) & O_ACCMODE) == O_RDONLY ? "read-only" : "writable");
  });
  CHECK(text == "read-only");
  CHECK(temp.mode("a.lock") == 0444);
}

TEST_CASE("what we may not write is an error that says so and changes nothing") {
  if (::geteuid() != 0) WARN("without root: a directory of our own is read-only for us");
  const TempDir temp;
  temp.write("dir/file", "content");
  std::filesystem::permissions(temp.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(temp.path("dir"), std::filesystem::perms(0555));
  const std::string text = test::in_child([&] {
    if (::geteuid() == 0) test::become_nobody();
    const Dir dir = temp.open().open_dir("dir");
    std::string errors;
    const auto note = [&](const test::Thrown& thrown) {
      errors +=
          thrown.error_number == EACCES ? thrown.message + "\n" : "not EACCES: " + thrown.message + "\n";
    };
    note(thrown_by([&] { write_atomically(dir, dir, "file", "new"); }));
    note(thrown_by([&] { return dir.make_dir("new"); }));
    note(thrown_by([&] { dir.remove_file("file"); }));
    note(thrown_by([&] { temp.open().remove_tree("dir"); }));
    return errors;
  });
  const std::string denied = "': Permission denied\n";
  const std::string dir = temp.path("dir");
  CHECK(text == "cannot make '" + dir + "/file" + denied + "cannot make the directory '" + dir + "/new" +
                    denied + "cannot remove '" + dir + "/file" + denied + "cannot remove '" + dir + "/file" +
                    denied);
  CHECK(temp.read("dir/file") == "content");
  CHECK(temp.mode("dir") == 0555);
  std::filesystem::permissions(temp.path("dir"), std::filesystem::perms(0755));
}
