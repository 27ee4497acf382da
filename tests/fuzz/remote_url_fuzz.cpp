// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/remote_url.hpp"

#include "fuzz.hpp"

using namespace modelcache;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const std::size_t line = text.find('\n');
  const std::string_view url = text.substr(0, line);
  const std::string_view endpoint = line == text.npos ? std::string_view() : text.substr(line + 1);
  const std::string shown = without_credentials(url);
  fuzz::claim(shown.size() <= url.size(), "nothing is added");
  fuzz::claim(without_credentials(shown) == shown, "nothing is left to take away");
  const auto remote = parse_remote_url(url, endpoint);
  if (!remote) return 0;
  fuzz::claim(!remote->host.empty() && remote->host.find_first_of("@/") == std::string::npos,
              "a host is a host");
  if (remote->repo && url.size() <= 4096)
    fuzz::claim(parse_remote_url(shown, endpoint) == remote, "credentials name no repo");
  return 0;
}
