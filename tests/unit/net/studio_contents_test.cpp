// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/studio_contents.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/scripted_server.hpp"
#include "support/temp_dir.hpp"

#include <cstdlib>
#include <map>

using namespace modelcache;
using namespace modelcache::test;

namespace {

const std::string id_a(40, 'a');
const std::string id_b(40, 'b');

std::string row(const std::string& path, const std::string& type = "file", const std::string& id = id_a) {
  const std::size_t slash = path.rfind('/');
  const std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  return R"({"name":")" + name + R"(","path":")" + path + R"(","type":")" + type + R"(","sha":")" + id +
         R"(","size":3,"last_commit_sha":")" + id_b + R"(","_links":{"self":null},"content":null})";
}

// Answers by what stands behind "/contents".
ScriptedServer::Script contents(std::map<std::string, std::string> answers) {
  return [answers = std::move(answers)](const std::string& request) {
    const std::size_t begin = request.find("/contents") + 9;
    const auto found = answers.find(request.substr(begin, request.find(' ', begin) - begin));
    return ScriptedServer::Reply{found == answers.end() ? http_answer(404, "{}")
                                                        : http_answer(200, found->second)};
  };
}

StudioLimits quick() {
  StudioLimits limits;
  limits.http.attempts = 1;
  limits.http.total = std::chrono::seconds(5);
  return limits;
}

std::map<RelPath, std::optional<Digest>> list(const ScriptedServer& server, std::string_view revision = "",
                                              const StudioLimits& limits = quick()) {
  ::setenv("no_proxy", "127.0.0.1,localhost", 1);
  return list_studio_files({server.url(), "5ecr3t"}, RepoId::parse(RepoType::model, "org/na.me"), revision,
                           limits);
}

Thrown listing(const ScriptedServer& server, const StudioLimits& limits = quick()) {
  return thrown_by([&] { return list(server, "", limits); });
}

// An environment variable for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
  ~Variable() { ::unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("All files of all folders are listed with their ids") {
  ScriptedServer server(
      contents({{"", "[" + row("sub", "dir") + "," + row("a.json") + "," + row("link", "symlink") + "]"},
                {"/sub", "[" + row("sub/de ep", "dir") + "," + row("sub/b", "file", id_b) + "]"},
                {"/sub%2Fde%20ep", "[" + row("sub/de ep/\xc3\xa9#") + "]"}}));
  const auto files = list(server);
  REQUIRE(files.size() == 4);
  CHECK(files.at(*RelPath::parse("a.json"))->hex() == id_a);
  CHECK(files.at(*RelPath::parse("sub/b"))->hex() == id_b);
  CHECK(files.contains(*RelPath::parse("sub/de ep/\xc3\xa9#")));
  CHECK_FALSE(files.at(*RelPath::parse("link")).has_value());
  const auto requests = server.requests();
  REQUIRE(requests.size() == 3);
  CHECK(requests.front().starts_with("GET /api/v1/repos/org/na.me/contents HTTP/1.1\r\n"));
  for (const std::string& request : requests)
    CHECK(request.find("Authorization: token 5ecr3t\r\n") != std::string::npos);
}

TEST_CASE("A revision is asked for by name, but not the client's default") {
  ScriptedServer server(contents({{"", "[]"}, {"?ref=v1%2Fx", "[" + row("a") + "]"}}));
  CHECK(list(server, "v1/x").size() == 1);
  CHECK(list(server, "master").empty());
}

TEST_CASE("A listing that is no git tree's is refused") {
  const std::map<std::string, std::string> table{
      {"not JSON", "<html>"},
      {"cut", "[" + row("a")},
      {"an object", row("a")},
      {"of texts", R"(["a"])"},
      {"without path", R"([{"name":"a","type":"file","sha":")" + id_a + "\"}]"},
      {"path is a number", R"([{"name":"a","path":1,"type":"file","sha":")" + id_a + "\"}]"},
      {"no sha", R"([{"name":"a","path":"a","type":"file","sha":null}]"},
      {"a short sha", "[" + row("a", "file", "abc") + "]"},
      {"a sha in capitals", "[" + row("a", "file", std::string(40, 'A')) + "]"},
      {"a way up", "[" + row("..", "dir") + "]"},
      {"a way up in a path", "[" + row("../a") + "]"},
      {"another folder", "[" + row("other/a") + "]"},
      {"absolute", "[" + row("/a") + "]"},
      {"itself", "[" + row(".", "dir") + "]"},
      {"nothing", "[" + row("") + "]"},
      {"a long name", "[" + row(std::string(300, 'x')) + "]"},
      {"a NUL", R"([{"name":"a\u0000","path":"a\u0000","type":"file","sha":")" +
                     id_a + "\"}]"},
      {"twice", "[" + row("a") + "," + row("a", "file", id_b) + "]"},
      {"a key twice", R"([{"name":"a","name":"a","path":"a","type":"file","sha":")" + id_a + "\"}]"},
      {"deep JSON", "[" + std::string(100, '[')},
      {"a folder that is not there", "[" + row("sub", "dir") + "]"},
  };
  for (const auto& [what, body] : table) {
    CAPTURE(what);
    ScriptedServer server(contents({{"", body}}));
    const Thrown thrown = listing(server);
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.find("5ecr3t") == std::string::npos);
  }
  ScriptedServer server(contents({{"", "[" + row("sub", "dir") + "]"}, {"/sub", row("sub", "file")}}));
  CHECK(listing(server).cause == Cause::refused);
}

