// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle_reader.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <memory>
#include <numeric>

namespace modelcache {

namespace {

using Type = PickleValue::Type;
using Kind = PickleFlaw::Kind;

constexpr std::size_t memo_gap = 1024;  // that a pickler's own numbering may have
constexpr std::size_t usual_text = 64;  // bytes of a key or id that is the same in many entries

}  // namespace

// A pickler of texts stores one in this many bytes.
PickleMemo::PickleMemo(std::size_t file_size) {
  constexpr std::size_t usual_distance = 28;
  dense_.reserve(file_size / usual_distance);
}

PickleValue PickleMemo::nothing() {
  PickleValue value;
  value.levels_ = std::numeric_limits<std::uint8_t>::max();
  return value;
}

void PickleMemo::put(std::size_t index, const PickleValue& value) {
  if (index == dense_.size() && sparse_.empty()) {
    dense_.push_back(value);
    ++count_;
    return;
  }
  if (get(index) == nullptr) ++count_;
  if (index >= dense_.size() && index <= 2 * count_ + memo_gap) {
    dense_.resize(index + 1, nothing());
  }
  if (index < dense_.size())
    dense_[index] = value;
  else
    sparse_[index] = value;
}

const PickleValue* PickleMemo::get(std::size_t index) const {
  if (index < dense_.size() && dense_[index].levels_ != nothing().levels_) return &dense_[index];
  if (sparse_.empty()) return nullptr;
  const auto found = sparse_.find(index);
  return found == sparse_.end() ? nullptr : &found->second;
}

PickleValue PickleReader::read() {
  for (;;) {
    const unsigned char code = next_opcode();
    if (code == '.') break;
    if (!read_text(code) && !read_memo(code) && !read_container(code) && !read_scalar(code) &&
        !read_frame(code))
      throw PickleRefusal{Kind::corrupt, "is no opcode"};
  }
  if (stack_.size() != 1 || !marks_.empty())
    throw PickleRefusal{Kind::corrupt, "ends with other than one value"};
  PickleValue& value = stack_.front();
  seal(value);
  if (item_ != nullptr && value.is(Type::list)) value.size_ = 0;
  return value;
}

unsigned char PickleReader::next_opcode() {
  if (offset_ == end_ && is_in_frame_) {
    is_in_frame_ = false;
    end_ = bytes_.size();
  }
  opcode_offset_ = offset_;
  if (offset_ == end_) throw PickleRefusal{Kind::corrupt, "the file ends before STOP"};
  return static_cast<unsigned char>(bytes_[offset_++]);
}

void PickleReader::refuse_cut() const {
  throw PickleRefusal{Kind::corrupt,
                      is_in_frame_ ? "goes beyond its frame" : "goes beyond the end of the file"};
}

void PickleReader::refuse_value() {
  throw PickleRefusal{Kind::limit, "is one value too many"};
}

std::uint64_t PickleReader::take_number(std::size_t bytes) {
  std::uint64_t number = 0;
  const std::string_view taken = take(bytes);
  for (std::size_t i = bytes; i-- > 0;) number = (number << 8) | static_cast<unsigned char>(taken[i]);
  return number;
}

std::string_view PickleReader::take_line() {
  const std::size_t length = bytes_.substr(offset_, end_ - offset_).find('\n');
  if (length == std::string_view::npos) throw PickleRefusal{Kind::corrupt, "has a line without an end"};
  const std::string_view line = take(length);
  take(1);
  return line;
}

std::size_t PickleReader::pop_mark() {
  if (marks_.empty()) throw PickleRefusal{Kind::corrupt, "has no MARK before it"};
  const std::size_t mark = marks_.back();
  marks_.pop_back();
  return mark;
}

void PickleReader::make(Type type) {
  PickleValue value;
  value.type_ = type;
  value.items_ = nullptr;
  value.levels_ = 1;
  push(value);
}

// LIST and DICT: what stands behind the mark becomes one value.
void PickleReader::collect(Type type) {
  const std::size_t first = pop_mark();
  make(type);
  std::rotate(stack_.begin() + static_cast<std::ptrdiff_t>(first), stack_.end() - 1, stack_.end());
  add_items(first + 1, type);
}

void PickleReader::add_items(std::size_t first, Type type) {
  if (first <= floor()) throw PickleRefusal{Kind::corrupt, "has nothing to add to"};
  PickleValue& container = stack_[first - 1];
  if (container.type_ != type)
    throw PickleRefusal{Kind::corrupt,
                        type == Type::list ? "adds to what is no list" : "adds to what is no dict"};
  const std::span values(stack_.data() + first, stack_.size() - first);
  if (type == Type::dict) check_keys(values);
  const std::size_t before = container.size_;
  count_in(container, values);
  if (type == Type::list && is_whole(first)) {
    for (const PickleValue& value : values) item_(value);
    // Every list and dict but this one was in these: no other can be at the bottom, and none is fetched.
    items_.release();
  } else if (!values.empty()) {
    const std::size_t width = type == Type::dict ? 2 : 1;
    PickleValue* const room = make_room(container, before * width, before * width + values.size());
    std::uninitialized_copy(values.begin(), values.end(), room);
  }
  stack_.resize(first);
}

void PickleReader::check_keys(std::span<const PickleValue> pairs) const {
  if (pairs.size() % 2 != 0) throw PickleRefusal{Kind::corrupt, "has a key without a value"};
  for (std::size_t i = 0; i < pairs.size(); i += 2) {
    if (pairs[i].type_ != Type::text) throw PickleRefusal{Kind::shape, "has a key that is no text"};
    // Sorting them must not take longer than reading them.
    if (pairs[i].size_ > limits_.key) throw PickleRefusal{Kind::limit, "has a key that is too long"};
  }
}

void PickleReader::count_in(PickleValue& container, std::span<PickleValue> values) {
  const bool is_dict = container.type_ == Type::dict;
  const std::size_t after = container.size_ + values.size() / (is_dict ? 2 : 1);
  if (after > (is_dict ? limits_.pairs : limits_.entries))
    throw PickleRefusal{Kind::limit, "has too many entries"};
  for (PickleValue& value : values) {
    seal(value);
    if (value.levels_ >= limits_.levels) throw PickleRefusal{Kind::limit, "is nested too deep"};
    container.levels_ = std::max(container.levels_, static_cast<std::uint8_t>(value.levels_ + 1));
  }
  container.size_ = static_cast<std::uint32_t>(after);
}

PickleValue* PickleReader::make_room(PickleValue& container, std::size_t before, std::size_t after) {
  // The room is always the next power of two.
  if (before == 0 || after > std::bit_ceil(before)) {
    void* const room = items_.allocate(std::bit_ceil(after) * sizeof(PickleValue), alignof(PickleValue));
    auto* const items = static_cast<PickleValue*>(room);
    std::uninitialized_copy_n(container.items_, before, items);
    container.items_ = items;
  }
  return container.items_ + before;
}

// What Python does with a repeated key: it stays at its first place, with its last value.
void PickleReader::seal(PickleValue& value) {
  if (value.type_ != Type::dict || value.size_ < 2) return;
  const auto key = [&](std::size_t pair) { return value.items_[2 * pair].text().encoded; };
  if (value.size_ == 2 && key(0) != key(1)) return;
  // Sorted, since hashes of hostile keys may all be one.
  std::vector<std::uint32_t> order(value.size_);
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
  std::vector<bool> is_dropped(value.size_);
  for (std::size_t i = 0, first = 0; i < order.size(); ++i) {
    if (key(order[i]) != key(order[first])) first = i;
    if (i == first) continue;
    value.items_[std::size_t{2} * order[first] + 1] = value.items_[std::size_t{2} * order[i] + 1];
    is_dropped[order[i]] = true;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (is_dropped[i]) continue;
    std::copy_n(value.items_ + 2 * i, 2, value.items_ + 2 * kept++);
  }
  value.size_ = static_cast<std::uint32_t>(kept);
}

bool PickleReader::read_container(unsigned char code) {
  switch (code) {
    case ']':
      make(Type::list);
      return true;
    case '}':
      make(Type::dict);
      return true;
    case '(':
      if (marks_.size() >= limits_.levels) throw PickleRefusal{Kind::limit, "is nested too deep"};
      marks_.push_back(stack_.size());
      return true;
    case 'l':
      collect(Type::list);
      return true;
    case 'd':
      collect(Type::dict);
      return true;
    case 'a':
    case 's': {
      const bool is_list = code == 'a';
      const std::size_t count = is_list ? 1 : 2;
      if (stack_.size() - floor() <= count) throw PickleRefusal{Kind::corrupt, "has nothing to add to"};
      add_items(stack_.size() - count, is_list ? Type::list : Type::dict);
      return true;
    }
    case 'e':
    case 'u':
      add_items(pop_mark(), code == 'e' ? Type::list : Type::dict);
      return true;
    default:
      return false;
  }
}

void PickleReader::put(std::size_t index) {
  if (index >= limits_.memo) throw PickleRefusal{Kind::limit, "has a memo index that is too large"};
  if (stack_.size() <= floor()) throw PickleRefusal{Kind::corrupt, "has no value to store"};
  memo_.put(index, stack_.back());
}

void PickleReader::get(std::size_t index) {
  const PickleValue* value = memo_.get(index);
  if (value == nullptr) throw PickleRefusal{Kind::corrupt, "fetches what was never stored"};
  if (value->levels_ > 0)
    throw PickleRefusal{Kind::shape, "puts a list or dict in a second place, or in itself"};
  if (value->type_ == Type::text || value->type_ == Type::bytes) {
    ++fetches_;
    fetched_bytes_ += value->size_;
    if (fetched_bytes_ > bytes_.size() + fetches_ * usual_text)
      throw PickleRefusal{Kind::limit, "repeats more text than the file holds"};
  }
  push(*value);
}

bool PickleReader::read_memo(unsigned char code) {
  switch (code) {
    case 0x94:
      if (stack_.size() <= floor()) throw PickleRefusal{Kind::corrupt, "has no value to store"};
      if (memo_.count() >= limits_.memo)
        throw PickleRefusal{Kind::limit, "has a memo index that is too large"};
      memo_.put(memo_.count(), stack_.back());
      return true;
    case 'q':
      put(take_byte());
      return true;
    case 'r':
      put(take_number(4));
      return true;
    case 'p':
      put(take_decimal());
      return true;
    case 'h':
      get(take_byte());
      return true;
    case 'j':
      get(take_number(4));
      return true;
    case 'g':
      get(take_decimal());
      return true;
    default:
      return false;
  }
}

bool PickleReader::read_frame(unsigned char code) {
  if (code == 0x80) {
    if (opcode_offset_ != 0) throw PickleRefusal{Kind::corrupt, "is not where the file begins"};
    protocol_ = static_cast<unsigned>(take_byte());
    if (protocol_ > 5) throw PickleRefusal{Kind::unsupported, "has a protocol above 5"};
    return true;
  }
  if (code != 0x95) return false;
  if (is_in_frame_) throw PickleRefusal{Kind::corrupt, "begins inside another frame"};
  const std::uint64_t length = take_number(8);
  if (length > end_ - offset_) throw PickleRefusal{Kind::corrupt, "goes beyond the end of the file"};
  end_ = offset_ + length;
  is_in_frame_ = true;
  return true;
}

}  // namespace modelcache
