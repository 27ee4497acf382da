// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/kept_headers.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace modelcache;
using namespace std::chrono_literals;

namespace {

KeptHeaders taken(const std::vector<std::string>& lines) {
  KeptHeaders headers;
  for (const std::string& line : lines) headers.take(line + "\r\n");
  return headers;
}

}  // namespace

TEST_CASE("Headers are kept whatever their case and however many lines they take") {
  const KeptHeaders headers =
      taken({"HTTP/2 200", "link:<a>; rel=prev", "X-Error-Code:\t GatedRepo ", "X-Link: <no>", "LINK: <b>;",
             "\trel=next", " ; x", "Other: 1", " <folded>", "Link", ""});
  CHECK(headers.link() == "<a>; rel=prev, <b>; rel=next ; x");
  CHECK(headers.error_code() == "GatedRepo");
}

TEST_CASE("Only those of the last answer are kept") {
  const KeptHeaders headers =
      taken({"HTTP/1.1 103 Early Hints", "Link: <style>; rel=preload", "X-Error-Code: x",
             "RateLimit: \"a\";r=0;t=9", "", "HTTP/1.1 200 OK", " <folded>", ""});
  CHECK(headers.link().empty());
  CHECK(headers.error_code().empty());
  CHECK(headers.time_to_reset() == 0s);
}

TEST_CASE("A rate limit says when to come back where nothing remains") {
  const auto time = [](const std::string& value) { return taken({"RateLimit: " + value}).time_to_reset(); };
  CHECK(time("\"api\";r=0;t=55") == 56s);
  CHECK(time("\"api\" ; r = 0 ; t = 55") == 56s);
  CHECK(time("\"api\";r=0;t=x") == 1s);
  CHECK(time("\"api\";r=0;t=99999999999") == 1s);
  for (const char* value : {"", "\"api\";r=3;t=55", "\"api\";t=55;r=0", "limit=100, remaining=0, reset=55"})
    CHECK(time(value) == 0s);
}
