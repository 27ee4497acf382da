// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/partial_files.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include "tree_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string own_pid = std::to_string(::getpid());

// A process id that nobody has.
std::string dead_pid() {
  for (pid_t pid = 4'000'000;; --pid)
    if (::kill(pid, 0) != 0 && errno == ESRCH) return std::to_string(pid);
}

// As another program that holds the lock.
class HeldLock {
 public:
  explicit HeldLock(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    REQUIRE(::flock(fd_, LOCK_EX | LOCK_NB) == 0);
  }
  ~HeldLock() { ::close(fd_); }
  HeldLock(const HeldLock&) = delete;
  HeldLock& operator=(const HeldLock&) = delete;

 private:
  int fd_;
};

const std::string part = "models/._tmp/org/de.mo/more.bin";
const std::string folder = "models/org/de___mo";

}  // namespace

TEST_CASE("names of what is on its way are told from those of files") {
  CHECK(partial_name("a/b.bin").kind == PartialKind::whole);
  CHECK(partial_name("a/b.bin_0_99").kind == PartialKind::range);
  CHECK(partial_name("a/b.bin_0_99").target == "a/b.bin");
  CHECK(partial_name("a/b.bin_0_99").length == 100);
  CHECK(partial_name(".b.bin.tmp").target == "b.bin");
  for (const char* name : {"b_9_0", "b_-1_5", "b__5", "_0_5", "a/_0_5", "b_0_x", "b_0_18446744073709551615",
                           "b_0_99999999999999999999"})
    CHECK(partial_name(name).kind == PartialKind::whole);
  CHECK(partial_beside_files("x/m.bin.incomplete")->target == "x/m.bin");
  CHECK(partial_beside_files("m.bin.parallel_tmp")->target == "m.bin");
  for (const char* name : {".incomplete", "x/.incomplete", "m.bin", "incomplete"})
    CHECK_FALSE(partial_beside_files(name));
}

TEST_CASE("a partial of AI Studio whose file is not in the cache keeps it out") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo(folder);
  tree.dir().write(part, std::string(3000, 'p'));
  CHECK(tree.findings(folder) == Strings{"partial_download warning " + part});
  CHECK(tree.detail(FindingCode::partial_download, folder).find("keeps its file out of the cache") !=
        std::string::npos);
  CHECK(tree.stock().repo(folder).reclaimable >= 3000);
  CHECK(tree.stock().cache.reclaimable >= 3000);
  CHECK(tree.stock().root_findings.empty());
}

TEST_CASE("a partial whose file is in the cache is a leftover") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo(folder);
  tree.dir().write("models/._tmp/org/de.mo/sub/model.bin", std::string(5000, 'W'));
  CHECK(tree.findings(folder) == Strings{"partial_download note models/._tmp/org/de.mo/sub/model.bin"});
  CHECK(tree.detail(FindingCode::partial_download, folder).find("as large as the file") != std::string::npos);
  tree.dir().write("models/._tmp/org/de.mo/sub/model.bin", "short");
  CHECK(tree.detail(FindingCode::partial_download, folder).find("all the same") != std::string::npos);
}

TEST_CASE("a partial with a live lock is a download that runs, and cannot be freed") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo(folder);
  tree.dir().write(part, std::string(3000, 'p'));
  tree.dir().write(part + "_0_99", "part");
  tree.dir().write(part + ".lock", own_pid);
  CHECK(tree.findings(folder) == Strings{"lock_held note " + part + ".lock", "partial_download note " + part,
                                         "partial_download note " + part + "_0_99"});
  CHECK(tree.detail(FindingCode::partial_download, folder) == "a download that is running");
  CHECK(tree.stock().repo(folder).reclaimable == 0);
}

TEST_CASE("a lock of a process that is gone, and one that names none, are told apart") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo(folder);
  tree.dir().write(part + ".lock", dead_pid());
  CHECK(tree.findings(folder) == Strings{"lock_held note " + part + ".lock"});
  CHECK(tree.detail(FindingCode::lock_held, folder).find("is gone") != std::string::npos);
  for (const char* text : {"", "garbage"}) {
    tree.dir().write(part + ".lock", text);
    CHECK(tree.findings(folder) == Strings{"lock_held warning " + part + ".lock"});
    CHECK(tree.detail(FindingCode::lock_held, folder).find("for ever") != std::string::npos);
  }
  // What is longer than a lock can be is on its way.
  tree.dir().write(part + ".lock", std::string(65, '1'));
  CHECK(tree.findings(folder) == Strings{"partial_download warning " + part + ".lock"});
}

