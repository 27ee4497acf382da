// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/program.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"

#include <string>
#include <vector>

using namespace modelcache;
using namespace modelcache::cli;
using modelcache::test::thrown_by;

namespace {

Program sample() {
  Program program;
  program.name = "sample";
  program.summary = "show how a program looks";
  program.usage = "[OPTION...] PLACE\n--answer REPO FILE";
  program.description = "One paragraph.\n.dots, 'quotes' and back\\slashes";
  program.options = {{"answer", 0, "REPO FILE", "two words"},
                     {"limit", 'l', "N", "a number"},
                     {"mode", 0, "fast|slow", "one of two"},
                     {"to", 0, "PLACE", "a place"}};
  program.examples = {{"sample -l 3", "three"}};
  return program;
}

Arguments parse(const std::vector<const char*>& words) {
  std::vector<const char*> argv{"sample"};
  argv.insert(argv.end(), words.begin(), words.end());
  return parse_arguments(sample(), static_cast<int>(argv.size()), argv.data());
}

std::size_t occurrences(const std::string& text, const std::string& what) {
  std::size_t count = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("long, short, glued and repeated options are read in the order typed") {
  const Arguments arguments = parse({"-vv", "a", "--to=x", "-l7", "--to", "y", "-", "--verbose", "-0"});
  CHECK(arguments.count("verbose") == 3);
  CHECK(arguments.texts("to") == std::vector<std::string>{"x", "y"});
  CHECK(arguments.text("to") == "y");
  CHECK(arguments.number("limit") == 7U);
  CHECK(arguments.has("null"));
  CHECK_FALSE(arguments.has("json"));
  CHECK(arguments.positional() == std::vector<std::string>{"a", "-"});
  CHECK_FALSE(arguments.text("mode").has_value());
}

TEST_CASE("two dashes end the options, and empty words stay words") {
  const Arguments arguments = parse({"--to", "", "--", "--json", "", "-v"});
  CHECK(arguments.positional() == std::vector<std::string>{"--json", "", "-v"});
  CHECK(arguments.text("to") == "");
  CHECK_FALSE(arguments.has("json"));
}

TEST_CASE("nothing is guessed: abbreviations, unknown options and odd values are usage errors") {
  const std::vector<std::vector<const char*>> bad = {
      {"--lim", "3"}, {"--nosuch"}, {"-x"}, {"--json=yes"}, {"--limit"}, {"--limit="}, {"--positional", "x"}};
  for (const auto& words : bad) {
    CAPTURE(words.front());
    CHECK(thrown_by([&] { return parse(words); }).cause == Cause::usage);
  }
  CHECK(thrown_by([] { return parse({"--\xff\x1b[2J"}); }).message.find('\x1b') == std::string::npos);
}

TEST_CASE("an option of two words takes the next free word, wherever places stand") {
  using Pair = Arguments::Pair;
  CHECK(parse({"--answer", "org/m", "f.txt", "hf:x"}).pair("answer") == Pair{"org/m", "f.txt"});
  const Arguments behind = parse({"hf:x", "--answer", "org/m", "--json", "f.txt"});
  CHECK(behind.pair("answer") == Pair{"org/m", "f.txt"});
  CHECK(behind.positional() == std::vector<std::string>{"hf:x"});
  CHECK(parse({"--answer", "org/m", "--", "-f"}).pair("answer") == Pair{"org/m", "-f"});
  CHECK_FALSE(parse({"x"}).pair("answer").has_value());
  CHECK(thrown_by([] { return parse({"x", "--answer", "org/m"}).pair("answer"); }).cause == Cause::usage);
  CHECK(thrown_by([] {
          return parse({"--answer", "a", "b", "--answer", "c", "d"}).pair("answer");
        }).cause == Cause::usage);
}

TEST_CASE("getters refuse what is not of their kind, naming the option and the value") {
  for (const char* text : {"", "-1", "1.5", "12345678901234567890", "0x10", " 1", "ten"}) {
    CAPTURE(text);
    const auto thrown = thrown_by([&] { return parse({"--limit", text}).number("limit"); });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message == "--limit takes a number, not '" + std::string(text) + "'");
  }
  CHECK(thrown_by([] { return parse({"--wait", "soon"}).age("wait"); }).message.find("--wait") == 0);
  CHECK(parse({"--wait", "2min"}).age("wait") == std::chrono::seconds(120));
  CHECK(parse({}).choice("mode", {"fast", "slow"}) == "fast");
  CHECK(parse({"--mode", "slow"}).choice("mode", {"fast", "slow"}) == "slow");
  CHECK(thrown_by([] {
          return parse({"--mode", "no"}).choice("mode", {"fast", "slow"});
        }).message == "--mode takes one of fast, slow, not 'no'");
}

TEST_CASE("only a program that changes things has --dry-run") {
  Program program = sample();
  CHECK(help_text(program).find("--dry-run") == std::string::npos);
  program.effect = Effect::changes;
  CHECK(help_text(program).find("-n, --dry-run") != std::string::npos);
}

TEST_CASE("help, man page and completions name each option, and the first two end with each exit code") {
  const Program program = sample();
  const std::string help = help_text(program);
  const std::string page = manual_page(program);
  REQUIRE(all_options(program).size() > 12);
  for (const OptionSpec& option : all_options(program)) {
    CAPTURE(option.name);
    CHECK(help.find(" --" + option.name) != std::string::npos);
    CHECK(bash_completion(program).find("--" + option.name) != std::string::npos);
    CHECK(zsh_completion(program).find("--" + option.name + "[") != std::string::npos);
    CHECK(fish_completion(program).find("-l " + option.name + " ") != std::string::npos);
    std::string dashed;
    for (const char c : option.name) dashed += c == '-' ? std::string("\\-") : std::string(1, c);
    CHECK(page.find("\\-\\-" + dashed + "\\fR") != std::string::npos);
  }
  const std::string table = help.substr(help.find("\nExit status:\n"));
  CHECK(occurrences(table, "\n") == exit_codes().size() + 2);
  for (const ExitCode& code : exit_codes()) {
    CHECK(table.find("  " + code.code + " ") != std::string::npos);
    CHECK(table.find(code.meaning + "\n") != std::string::npos);
  }
  CHECK(page.find(".SH EXIT STATUS") != std::string::npos);
}

TEST_CASE("a man page says what was meant where the text has roff's own characters") {
  const std::string page = manual_page(sample());
  CHECK(page.find("\n\\&.dots, 'quotes' and back\\eslashes\n") != std::string::npos);
  CHECK(page.find(".B sample\n[OPTION...] PLACE\n.br\n.B sample\n\\-\\-answer REPO FILE\n") !=
        std::string::npos);
}

TEST_CASE("help keeps to 100 columns and lists each way to call the program") {
  Program program = sample();
  std::string sentence;
  for (int i = 0; i < 60; ++i) sentence += "words ";
  program.options.push_back({"long", 0, "", sentence});
  program.description = sentence;
  std::string line;
  for (const char c : help_text(program)) {
    if (c != '\n') {
      line += c;
      continue;
    }
    CHECK(line.size() <= 100);
    line.clear();
  }
  CHECK(help_text(program).find("Usage: sample [OPTION...] PLACE\n       sample --answer REPO FILE\n") !=
        std::string::npos);
}

TEST_CASE("completions offer the words that a value can be") {
  CHECK(bash_completion(sample()).find("--mode) words='fast slow' ;;") != std::string::npos);
  CHECK(zsh_completion(sample()).find(":mode:(fast slow)'") != std::string::npos);
  CHECK(fish_completion(sample()).find("-l mode -x -a 'fast slow'") != std::string::npos);
  CHECK(fish_completion(sample()).find("-l to -r ") != std::string::npos);
}

TEST_CASE("the version names the program first and then each library") {
  Program program = sample();
  program.libraries = {"libsample 1.2.3"};
  const std::string text = version_text(program);
  CHECK(text.rfind("sample ", 0) == 0);
  for (const char* library : {"libsample 1.2.3", "OpenSSL", "Boost", "nlohmann/json", "fmt"})
    CHECK(text.find(library) != std::string::npos);
}
