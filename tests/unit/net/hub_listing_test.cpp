// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/hub_listing.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/scripted_server.hpp"

#include <cstdlib>
#include <map>

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

const std::string commit = "0123456789abcdef0123456789abcdef01234567";
const std::string id_a(40, 'a');
const std::string sha_a(64, 'b');
const std::string xet(64, 'c');
const std::string info = R"({"id":"org/na.me","sha":")" + commit + R"(","siblings":[{"rfilename":"a"}]})";
const std::string tree_path = "/api/models/org/na.me/tree/" + commit;
const std::string first_page = tree_path + "?recursive=true&expand=false";
const std::string revision_path = "/api/models/org/na.me/revision/";

std::string file(const std::string& path, const std::string& more = {}) {
  return R"({"type":"file","path":")" + path + R"(","oid":")" + id_a + R"(","size":3)" + more + "}";
}
std::string folder(const std::string& path) {
  return R"({"type":"directory","path":")" + path + R"(","oid":")" + id_a + R"(","size":0})";
}
const std::string lfs = R"(,"lfs":{"oid":")" + sha_a + R"(","size":3,"pointerSize":127})";

std::string target_of(const std::string& request) {
  return request.substr(4, request.find(' ', 4) - 4);
}

std::string next_link(const std::string& url, const std::string& relation = "next") {
  return "Link: <" + url + ">; rel=\"" + relation + "\"\r\n";
}

std::string refusal(int status, const std::string& code) {
  return http_answer(status, R"({"error":"5ecr3t"})", code.empty() ? "" : "X-Error-Code: " + code + "\r\n");
}

// Answers by what is asked for.
ScriptedServer::Script answers(std::map<std::string, std::string> table) {
  return [table = std::move(table)](const std::string& request) {
    const auto found = table.find(target_of(request));
    return ScriptedServer::Reply{found == table.end() ? refusal(404, "") : found->second};
  };
}

// The listing in one page, of "main".
ScriptedServer::Script one_page(const std::string& body, const std::string& headers = {}) {
  return answers(
      {{revision_path + "main", http_answer(200, info)}, {first_page, http_answer(200, body, headers)}});
}

HubLimits quick() {
  HubLimits limits;
  limits.http.attempts = 2;
  limits.http.first_pause = 1ms;
  limits.http.longest_pause = 100ms;
  limits.http.total = 5s;
  limits.http.silence = 1s;
  return limits;
}

HubListing list(const ScriptedServer& server, std::string_view revision = "main",
                const HubLimits& limits = quick()) {
  ::setenv("no_proxy", "127.0.0.1,localhost", 1);
  return list_hub_files({server.url(), "5ecr3t"}, RepoId::parse(RepoType::model, "org/na.me"), revision,
                        limits);
}

Thrown listing(const ScriptedServer& server, std::string_view revision = "main",
               const HubLimits& limits = quick()) {
  return thrown_by([&] { return list(server, revision, limits); });
}

// What must hold of every failure.
void check_message(const Thrown& thrown) {
  CAPTURE(thrown.message);
  CHECK(thrown.message.starts_with("cannot "));
  CHECK(thrown.message.find("5ecr3t") == std::string::npos);
  CHECK(thrown.message.find('?') == std::string::npos);
}

}  // namespace

TEST_CASE("All pages of a commit's tree make one listing") {
  std::map<std::string, std::string> table{{revision_path + "main", http_answer(200, info)}};
  ScriptedServer server([&](const std::string& request) { return answers(table)(request); });
  const std::string second = tree_path + "?cursor=2";
  const std::string third = "/api/models/org/renamed/tree/" + commit + "?cursor=3%3D";
  table[first_page] =
      http_answer(200, "[" + folder("d") + "," + file("d/x", lfs + R"(,"xetHash":")" + xet + "\"") + "]",
                  next_link(server.url() + second));
  table[second] =
      http_answer(200, "[]", next_link(server.url() + first_page, "prev") + next_link(server.url() + third));
  table[third] = http_answer(200, "[" + file("b\xc3\xa4") + "," + file("a", lfs) + "]");
  const HubListing listing = list(server);
  CHECK(listing.commit == commit);
  REQUIRE(listing.tree.files.size() == 3);
  CHECK(listing.tree.files[0].path.bytes() == "a");
  CHECK(listing.tree.files[0].content().hex() == sha_a);
  CHECK(listing.tree.files[1].path.bytes() == "b\xc3\xa4");
  CHECK(listing.tree.files[1].content().hex() == id_a);
  CHECK(listing.tree.files[2].xet_hash == xet);
  REQUIRE(server.requests().size() == 4);
  for (const std::string& request : server.requests())
    CHECK(request.find("Authorization: Bearer 5ecr3t\r\n") != std::string::npos);
}

