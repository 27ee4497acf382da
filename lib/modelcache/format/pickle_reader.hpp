// SPDX-License-Identifier: Apache-2.0
#pragma once

// The machine behind read_pickle(). Promise: it takes memory for what it has seen, never for what a length or
// an index claims.

#include "modelcache/format/pickle.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

namespace modelcache {

// The reason a pickle is not read on; caught by read_pickle().
struct PickleRefusal {
  PickleFlaw::Kind kind;
  const char* reason;
};

// What PUT stores and GET fetches. An index that no pickler counts up to takes no room for those before it.
class PickleMemo {
 public:
  void put(std::size_t index, const PickleValue& value);
  // How many indices are stored at: where MEMOIZE stores next.
  std::size_t count() const { return count_; }
  // nullptr where nothing is stored.
  const PickleValue* get(std::size_t index) const;

 private:
  static PickleValue nothing();

  std::vector<PickleValue> dense_;
  std::map<std::size_t, PickleValue> sparse_;
  std::size_t count_ = 0;
};

class PickleReader {
 public:
  PickleReader(std::string_view bytes, const PickleLimits& limits, std::pmr::memory_resource& memory)
      : bytes_(bytes), limits_(limits), memory_(memory), end_(bytes.size()) {}

  // Each throws PickleRefusal.
  PickleValue read();

  std::size_t opcode_offset() const { return opcode_offset_; }
  std::size_t offset() const { return offset_; }
  unsigned protocol() const { return protocol_; }

 private:
  // One of these, by kind of opcode, takes it; each says whether it was one of its own.
  bool read_container(unsigned char code);
  bool read_text(unsigned char code);
  bool read_scalar(unsigned char code);
  bool read_memo(unsigned char code);
  bool read_frame(unsigned char code);

  unsigned char next_opcode();
  std::string_view take(std::uint64_t count);
  std::uint64_t take_number(std::size_t bytes);
  std::string_view take_line();
  std::uint64_t take_decimal();

  void push(const PickleValue& value);
  void push_integer(std::int64_t value, PickleValue::Type type = PickleValue::Type::integer);
  void push_text(std::string_view text);
  void push_ascii(std::string_view text);
  void push_bytes(std::string_view bytes);
  void push_raw_unicode_escape(std::string_view line);
  void push_quoted(std::string_view line);
  void push_int_line(std::string_view line);
  void push_real();
  void push_long(std::string_view little_endian);

  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::size_t pop_mark();
  void make(PickleValue::Type type);
  void collect(PickleValue::Type type);
  // Moves the stack from `first` on into the list or dict below it.
  void add_items(std::size_t first, PickleValue::Type type);
  void check_keys(std::span<const PickleValue> pairs) const;
  void append(PickleValue& container, std::span<PickleValue> values);
  // A list or dict that nothing can be added to any more.
  static void seal(PickleValue& value);
  void put(std::size_t index);
  void get(std::size_t index);

  std::string_view bytes_;
  PickleLimits limits_;
  std::pmr::memory_resource& memory_;
  std::size_t offset_ = 0;
  std::size_t end_;  // of the frame, or of the file outside of one
  std::size_t opcode_offset_ = 0;
  std::size_t values_ = 0;
  std::size_t fetches_ = 0;
  std::size_t fetched_bytes_ = 0;
  unsigned protocol_ = 0;
  bool is_in_frame_ = false;
  std::vector<PickleValue> stack_;
  std::vector<std::size_t> marks_;
  PickleMemo memo_;
};

}  // namespace modelcache
