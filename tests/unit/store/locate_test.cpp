// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/locate.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <pwd.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace modelcache;
using test::TempDir;
using test::thrown_by;

namespace {

using Variables = std::map<std::string, std::string>;

// The variables that choose a place are exactly these, until this goes.
class Environment {
 public:
  explicit Environment(const Variables& variables) {
    for (const char* name : {"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME", "HOME",
                             "AISTUDIO_CACHE_HOME", "MODELSCOPE_CACHE", "MS_CACHE_HOME", "A", "B"}) {
      const char* before = std::getenv(name);
      before_.emplace_back(name, before != nullptr ? std::optional<std::string>(before) : std::nullopt);
      ::unsetenv(name);
    }
    for (const auto& [name, value] : variables) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : before_)
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::pair<std::string, std::optional<std::string>>> before_;
};

std::string working_directory() {
  char buffer[PATH_MAX];
  return ::getcwd(buffer, sizeof buffer);
}

std::string hf_root(const Variables& variables) {
  const Environment environment(variables);
  return default_hf_root();
}

Layout layout_of(const TempDir& temp) {
  const Place place = locate(temp.path());
  CHECK(place.path == temp.path());
  return place.layout;
}

}  // namespace

TEST_CASE("a layout in front of ':' is taken at its word, whatever is there") {
  const TempDir temp;
  temp.make_dir(".git");
  for (const auto& [word, layout] :
       std::vector<std::pair<std::string, Layout>>{{"hf", Layout::hf},
                                                   {"aistudio", Layout::aistudio},
                                                   {"modelscope", Layout::modelscope},
                                                   {"clone", Layout::clone},
                                                   {"dir", Layout::dir}})
    for (const std::string& path : {temp.path(), std::string("/nowhere/at/all"), std::string("relative/x"),
                                    std::string("a:b"), std::string("dir:x"), std::string(" ")}) {
      std::string text = word + ":";
      text += path;
      const Place place = locate(text);
      CHECK(place.layout == layout);
      CHECK(place.path == path);
      CHECK(place.text() == text);
      CHECK(to_string(layout) == word);
    }
}

TEST_CASE("a layout alone is that client's default, where it has one") {
  const Environment environment(Variables{{"HOME", "/home/nobody-here"}});
  CHECK(locate("hf:").text() == "hf:/home/nobody-here/.cache/huggingface/hub");
  CHECK(locate("aistudio:").text() == "aistudio:/home/nobody-here/.cache/aistudio/hub");
  CHECK(locate("modelscope:").text() == "modelscope:/home/nobody-here/.cache/modelscope");
  for (const char* text : {"clone:", "dir:"}) {
    const auto thrown = thrown_by([&] { return locate(text); });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("needs a path") != std::string::npos);
  }
}

TEST_CASE("a bare path is recognised by the names in it") {
  struct Case {
    std::vector<std::string> directories;
    std::vector<std::string> files;
    Layout layout;
  };
  const std::vector<Case> cases = {
      {{}, {}, Layout::dir},
      {{"models--org--demo"}, {}, Layout::hf},
      {{"datasets--x"}, {}, Layout::hf},
      {{"spaces--x", "blobs", ".locks"}, {"CACHEDIR.TAG"}, Layout::hf},
      {{"kernels--x"}, {}, Layout::hf},
      {{".git"}, {"config.json"}, Layout::clone},
      {{"sub"}, {".git"}, Layout::clone},                        // a linked worktree or a submodule
      {{"objects", "refs"}, {"HEAD", "config"}, Layout::clone},  // bare
      {{"onnx", ".cache"}, {"config.json", "model.safetensors"}, Layout::dir},
      {{"objects"}, {}, Layout::dir},
      {{}, {"HEAD", "objects"}, Layout::dir},
      {{"model--x", "modelx--y", "--", "a--b"}, {}, Layout::dir},
      {{}, {"models--org--demo"}, Layout::dir},                              // a file of that name is no repo
      {{"org/name/sub/deeper"}, {"org/name/sub/deeper/.msc"}, Layout::dir},  // too deep for a cache root
  };
  for (const Case& one : cases) {
    const TempDir temp;
    for (const std::string& name : one.directories) temp.make_dir(name);
    for (const std::string& name : one.files) temp.write(name, "");
    CAPTURE(one.directories, one.files);
    CHECK(layout_of(temp) == one.layout);
  }
}