TEST_CASE("A revision is asked for by name, a commit at once, and kinds have their places") {
  ScriptedServer server(answers(
      {{revision_path + "refs%2Fpr%2F1%20%23%C3%A4", http_answer(200, info)},
       {revision_path + "main", http_answer(200, info)},
       {first_page, http_answer(200, "[" + file("a") + "]")},
       {"/api/datasets/squad/tree/" + commit + "?recursive=true&expand=false", http_answer(200, "[]")}}));
  CHECK(list(server, "refs/pr/1 #\xc3\xa4").tree.files.size() == 1);
  CHECK(list(server, "").commit == commit);
  CHECK(server.requests().size() == 4);
  CHECK(list(server, commit).tree.files.size() == 1);
  CHECK(server.requests().size() == 5);
  const HubListing other =
      list_hub_files({server.url(), ""}, RepoId::parse(RepoType::dataset, "squad"), commit, quick());
  CHECK(other.tree.files.empty());
  CHECK(server.requests().back().find("uthorization") == std::string::npos);
  for (const char* revision : {".", ".."}) CHECK(listing(server, revision).cause == Cause::usage);
  CHECK(server.requests().size() == 6);
}

TEST_CASE("A hub that has enough of us is asked again") {
  std::size_t count = 0;
  ScriptedServer server([&](const std::string& request) {
    ++count;
    if (count == 2) return ScriptedServer::Reply{http_answer(429, "", "Retry-After: 1\r\n")};
    if (count == 3) return ScriptedServer::Reply{http_answer(429, "", "RateLimit: \"api\"; r=0; t=30\r\n")};
    return one_page("[" + file("a") + "]")(request);
  });
  const auto start = std::chrono::steady_clock::now();
  HubLimits limits = quick();
  limits.http.attempts = 3;
  CHECK(list(server, "main", limits).tree.files.size() == 1);
  CHECK(std::chrono::steady_clock::now() - start >= 200ms);  // both headers were heard
  CHECK(count == 4);
}

TEST_CASE("A hub that is broken, silent or endless costs what the limits say") {
  HubLimits limits = quick();
  limits.http.attempts = 3;
  ScriptedServer broken([](const std::string&) { return ScriptedServer::Reply{refusal(500, "")}; });
  const Thrown thrown = listing(broken, "main", limits);
  CHECK(thrown.cause == Cause::io);
  check_message(thrown);
  CHECK(broken.requests().size() == 3);

  limits.http.attempts = 1;
  ScriptedServer silent([](const std::string& request) {
    ScriptedServer::Reply reply = one_page("[" + file("a") + "," + file("b") + "]")(request);
    if (target_of(request) == first_page) reply.bytes.resize(reply.bytes.size() - 9), reply.silence = 60s;
    return reply;
  });
  const auto start = std::chrono::steady_clock::now();
  CHECK(listing(silent, "main", limits).cause == Cause::io);
  CHECK(std::chrono::steady_clock::now() - start < 4s);

  const std::string much = file("a") + ",\n";
  for (const std::string length : {"Content-Length: 10737418240\r\n", ""}) {
    ScriptedServer endless([&](const std::string& request) {
      if (target_of(request) != first_page) return one_page("[]")(request);
      ScriptedServer::Reply reply{"HTTP/1.1 200 Said\r\n" + length + "\r\n["};
      for (int i = 0; i < 1000; ++i) reply.endless += much;
      return reply;
    });
    limits.http.body = std::size_t{1} << 20;
    const Thrown ended = listing(endless, "main", limits);
    CHECK(ended.cause == Cause::refused);
    CHECK(ended.message.find("larger than 1048576 bytes") != std::string::npos);
    check_message(ended);
  }
}

