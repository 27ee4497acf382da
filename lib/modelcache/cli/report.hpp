// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a program says. Promise: answers go to stdout and all else to stderr; no name can forge a line, steer
// a terminal or break a JSON record; a stdout that fails is an error, never silence.

#include "modelcache/model/finding.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::cli {

// One JSON object of the output. Text is made valid UTF-8; path() also carries the exact bytes, in a key that
// ends with _b64, where that loses any. What could steer a terminal is escaped, so a record may be shown.
class Record {
 public:
  explicit Record(std::string_view kind);
  Record(Record&&) noexcept;
  Record& operator=(Record&&) noexcept;
  ~Record();

  Record& text(std::string_view key, std::string_view value);
  Record& text_or_null(std::string_view key, std::string_view value);  // empty: null
  Record& path(std::string_view key, std::string_view bytes);
  Record& number(std::string_view key, std::uint64_t value);
  Record& time(std::string_view key, std::int64_t seconds);  // 0: null
  Record& boolean(std::string_view key, std::optional<bool> value);
  Record& texts(std::string_view key, const std::vector<std::string>& values);
  // A value of any form, as JSON in UTF-8 of our own making.
  Record& json(std::string_view key, std::string_view value);

  std::string line() const;  // without newline

 private:
  struct State;
  std::unique_ptr<State> state_;
};

struct ReportOptions {
  bool json = false;
  bool quiet = false;
  bool null_ends_paths = false;
  bool color = false;           // on stdout
  bool error_color = false;     // on stderr
  bool warnings_count = false;  // --strict
};

class Report {
 public:
  explicit Report(ReportOptions options);

  const ReportOptions& options() const noexcept { return options_; }

  // Human text on stdout, with its own newline; nothing under --json. Names in it are already terminal_safe.
  void print(std::string_view text);
  // A path as the answer: raw and NUL-ended with -0, else terminal_safe and newline-ended; nothing under
  // --json.
  void print_path(std::string_view bytes);
  // Only under --json.
  void record(const Record& record);
  // For people, on stderr, with a newline; nothing under --quiet or --json.
  void say(std::string_view text);
  // Counted always; shown as a record under --json, else on stderr unless `shown` is count_only.
  enum class Show { yes, count_only };
  void finding(const Finding& finding, Show show = Show::yes);

  // Makes the exit status at least "problems found".
  void problem() { problems_ = true; }
  bool has_problems() const { return problems_; }
  std::uint64_t findings() const { return findings_; }
  // Becomes the last record; the status is added to it.
  Record& summary() { return summary_; }

  // Writes what is buffered. Throws Error(io) when stdout takes no more; a closed pipe is quiet for good.
  void flush();
  // The last record, and the last chance of a file system to say that it did not take what it was given.
  void finish(int status);

 private:
  void out(std::string_view bytes);

  ReportOptions options_;
  std::string buffer_;
  Record summary_;
  std::uint64_t findings_ = 0;
  bool problems_ = false;
  bool pipe_closed_ = false;
};

// Text for stderr, unbuffered, with a newline.
void write_error(std::string_view text);

// `text` in a colour when `wanted`.
enum class Color { red, yellow, green };
std::string colored(std::string_view text, Color color, bool wanted);

}  // namespace modelcache::cli
