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
  explicit PickleMemo(std::size_t file_size);
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

using PickleMemory = std::pmr::monotonic_buffer_resource;
using PickleItem = std::function<void(const PickleValue&)>;

class PickleReader {
 public:
  // Where there is an `item`, those of the list that the pickle is go there.
  PickleReader(std::string_view bytes, const PickleLimits& limits, PickleMemory& items, PickleMemory& texts,
               const PickleItem& item)
      : bytes_(bytes),
        limits_(limits),
        items_(items),
        texts_(texts),
        item_(item),
        end_(bytes.size()),
        memo_(bytes.size()) {}

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
  std::string_view take(std::uint64_t count) {
    if (count > end_ - offset_) refuse_cut();
    offset_ += count;
    return {bytes_.data() + offset_ - count, count};
  }
  std::size_t take_byte() { return static_cast<unsigned char>(take(1)[0]); }
  std::uint64_t take_number(std::size_t bytes);
  std::string_view take_line();
  std::uint64_t take_decimal();

  void push(const PickleValue& value) {
    if (++values_ > limits_.values || stack_.size() > stack_limit()) refuse_value();
    stack_.push_back(value);
  }
  void push_integer(std::int64_t value, PickleValue::Type type = PickleValue::Type::integer);
  void push_text(std::string_view text);
  void push_ascii(std::string_view text);
  void push_bytes(std::string_view bytes);
  void push_raw_unicode_escape(std::string_view line);
  void push_quoted(std::string_view line);
  void push_int_line(std::string_view line);
  void push_real();
  void push_long(std::string_view little_endian);

  [[noreturn]] void refuse_cut() const;
  [[noreturn]] static void refuse_value();
  // Nothing but one list at a time has to wait there as a whole.
  std::size_t stack_limit() const { return limits_.entries + 1024; }
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  std::size_t pop_mark();
  void make(PickleValue::Type type);
  void collect(PickleValue::Type type);
  // Moves the stack from `first` on into the list or dict below it.
  void add_items(std::size_t first, PickleValue::Type type);
  void check_keys(std::span<const PickleValue> pairs) const;
  // Seals the values, counts them in, and makes room for them behind those that the container has.
  void count_in(PickleValue& container, std::span<PickleValue> values);
  PickleValue* make_room(PickleValue& container, std::size_t before, std::size_t after);
  // Whether nothing can come to be around the list at the bottom of the stack.
  bool is_whole(std::size_t first) const { return first == 1 && marks_.empty() && item_ != nullptr; }
  // A list or dict that nothing can be added to any more.
  static void seal(PickleValue& value);
  void put(std::size_t index);
  void get(std::size_t index);

  std::string_view bytes_;
  PickleLimits limits_;
  PickleMemory& items_;
  PickleMemory& texts_;
  const PickleItem& item_;
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
