// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON from others, value by value. Promise: a text that is read to its end is strict JSON in UTF-8, without
// a byte order mark or NUL, at most 32 levels deep, and has no key twice in one object; reading it takes no
// more memory than its keys.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace modelcache {

struct JsonValue {
  // `size` is an unsigned integer up to 2^63-1, `number` any other. Objects and arrays are told where they
  // begin, before their members.
  enum class Type : std::uint8_t { null, boolean, size, number, text, object, array };

  Type type = Type::null;
  std::uint64_t size = 0;
  std::string_view text = {};  // valid during the call only
};

// The keys that lead to a value, from the top; an element of an array has an empty one.
using JsonPlace = std::span<const std::string>;

// What is wrong with a value, and reading ends; nothing where it goes on.
using JsonFlaw = std::optional<std::string>;

struct JsonVisitor {
  std::function<JsonFlaw(JsonPlace, const JsonValue&)> value;
  std::function<JsonFlaw(JsonPlace)> end;  // of an object or array; may be left out
};

// Why the text is refused, by the visitor or for itself; nothing when it was read to its end. The reason may
// hold any bytes.
JsonFlaw read_json(std::string_view text, std::size_t limit, const JsonVisitor& visitor);

// A name in a reason: in quotes, cut where it is long.
std::string in_quotes(std::string_view name);

}  // namespace modelcache
