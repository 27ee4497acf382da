// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/json_text.hpp"

#include <nlohmann/json.hpp>

#include <limits>
#include <set>
#include <utility>
#include <vector>

namespace modelcache {

namespace {

constexpr std::size_t deepest_level = 32;
constexpr std::uint64_t largest_size = std::numeric_limits<std::int64_t>::max();

class Reader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(const JsonVisitor& visitor) : visitor_(visitor) {}

  bool null() override { return value({JsonValue::Type::null}); }
  bool boolean(bool) override { return value({JsonValue::Type::boolean}); }
  bool number_integer(number_integer_t) override { return value({JsonValue::Type::number}); }
  bool number_unsigned(number_unsigned_t size) override {
    return value({size <= largest_size ? JsonValue::Type::size : JsonValue::Type::number, size});
  }
  bool number_float(number_float_t, const string_t&) override { return value({JsonValue::Type::number}); }
  bool string(string_t& text) override { return value({JsonValue::Type::text, 0, text}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return begin({JsonValue::Type::object}); }
  bool end_object() override { return end(); }
  bool start_array(std::size_t) override { return begin({JsonValue::Type::array}); }
  bool end_array() override { return end(); }
  bool key(string_t& name) override {
    place_.back() = std::move(name);  // a key may be as long as the whole text
    std::set<std::string>& keys = keys_.back();
    const std::size_t before = keys.size();
    keys.emplace_hint(keys.end(), place_.back());  // listings come sorted
    return keys.size() > before || fail("the key " + in_quotes(place_.back()) + " is there twice");
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail("it is not JSON in UTF-8, at byte " + std::to_string(position));
  }

  JsonFlaw take_flaw() { return std::move(flaw_); }

 private:
  bool value(const JsonValue& value) { return fail(visitor_.value(place_, value)); }

  bool begin(const JsonValue& container) {
    if (place_.size() == deepest_level)
      return fail("it has more than " + std::to_string(deepest_level) + " levels");
    if (!value(container)) return false;
    place_.emplace_back();
    keys_.emplace_back();
    return true;
  }

  bool end() {
    place_.pop_back();
    keys_.pop_back();
    return !visitor_.end || fail(visitor_.end(place_));
  }

  // Whether to go on: where there is no flaw.
  bool fail(JsonFlaw flaw) {
    if (!flaw_) flaw_ = std::move(flaw);
    return !flaw_;
  }

  const JsonVisitor& visitor_;
  std::vector<std::string> place_;           // of the value that comes: a key for each open container
  std::vector<std::set<std::string>> keys_;  // of each open container
  JsonFlaw flaw_;
};

}  // namespace

JsonFlaw read_json(std::string_view text, std::size_t limit, const JsonVisitor& visitor) {
  if (text.size() > limit) return "it is larger than " + std::to_string(limit) + " bytes";
  // The JSON library skips a byte order mark and takes a NUL for the end.
  if (text.starts_with("\xef\xbb\xbf")) return "it begins with a byte order mark";
  if (text.find('\0') != std::string_view::npos) return "it holds a NUL byte";
  Reader reader(visitor);
  if (nlohmann::json::sax_parse(text, &reader)) return {};
  return reader.take_flaw();
}

std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest = 120;
  const std::string_view shown = name.substr(0, longest);
  return "'" + std::string(shown) + (shown.size() < name.size() ? "..." : "") + "'";
}

}  // namespace modelcache
