// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle_writer.hpp"

#include "modelcache/base/error.hpp"

namespace modelcache {

namespace {

constexpr std::size_t frame_target = 65536;  // of CPython's pickler; also what it counts as a large text
constexpr std::size_t frame_least = 4;
constexpr std::size_t frame_header = 9;
constexpr std::size_t batch = 1000;

void put_little_endian(std::string& text, std::size_t at, std::uint64_t number, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) text[at + i] = static_cast<char>((number >> (8 * i)) & 0xff);
}

void append_little_endian(std::string& text, std::uint64_t number, std::size_t bytes) {
  text.resize(text.size() + bytes);
  put_little_endian(text, text.size() - bytes, number, bytes);
}

}  // namespace

PickleWriter::PickleWriter(unsigned protocol, std::size_t size) : protocol_(protocol), frame_(0) {
  if (protocol < 2 || protocol > 5)
    throw Error(Cause::internal, "pickle protocol " + std::to_string(protocol) + " is not written");
  out_.reserve(size);
  out_ += '\x80';
  out_ += static_cast<char>(protocol);
}

void PickleWriter::opcode(char code) {
  if (!has_frame_ && protocol_ >= 4) {
    has_frame_ = true;
    frame_ = out_.size();
    out_.append(frame_header, '\x95');
  }
  out_ += code;
}

void PickleWriter::close_frame() {
  if (!has_frame_) return;
  has_frame_ = false;
  const std::size_t length = out_.size() - frame_ - frame_header;
  if (length < frame_least)
    out_.erase(frame_, frame_header);
  else
    put_little_endian(out_, frame_ + 1, length, 8);
}

void PickleWriter::begin_object() {
  if (has_frame_ && out_.size() - frame_ - frame_header >= frame_target) close_frame();
}

void PickleWriter::memoize() {
  if (protocol_ >= 4) {
    opcode('\x94');
  } else if (memo_ < 256) {
    opcode('q');
    out_ += static_cast<char>(memo_);
  } else {
    opcode('r');
    append_little_endian(out_, memo_, 4);
  }
  ++memo_;
}

void PickleWriter::fetch(std::uint32_t index) {
  if (index < 256) {
    opcode('h');
    out_ += static_cast<char>(index);
  } else {
    opcode('j');
    append_little_endian(out_, index, 4);
  }
}

void PickleWriter::begin_items(bool is_list, std::size_t count) {
  begin_object();
  opcode(is_list ? ']' : '}');
  memoize();
  if (count == 0) return end_item();
  open_.push_back({is_list, count > 1, count, 0});
  if (count > 1) opcode('(');
}

void PickleWriter::list(std::size_t items) {
  begin_items(true, items);
}

void PickleWriter::dict(std::size_t pairs) {
  begin_items(false, pairs);
}

void PickleWriter::end_batch(Open& open) {
  opcode(open.is_list ? 'e' : 'u');
  // A dict whose last batch is full gets an empty one behind it; a list does not.
  if (open.remaining > 0 || (!open.is_list && open.in_batch == batch)) opcode('(');
  if (open.remaining == 0 && !open.is_list && open.in_batch == batch) opcode('u');
  open.in_batch = 0;
}

void PickleWriter::end_item() {
  while (!open_.empty()) {
    Open& open = open_.back();
    --open.remaining;
    ++open.in_batch;
    if (!open.is_batched)
      opcode(open.is_list ? 'a' : 's');
    else if (open.remaining == 0 || open.in_batch == batch)
      end_batch(open);
    if (open.remaining > 0) return;
    open_.pop_back();
  }
}

void PickleWriter::write_text(std::string_view text) {
  if (text.size() >= frame_target)
    throw Error(Cause::refused,
                "cannot write a pickle: a text has " + std::to_string(text.size()) + " bytes");
  if (protocol_ >= 4 && text.size() < 256) {
    opcode('\x8c');
    out_ += static_cast<char>(text.size());
  } else {
    opcode('X');
    append_little_endian(out_, text.size(), 4);
  }
  out_ += text;
  memoize();
}

std::uint32_t* PickleWriter::singleton(std::string_view text) {
  if (text.empty()) return &singletons_[256];
  const auto first = static_cast<unsigned char>(text[0]);
  if (text.size() == 1) return &singletons_[first];
  // CPython keeps one object for each text of one character up to U+00FF.
  if (text.size() == 2 && (first == 0xc2 || first == 0xc3))
    return &singletons_[((first & 3U) << 6) | (static_cast<unsigned char>(text[1]) & 0x3fU)];
  return nullptr;
}

void PickleWriter::key(std::string_view text) {
  begin_object();
  std::uint32_t* place = singleton(text);
  if (place == nullptr) {
    auto found = keys_.find(text);
    if (found == keys_.end()) found = keys_.emplace(text, 0).first;
    place = &found->second;
  }
  if (*place != 0) return fetch(*place - 1);
  write_text(text);
  *place = memo_;
}

void PickleWriter::text(std::string_view text) {
  begin_object();
  std::uint32_t* place = singleton(text);
  if (place != nullptr && *place != 0) {
    fetch(*place - 1);
  } else {
    write_text(text);
    if (place != nullptr) *place = memo_;
  }
  end_item();
}

std::string PickleWriter::finish() {
  opcode('.');
  close_frame();
  return std::move(out_);
}

}  // namespace modelcache
