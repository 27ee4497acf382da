// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_header.hpp"

#include "support/catch.hpp"

#include <vector>

using namespace modelcache;

TEST_CASE("The next page is found among other links") {
  const std::string url = "https://h:1/x?recursive=true&cursor=a%3D,b;c";
  for (const std::string& header :
       {"<" + url + ">; rel=\"next\"", "<" + url + ">;rel=next", " , <" + url + "> ; Rel = \"prev NEXT\" ,",
        "<https://h/a>; rel=\"prev\"; title=\"<b>, \\\"c; rel=next\", <" + url + ">; title=x; rel=next",
        "<" + url + ">; rel=next; rel=prev", "<>; rel=prev, <" + url + ">; rel=next; crossorigin"}) {
    CAPTURE(header);
    const NextPage next = find_next_page(header);
    CHECK(next.url == url);
    CHECK(next.reason.empty());
  }
}

TEST_CASE("The last page names no next one") {
  for (const char* header :
       {"", " ", ",", "<https://h/x>", "<https://h/x>; rel=prev", "<https://h/x>; rel=nextone",
        "<https://h/x>; title=next", "<https://h/x>; rel=prev; rel=next"}) {
    CAPTURE(header);
    const NextPage next = find_next_page(header);
    CHECK(next.url.empty());
    CHECK(next.reason.empty());
  }
}

TEST_CASE("A header that could mean more is no last page") {
  for (const char* header :
       {"https://h/x; rel=next", "<https://h/x; rel=next", "<https://h/x>; rel=\"next",
        "<https://h/x> rel=next", "<https://h/x>; rel=\"next\"x", "<>; rel=next",
        "<https://h/x>; rel=next, <https://h/y>; rel=next", "<https://h/x>; rel=next, y", "x", ";"}) {
    CAPTURE(header);
    const NextPage next = find_next_page(header);
    CHECK(next.url.empty());
    CHECK_FALSE(next.reason.empty());
  }
}
