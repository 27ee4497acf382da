// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include <fmt/format.h>

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

}  // namespace

std::string manual_page(const Program& program) {
  std::string upper = program.name;
  for (char& c : upper) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  std::string page = fmt::format(".TH {} 1 \"\" \"modelcache {}\" \"User Commands\"\n.SH NAME\n{} \\- {}\n",
                                 roff(upper), MODELCACHE_VERSION, roff(program.name), roff(program.summary));
  page += fmt::format(".SH SYNOPSIS\n.B {}\n{}\n.SH DESCRIPTION\n{}\n.SH OPTIONS\n", roff(program.name),
                      roff(program.usage), roff(program.description));
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
  std::string words;
  for (const OptionSpec& option : all_options(program)) words += (words.empty() ? "--" : " --") + option.name;
  std::string name = program.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return fmt::format(
      "_{0}() {{\n  local current=${{COMP_WORDS[COMP_CWORD]}}\n  if [[ $current == -* ]]; then\n"
      "    mapfile -t COMPREPLY < <(compgen -W {2} -- \"$current\")\n  else\n"
      "    mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n  fi\n}}\ncomplete -o filenames -F _{0} "
      "{1}\n",
      name, program.name, single_quoted(words));
}

std::string zsh_completion(const Program& program) {
  std::string text = fmt::format("#compdef {}\n_arguments \\\n", program.name);
  for (const OptionSpec& option : all_options(program)) {
    const std::string value = option.value.empty() ? "" : ":" + zsh_safe(option.value) + ":_files";
    text +=
        "  " + single_quoted(fmt::format("*--{}[{}]{}", option.name, zsh_safe(option.help), value)) + " \\\n";
  }
  return text + "  '*:file:_files'\n";
}

std::string fish_completion(const Program& program) {
  std::string text;
  for (const OptionSpec& option : all_options(program)) {
    text += fmt::format("complete -c {} -l {}", program.name, option.name);
    if (option.letter != 0) text += fmt::format(" -s {}", option.letter);
    if (!option.value.empty()) text += " -r";
    text += " -d " + single_quoted(option.help) + "\n";
  }
  return text;
}

}  // namespace modelcache::cli
