// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/report.hpp"

#include "modelcache/base/base64.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <nlohmann/json.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace modelcache::cli {

namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;

// 0, or the errno that ended it.
int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      // Somebody else who has this pipe made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (count < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

void append_json_escape(std::string& out, unsigned code) {
  std::array<char, 8> buffer{};
  const int size = std::snprintf(buffer.data(), buffer.size(), "\\u%04x", code);
  out.append(buffer.data(), static_cast<std::size_t>(size));
}

// The bytes of one character of well-formed UTF-8.
std::size_t character_size(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xE0) return 2;
  return first < 0xF0 ? 3 : 4;
}

unsigned code_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character.front());
  unsigned code = first < 0x80 ? first : first & (0x7FU >> character.size());
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return code;
}

// JSON leaves DEL, C1 and the characters that turn text around as they are; a terminal would obey them.
std::string shown_safely(std::string json) {
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) < 0x7F; };
  if (std::all_of(json.begin(), json.end(), is_plain)) return json;
  std::string out;
  out.reserve(json.size());
  for (std::string_view rest(json); !rest.empty();) {
    const std::string_view character = rest.substr(0, character_size(static_cast<unsigned char>(rest[0])));
    rest.remove_prefix(character.size());
    const unsigned code = code_of(character);
    if (code < 0x7F || terminal_safe(character) == character) {
      out += character;
    } else if (code < 0x10000) {
      append_json_escape(out, code);
    } else {
      append_json_escape(out, 0xD800 + ((code - 0x10000) >> 10));
      append_json_escape(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
    }
  }
  return out;
}

Color color_of(Severity severity) {
  return severity == Severity::error ? Color::red : Color::yellow;
}

}  // namespace

struct Record::State {
  nlohmann::ordered_json object;
};

Record::Record(std::string_view kind) : state_(std::make_unique<State>()) {
  text("record", kind);
}
Record::Record(Record&&) noexcept = default;
Record& Record::operator=(Record&&) noexcept = default;
Record::~Record() = default;

Record& Record::text(std::string_view key, std::string_view value) {
  state_->object[std::string(key)] = lossy_utf8(value);
  return *this;
}

Record& Record::text_or_null(std::string_view key, std::string_view value) {
  if (!value.empty()) return text(key, value);
  state_->object[std::string(key)] = nullptr;
  return *this;
}

Record& Record::path(std::string_view key, std::string_view bytes) {
  text(key, bytes);
  if (!is_utf8(bytes)) text(std::string(key) + "_b64", base64(bytes));
  return *this;
}

Record& Record::number(std::string_view key, std::uint64_t value) {
  state_->object[std::string(key)] = value;
  return *this;
}

Record& Record::time(std::string_view key, std::int64_t seconds) {
  auto& slot = state_->object[std::string(key)];
  if (seconds != 0) slot = seconds;
  return *this;
}

Record& Record::boolean(std::string_view key, std::optional<bool> value) {
  auto& slot = state_->object[std::string(key)];
  if (value) slot = *value;
  return *this;
}

Record& Record::texts(std::string_view key, const std::vector<std::string>& values) {
  auto& slot = state_->object[std::string(key)] = nlohmann::ordered_json::array();
  for (const std::string& value : values) slot.push_back(lossy_utf8(value));
  return *this;
}

Record& Record::json(std::string_view key, std::string_view value) {
  state_->object[std::string(key)] = nlohmann::ordered_json::parse(value);
  return *this;
}

// All strings in it are valid UTF-8 and nothing is nested deeper than a pickle may be: dump() cannot fail.
std::string Record::line() const {
  return shown_safely(state_->object.dump());
}

Report::Report(ReportOptions options) : options_(options), summary_("summary") {
  // Its place in the object; the value comes last of all.
  summary_.number("status", 0);
}

void Report::out(std::string_view bytes) {
  buffer_.append(bytes);
  if (buffer_.size() >= buffer_size) flush();
}

void Report::print(std::string_view text) {
  if (!options_.json) out(text);
}

void Report::print_path(std::string_view bytes) {
  if (options_.json) return;
  if (options_.null_ends_paths) {
    out(bytes);
    return out(std::string_view("\0", 1));
  }
  out(terminal_safe(bytes) + "\n");
}

void Report::record(const Record& record) {
  if (options_.json) out(record.line() + "\n");
}

void Report::say(std::string_view text) {
  if (!options_.quiet && !options_.json) write_error(text);
}

void Report::finding(const Finding& finding, Show show) {
  ++findings_;
  const bool counts = finding.severity == Severity::error ||
                      (finding.severity == Severity::warning && options_.warnings_count);
  if (counts) problem();
  if (options_.json) {
    Record record("finding");
    record.text("code", info(finding.code).name).text("severity", to_string(finding.severity));
    record.text_or_null("repo", finding.repo).path("path", finding.path).text("detail", finding.detail);
    return this->record(record);
  }
  if (show == Show::count_only || (options_.quiet && !counts)) return;
  const bool has_color = options_.error_color && finding.severity != Severity::note;
  std::string text = colored(to_string(finding.severity), color_of(finding.severity), has_color) + ": " +
                     std::string(info(finding.code).name) + ": ";
  if (!finding.path.empty()) text += terminal_safe(finding.path) + ": ";
  write_error(text + terminal_safe(finding.detail));
}

void Report::flush() {
  if (pipe_closed_) return buffer_.clear();
  const int failure = write_all(STDOUT_FILENO, buffer_);
  buffer_.clear();
  if (failure == 0) return;
  pipe_closed_ = true;
  if (failure != EPIPE) throw_errno(failure, "write", "standard output");
}

void Report::finish(int status) {
  summary_.number("status", static_cast<std::uint64_t>(status));
  record(summary_);
  flush();
  if (pipe_closed_) return;
  // Network file systems and quotas may refuse what was written only now. The number itself stays taken.
  const int copy = ::dup(STDOUT_FILENO);
  if (copy >= 0 && ::close(copy) != 0 && errno != EINTR) throw_errno(errno, "write", "standard output");
}

void write_error(std::string_view text) {
  // A failing stderr has nowhere to be told.
  write_all(STDERR_FILENO, std::string(text) + "\n");
}

std::string colored(std::string_view text, Color color, bool wanted) {
  static constexpr std::array<std::string_view, 3> codes{"\x1b[31m", "\x1b[33m", "\x1b[32m"};
  if (!wanted) return std::string(text);
  return std::string(codes.at(static_cast<std::size_t>(color))).append(text).append("\x1b[0m");
}

}  // namespace modelcache::cli
