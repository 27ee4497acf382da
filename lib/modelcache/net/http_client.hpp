// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small answers of web servers, one at a time. Promise: no server makes us wait longer or keep more than the
// limits say; a token goes to the host it is for and to no other, and into no message.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace modelcache {

struct HttpLimits {
  std::chrono::milliseconds connect{10'000};
  std::chrono::milliseconds silence{
      20'000};  // without a byte of the body, after which the server counts as dead
  std::chrono::milliseconds total{60'000};   // for one answer, with all attempts at it
  std::size_t body = std::size_t{64} << 20;  // bytes
  unsigned attempts = 4;
  unsigned redirects = 5;
  std::chrono::milliseconds first_pause{500};       // before the second attempt; doubles with each
  std::chrono::milliseconds longest_pause{20'000};  // whatever the server asks for
};

class HttpClient {
 public:
  // `cancelled` may be null; set, it ends what is running with Error(io).
  explicit HttpClient(const HttpLimits& limits = {}, const std::atomic<bool>* cancelled = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The body of a good answer (200). `url` is http or https; `authorization`, which may be empty, is the
  // value of that header, sent to the host, port and scheme of `url` only. Throws Error(usage) for a url that
  // is none or holds credentials; Error(not_found) for 404; Error(io) for a server that is away, silent,
  // broken or does not let us in, after the attempts that may help; Error(refused) for every other answer.
  std::string get(const std::string& url, std::string_view authorization = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Each byte but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view bytes);

}  // namespace modelcache
