// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small answers of web servers, one at a time. Promise: no server makes us wait longer or keep more than the
// limits say; a token goes to the host it is for and to no other, and into no message.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
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

// What a server said in the end.
struct HttpAnswer {
  long status = 0;
  std::string body;        // of a good answer (200) only
  std::string link;        // the Link headers, one behind the other with ", " between
  std::string error_code;  // the X-Error-Code header, by which a hub tells apart what has one status
};

class HttpClient {
 public:
  // `cancelled` may be null; set, it ends what is running with Error(io).
  explicit HttpClient(const HttpLimits& limits = {}, const std::atomic<bool>* cancelled = nullptr);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The answer that asking again does not change: what may pass (408, 429, 5xx, a lost connection) is tried
  // again, no sooner than the server wishes (Retry-After, RateLimit) where the limits allow that. `url` is
  // http or https; `authorization`, which may be empty, is the value of that header, sent to the host, port
  // and scheme of `url` only. Throws Error(usage) for a url that is none or holds credentials; Error(io) for
  // a server that is away, silent or broken, after the attempts that may help; Error(refused) for what is too
  // large, no HTTP, or leads elsewhere without end.
  HttpAnswer ask(const std::string& url, std::string_view authorization = {});

  // The body of a good answer (200). Throws what ask() throws; Error(not_found) for 404; Error(io) where the
  // server does not let us in (401, 403); Error(refused) for every other answer.
  std::string get(const std::string& url, std::string_view authorization = {});

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Scheme, host and port of a url that get() takes, as "https://host:443"; nothing of any other.
std::optional<std::string> origin_of(const std::string& url);

// Each byte but letters, digits and "-._~" as %XX.
std::string percent_encoded(std::string_view bytes);

}  // namespace modelcache