TEST_CASE("Folders without end, and entries without end, are refused") {
  // Each folder holds one more of the name "a".
  ScriptedServer endless([](const std::string& request) {
    const std::size_t begin = request.find("/contents") + 9;
    std::string path = request.substr(begin, request.find(' ', begin) - begin);
    for (std::size_t at = 0; (at = path.find("%2F", at)) != std::string::npos;) path.replace(at, 3, "/");
    path = path.empty() ? "a" : path.substr(1) + "/a";
    return ScriptedServer::Reply{http_answer(200, "[" + row(path, "dir") + "]")};
  });
  CHECK(listing(endless).cause == Cause::refused);
  CHECK(endless.requests().size() == 33);

  StudioLimits few = quick();
  few.entries = 2;
  ScriptedServer three(
      contents({{"", "[" + row("a") + "," + row("sub", "dir") + "]"}, {"/sub", "[" + row("sub/c") + "]"}}));
  CHECK(listing(three, few).cause == Cause::refused);
  few.entries = 3;
  CHECK(list(three, "", few).size() == 2);
}

TEST_CASE("No repo, a server that is shut, a broken one") {
  ScriptedServer none(contents({}));
  const Thrown thrown = listing(none);
  CHECK(thrown.cause == Cause::not_found);
  CHECK(thrown.message.find("model/org/na.me") != std::string::npos);
  ScriptedServer shut([](const std::string&) { return ScriptedServer::Reply{http_answer(401, "5ecr3t")}; });
  CHECK(listing(shut).cause == Cause::io);
  CHECK(listing(shut).message.find("5ecr3t") == std::string::npos);
  ScriptedServer broken([](const std::string&) { return ScriptedServer::Reply{http_answer(500, "")}; });
  CHECK(listing(broken).cause == Cause::io);
}

TEST_CASE("The server and the token are found where the client looks") {
  TempDir home;
  home.write(".cache/aistudio/.auth/token", "  from file\n");
  TempDir other;
  other.write(".cache/aistudio/.auth/token", "from other");
  const Variable at_home("HOME", home.path());
  ::unsetenv("STUDIO_GIT_HOST");
  ::unsetenv("AISTUDIO_ACCESS_TOKEN");
  ::unsetenv("AISTUDIO_CACHE_HOME");
  CHECK(find_studio_server().url == "https://git.aistudio.baidu.com");
  CHECK(find_studio_server().token == "from file");
  {
    const Variable cache("AISTUDIO_CACHE_HOME", other.path());
    CHECK(find_studio_server().token == "from other");
    const Variable token("AISTUDIO_ACCESS_TOKEN", " from environment ");
    CHECK(find_studio_server().token == "from environment");
  }
  {
    TempDir empty;
    const Variable cache("AISTUDIO_CACHE_HOME", empty.path());
    CHECK(find_studio_server().token.empty());
  }
  const std::map<std::string, std::string> urls{{"git.example", "https://git.example"},
                                                {"http://127.0.0.1:80/", "http://127.0.0.1:80"},
                                                {"https://git.example/base//", "https://git.example/base"}};
  for (const auto& [text, url] : urls) {
    const Variable host("STUDIO_GIT_HOST", text);
    CHECK(find_studio_server().url == url);
  }
}
