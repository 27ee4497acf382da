// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace modelcache::cli {

namespace {

// For roff: backslashes, hyphens that people copy, and control characters at the start of a line.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool at_start = out.empty() || out.back() == '\n';
    if (at_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out;
}

std::string single_quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// zsh gives ':' and brackets of a description a meaning.
std::string zsh_safe(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ':' || c == '[' || c == ']' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string synopsis(const Program& program) {
  std::string text;
  for (std::string_view rest = program.usage; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += fmt::format("{}.B {}\n{}\n", text.empty() ? "" : ".br\n", roff(program.name),
                        roff(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return text;
}

// The words that a value can be, where the table lists them as "auto|always|never".
std::vector<std::string> choices(const OptionSpec& option) {
  std::vector<std::string> words;
  for (std::string_view rest = option.value; !rest.empty();) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (!std::all_of(words.back().begin(), words.back().end(), is_lower)) return {};
  }
  return words;
}

bool is_path(const OptionSpec& option) {
  constexpr std::array words{"PATH", "PLACE", "DIR", "FILE"};
  return std::any_of(words.begin(), words.end(),
                     [&](const char* word) { return option.value.find(word) != std::string::npos; });
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : between).append(word);
  return text;
}

}  // namespace

std::string manual_page(const Program& program) {
  std::string upper = program.name;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  std::string page = fmt::format(".TH {} 1 \"\" \"modelcache {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                                 roff(upper), MODELCACHE_VERSION, roff(program.name), roff(program.summary));
  page += ".SH SYNOPSIS\n" + synopsis(program);
  page += fmt::format(".SH DESCRIPTION\n{}\n.SH OPTIONS\n", roff(program.description));
  for (const OptionSpec& option : all_options(program)) {
    std::string names = option.letter != 0 ? fmt::format("\\-{}, ", option.letter) : "";
    names += "\\-\\-" + roff(option.name);
    page += fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", names,
                        option.value.empty() ? "" : " \\fI" + roff(option.value) + "\\fR", roff(option.help));
  }
  page += ".SH EXAMPLES\n";
  for (const auto& [command, what] : program.examples)
    page += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(command), roff(what));
  page += ".SH EXIT STATUS\n";
  for (const ExitCode& code : exit_codes())
    page += fmt::format(".TP\n.B {}\n{}\n", roff(code.code), roff(code.meaning));
  return page;
}

std::string bash_completion(const Program& program) {
  std::vector<std::string> names;
  std::string cases;
  for (const OptionSpec& option : all_options(program)) {
    names.push_back("--" + option.name);
    if (const auto words = choices(option); !words.empty())
      cases += fmt::format("    --{}) words='{}' ;;\n", option.name, joined(words, " "));
  }
  std::string function = program.name;
  std::replace(function.begin(), function.end(), '-', '_');
  return fmt::format(
      "_{0}() {{\n"
      "  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} words=\n"
      "  case $before in\n{3}  esac\n"
      "  if [[ -z $words && $current == -* ]]; then words={2}; fi\n"
      "  if [[ -n $words ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
      "  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
      "  fi\n"
      "}}\ncomplete -o filenames -F _{0} {1}\n",
      function, program.name, single_quoted(joined(names, " ")), cases);
}

std::string zsh_completion(const Program& program) {
  std::string text = fmt::format("#compdef {}\n_arguments -s -S \\\n", program.name);
  for (const OptionSpec& option : all_options(program)) {
    const auto words = choices(option);
    std::string value;
    if (!option.value.empty()) value = ":" + zsh_safe(option.value) + (is_path(option) ? ":_files" : ": ");
    if (!words.empty()) value = fmt::format(":{}:({})", option.name, joined(words, " "));
    const std::string rest = fmt::format("[{}]{}", zsh_safe(option.help), value);
    text += "  " + single_quoted("*--" + option.name + rest) + " \\\n";
    if (option.letter != 0)
      text += "  " + single_quoted(fmt::format("*-{}{}", option.letter, rest)) + " \\\n";
  }
  return text + "  '*:file:_files'\n";
}

std::string fish_completion(const Program& program) {
  std::string text;
  for (const OptionSpec& option : all_options(program)) {
    text += fmt::format("complete -c {} -l {}", program.name, option.name);
    if (option.letter != 0) text += fmt::format(" -s {}", option.letter);
    if (!option.value.empty()) text += is_path(option) ? " -r" : " -x";
    if (const auto words = choices(option); !words.empty()) text += " -a '" + joined(words, " ") + "'";
    text += " -d " + single_quoted(option.help) + "\n";
  }
  return text;
}

}  // namespace modelcache::cli
