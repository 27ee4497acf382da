// SPDX-License-Identifier: Apache-2.0
#pragma once

// Python pickles that are data and nothing else: None, numbers, bytes, text, lists and dicts. Promise:
// nothing of a pickle is ever called, imported or allocated on its word; a value that is read equals what
// CPython's pickle.load gives, and what could be more than data is refused with its opcode and offset.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace modelcache {

inline constexpr std::size_t pickle_limit = std::size_t{64} << 20;  // bytes of a file

// Text as CPython pickles it: UTF-8 in which surrogates (ED A0..BF xx) may stand. In a file's name U+DC80 to
// U+DCFF are the raw bytes 80 to FF of a POSIX name.
struct PickleText {
  std::string_view encoded;
  bool has_surrogates = false;

  // The bytes of the file that has this name; nothing where another surrogate stands in it: no file has it.
  std::optional<std::string> file_name() const;

  friend bool operator==(const PickleText& a, const PickleText& b) { return a.encoded == b.encoded; }
};

// The text that Python has for a file's name of these bytes.
std::string pickle_text(std::string_view file_name);

class PickleReader;
class PickleMemo;
class PickleList;
class PickleDict;

struct PickleBytes {
  std::string_view bytes;
};

// A view: valid as long as the ParsedPickle it is from and the bytes that this was read from.
class PickleValue {
 public:
  enum class Type : std::uint8_t { none, boolean, integer, real, bytes, text, list, dict };

  Type type() const { return type_; }
  bool is(Type type) const { return type_ == type; }

  // Each precondition: the value is of that type.
  bool boolean() const { return integer_ != 0; }
  std::int64_t integer() const { return integer_; }
  double real() const { return real_; }
  PickleBytes bytes() const { return {{data_, size_}}; }
  PickleText text() const { return {{data_, size_}, has_surrogates_}; }
  PickleList list() const;
  PickleDict dict() const;

  // Calls `visitor` with nullptr (None), bool, std::int64_t, double, PickleBytes, PickleText, PickleList or
  // PickleDict.
  template <typename Visitor>
  decltype(auto) visit(Visitor&& visitor) const;

 private:
  friend class PickleReader;
  friend class PickleMemo;

  // A list has size_ items, a dict size_ keys with a value behind each.
  union {
    std::int64_t integer_ = 0;
    double real_;
    const char* data_;
    PickleValue* items_;
  };
  std::uint32_t size_ = 0;
  Type type_ = Type::none;
  bool has_surrogates_ = false;
  std::uint8_t levels_ = 0;  // of lists and dicts, with this one
};

class PickleList {
 public:
  explicit PickleList(std::span<const PickleValue> items) : items_(items) {}
  std::size_t size() const { return items_.size(); }
  const PickleValue& operator[](std::size_t index) const { return items_[index]; }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::span<const PickleValue> items_;
};

// In the order of Python's dict; no key is there twice.
class PickleDict {
 public:
  explicit PickleDict(std::span<const PickleValue> pairs) : pairs_(pairs) {}
  std::size_t size() const { return pairs_.size() / 2; }
  PickleText key(std::size_t index) const { return pairs_[2 * index].text(); }
  const PickleValue& value(std::size_t index) const { return pairs_[2 * index + 1]; }
  const PickleValue* find(std::string_view key) const;

 private:
  std::span<const PickleValue> pairs_;
};

inline PickleList PickleValue::list() const {
  return PickleList({items_, size_});
}

inline PickleDict PickleValue::dict() const {
  return PickleDict({items_, std::size_t{2} * size_});
}

template <typename Visitor>
decltype(auto) PickleValue::visit(Visitor&& visitor) const {
  switch (type_) {
    case Type::boolean:
      return visitor(boolean());
    case Type::integer:
      return visitor(integer());
    case Type::real:
      return visitor(real());
    case Type::bytes:
      return visitor(bytes());
    case Type::text:
      return visitor(text());
    case Type::list:
      return visitor(list());
    case Type::dict:
      return visitor(dict());
    case Type::none:
      break;
  }
  return visitor(nullptr);
}

struct PickleFlaw {
  enum class Kind : std::uint8_t {
    code,         // it would call or import something
    unsupported,  // harmless, but nothing that an index needs
    corrupt,      // CPython fails on it too, or two readers could disagree
    limit,        // larger, deeper or more than any index
    shape,        // a list or dict in two places or in itself, a key that is no text
  };
  Kind kind = Kind::corrupt;
  std::string_view opcode;  // "STACK_GLOBAL"; empty where the file ends
  std::size_t offset = 0;   // of the opcode in the file
  std::string sentence;     // all of it: "STACK_GLOBAL at offset 29 would run code"
};

std::string_view to_string(PickleFlaw::Kind kind);

struct PickleLimits {
  std::size_t bytes = pickle_limit;
  std::size_t entries = 1'000'000;          // of one list
  std::size_t pairs = 65'536;               // of one dict
  std::size_t key = 256;                    // bytes of a dict's key
  std::size_t values = 6'000'000;           // of all, with keys
  std::size_t memo = std::size_t{4} << 20;  // the first index that is too large
  std::uint8_t levels = 8;                  // of lists and dicts
};

struct ParsedPickle {
  std::optional<PickleValue> value;
  PickleFlaw flaw;                  // where there is no value
  bool has_trailing_bytes = false;  // behind STOP, where they are never read
  unsigned protocol = 0;            // as the file says, 0 where it does not

  // What lists and dicts lie in, and texts that do not stand in the file as they are.
  std::unique_ptr<std::pmr::monotonic_buffer_resource> items;
  std::unique_ptr<std::pmr::monotonic_buffer_resource> texts;
};

// Protocols 0 to 5. Texts and bytes of the value lie in `bytes` as far as they can. One text may stand in
// many places, but all of them written out are hardly longer than the file. Throws nothing but
// std::bad_alloc.
ParsedPickle read_pickle(std::string_view bytes, const PickleLimits& limits = {});

// The same for a long list, without keeping it: each item goes to `item`, lives during the call only, and
// means nothing where there is a flaw in the end. The value of a list has no items then; any other is as it
// is.
ParsedPickle read_pickle_items(std::string_view bytes, const std::function<void(const PickleValue&)>& item,
                               const PickleLimits& limits = {});

}  // namespace modelcache
