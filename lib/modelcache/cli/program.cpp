// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"

#include <boost/program_options.hpp>

#include <algorithm>
#include <cctype>

namespace modelcache::cli {

namespace po = boost::program_options;

namespace {

constexpr const char* positional_key = "positional";

const std::vector<OptionSpec>& shared_options() {
  static const std::vector<OptionSpec> options{
      {"help", 'h', "", "show this text"},
      {"version", 0, "", "show the version of this program and of its libraries"},
      {"quiet", 'q', "", "no notes and no summary on stderr"},
      {"verbose", 'v', "", "say more (repeatable)"},
      {"json", 0, "", "JSON Lines on stdout, one object a line, the last one a summary"},
      {"color", 0, "auto|always|never", "default: auto; NO_COLOR is honoured"},
      {"progress", 0, "auto|always|never", "on stderr; default: auto, only on a terminal"},
      {"jobs", 'j', "N", "threads (default: the cores this process may use)"},
      {"null", '0', "", "end printed paths with NUL instead of newline, unescaped"},
      {"wait", 0, "AGE", "how long to wait for a lock, such as 30s (default 10s)"},
      {"strict", 0, "", "warnings count as problems too (exit 1)"},
      {"allow-foreign-owner", 0, "", "also work on what belongs to another user"},
  };
  return options;
}

po::options_description describe(const Program& program) {
  po::options_description description;
  for (const OptionSpec& option : all_options(program)) {
    const std::string names = option.letter != 0 ? option.name + "," + option.letter : option.name;
    if (option.value.empty())
      description.add_options()(names.c_str(), "");
    else
      description.add_options()(names.c_str(), po::value<std::string>(), "");
  }
  description.add_options()(positional_key, po::value<std::vector<std::string>>(), "");
  return description;
}

std::vector<po::option> split(const Program& program, int argc, const char* const* argv) {
  const auto description = describe(program);
  po::positional_options_description positions;
  positions.add(positional_key, -1);
  // No guessing: an abbreviation that works today would be ambiguous with tomorrow's option.
  const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    return po::command_line_parser(argc, argv)
        .options(description)
        .positional(positions)
        .style(style)
        .run()
        .options;
  } catch (const po::error& error) {
    throw Error(Cause::usage, terminal_safe(error.what()));
  }
}

bool takes_two_words(const std::vector<OptionSpec>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(), [&](const OptionSpec& option) {
    return option.name == name && option.value.find(' ') != std::string::npos;
  });
}

}  // namespace

std::vector<OptionSpec> all_options(const Program& program) {
  std::vector<OptionSpec> options = program.options;
  if (program.effect == Effect::changes)
    options.push_back({"dry-run", 'n', "", "show what would be done, and write nothing"});
  options.insert(options.end(), shared_options().begin(), shared_options().end());
  return options;
}

Arguments parse_arguments(const Program& program, int argc, const char* const* argv) {
  const std::vector<OptionSpec> table = all_options(program);
  Arguments::Options options;
  std::vector<std::string> positional;
  std::string waiting;  // the option that the next free word belongs to
  for (const po::option& option : split(program, argc, argv)) {
    const std::string word = option.value.empty() ? "" : option.value.front();
    if (option.position_key < 0) {
      // The parser needs a name for what has none; nobody may type it.
      if (option.string_key == positional_key)
        throw Error(Cause::usage, "unrecognised option '--" + option.string_key + "'");
      options.emplace_back(option.string_key, word);
      waiting = takes_two_words(table, option.string_key) ? option.string_key : waiting;
    } else if (!waiting.empty()) {
      options.emplace_back(waiting, word);
      waiting.clear();
    } else {
      positional.push_back(word);
    }
  }
  return {std::move(options), std::move(positional)};
}

bool Arguments::has(std::string_view name) const {
  return count(name) > 0;
}

std::size_t Arguments::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(options_.begin(), options_.end(),
                                                [&](const auto& option) { return option.first == name; }));
}

std::vector<std::string> Arguments::texts(std::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : options_)
    if (key == name) values.push_back(value);
  return values;
}

std::optional<std::string> Arguments::text(std::string_view name) const {
  auto values = texts(name);
  if (values.empty()) return {};
  return std::move(values.back());
}

std::optional<Arguments::Pair> Arguments::pair(std::string_view name) const {
  auto words = texts(name);
  if (words.empty()) return {};
  if (words.size() != 2) throw Error(Cause::usage, "--" + std::string(name) + " takes two words, once");
  return Pair{std::move(words.front()), std::move(words.back())};
}

std::optional<std::uint64_t> Arguments::number(std::string_view name) const {
  const auto value = text(name);
  if (!value) return {};
  const bool is_digits =
      !value->empty() && value->size() < 10 &&
      std::all_of(value->begin(), value->end(), [](unsigned char c) { return std::isdigit(c); });
  if (!is_digits)
    throw Error(Cause::usage,
                "--" + std::string(name) + " takes a number, not '" + terminal_safe(*value) + "'");
  return std::stoull(*value);
}

std::optional<std::chrono::seconds> Arguments::age(std::string_view name) const {
  const auto value = text(name);
  if (!value) return {};
  const auto age = parse_age(*value);
  if (!age)
    throw Error(Cause::usage, "--" + std::string(name) + " takes an age such as 30s, 15min or 2w, not '" +
                                  terminal_safe(*value) + "'");
  return age;
}

std::string Arguments::choice(std::string_view name, const std::vector<std::string>& words) const {
  const auto value = text(name);
  if (!value) return words.front();
  if (std::find(words.begin(), words.end(), *value) != words.end()) return *value;
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : ", ") + word;
  throw Error(Cause::usage,
              "--" + std::string(name) + " takes one of " + list + ", not '" + terminal_safe(*value) + "'");
}

}  // namespace modelcache::cli
