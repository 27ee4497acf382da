// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of the directories that are named, and over all beginnings of the small
// ones (for a slow target: each STEPth), without libFuzzer. Exit status 1 when there was no file.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz.hpp"

#ifndef STEP
#define STEP 1
#endif

namespace {

void run(const std::string& bytes) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

void replay(const std::filesystem::path& path) {
  constexpr std::size_t small = 1024;
  std::ifstream file(path, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  run(bytes);
  if (bytes.size() > small) return;
  for (std::size_t length = 0; length < bytes.size(); length += STEP) run(bytes.substr(0, length));
}

}  // namespace

int main(int argc, char** argv) {
  int files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::printf("%s\n", entry.path().filename().c_str());
      std::fflush(stdout);
      replay(entry.path());
      ++files;
    }
  }
  std::printf("%d files\n", files);
  return files == 0 ? 1 : 0;
}
