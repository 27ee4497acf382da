// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a program is: one table of options, from which its parser, its --help, its man page and its
// completions are made. Promise: an option exists in all of them or in none.

#include "modelcache/cli/exit_status.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace modelcache::cli {

struct OptionSpec {
  std::string name;   // without dashes
  char letter = 0;    // of the short form, or 0
  std::string value;  // what stands for the value in --help; empty: none; "REPO FILE": it takes two words
  std::string help;   // one phrase; says so when the option may be repeated
};

// What was typed, checked against the table. Getters throw Error(usage) naming the option and the value.
class Arguments {
 public:
  using Options = std::vector<std::pair<std::string, std::string>>;  // in the order typed

  Arguments(Options options, std::vector<std::string> positional)
      : options_(std::move(options)), positional_(std::move(positional)) {}

  bool has(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  // The last one wins.
  std::optional<std::string> text(std::string_view name) const;
  std::vector<std::string> texts(std::string_view name) const;
  // Of an option that takes two words.
  using Pair = std::pair<std::string, std::string>;
  std::optional<Pair> pair(std::string_view name) const;
  std::optional<std::uint64_t> number(std::string_view name) const;
  std::optional<std::chrono::seconds> age(std::string_view name) const;
  // One of `words`; the first of them when the option was not given.
  std::string choice(std::string_view name, const std::vector<std::string>& words) const;
  const std::vector<std::string>& positional() const noexcept { return positional_; }

 private:
  Options options_;
  std::vector<std::string> positional_;
};

class Context;

// reads_in_order: lets signals end it in order, with what it found so far; changes: that too, and --dry-run.
enum class Effect { reads, reads_in_order, changes };

struct Program {
  std::string name;
  std::string summary;      // one sentence without a final point
  std::string usage;        // the words behind the name, a line for each way to call it
  std::string description;  // paragraphs, each on a line of its own
  std::vector<OptionSpec> options;
  std::vector<std::pair<std::string, std::string>> examples;  // command line, what it does
  Effect effect = Effect::reads;
  std::vector<std::string> libraries;  // for --version: "libgit2 1.5.1"
  std::function<void(const Arguments&, Context&)> action;
};

// The program's own options, then those that all programs share.
std::vector<OptionSpec> all_options(const Program& program);

// Takes no abbreviations; "--" ends the options. Throws Error(usage).
Arguments parse_arguments(const Program& program, int argc, const char* const* argv);

std::string help_text(const Program& program);
std::string version_text(const Program& program);
std::string manual_page(const Program& program);
std::string bash_completion(const Program& program);
std::string zsh_completion(const Program& program);
std::string fish_completion(const Program& program);

}  // namespace modelcache::cli
