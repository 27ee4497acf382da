// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_header.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const NextPage next = find_next_page(text);
  fuzz::claim(next.url.empty() || next.reason.empty(), "there is a page or a reason");
  if (next.url.empty()) return 0;
  fuzz::claim(text.find("<" + next.url + ">") != std::string_view::npos, "the url is written there");
  fuzz::claim(find_next_page("<" + next.url + ">; rel=next").url == next.url, "the url can be written again");
  return 0;
}
