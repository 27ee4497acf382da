// SPDX-License-Identifier: Apache-2.0
#include "support/temp_dir.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace modelcache::test {

namespace {

void require(bool done, const std::string& path) {
  if (!done) throw std::system_error(errno, std::generic_category(), path);
}

void make_parents(const std::string& path) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
}

}  // namespace

TempDir::TempDir(const std::string& parent)
    : path_((parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent)) /
            "modelcache-test.XXXXXX") {
  require(::mkdtemp(path_.data()) != nullptr, path_);
}

TempDir::~TempDir() {
  // rm copes with trees deeper than any path; the library's own remover is what some tests look at.
  std::string words[] = {"rm", "-rf", "--", path_};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), words[3].data(), nullptr};
  pid_t child = 0;
  if (::posix_spawnp(&child, "rm", nullptr, nullptr, arguments, environ) == 0) ::waitpid(child, nullptr, 0);
}

std::string TempDir::path(std::string_view name) const {
  return name.empty() ? path_ : path_ + "/" + std::string(name);
}

void TempDir::make_dir(std::string_view name) const {
  std::filesystem::create_directories(path(name));
}

void TempDir::write(std::string_view name, std::string_view content) const {
  make_parents(path(name));
  std::ofstream file(path(name), std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  require(file.good(), path(name));
}

void TempDir::link(std::string_view text, std::string_view name) const {
  make_parents(path(name));
  require(::symlink(std::string(text).c_str(), path(name).c_str()) == 0, path(name));
}

void TempDir::fifo(std::string_view name) const {
  make_parents(path(name));
  require(::mkfifo(path(name).c_str(), 0666) == 0, path(name));
}

bool TempDir::exists(std::string_view name) const {
  struct stat found {};
  return ::lstat(path(name).c_str(), &found) == 0;
}

struct stat TempDir::status(std::string_view name) const {
  struct stat found {};
  require(::lstat(path(name).c_str(), &found) == 0, path(name));
  return found;
}

unsigned TempDir::mode(std::string_view name) const {
  return status(name).st_mode & 07777;
}

std::string TempDir::read(std::string_view name) const {
  std::ifstream file(path(name), std::ios::binary);
  require(file.good(), path(name));
  // Not by iterators: tests are not optimized, and a byte at a time takes minutes below sanitizers.
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

std::string TempDir::read_link(std::string_view name) const {
  return std::filesystem::read_symlink(path(name)).string();
}

std::vector<std::string> TempDir::names(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::directory_iterator(path(name)))
    found.push_back(entry.path().filename().string());
  std::sort(found.begin(), found.end());
  return found;
}

Umask::Umask(mode_t mask) : before_(::umask(mask)) {}

Umask::~Umask() {
  ::umask(before_);
}

}  // namespace modelcache::test
