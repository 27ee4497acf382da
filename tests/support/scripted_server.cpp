// SPDX-License-Identifier: Apache-2.0
#include "support/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace modelcache::test {

namespace {

constexpr int look_around = 20;  // milliseconds

void require(bool is_done, const char* what) {
  if (!is_done) throw std::system_error(errno, std::generic_category(), what);
}

bool is_readable(int descriptor) {
  pollfd wanted{descriptor, POLLIN, 0};
  return ::poll(&wanted, 1, look_around) == 1;
}

// False when the client has hung up.
bool send_all(int connection, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(listener_ >= 0, "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) == 0, "bind");
  require(::listen(listener_, 16) == 0, "listen");
  require(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer::~ScriptedServer() {
  is_ending_ = true;
  thread_.join();
  ::close(listener_);
}

std::string ScriptedServer::url() const {
  return "http://127.0.0.1:" + std::to_string(port_);
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::scoped_lock lock(mutex_);
  return requests_;
}

void ScriptedServer::serve() {
  while (!is_ending_) {
    if (!is_readable(listener_)) continue;
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) continue;
    answer(connection);
    ::close(connection);
  }
}

void ScriptedServer::answer(int connection) {
  std::string request;
  while (!is_ending_ && request.find("\r\n\r\n") == std::string::npos) {
    std::array<char, 4096> buffer{};
    if (!is_readable(connection)) continue;
    const ssize_t count = ::read(connection, buffer.data(), buffer.size());
    if (count <= 0) return;
    request.append(buffer.data(), static_cast<std::size_t>(count));
  }
  {
    const std::scoped_lock lock(mutex_);
    requests_.push_back(request);
  }
  const Reply reply = script_(request);
  if (!send_all(connection, reply.bytes)) return;
  while (!reply.endless.empty() && !is_ending_)
    if (!send_all(connection, reply.endless)) return;
  const auto end = std::chrono::steady_clock::now() + reply.silence;
  // Until the client hangs up.
  while (!is_ending_ && std::chrono::steady_clock::now() < end && !is_readable(connection)) {
  }
}

std::string http_answer(int status, std::string_view body, std::string_view more) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

}  // namespace modelcache::test
