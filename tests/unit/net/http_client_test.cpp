// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/http_client.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/scripted_server.hpp"

#include <cstdlib>

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* secret = "token 5ecr3t";

// So short that a test may wait for them.
HttpLimits quick() {
  HttpLimits limits;
  limits.connect = 1s;
  limits.silence = 1s;
  limits.total = 5s;
  limits.body = 1000;
  limits.first_pause = 1ms;
  limits.longest_pause = 100ms;
  return limits;
}

// No proxy of the environment takes part.
struct NoProxy {
  NoProxy() { ::setenv("no_proxy", "127.0.0.1,localhost", 1); }
};
const NoProxy no_proxy;

// Each of the answers in turn, the last one for ever.
ScriptedServer::Script in_turn(std::vector<std::string> answers) {
  return [answers = std::move(answers), next = std::size_t{0}](const std::string&) mutable {
    const std::string& answer = answers[std::min(next++, answers.size() - 1)];
    return ScriptedServer::Reply{answer};
  };
}

Thrown asking(const ScriptedServer& server, const HttpLimits& limits = quick()) {
  return thrown_by([&] { return HttpClient(limits).get(server.url() + "/a?ref=q5ery", secret); });
}

}  // namespace

TEST_CASE("A good answer is its body, and the token is sent") {
  ScriptedServer server(in_turn({http_answer(200, "[1]")}));
  HttpClient client(quick());
  CHECK(client.get(server.url() + "/a%2Fb?ref=x", secret) == "[1]");
  REQUIRE(server.requests().size() == 1);
  const std::string request = server.requests().front();
  CHECK(request.starts_with("GET /a%2Fb?ref=x HTTP/1.1\r\n"));
  CHECK(request.find("Authorization: token 5ecr3t\r\n") != std::string::npos);
  CHECK(client.get(server.url() + "/again").size() == 3);
  CHECK(server.requests().back().find("Authorization") == std::string::npos);
}

TEST_CASE("What may pass is tried again") {
  const std::string good = http_answer(200, "good");
  const std::vector<std::string> bad{http_answer(500, ""),
                                     http_answer(502, ""),
                                     http_answer(503, "no"),
                                     http_answer(429, ""),
                                     http_answer(429, "", "Retry-After: 86400\r\n"),
                                     http_answer(429, "", "RateLimit: \"api\";r=0;t=x\r\n"),
                                     http_answer(429, "", "RateLimit: \"api\";r=0;t=99999999999\r\n"),
                                     "",  // hangs up
                                     "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"};
  for (const std::string& first : bad) {
    CAPTURE(first);
    ScriptedServer server(in_turn({first, good}));
    CHECK(HttpClient(quick()).get(server.url()) == "good");
    CHECK(server.requests().size() == 2);
  }
}

TEST_CASE("Attempts end, and what the server asks for is waited for no longer than the limits say") {
  ScriptedServer server(in_turn({http_answer(503, "", "Retry-After: 86400\r\n")}));
  const auto start = std::chrono::steady_clock::now();
  const Thrown thrown = asking(server);
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.message.find("503") != std::string::npos);
  CHECK(server.requests().size() == 4);
  CHECK(std::chrono::steady_clock::now() - start >= 300ms);  // the header was heard
  CHECK(std::chrono::steady_clock::now() - start < 4s);
}

TEST_CASE("How long a server wants to rest is heard in each form, and told") {
  HttpLimits limits = quick();
  limits.attempts = 2;
  const auto wanted = [&](int status, const std::string& headers) {
    ScriptedServer server(in_turn({http_answer(status, "", headers)}));
    const std::string message = asking(server, limits).message;
    const std::size_t at = message.find("again in ");
    return at == std::string::npos ? "" : message.substr(at + 9);
  };
  CHECK(wanted(429, "Retry-After: 7\r\n") == "7 s");
  CHECK(wanted(503, "Retry-After: 7\r\n") == "7 s");
  CHECK(wanted(429, "ratelimit: \"api\" ; r = 0 ; t = 55\r\n") == "56 s");
  CHECK(wanted(429, "Retry-After: 70\r\nRateLimit: \"api\";r=0;t=55\r\n") == "70 s");
  CHECK(wanted(503, "RateLimit: \"api\";r=0;t=55\r\n") == "");
  CHECK(wanted(429, "") == "");
}

