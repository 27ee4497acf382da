// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include <boost/version.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/crypto.h>

#include <algorithm>

namespace modelcache::cli {

namespace {

constexpr std::size_t help_column = 30;
constexpr std::size_t help_width = 100;

std::string option_names(const OptionSpec& option) {
  std::string names = option.letter != 0 ? fmt::format("-{}, --{}", option.letter, option.name)
                                         : fmt::format("    --{}", option.name);
  return option.value.empty() ? names : names + " " + option.value;
}

// `text` behind a first line that is already `indent` wide; further lines are indented as far.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t at = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (at > indent && at + 1 + word.size() > help_width) {
      out += "\n" + std::string(indent, ' ');
      at = indent;
    } else if (at > indent) {
      out += ' ';
      ++at;
    }
    out += word;
    at += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

std::string help_text(const Program& program) {
  std::string text = fmt::format("{} - {}\n\n", program.name, program.summary);
  const auto usages = lines_of(program.usage);
  for (std::size_t i = 0; i < usages.size(); ++i)
    text += fmt::format("{} {} {}\n", i == 0 ? "Usage:" : "      ", program.name, usages[i]);
  text += "\n";
  for (const std::string& paragraph : lines_of(program.description)) text += wrapped(paragraph, 0) + "\n";
  text += "\nOptions:\n";
  for (const OptionSpec& option : all_options(program)) {
    const std::string names = "  " + option_names(option);
    const std::string gap = names.size() + 2 > help_column ? "\n" + std::string(help_column, ' ')
                                                           : std::string(help_column - names.size(), ' ');
    text += names + gap + wrapped(option.help, help_column) + "\n";
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
