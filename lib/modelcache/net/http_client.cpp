// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/http_client.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/net/kept_headers.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace modelcache {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t headers_limit = std::size_t{256} << 10;  // bytes of one answer
constexpr milliseconds look_around{50};                        // how often a pause looks whether to end

template <auto free>
struct Freed {
  template <typename T>
  void operator()(T* handle) const noexcept {
    free(handle);
  }
};
using Easy = std::unique_ptr<CURL, Freed<curl_easy_cleanup>>;
using Url = std::unique_ptr<CURLU, Freed<curl_url_cleanup>>;
using List = std::unique_ptr<curl_slist, Freed<curl_slist_free_all>>;
using Text = std::unique_ptr<char, Freed<curl_free>>;

// Before the first handle, in one thread, as the library asks for.
void start_library() {
  struct Library {
    Library() { is_started = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }
    ~Library() { curl_global_cleanup(); }
    bool is_started = false;
  };
  static const Library library;
  if (!library.is_started) throw Error(Cause::io, "cannot start the HTTP library");
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return {};
  const Text owned(text);
  return text;
}

// A url taken apart. What messages show of it has no credentials and no query.
struct Target {
  std::string url;
  std::string origin;  // scheme, host and port
  std::string shown;
  bool has_credentials = false;
  bool is_encrypted = false;
};