TEST_CASE("a path that could be two things is refused with both spellings") {
  const auto refused = [](const TempDir& temp, const std::string& one, const std::string& other) {
    const auto thrown = thrown_by([&] { return locate(temp.path()); });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find(one + ":" + temp.path()) != std::string::npos);
    CHECK(thrown.message.find(other + ":" + temp.path()) != std::string::npos);
  };
  const TempDir versioned;
  versioned.make_dir(".git");
  versioned.make_dir("models--org--demo");
  refused(versioned, "hf", "clone");
  for (const char* index :
       {".msc", ".mdl", "org/name/.msc", "models/org/name/.mdl", "hub/models/org/name/.msc"}) {
    const TempDir indexed;
    indexed.write(index, "");
    refused(indexed, "aistudio", "modelscope");
    const std::string version = std::string(index).substr(0, std::string(index).rfind('.')) + ".mv";
    indexed.write(version, "Revision:, odd");
    refused(indexed, "aistudio", "modelscope");
  }
  const TempDir both;
  both.write("models/org/name/.msc", "");
  both.make_dir("models/._tmp");
  both.make_dir("models/._____temp");
  refused(both, "aistudio", "modelscope");
}

TEST_CASE("what only one client writes tells its tree") {
  const std::string commit(40, 'a');
  struct Case {
    std::vector<std::pair<std::string, std::string>> files;
    Layout layout;
  };
  const std::vector<Case> cases = {
      {{{"models/o/n/.msc", ""}, {"models/o/n/.mv", "Revision:" + commit + ",CreatedAt:unknown"}},
       Layout::aistudio},
      {{{".msc", ""}, {".mv", "Revision:" + commit + ",CreatedAt:unknown"}}, Layout::aistudio},
      {{{"models/o/n/.mdl", ""}, {"models/o/n/.mv", "Revision:master,CreatedAt:1700000000"}},
       Layout::modelscope},
      {{{"datasets/o/n/.msc", ""}, {"datasets/o/n/.mv", "master"}}, Layout::modelscope},
      {{{"hub/models/o/n/.msc", ""}, {"hub/models/o/n/.mv", "Revision:v1,CreatedAt:1"}}, Layout::modelscope},
      {{{"models/o/n/.msc", ""}, {"models/._tmp/o/n/x", ""}}, Layout::aistudio},
      {{{"o/n/.msc", ""}, {"._____temp/o/n/x", ""}}, Layout::modelscope},
      {{{"models/o--n/snapshots/master/x", ""}}, Layout::modelscope},
      {{{"skills/o--n/snapshots/master/x", ""}}, Layout::modelscope},
      {{{"models/n/blobs/x", ""}, {"models/n/snapshots/master/c/x", ""}}, Layout::aistudio},
      // Alone these are names like others.
      {{{"._tmp/x", ""}}, Layout::dir},
      {{{"._____temp/x", ""}}, Layout::dir},
      {{{".mv", "Revision:" + commit + ",CreatedAt:unknown"}}, Layout::dir},
      {{{"other/o--n/snapshots/master/x", ""}}, Layout::dir},
  };
  for (const Case& one : cases) {
    const TempDir temp;
    for (const auto& [name, content] : one.files) temp.write(name, content);
    CAPTURE(one.files);
    CHECK(layout_of(temp) == one.layout);
  }
}

TEST_CASE("links in a directory are not followed to recognise it") {
  const TempDir outside;
  outside.write(".msc", "");
  const TempDir temp;
  temp.link(outside.path(), "org");
  CHECK(layout_of(temp) == Layout::dir);
}

TEST_CASE("a path that is not there is not found, one that is a file is a usage error") {
  const TempDir temp;
  temp.write("file", "");
  CHECK(thrown_by([&] { return locate(temp.path("nowhere")); }).cause == Cause::not_found);
  CHECK(thrown_by([&] { return locate(temp.path("file")); }).cause == Cause::usage);
  CHECK(thrown_by([&] { return locate(temp.path("file/below")); }).cause == Cause::not_found);
  CHECK(thrown_by([] { return locate(""); }).cause == Cause::not_found);
  CHECK(thrown_by([&] { return locate(std::string_view("a\0b", 3)); }).cause == Cause::not_found);
}