TEST_CASE("Pages without end are refused") {
  std::size_t count = 0;
  ScriptedServer* self = nullptr;
  ScriptedServer server([&](const std::string& request) {
    if (target_of(request) == revision_path + "main") return ScriptedServer::Reply{http_answer(200, info)};
    const std::string number = std::to_string(++count);
    return ScriptedServer::Reply{http_answer(200, "[" + file("a" + number) + "," + folder("d" + number) + "]",
                                             next_link(self->url() + tree_path + "?cursor=" + number))};
  });
  self = &server;
  const auto refused = [&](const HubLimits& limits, const char* named, std::size_t pages) {
    count = 0;
    const Thrown thrown = listing(server, "main", limits);
    check_message(thrown);
    CHECK(thrown.message.find(named) != std::string::npos);
    CHECK(count == pages);
    return thrown.cause;
  };
  HubLimits limits = quick();
  limits.pages = 5;
  CHECK(refused(limits, "more than 5 pages", 5) == Cause::refused);
  limits = quick();
  limits.entries = 7;
  CHECK(refused(limits, "more than 7 entries", 4) == Cause::refused);
  limits = quick();
  limits.bytes = 1000;
  CHECK(refused(limits, "larger than 1000 bytes", 6) == Cause::refused);
  limits = quick();
  limits.total = 0ms;
  CHECK(refused(limits, "too long", 0) == Cause::io);
}

TEST_CASE("A next page that is this one, elsewhere or none is not asked for") {
  ScriptedServer other(answers({}));
  ScriptedServer* self = nullptr;
  std::string link;
  ScriptedServer server(
      [&](const std::string& request) { return one_page("[" + file("a") + "]", link)(request); });
  self = &server;
  const std::string port = self->url().substr(self->url().rfind(':'));
  const std::map<std::string, std::string> table{
      {"a circle", next_link(self->url() + first_page)},
      {"another port", next_link(other.url() + tree_path)},
      {"another host", next_link("http://localhost" + port + tree_path)},
      {"another scheme", next_link("https://127.0.0.1" + port + tree_path)},
      {"a user's name", next_link("http://u:p@127.0.0.1" + port + tree_path)},
      {"no host", next_link(tree_path + "?cursor=2")},
      {"a file", next_link("file:///etc/passwd")},
      {"the token", next_link(self->url() + "/5ecr3t")},
      {"long", next_link(self->url() + "/" + std::string(9000, 'x'))},
      {"two pages", next_link(self->url() + "/x") + next_link(self->url() + "/y")},
      {"cut", "Link: <" + self->url() + "\r\n"},
  };
  for (const auto& [what, header] : table) {
    CAPTURE(what);
    link = header;
    const std::size_t before = server.requests().size();
    const Thrown thrown = listing(server);
    CHECK(thrown.cause == Cause::refused);
    check_message(thrown);
    CHECK(thrown.message.find(tree_path) != std::string::npos);
    CHECK(server.requests().size() == before + 2);
  }
  CHECK(other.requests().empty());
}

TEST_CASE("A hub that moved is followed, and the token stays behind") {
  ScriptedServer other(one_page("[" + file("b") + "]"));
  std::string place;
  ScriptedServer server([&](const std::string& request) {
    if (target_of(request).starts_with("/moved"))
      return one_page("[" + file("a") + "]")("GET " + target_of(request).substr(6) + " ");
    return ScriptedServer::Reply{http_answer(307, "", "Location: " + place + target_of(request) + "\r\n")};
  });
  place = "/moved";
  CHECK(list(server).tree.find("a") != nullptr);
  for (const std::string& request : server.requests())
    CHECK(request.find("Authorization: Bearer 5ecr3t\r\n") != std::string::npos);
  place = other.url();
  CHECK(list(server).tree.find("b") != nullptr);
  REQUIRE(other.requests().size() == 2);
  for (const std::string& request : other.requests()) {
    CHECK(request.find("uthorization") == std::string::npos);
    CHECK(request.find("5ecr3t") == std::string::npos);
  }
}

