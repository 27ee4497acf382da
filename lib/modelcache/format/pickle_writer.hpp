// SPDX-License-Identifier: Apache-2.0
#pragma once

// Pickles of lists and dicts of text. Promise: byte for byte what CPython 3.8 to 3.13 (C pickler) writes for
// the same objects, where equal keys are one object and equal values are not.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

// The objects are told from the outside in; a list or dict ends by itself with its last item.
class PickleWriter {
 public:
  // Protocol 2 to 5; Error(internal) for others. `size` is about how many bytes it will be, for speed alone.
  explicit PickleWriter(unsigned protocol, std::size_t size = 0);

  void list(std::size_t items);
  // Each pair is a key() and then any object.
  void dict(std::size_t pairs);
  // Text is as PickleText::encoded. Throws Error(refused) for 64 KiB and more, which CPython frames
  // otherwise.
  void key(std::string_view text);
  void text(std::string_view text);

  // All of it. Precondition: one object was told, and all of it.
  std::string finish();

 private:
  struct Open {
    bool is_list;
    bool is_batched;        // with a mark, since there is more than one
    std::size_t remaining;  // items or pairs
    std::size_t in_batch;
  };

  void opcode(char code);
  void begin_object();
  void close_frame();
  void begin_items(bool is_list, std::size_t count);
  void end_item();
  void end_batch(Open& open);
  void memoize();
  void fetch(std::uint32_t index);
  void write_text(std::string_view text);
  // Where the index of a text that is one object wherever it stands is kept (one more than it); nullptr for
  // all other texts.
  std::uint32_t* singleton(std::string_view text);

  std::string out_;
  unsigned protocol_;
  std::size_t frame_;  // where the open frame's header is
  bool has_frame_ = false;
  std::uint32_t memo_ = 0;
  std::vector<Open> open_;
  std::map<std::string, std::uint32_t, std::less<>> keys_;
  std::array<std::uint32_t, 257> singletons_{};
};

}  // namespace modelcache
