// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

namespace modelcache::cli {

namespace {

constexpr std::size_t help_column = 30;

std::string option_names(const OptionSpec& option) {
  std::string names = option.letter != 0 ? fmt::format("-{}, --{}", option.letter, option.name)
                                         : fmt::format("    --{}", option.name);
  return option.value.empty() ? names : names + " " + option.value;
}

}  // namespace

const std::vector<ExitCode>& exit_codes() {
  static const std::vector<ExitCode> codes{
      {"0", "all done, nothing wrong"},
      {"1", "done, problems found"},
      {"2", "usage: nothing was touched"},
      {"3", "I/O, space or permission: the target is unchanged or can be resumed"},
      {"4", "no such cache, repo or revision"},
      {"5", "busy: a lock was not free in time"},
      {"6", "refused: malformed, unsafe, incomplete or foreign-owned"},
      {"70", "a bug in this program; please report it"},
      {"128+N", "ended by signal N"},
  };
  return codes;
}

std::string help_text(const Program& program) {
  std::string text = fmt::format("{} - {}\n\nUsage: {} {}\n\n{}\n\nOptions:\n", program.name, program.summary,
                                 program.name, program.usage, program.description);
  for (const OptionSpec& option : all_options(program)) {
    const std::string names = "  " + option_names(option);
    const std::string gap = names.size() + 2 > help_column ? "\n" + std::string(help_column, ' ')
                                                           : std::string(help_column - names.size(), ' ');
    text += names + gap + option.help + "\n";
  }
  text += "\nExamples:\n";
  for (const auto& [command, what] : program.examples) text += fmt::format("  {}\n      {}\n", command, what);
  text += "\nExit status:\n";
  for (const ExitCode& code : exit_codes()) text += fmt::format("  {:<6}{}\n", code.code, code.meaning);
  return text;
}

std::string version_text(const Program& program) {
  std::string text = fmt::format("{} {}\n", program.name, MODELCACHE_VERSION);
  for (const std::string& library : program.libraries) text += "  " + library + "\n";
  text += fmt::format("  {}\n", OpenSSL_version(OPENSSL_VERSION));
  text += fmt::format("  Boost {}.{}.{}\n", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000,
                      BOOST_VERSION % 100);
  text += fmt::format("  nlohmann/json {}.{}.{}\n", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                      NLOHMANN_JSON_VERSION_PATCH);
  text += fmt::format("  fmt {}.{}.{}\n", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
  return text;
}

}  // namespace modelcache::cli