TEST_CASE("A server that is away or silent is an I/O error, in time") {
  std::string gone;
  {
    ScriptedServer server(in_turn({""}));
    gone = server.url();
  }
  CHECK(thrown_by([&] { return HttpClient(quick()).get(gone); }).cause == Cause::io);

  HttpLimits limits = quick();
  limits.attempts = 1;
  const std::vector<std::string> beginnings{"", "HTTP/1.1 200 OK\r\n",
                                            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"};
  for (const std::string& beginning : beginnings) {
    CAPTURE(beginning);
    ScriptedServer server([&](const std::string&) { return ScriptedServer::Reply{beginning, 60s}; });
    const auto start = std::chrono::steady_clock::now();
    CHECK(asking(server, limits).cause == Cause::io);
    CHECK(std::chrono::steady_clock::now() - start < 4s);
  }
}

TEST_CASE("All attempts together end with the time limit") {
  HttpLimits limits = quick();
  limits.total = 300ms;
  limits.attempts = 1000;
  ScriptedServer server([](const std::string&) { return ScriptedServer::Reply{"", 60s}; });
  const auto start = std::chrono::steady_clock::now();
  CHECK(asking(server, limits).cause == Cause::io);
  CHECK(std::chrono::steady_clock::now() - start < 3s);
}

TEST_CASE("A cancelled client stops") {
  std::atomic<bool> cancelled{false};
  ScriptedServer server([&](const std::string&) {
    cancelled = true;
    return ScriptedServer::Reply{"", 60s};
  });
  HttpLimits limits = quick();
  limits.silence = 60s;
  limits.total = 60s;
  const auto start = std::chrono::steady_clock::now();
  const Thrown thrown = thrown_by([&] { return HttpClient(limits, &cancelled).get(server.url()); });
  CHECK(thrown.cause == Cause::io);
  CHECK(thrown.error_number == EINTR);
  CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("An answer over the limit is refused, however its length is told") {
  const std::string large(1001, 'x');
  for (const std::string& answer :
       {http_answer(200, large), "HTTP/1.1 200 OK\r\n\r\n" + large,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + large + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\nX: " + std::string(90'000, 'x') +
            "\r\nX: " + std::string(90'000, 'x') + "\r\n\r\n"}) {
    ScriptedServer server(in_turn({answer}));
    CHECK(asking(server).cause == Cause::refused);
    CHECK(server.requests().size() == 1);
  }
  ScriptedServer server(in_turn({http_answer(200, std::string(1000, 'x'))}));
  CHECK(HttpClient(quick()).get(server.url()).size() == 1000);
}

TEST_CASE("Statuses have their causes") {
  const std::vector<std::pair<int, Cause>> table{
      {404, Cause::not_found}, {401, Cause::io},      {403, Cause::io},      {400, Cause::refused},
      {410, Cause::refused},   {204, Cause::refused}, {304, Cause::refused}, {302, Cause::refused}};
  for (const auto& [status, cause] : table) {
    CAPTURE(status);
    ScriptedServer server(in_turn({http_answer(status, "")}));
    CHECK(asking(server).cause == cause);
    CHECK(server.requests().size() == 1);
  }
  ScriptedServer server(in_turn({"SSH-2.0-x\r\n\r\n"}));
  CHECK(asking(server).cause == Cause::refused);
}

TEST_CASE("An answer that is not good says which it is, and a good one where it goes on") {
  ScriptedServer bad(in_turn({http_answer(403, "no", "x-error-code: GatedRepo\r\nLink: <a>\r\n")}));
  const HttpAnswer shut = HttpClient(quick()).ask(bad.url(), secret);
  CHECK(shut.status == 403);
  CHECK(shut.body.empty());
  CHECK(shut.error_code == "GatedRepo");
  ScriptedServer good(in_turn({"HTTP/1.1 103 Hints\r\nLink: <style>\r\n\r\n" +
                                   http_answer(302, "", "Location: /x\r\nLink: <old>\r\n"),
                               http_answer(200, "[]", "Link: <a>; rel=prev\r\nLink: <b>; rel=next\r\n")}));
  const HttpAnswer open = HttpClient(quick()).ask(good.url(), secret);
  CHECK(open.status == 200);
  CHECK(open.body == "[]");
  CHECK(open.link == "<a>; rel=prev, <b>; rel=next");
  CHECK(open.error_code.empty());
}

TEST_CASE("An origin is scheme, host and port") {
  CHECK(origin_of("https://H.example/x?y") == "https://h.example:443");
  CHECK(origin_of("http://h:8080") == "http://h:8080");
  CHECK(origin_of("http://[::1]/") == "http://[::1]:80");
  for (const char* url : {"", "h", "/x", "ftp://h/", "http://u@h/", "http://u:p@h/", "http://h:99999/"})
    CHECK_FALSE(origin_of(url));
}

TEST_CASE("A redirect is followed, and the token stays with its host") {
  ScriptedServer other(in_turn({http_answer(200, "other")}));
  ScriptedServer server([&](const std::string& request) {
    if (request.starts_with("GET /here"))
      return ScriptedServer::Reply{http_answer(302, "", "Location: /there\r\n")};
    if (request.starts_with("GET /away"))
      return ScriptedServer::Reply{http_answer(307, "", "Location: " + other.url() + "/x\r\n")};
    return ScriptedServer::Reply{http_answer(200, "there")};
  });
  HttpClient client(quick());
  CHECK(client.get(server.url() + "/here", secret) == "there");
  CHECK(server.requests().back().find("5ecr3t") != std::string::npos);
  CHECK(client.get(server.url() + "/away", secret) == "other");
  REQUIRE(other.requests().size() == 1);
  CHECK(other.requests().front().find("uthorization") == std::string::npos);
  CHECK(other.requests().front().find("5ecr3t") == std::string::npos);
}

TEST_CASE("Redirects that lead nowhere good are refused") {
  for (const std::string place :
       {"/again", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://user:wor6@127.0.0.1/x"}) {
    CAPTURE(place);
    ScriptedServer server(in_turn({http_answer(302, "", "Location: " + place + "\r\n")}));
    const Thrown thrown = asking(server);
    CHECK(thrown.cause == Cause::refused);
    CHECK(server.requests().size() == (place == "/again" ? 6 : 1));
    CHECK(thrown.message.find("wor6") == std::string::npos);
  }
}

TEST_CASE("No message holds a token, a query or what the server says") {
  for (const std::string& answer :
       {http_answer(404, "token 5ecr3t"), http_answer(500, "5ecr3t"), http_answer(401, "5ecr3t"),
        std::string(), "HTTP/1.1 400 5ecr3t\r\n\r\n" + std::string(),
        http_answer(302, "", "Location: /5ecr3t\r\n")}) {
    ScriptedServer server(in_turn({answer}));
    const Thrown thrown = asking(server);
    REQUIRE(thrown.cause.has_value());
    CHECK(thrown.message.find("5ecr3t") == std::string::npos);
    CHECK(thrown.message.find("q5ery") == std::string::npos);
    CHECK(thrown.message.find("cannot ask 'http://127.0.0.1:") == 0);
  }
}

TEST_CASE("What is no web address, or would send a forged header, is a usage error without a request") {
  ScriptedServer server(in_turn({http_answer(200, "")}));
  HttpClient client(quick());
  for (const std::string url :
       {"", "file:///etc/passwd", "gopher://127.0.0.1/", "127.0.0.1", "http://", "http://a b/"})
    CHECK(thrown_by([&] { return client.get(url); }).cause == Cause::usage);
  const Thrown named = thrown_by([&] { return client.get("http://user:wor6@" + server.url().substr(7)); });
  CHECK(named.cause == Cause::usage);
  CHECK(named.message.find("wor6") == std::string::npos);
  const Thrown forged = thrown_by([&] { return client.get(server.url(), "token x\r\nCookie: 5ecr3t"); });
  CHECK(forged.cause == Cause::usage);
  CHECK(forged.message.find("5ecr3t") == std::string::npos);
  CHECK(server.requests().empty());
}

TEST_CASE("Bytes of a path are written as a url takes them") {
  CHECK(percent_encoded("sub/a b+%#?&\xc3\xa9.~_-") == "sub%2Fa%20b%2B%25%23%3F%26%C3%A9.~_-");
}
