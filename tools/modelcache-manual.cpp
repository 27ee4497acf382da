// SPDX-License-Identifier: Apache-2.0
// Writes the man pages and completions of all programs into a directory; run by the build, never installed.
#include "modelcache/cli/cache2cache.hpp"
#include "modelcache/cli/cache2clone.hpp"
#include "modelcache/cli/cache2dir.hpp"
#include "modelcache/cli/cache_meta.hpp"
#include "modelcache/cli/cache_scan.hpp"
#include "modelcache/cli/clone2cache.hpp"
#include "modelcache/cli/dir2cache.hpp"
#include "modelcache/cli/verify_sha.hpp"

#include <filesystem>
#include <fstream>

namespace cli = modelcache::cli;

namespace {

bool write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path directory(argv[1]);
  std::filesystem::create_directories(directory);
  bool is_written = true;
  for (const cli::Program& program :
       {cli::cache_meta(), cli::cache_scan(), cli::cache2cache(), cli::cache2clone(), cli::cache2dir(),
        cli::clone2cache(), cli::dir2cache(), cli::verify_sha()}) {
    is_written = write(directory / (program.name + ".1"), cli::manual_page(program)) && is_written;
    is_written = write(directory / (program.name + ".bash"), cli::bash_completion(program)) && is_written;
    is_written = write(directory / ("_" + program.name), cli::zsh_completion(program)) && is_written;
    is_written = write(directory / (program.name + ".fish"), cli::fish_completion(program)) && is_written;
  }
  return is_written ? 0 : 3;
}
