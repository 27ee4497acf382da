// SPDX-License-Identifier: Apache-2.0
#pragma once

// The few headers of an answer that say something to us. Promise: they are of the last answer only, not of an
// interim one or a proxy's before it; nothing is lost that is said in several lines.

#include <chrono>
#include <string>
#include <string_view>

namespace modelcache {

class KeptHeaders {
 public:
  // A line as it came, status lines included.
  void take(std::string_view line);

  // The values of each header of that name, with ", " between.
  const std::string& link() const noexcept { return link_; }
  const std::string& error_code() const noexcept { return error_code_; }  // X-Error-Code
  // When a server that says with RateLimit that nothing remains will go on; else zero.
  std::chrono::seconds time_to_reset() const;

 private:
  std::string link_;
  std::string error_code_;
  std::string rate_limit_;
  std::string KeptHeaders::*last_ = nullptr;  // what a folded line goes on with
};

}  // namespace modelcache
