// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where an answer of several pages goes on. Promise: a header that is not wholly understood has no next page
// and no end either, but a reason.

#include <string>
#include <string_view>

namespace modelcache {

struct NextPage {
  std::string url;     // as it is written; empty: this was the last page
  std::string reason;  // why the header is refused; empty when it is not
};

// Of a Link header (RFC 8288), `<url>; rel="next", <url>; rel="prev"`: the url whose relation is "next". An
// empty header has none. Refused are two of them, and one without a url.
NextPage find_next_page(std::string_view link_header);

}  // namespace modelcache