TEST_CASE("An answer that lies is refused as a whole, and the url is named") {
  const std::map<std::string, std::string> table{
      {"<html>", "not JSON"},
      {"[" + file("a"), "not JSON"},
      {"{}", "not an array"},
      {"[" + file("../a") + "]", "unsafe"},
      {"[" + file("a") + "," + file("a") + "]", "twice"},
      {"[" + file("a") + "," + file("a/b") + "]", "a file and a directory"},
      {"[" + file("a") + "," + folder("a") + "]", "twice"},
      {R"([{"type":"file","path":"a","oid":"x","size":1}])", "oid of 'a'"},
      {R"([{"type":"file","path":"a","oid":")" + id_a + R"(","size":-1}])", "size of 'a'"},
      {"[" + file("\xff") + "]", "UTF-8"},
      {"[" + std::string(100'000, '[') + "]", "not an object"},
  };
  for (const auto& [body, named] : table) {
    CAPTURE(named);
    ScriptedServer server(one_page(body));
    const Thrown thrown = listing(server);
    CHECK(thrown.cause == Cause::refused);
    check_message(thrown);
    CHECK(thrown.message.find(named) != std::string::npos);
    CHECK(thrown.message.find(server.url() + tree_path) != std::string::npos);
  }
  for (const std::string body :
       {"", "[]", "{}", R"({"sha":null})", R"({"sha":"main"})", R"({"sha":"../../x"})",
        R"({"x":{"sha":"0123456789abcdef0123456789abcdef01234567"}})"}) {
    CAPTURE(body);
    ScriptedServer server(answers({{revision_path + "main", http_answer(200, body)}}));
    const Thrown thrown = listing(server);
    CHECK(thrown.cause == Cause::refused);
    CHECK(thrown.message.find(server.url() + revision_path + "main") != std::string::npos);
    CHECK(server.requests().size() == 1);
  }
}

TEST_CASE("Who is not let in is told why") {
  struct Row {
    int status;
    const char* code;
    Cause cause;
    const char* with_token;
    const char* without;
  };
  const std::vector<Row> table{
      {403, "GatedRepo", Cause::io, "the token gives no access", "there is no token"},
      {401, "GatedRepo", Cause::io, "the token gives no access", "there is no token"},
      {404, "RepoNotFound", Cause::not_found, "the token gives access to", "there must be a token"},
      {401, "RepoNotFound", Cause::not_found, "the token gives access to", "there must be a token"},
      {404, "RevisionNotFound", Cause::not_found, "no revision 'v1' of it", "no revision 'v1' of it"},
      {404, "", Cause::not_found, "the token gives access to", "there must be a token"},
      {401, "", Cause::io, "does not accept the token", "wants a token"},
      {403, "", Cause::io, "does not let us see", "does not let us see"},
      {400, "", Cause::refused, "HTTP status 400", "HTTP status 400"},
      {204, "", Cause::refused, "HTTP status 204", "HTTP status 204"},
  };
  for (const Row& row : table) {
    CAPTURE(row.status, row.code);
    ScriptedServer server(
        [&](const std::string&) { return ScriptedServer::Reply{refusal(row.status, row.code)}; });
    const Thrown known = listing(server, "v1");
    CHECK(known.cause == row.cause);
    CHECK(known.message.find(row.with_token) != std::string::npos);
    check_message(known);
    const Thrown unknown = thrown_by([&] {
      return list_hub_files({server.url(), ""}, RepoId::parse(RepoType::model, "org/na.me"), "v1", quick());
    });
    CHECK(unknown.cause == row.cause);
    CHECK(unknown.message.find(row.without) != std::string::npos);
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("An address that is none is a usage error") {
  for (const char* url : {"", "hub", "file:///x", "http://u:5ecr3t@127.0.0.1"}) {
    CAPTURE(url);
    const Thrown thrown = thrown_by([&] {
      return list_hub_files({url, ""}, RepoId::parse(RepoType::model, "org/name"), "main", quick());
    });
    CHECK(thrown.cause == Cause::usage);
    CHECK(thrown.message.find("5ecr3t") == std::string::npos);
  }
}
