// SPDX-License-Identifier: Apache-2.0
#pragma once

// Sizes, ages and times as people write and read them, or programs keep them. Promise: text that is not
// exactly one of the forms gives nothing, never a guess.

#include <chrono>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace modelcache {

// "9.0", "5.0K", "1.2G": decimal units, one digit, as the hub's own tool prints.
std::string format_size(std::uint64_t bytes);
// "a few seconds ago", "3 minutes ago", "2 weeks ago", as the hub's own tool prints; the future reads as now.
std::string format_age(std::chrono::seconds age);

// SIZE of the command line: "10G", "1.5T", "500MB" decimal, "1GiB" binary; plain digits are bytes. Nothing
// when it is not one or does not fit.
std::optional<std::uint64_t> parse_size(std::string_view text);
// AGE of the command line: "0", "30s", "15min", "12h", "30d", "2w", "6mo" (30 days), "1y" (365 days). Plain
// digits are seconds. Nothing when it is not one or its milliseconds do not fit.
std::optional<std::chrono::seconds> parse_age(std::string_view text);

// A time as a number that can be kept and compared: since 1970.
std::int64_t nanoseconds(const timespec& time);

}  // namespace modelcache