TEST_CASE("ranges and links among the partials are told as what they are") {
  const TreeBuilder tree(Layout::aistudio);
  const TempDir outside;
  outside.write("secret", "x");
  tree.demo(folder);
  tree.dir().write(part + "_0_167772159", "part");
  tree.dir().link(outside.path("secret"), "models/._tmp/org/de.mo/link");
  CHECK(tree.findings(folder) == Strings{"partial_download note " + part + "_0_167772159",
                                         "stray_entry warning models/._tmp/org/de.mo/link"});
}

TEST_CASE("partials of a repo that is not there belong to the root") {
  const TreeBuilder tree(Layout::aistudio);
  tree.demo(folder);
  tree.dir().write("models/._tmp/org/new/model.bin", std::string(3000, 'p'));
  tree.dir().make_dir("models/._tmp/org/empty");
  tree.dir().write("models/._tmp/stray", "");
  const Stock stock = tree.stock();
  CHECK(told(stock.root_findings) == Strings{"partial_download warning models/._tmp/org/new/model.bin",
                                             "stray_entry note models/._tmp/stray"});
  CHECK(stock.root_findings.front().repo == "model/org/new");
  CHECK(stock.cache.reclaimable >= 3000);
  CHECK(stock.repo(folder).reclaimable == 0);
}

TEST_CASE("a partial of modelscope <= 1.37 runs while its repo is locked") {
  const TreeBuilder tree(Layout::modelscope);
  const std::string temporary = "models/._____temp/org/demo/more.bin";
  tree.demo();
  tree.dir().write(temporary, std::string(3000, 'p'));
  tree.dir().write(".lock/org___demo", "");
  CHECK(tree.findings() == Strings{"partial_download note " + temporary});
  CHECK(tree.stock().root_findings.empty());  // a lock that nobody holds means nothing
  CHECK(tree.stock().repo("models/org/demo").reclaimable >= 3000);
  const std::string lock = tree.dir().path(".lock/org___demo");
  const HeldLock held(lock);
  CHECK(told(tree.stock().root_findings) == Strings{"lock_held note .lock/org___demo"});
  CHECK(tree.detail(FindingCode::partial_download) == "a download that is running");
  CHECK(tree.stock().repo("models/org/demo").reclaimable == 0);
}

TEST_CASE("a partial of modelscope >= 1.38 lies beside its file and runs while that is locked") {
  const TreeBuilder tree(Layout::modelscope);
  const std::string repo = "models/org--demo";
  const std::string top = repo + "/snapshots/master/";
  tree.dir().write(top + "config.json", "{}");
  tree.dir().write(top + "sub/model.bin.incomplete", std::string(3000, 'p'));
  CHECK(tree.findings(repo) == Strings{"partial_download note " + top + "sub/model.bin.incomplete"});
  CHECK(tree.stock().repo(repo).reclaimable >= 3000);
  const RevisionInventory revision = tree.stock().repo(repo).revisions.front();
  CHECK(paths_of(revision) == Strings{"config.json"});
  CHECK(revision.complete == false);
  CHECK(lines_of(revision.lacking) == Strings{"sub/model.bin is not all here"});
  const std::string key = std::string("modelscope-hub-download-lock-v2") + '\0' + "file" + '\0' + "model" +
                          '\0' + "org/demo" + '\0' + "sub/model.bin";
  const std::string lock = ".lock/file_" + hash_bytes(HashKind::sha256, key).hex() + ".lock";
  tree.dir().write(lock, "");
  const HeldLock held(tree.dir().path(lock));
  CHECK(tree.detail(FindingCode::partial_download, repo) == "a download that is running");
  CHECK(tree.stock().repo(repo).reclaimable == 0);
}

TEST_CASE("a file whose name ends in two numbers is a range only among others of a file that is not there") {
  const TreeBuilder tree(Layout::modelscope);
  const std::string repo = "models/org--demo";
  const std::string top = repo + "/snapshots/master/";
  tree.dir().write(top + "shard_0_100", "alone");
  tree.dir().write(top + "rows_0_9", "more than ten bytes");
  tree.dir().write(top + "rows_10_19", "more than ten bytes");
  tree.dir().write(top + "there", "x");
  tree.dir().write(top + "there_0_99", "x");
  tree.dir().write(top + "there_100_199", "x");
  tree.dir().write(top + "large.bin_0_99", "x");
  tree.dir().write(top + "large.bin_100_199", "x");
  CHECK(tree.findings(repo) == Strings{"partial_download note " + top + "large.bin_0_99",
                                       "partial_download note " + top + "large.bin_100_199"});
  CHECK(lines_of(tree.stock().repo(repo).revisions.front().lacking) == Strings{"large.bin is not all here"});
}