TEST_CASE("a word before ':' that is no layout is told, unless such a path exists") {
  for (const char* text : {"hg:x", "HF:x", "hub:/tmp", ":x", "c:", "hf :x"}) {
    const auto thrown = thrown_by([&] { return locate(text); });
    CAPTURE(text);
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("is no layout") != std::string::npos);
  }
  const TempDir temp;
  temp.make_dir("a:b/models--x");
  CHECK(locate(temp.path("a:b")).layout == Layout::hf);
  // A colon behind a slash is part of a path.
  CHECK(thrown_by([&] { return locate(temp.path("c:d")); }).cause == Cause::not_found);
}

TEST_CASE("the hub's root follows the client's variables, the first that is set wins") {
  const std::string cwd = working_directory();
  const Variables all = {{"HF_HUB_CACHE", "/1"},
                         {"HUGGINGFACE_HUB_CACHE", "/2"},
                         {"HF_HOME", "/3"},
                         {"XDG_CACHE_HOME", "/4"},
                         {"HOME", "/5"}};
  const std::vector<std::pair<std::string, std::string>> in_turn = {{"HF_HUB_CACHE", "/1"},
                                                                    {"HUGGINGFACE_HUB_CACHE", "/2"},
                                                                    {"HF_HOME", "/3/hub"},
                                                                    {"XDG_CACHE_HOME", "/4/huggingface/hub"},
                                                                    {"HOME", "/5/.cache/huggingface/hub"}};
  Variables left = all;
  for (const auto& [name, root] : in_turn) {
    CHECK(hf_root(left) == root);
    left.erase(name);
  }
  CHECK(hf_root({}) == std::string(::getpwuid(::getuid())->pw_dir) + "/.cache/huggingface/hub");
}

TEST_CASE("'~', variables and empty values mean to us what they mean to the hub's client") {
  const std::string cwd = working_directory();
  const std::string root_home = ::getpwuid(0)->pw_dir;
  const std::vector<std::pair<Variables, std::string>> cases = {
      {{{"HF_HUB_CACHE", "~"}}, "/h"},
      {{{"HF_HUB_CACHE", "~/x"}}, "/h/x"},
      {{{"HUGGINGFACE_HUB_CACHE", "~/x"}}, "/h/x"},
      {{{"HF_HOME", "~/x"}}, "/h/x/hub"},
      {{{"XDG_CACHE_HOME", "~/x"}}, "/h/x/huggingface/hub"},
      {{{"HF_HUB_CACHE", "~root/x"}}, root_home + "/x"},
      {{{"HF_HUB_CACHE", "~no-such-user/x"}}, cwd + "/~no-such-user/x"},
      {{{"HF_HUB_CACHE", "/a/~/x"}}, "/a/~/x"},
      {{{"HF_HUB_CACHE", "$A/x"}, {"A", "/v"}}, "/v/x"},
      {{{"HF_HUB_CACHE", "/u/${A}x"}, {"A", "v"}}, "/u/vx"},
      {{{"HF_HUB_CACHE", "/u/$A-x$B"}, {"A", "v"}, {"B", ""}}, "/u/v-x"},
      {{{"HF_HUB_CACHE", "/u/$UNSET_HERE/x"}}, "/u/$UNSET_HERE/x"},
      {{{"HF_HUB_CACHE", "/u/${A"}, {"A", "v"}}, "/u/${A"},
      {{{"HF_HUB_CACHE", "/u/$"}}, "/u/$"},
      {{{"HF_HUB_CACHE", "/u/$$A"}, {"A", "v"}}, "/u/$v"},
      {{{"HF_HUB_CACHE", "/u/${}"}}, "/u/${}"},
      {{{"HF_HUB_CACHE", "/u/${$A}"}, {"A", "v"}}, "/u/${$A}"},
      {{{"HF_HOME", "$A"}, {"A", "/v"}}, "/v/hub"},
      {{{"XDG_CACHE_HOME", "$A"}, {"A", "/v"}}, "/v/huggingface/hub"},
      // "~" comes before variables, so one inside a variable stays; a variable's own text is looked at again
      // when the root is made from the home.
      {{{"HF_HUB_CACHE", "$A/x"}, {"A", "~"}}, cwd + "/~/x"},
      {{{"HF_HUB_CACHE", "/u/$A"}, {"A", "$B"}, {"B", "v"}}, "/u/$B"},
      {{{"HF_HOME", "/u/$A"}, {"A", "$B"}, {"B", "v"}}, "/u/v/hub"},
      {{{"HF_HOME", "$A"}, {"A", "~/x"}}, "/h/x/hub"},
      {{{"HF_HUB_CACHE", ""}}, cwd},
      {{{"HUGGINGFACE_HUB_CACHE", ""}}, cwd},
      {{{"HF_HOME", ""}}, cwd + "/hub"},
      {{{"XDG_CACHE_HOME", ""}}, cwd + "/huggingface/hub"},
      {{{"HOME", ""}}, "/.cache/huggingface/hub"},
      {{{"HOME", "/"}}, "/.cache/huggingface/hub"},
      {{{"HOME", "/x/"}, {"HF_HUB_CACHE", "~/y"}}, "/x/y"},
      {{{"HOME", "/"}, {"HF_HUB_CACHE", "~"}}, "/"},
      {{{"HF_HUB_CACHE", "relative/x"}}, cwd + "/relative/x"},
      {{{"HF_HUB_CACHE", "./x/../y/"}}, cwd + "/y"},
      {{{"HF_HUB_CACHE", "/a//b/"}}, "/a/b"},
      {{{"HF_HUB_CACHE", "//a/b"}}, "/a/b"},
      {{{"HF_HUB_CACHE", "$HOME/x"}, {"HOME", "/"}}, "/x"},
      {{{"HF_HUB_CACHE", "///"}}, "/"},
      {{{"HF_HUB_CACHE", " /a"}}, cwd + "/ /a"}};
  for (const auto& [variables, root] : cases) {
    Variables with_home = variables;
    with_home.emplace("HOME", "/h");
    CAPTURE(variables);
    CHECK(hf_root(with_home) == root);
  }
}

