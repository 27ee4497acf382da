// SPDX-License-Identifier: Apache-2.0
#include "support/clone_builder.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

// libgit2 1.5 loses what its regular expressions allocate, once for each extension that a config names.
extern "C" const char* __lsan_default_suppressions();   // NOLINT: the name that the sanitizer asks for
extern "C" const char* __lsan_default_suppressions() {  // NOLINT
  return "leak:libpcre2\n";
}

namespace modelcache::test {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view git_config = R"([user]
  name = author
  email = author@example.invalid
[init]
  defaultBranch = main
[protocol "file"]
  allow = always
[advice]
  detachedHead = false
[safe]
  directory = *
[gc]
  auto = 0
[filter "lfs"]
  clean = git-lfs clean -- %f
  smudge = git-lfs smudge -- %f
  process = git-lfs filter-process
  required = true
)";

constexpr const char* base_script = R"(
git init -q --bare origin.git
git init -q work
cd work
git remote add origin "file://$PWD/../origin.git"
echo '*.bin filter=lfs diff=lfs merge=lfs -text' >.gitattributes
mkdir dir
echo '# Demo' >README.md
echo '{}' >config.json
: >empty.txt
printf '#!/bin/sh\n' >run.sh
chmod +x run.sh
echo spaces >'dir/a file.txt'
echo deep >'dir/ünï.txt'
seq 1 2000 >model.bin
cp model.bin dir/same.bin
seq 5 900 >dir/other.bin
git add -A
git commit -qm first
git tag -a v1 -m one
git push -q origin HEAD:main v1
git checkout -q -b dev
seq 7 700 >extra.bin
git add -A
git commit -qm second
git push -q origin dev
git checkout -q -b pr main
echo '# Better' >README.md
git commit -qam third
git push -q origin HEAD:refs/pr/1
cd ..
git clone -q "file://$PWD/origin.git" clone
cd clone
git fetch -q origin refs/pr/1:refs/pr/1
git lfs fetch --all origin >/dev/null
git remote set-url origin https://user:secret@huggingface.co/org/demo
# git-lfs shares the server's objects by hard links.
cp -r .git/lfs/objects own
rm -rf .git/lfs/objects ../work
mv own .git/lfs/objects
)";

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void run_bash(const std::string& root, const std::string& script) {
  const char* path = std::getenv("PATH");
  std::array<std::string, 9> texts = {"HOME=" + root + "/home",
                                      std::string("PATH=") + (path != nullptr ? path : "/usr/bin:/bin"),
                                      "GIT_CONFIG_NOSYSTEM=1",
                                      "GIT_TEMPLATE_DIR=" + root + "/home/templates",
                                      "GIT_TERMINAL_PROMPT=0",
                                      "LC_ALL=C.UTF-8",
                                      "GIT_AUTHOR_DATE=2024-01-02T03:04:05Z",
                                      "GIT_COMMITTER_DATE=2024-01-02T03:04:05Z",
                                      "GIT_LFS_PROGRESS="};
  std::array<char*, 10> environment{};
  for (std::size_t i = 0; i < texts.size(); ++i) environment[i] = texts[i].data();
  std::string command = "cd '" + root + "'; exec >home/out 2>home/err; " + script;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    std::array<const char*, 6> arguments = {"bash", "-euo", "pipefail", "-c", command.c_str(), nullptr};
    ::execve("/bin/bash", const_cast<char**>(arguments.data()), environment.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw std::runtime_error("cannot wait for bash");
  if (status != 0) throw std::runtime_error("failed: " + script + "\n" + read_all(root + "/home/err"));
}

}  // namespace

CloneLab::CloneLab(Content content) : root_(fs::canonical(dir_.path()).string()) {
  dir_.write("home/.gitconfig", git_config);
  dir_.make_dir("home/templates");
  if (content == Content::base) make_base();
}

CloneLab::CloneLab() : CloneLab(Content::none) {
  const CloneLab& first = base();
  sh("cp -a '" + first.path("origin.git") + "' origin.git; cp -a '" + first.path("clone") + "' clone");
}

const CloneLab& CloneLab::base() {
  static const CloneLab lab(Content::base);
  return lab;
}

void CloneLab::make_base() const {
  sh(base_script);
}

std::string CloneLab::sh(const std::string& script) const {
  run_bash(root_, script);
  std::string out = read_all(root_ + "/home/out");
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

std::string CloneLab::write_tree(const std::string& clone, const std::vector<RawEntry>& entries) const {
  std::string bytes;
  for (const RawEntry& entry : entries) {
    bytes += entry.mode + " " + entry.name + '\0';
    for (std::size_t i = 0; i + 1 < entry.id.size(); i += 2)
      bytes += static_cast<char>(std::stoi(entry.id.substr(i, 2), nullptr, 16));
  }
  dir_.write("home/object", bytes);
  return sh("git -C '" + clone + "' hash-object -w -t tree --literally --stdin <home/object");
}

std::string CloneLab::write_blob(const std::string& clone, const std::string& content) const {
  dir_.write("home/object", content);
  return sh("git -C '" + clone + "' hash-object -w --stdin <home/object");
}

std::string CloneLab::commit_tree(const std::string& clone, const std::string& tree) const {
  return sh("cd '" + clone + "'; commit=$(git commit-tree -m made " + tree +
            "); git update-ref refs/heads/main $commit; echo $commit");
}

}  // namespace modelcache::test
