// SPDX-License-Identifier: Apache-2.0
// Hashes the files whose names standard input has, one a line, with JOBS threads, and prints "<hash>  <name>"
// as sha256sum does, in any order. hash_bench.sh times it.
//
// Usage: hash_bench JOBS [sha256 | git-sha1]
#include "modelcache/base/hash_engine.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const HashKind kind =
      argc > 2 && std::string(argv[2]) == "git-sha1" ? HashKind::git_sha1 : HashKind::sha256;
  std::vector<std::string> paths;
  std::vector<HashTask> tasks;
  for (std::string path; std::getline(std::cin, path); paths.push_back(path)) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return 3;
    tasks.push_back({static_cast<std::uint64_t>(status.st_size), kind});
  }
  const auto open = [&](std::size_t i) {
    Fd file(::open(paths[i].c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) throw_errno(errno, "open", paths[i]);
    return OpenedFile{std::move(file), paths[i]};
  };
  std::ios::sync_with_stdio(false);
  bool failed = false;
  const auto done = [&](std::size_t i, const HashOutcome& outcome) {
    failed = failed || outcome.error;
    std::cout << (outcome.error ? outcome.error->what() : outcome.digest->hex() + "  " + paths[i]) << '\n';
  };
  HashEngineOptions options;
  options.jobs = static_cast<unsigned>(std::stoul(argv[1]));
  try {
    hash_files(tasks, open, done, options);
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.cause());
  }
  return failed ? 3 : 0;
}