TEST_CASE("the default root is where links lead, as far as it exists") {
  const TempDir temp;
  temp.make_dir("real/hub");
  temp.link("real", "link");
  CHECK(hf_root({{"HF_HOME", temp.path("link")}}) == temp.path("real/hub"));
  CHECK(hf_root({{"HF_HUB_CACHE", temp.path("link/new/deeper")}}) == temp.path("real/new/deeper"));
  CHECK(hf_root({{"HF_HUB_CACHE", temp.path("link/../real/hub")}}) == temp.path("real/hub"));
  const Environment environment(Variables{{"HF_HOME", temp.path("link")}});
  CHECK(default_hf_home() == temp.path("real"));
}

TEST_CASE("an absolute path is one spelling, whatever was typed, and looks at no link") {
  const std::string cwd = working_directory();
  const std::vector<std::pair<std::string, std::string>> cases = {{"/", "/"},
                                                                  {"//", "/"},
                                                                  {"///a", "/a"},
                                                                  {"/a/", "/a"},
                                                                  {"/a/.", "/a"},
                                                                  {"/a/./", "/a"},
                                                                  {"/a//b", "/a/b"},
                                                                  {"/a/../b", "/b"},
                                                                  {"/..", "/"},
                                                                  {"/../../a", "/a"},
                                                                  {"/..a", "/..a"},
                                                                  {"/a/..", "/"},
                                                                  {"", cwd},
                                                                  {".", cwd},
                                                                  {"./", cwd},
                                                                  {"a", cwd + "/a"},
                                                                  {"a/../b/", cwd + "/b"},
                                                                  {"~", cwd + "/~"},
                                                                  {"/a/b.", "/a/b."},
                                                                  {"/a/...", "/a/..."},
                                                                  {"/\xff", "/\xff"}};
  for (const auto& [typed, path] : cases) {
    CAPTURE(typed);
    CHECK(absolute_path(typed) == path);
  }
  const TempDir temp;
  temp.make_dir("real/sub");
  temp.link("real", "link");
  CHECK(absolute_path(temp.path("link/sub/")) == temp.path("link/sub"));
  CHECK(real_path(temp.path("link/sub/")) == temp.path("real/sub"));
  CHECK(real_path(temp.path("link/new/")) == temp.path("real/new"));
}