std::optional<Target> parse_target(const std::string& text) {
  const Url url(curl_url());
  if (!url || curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
  const std::string scheme = part_of(url.get(), CURLUPART_SCHEME);
  if (scheme != "http" && scheme != "https") return {};
  Target target;
  target.url = text;
  target.origin =
      scheme + "://" + part_of(url.get(), CURLUPART_HOST) + ":" + part_of(url.get(), CURLUPART_PORT);
  // Upper case in a host's name says nothing.
  for (char& c : target.origin)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  target.shown = target.origin + part_of(url.get(), CURLUPART_PATH);
  target.is_encrypted = scheme == "https";
  target.has_credentials =
      !part_of(url.get(), CURLUPART_USER).empty() || !part_of(url.get(), CURLUPART_PASSWORD).empty();
  return target;
}

// What came back from one request.
struct Answer {
  CURLcode code = CURLE_OK;
  long status = 0;
  std::string body;
  std::string location;  // of a redirect, absolute
  KeptHeaders headers;
  std::chrono::seconds retry_after{0};  // as the server wishes
  std::size_t header_bytes = 0;
  std::size_t limit = 0;  // of the body
  bool is_too_large = false;
};

std::size_t take_body(const char* bytes, std::size_t, std::size_t count, void* pointer) {
  auto& answer = *static_cast<Answer*>(pointer);
  if (count > answer.limit - answer.body.size()) {
    answer.is_too_large = true;
    return 0;
  }
  answer.body.append(bytes, count);
  return count;
}

std::size_t take_header(const char* bytes, std::size_t, std::size_t count, void* pointer) {
  auto& answer = *static_cast<Answer*>(pointer);
  answer.header_bytes += count;
  answer.is_too_large = answer.is_too_large || answer.header_bytes > headers_limit;
  if (answer.is_too_large) return 0;
  answer.headers.take({bytes, count});
  return count;
}

// Looks on while a request runs. The library's own limit on speed is of an average, too slow to see silence.
struct Watch {
  const std::atomic<bool>* cancelled;
  milliseconds silence;
  curl_off_t bytes = 0;  // of the body
  Clock::time_point since = Clock::now();
  bool is_silent = false;
};

int look_on(void* pointer, curl_off_t, curl_off_t bytes, curl_off_t, curl_off_t) {
  auto& watch = *static_cast<Watch*>(pointer);
  const auto now = Clock::now();
  if (bytes != watch.bytes) watch.since = now;
  watch.bytes = bytes;
  watch.is_silent = now - watch.since >= watch.silence;
  const bool is_cancelled = watch.cancelled != nullptr && *watch.cancelled;
  return watch.is_silent || is_cancelled ? 1 : 0;
}

std::chrono::seconds wished_pause(CURL* easy, const Answer& answer) {
  curl_off_t seconds = 0;
  curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
  const std::chrono::seconds asked(std::clamp<curl_off_t>(seconds, 0, 1'000'000'000));
  return answer.status == 429 ? std::max(asked, answer.headers.time_to_reset()) : asked;
}

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// What may be better a moment later.
bool may_pass(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      return true;
    default:
      return false;
  }
}

void set(CURL* easy, CURLoption option, auto value) {
  if (curl_easy_setopt(easy, option, value) != CURLE_OK)
    throw Error(Cause::internal, "the HTTP library does not know an option");
}

List request_headers(std::string_view authorization) {
  List headers(curl_slist_append(nullptr, "Accept: application/json"));
  if (headers && !authorization.empty()) {
    const std::string line = "Authorization: " + std::string(authorization);
    if (curl_slist_append(headers.get(), line.c_str()) == nullptr) throw std::bad_alloc();
  }
  if (!headers) throw std::bad_alloc();
  return headers;
}

}  // namespace

struct HttpClient::State {
  HttpLimits limits;
  const std::atomic<bool>* cancelled;
  Easy easy;

  void check_cancelled(const Target& target) const {
    if (cancelled != nullptr && *cancelled) throw_errno(EINTR, "ask", target.shown);
  }
  Answer ask(const Target& target, std::string_view authorization, milliseconds left) const;
  Answer ask_and_follow(const Target& target, std::string_view authorization,
                        Clock::time_point deadline) const;
  void pause(const Target& target, milliseconds length) const;
};

Answer HttpClient::State::ask(const Target& target, std::string_view authorization, milliseconds left) const {
  CURL* handle = easy.get();
  curl_easy_reset(handle);  // keeps the connection
  const List headers = request_headers(authorization);
  Answer answer;
  answer.limit = limits.body;
  Watch watch{cancelled, limits.silence};
  set(handle, CURLOPT_URL, target.url.c_str());
  set(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  set(handle, CURLOPT_NOSIGNAL, 1L);
  set(handle, CURLOPT_HTTPHEADER, headers.get());
  // A proxy on the way does not get what is meant for the server.
  set(handle, CURLOPT_HEADEROPT, static_cast<long>(CURLHEADER_SEPARATE));
  set(handle, CURLOPT_USERAGENT, "modelcache");
  set(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  set(handle, CURLOPT_TIMEOUT_MS, std::max(1L, static_cast<long>(left.count())));
  set(handle, CURLOPT_WRITEFUNCTION, take_body);
  set(handle, CURLOPT_WRITEDATA, &answer);
  set(handle, CURLOPT_HEADERFUNCTION, take_header);
  set(handle, CURLOPT_HEADERDATA, &answer);
  set(handle, CURLOPT_NOPROGRESS, 0L);
  set(handle, CURLOPT_XFERINFOFUNCTION, look_on);
  set(handle, CURLOPT_XFERINFODATA, &watch);
  answer.code = curl_easy_perform(handle);
  if (watch.is_silent) answer.code = CURLE_OPERATION_TIMEDOUT;
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
  answer.retry_after = wished_pause(handle, answer);
  const char* location = nullptr;
  curl_easy_getinfo(handle, CURLINFO_REDIRECT_URL, &location);
  if (location != nullptr) answer.location = location;
  return answer;
}

// Redirects are followed here and not by the library, which decides in its own way who gets the header.
Answer HttpClient::State::ask_and_follow(const Target& first, std::string_view authorization,
                                         Clock::time_point deadline) const {
  Target target = first;
  for (unsigned count = 0;; ++count) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    const bool is_its_host = target.origin == first.origin;
    Answer answer = ask(target, is_its_host ? authorization : std::string_view(), left);
    if (answer.code != CURLE_OK || !is_redirect(answer.status)) return answer;
    if (count == limits.redirects)
      throw_error(Cause::refused, "ask", first.shown,
                  "it leads to more than " + std::to_string(limits.redirects) + " other places");
    auto next = parse_target(answer.location);
    if (!next || next->has_credentials || (first.is_encrypted && !next->is_encrypted))
      throw_error(Cause::refused, "ask", first.shown, "it leads to a place that is not asked");
    target = std::move(*next);
  }
}

void HttpClient::State::pause(const Target& target, milliseconds length) const {
  const auto end = Clock::now() + length;
  for (auto now = Clock::now(); now < end; now = Clock::now()) {
    check_cancelled(target);
    std::this_thread::sleep_for(std::min<Clock::duration>(look_around, end - now));
  }
  check_cancelled(target);
}

namespace {

// Whether asking again may help, and why it was not good so far.
bool may_change(const Answer& answer, const Target& target, std::string& reason) {
  if (answer.is_too_large)
    throw_error(Cause::refused, "ask", target.shown,
                "its answer is larger than " + std::to_string(answer.limit) + " bytes");
  if (answer.code != CURLE_OK) {
    // The library's own words, which hold no names and so no secrets.
    reason = curl_easy_strerror(answer.code);
    if (may_pass(answer.code)) return true;
    throw_error(Cause::refused, "ask", target.shown, reason);
  }
  if (answer.status != 429 && answer.status != 408 && answer.status < 500) return false;
  reason = "it answers with HTTP status " + std::to_string(answer.status);
  if (answer.retry_after.count() > 0)
    reason += " and wants to be asked again in " + std::to_string(answer.retry_after.count()) + " s";
  return true;
}

Target checked_target(const std::string& url, std::string_view authorization) {
  auto target = parse_target(url);
  if (!target) throw Error(Cause::usage, "the server's address is not an http or https url");
  if (target->has_credentials)
    throw_error(Cause::usage, "ask", target->shown, "a url must not hold a user's name or password");
  const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7F; };
  if (std::any_of(authorization.begin(), authorization.end(), is_control))
    throw_error(Cause::usage, "ask", target->shown, "the token holds a control character");
  return std::move(*target);
}

}  // namespace

HttpClient::HttpClient(const HttpLimits& limits, const std::atomic<bool>* cancelled) {
  start_library();
  state_ = std::make_unique<State>(State{limits, cancelled, Easy(curl_easy_init())});
  if (!state_->easy) throw std::bad_alloc();
}

HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::ask(const std::string& url, std::string_view authorization) {
  const Target target = checked_target(url, authorization);
  const auto deadline = Clock::now() + state_->limits.total;
  milliseconds pause = state_->limits.first_pause;
  std::string reason;
  for (unsigned attempt = 1;; ++attempt) {
    state_->check_cancelled(target);
    Answer answer = state_->ask_and_follow(target, authorization, deadline);
    state_->check_cancelled(target);
    if (!may_change(answer, target, reason)) {
      if (answer.status != 200) answer.body.clear();
      return {answer.status, std::move(answer.body), answer.headers.link(), answer.headers.error_code()};
    }
    const milliseconds length =
        std::min(state_->limits.longest_pause, std::max<milliseconds>(pause, answer.retry_after));
    if (attempt >= state_->limits.attempts || Clock::now() + length >= deadline)
      throw_error(Cause::io, "ask", target.shown, reason);
    state_->pause(target, length);
    pause *= 2;
  }
}

std::string HttpClient::get(const std::string& url, std::string_view authorization) {
  HttpAnswer answer = ask(url, authorization);
  if (answer.status == 200) return std::move(answer.body);
  const bool is_shut = answer.status == 401 || answer.status == 403;
  throw_error(answer.status == 404 ? Cause::not_found
              : is_shut            ? Cause::io
                                   : Cause::refused,
              "ask", parse_target(url)->shown,
              "it answers with HTTP status " + std::to_string(answer.status));
}

std::optional<std::string> origin_of(const std::string& url) {
  auto target = parse_target(url);
  if (!target || target->has_credentials) return {};
  return std::move(target->origin);
}

std::string percent_encoded(std::string_view bytes) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  static constexpr std::string_view plain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (plain.find(c) != std::string_view::npos)
      text += c;
    else
      text.append(1, '%').append(1, digits[byte >> 4]).append(1, digits[byte & 0xF]);
  }
  return text;
}

}  // namespace modelcache
