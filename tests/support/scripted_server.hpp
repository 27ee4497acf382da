// SPDX-License-Identifier: Apache-2.0
#pragma once

// A web server on loopback that says what a test wants. Promise: one connection a request, one request at a
// time; what was asked is kept word for word; it is gone with its object, whatever a client does.

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace modelcache::test {

class ScriptedServer {
 public:
  struct Reply {
    std::string bytes;                     // status line, headers and body; empty: nothing is said
    std::chrono::milliseconds silence{0};  // with the connection open, behind the bytes
    std::string endless = {};              // again and again behind the bytes, until the client hangs up
  };
  // Gets all of a request's head.
  using Script = std::function<Reply(const std::string& request)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::string url() const;  // "http://127.0.0.1:PORT"
  std::vector<std::string> requests() const;

 private:
  void serve();
  void answer(int connection);

  Script script_;
  int listener_ = -1;
  unsigned port_ = 0;
  std::atomic<bool> is_ending_{false};
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::thread thread_;
};

// A whole answer; `more` are header lines, each with "\r\n".
std::string http_answer(int status, std::string_view body, std::string_view more = {});

}  // namespace modelcache::test