TEST_CASE("the other clients' roots follow their own variables") {
  const auto roots = [](const Variables& variables) {
    const Environment environment(variables);
    return std::pair(default_aistudio_root(), default_modelscope_root());
  };
  const std::string cwd = working_directory();
  CHECK(roots({{"HOME", "/h"}}) ==
        std::pair(std::string("/h/.cache/aistudio/hub"), std::string("/h/.cache/modelscope")));
  CHECK(roots({{"HOME", "/h"}, {"AISTUDIO_CACHE_HOME", "/a"}, {"MODELSCOPE_CACHE", "/m"}}) ==
        std::pair(std::string("/a"), std::string("/m")));
  CHECK(roots({{"HOME", "/h"}, {"AISTUDIO_CACHE_HOME", "~/a"}, {"MODELSCOPE_CACHE", "~/m"}}) ==
        std::pair(std::string("/h/a"), std::string("/h/m")));
  CHECK(roots({{"HOME", "/h"}, {"AISTUDIO_CACHE_HOME", ""}, {"MODELSCOPE_CACHE", ""}}) ==
        std::pair(cwd, std::string("/h/.cache/modelscope")));
  CHECK(roots({{"HOME", "/h"}, {"MS_CACHE_HOME", "~/ms"}}).second == "/h/ms");
  CHECK(roots({{"HOME", "/h"}, {"MS_CACHE_HOME", "/ms"}, {"MODELSCOPE_CACHE", "/m"}}).second == "/m");
  const auto blobs_root = [](const Variables& variables) {
    const Environment environment(variables);
    return default_aistudio_blobs_root();
  };
  CHECK(blobs_root({{"HOME", "/h"}}) == "/h/.cache/aistudio");
  CHECK(blobs_root({{"HOME", "/h"}, {"AISTUDIO_CACHE_HOME", "/a"}}) == "/a/.cache/aistudio");
  CHECK(blobs_root({{"HOME", "/h"}, {"AISTUDIO_CACHE_HOME", ""}}) == cwd + "/.cache/aistudio");
}

TEST_CASE("default places are those that exist now, in their order") {
  const TempDir temp;
  const Environment environment(Variables{{"HOME", temp.path()}});
  CHECK(default_places().empty());
  temp.make_dir(".cache/modelscope");
  temp.make_dir(".cache/huggingface/hub");
  temp.write(".cache/aistudio/hub", "a file is no place");
  const std::vector<Place> places = default_places();
  REQUIRE(places.size() == 2);
  CHECK(places[0].text() == "hf:" + temp.path(".cache/huggingface/hub"));
  CHECK(places[1].text() == "modelscope:" + temp.path(".cache/modelscope"));
}

TEST_CASE("AI Studio has a second default place where releases before 0.3 left repos") {
  const TempDir temp;
  const Environment environment(Variables{{"HOME", temp.path()}});
  temp.make_dir(".cache/aistudio/hub/models");
  CHECK(default_places().size() == 1);
  temp.write(".cache/aistudio/models/name/blobs/x", "");
  const std::vector<Place> places = default_places();
  REQUIRE(places.size() == 2);
  CHECK(places[0].text() == "aistudio:" + temp.path(".cache/aistudio/hub"));
  CHECK(places[1].text() == "aistudio:" + temp.path(".cache/aistudio"));
}

TEST_CASE("a path lies in a directory by whatever name, and not in one that only begins alike") {
  const TempDir temp;
  temp.make_dir("outer/inner");
  temp.make_dir("outer-2");
  temp.link("outer", "alias");
  const std::string outer = temp.path("outer");
  for (const char* inside : {"outer", "outer/", "outer/inner", "outer/absent/deep", "alias", "alias/inner",
                             "outer-2/../outer/x", "alias/absent"}) {
    CAPTURE(inside);
    CHECK(lies_in(temp.path(inside), outer));
  }
  for (const char* outside : {"outer-2", "outer/..", "absent", "outer-2/outer"}) {
    CAPTURE(outside);
    CHECK_FALSE(lies_in(temp.path(outside), outer));
  }
  CHECK(lies_in(outer, "/"));
  CHECK_FALSE(lies_in("/", outer));
}
