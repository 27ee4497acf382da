// SPDX-License-Identifier: Apache-2.0
// default_hub_is_the_clients.sh compares far more environments with the client itself.
#include "modelcache/net/hub_server.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <map>

using namespace modelcache;
using namespace modelcache::test;

namespace {

// The variables that count, for one test: those named, and no other.
using Variables = std::map<std::string, std::string>;
class Environment {
 public:
  explicit Environment(const Variables& variables) {
    clear();
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() { clear(); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  static void clear() {
    for (const char* name : {"HF_ENDPOINT", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME",
                             "XDG_CACHE_HOME", "HF_HUB_DISABLE_IMPLICIT_TOKEN", "HUGGINGFACE_CO_STAGING",
                             "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"})
      ::unsetenv(name);
  }
};

}  // namespace

TEST_CASE("The token comes from the first place that has one") {
  TempDir home;
  home.write("token", " of-\r\nfile\n");
  const std::string file = home.path() + "/token";
  struct Row {
    Variables variables;
    std::string token;
  };
  const std::vector<Row> table{
      {{{"HF_HOME", home.path()}}, "of-file"},
      {{{"HF_TOKEN_PATH", file}, {"HF_HOME", "/none"}}, "of-file"},
      {{{"HF_TOKEN", "\thf_a "}, {"HF_TOKEN_PATH", file}}, "hf_a"},
      {{{"HUGGING_FACE_HUB_TOKEN", "hf_b"}, {"HF_TOKEN_PATH", file}}, "hf_b"},
      {{{"HF_TOKEN", "hf_a"}, {"HUGGING_FACE_HUB_TOKEN", "hf_b"}}, "hf_a"},
      {{{"HF_TOKEN", ""}, {"HUGGING_FACE_HUB_TOKEN", "hf_b"}}, "hf_b"},
      // A blank one counts where the client looks for one, and is then none.
      {{{"HF_TOKEN", " "}, {"HUGGING_FACE_HUB_TOKEN", "hf_b"}, {"HF_TOKEN_PATH", file}}, "of-file"},
      {{{"HF_TOKEN", "hf_a"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "yes"}}, ""},
      {{{"HF_TOKEN", "hf_a"}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "0"}}, "hf_a"},
      {{{"HF_HOME", home.path() + "/none"}}, ""},
      {{{"HF_TOKEN_PATH", file + "/below"}}, ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.token);
    const Environment environment(row.variables);
    CHECK(find_hub_server().token == row.token);
  }
}

TEST_CASE("A token's file that is none is told, not read") {
  TempDir home;
  home.write("long", std::string(4097, 'x'));
  home.fifo("fifo");
  for (const char* name : {"/long", "/fifo", ""}) {
    CAPTURE(name);
    const Environment environment(Variables{{"HF_TOKEN_PATH", home.path() + name}});
    CHECK(thrown_by([] { return find_hub_server(); }).cause == Cause::refused);
  }
}

TEST_CASE("The hub is the one that HF_ENDPOINT names") {
  const std::map<std::string, std::string> table{{"http://h:1/", "http://h:1"},
                                                 {"https://h/base//", "https://h/base"}};
  for (const auto& [text, url] : table) {
    const Environment environment(Variables{{"HF_ENDPOINT", text}, {"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}});
    CHECK(find_hub_server().url == url);
  }
  const Environment environment(Variables{{"HF_HUB_DISABLE_IMPLICIT_TOKEN", "1"}});
  CHECK(find_hub_server().url == "https://huggingface.co");
}

TEST_CASE("Offline is what the client takes for it") {
  for (const char* word : {"1", "on", "Yes", "TRUE"}) {
    for (const char* variable : {"HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"}) {
      const Environment environment(Variables{{variable, word}});
      CHECK(is_hub_offline());
    }
  }
  for (const char* word : {"", "0", "2", "y", " 1", "no"}) {
    const Environment environment(Variables{{"HF_HUB_OFFLINE", word}});
    CHECK_FALSE(is_hub_offline());
  }
  {
    const Environment environment(Variables{{"HF_HUB_OFFLINE", "0"}, {"TRANSFORMERS_OFFLINE", "1"}});
    CHECK_FALSE(is_hub_offline());
  }
  const Environment environment(Variables{{"HF_HUB_OFFLINE", ""}, {"TRANSFORMERS_OFFLINE", "1"}});
  CHECK(is_hub_offline());
}
