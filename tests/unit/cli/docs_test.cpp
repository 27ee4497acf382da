// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/exit_status.hpp"
#include "modelcache/model/finding.hpp"

#include "support/catch.hpp"

#include <fstream>
#include <set>
#include <sstream>
#include <string>

using namespace modelcache;

namespace {

// The rows of a document's tables that begin with a word in backquotes.
std::multiset<std::string> rows(const std::string& name) {
  std::ifstream file(std::string(MODELCACHE_DOCS) + "/" + name);
  std::multiset<std::string> found;
  for (std::string line; std::getline(file, line);)
    if (line.rfind("| `", 0) == 0) found.insert(line);
  return found;
}

}  // namespace

TEST_CASE("docs/scripting.md lists each finding with its severity and sentence") {
  const auto found = rows("scripting.md");
  REQUIRE(found.size() > finding_table().size());
  for (const FindingInfo& info : finding_table()) {
    std::ostringstream row;
    row << "| `" << info.name << "` | " << to_string(info.severity) << " | " << info.sentence << " |";
    CAPTURE(row.str());
    CHECK(found.count(row.str()) == 1);
  }
}

TEST_CASE("docs/exit-status.md lists each code and no other") {
  const auto found = rows("exit-status.md");
  CHECK(found.size() == cli::exit_codes().size());
  for (const auto& code : cli::exit_codes()) {
    CAPTURE(code.code);
    CHECK(found.count("| `" + code.code + "` | " + code.meaning + " |") == 1);
  }
}
