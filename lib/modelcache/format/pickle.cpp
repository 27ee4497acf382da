// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/pickle.hpp"

#include "modelcache/format/pickle_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace modelcache {

namespace {

using Kind = PickleFlaw::Kind;

struct Opcode {
  unsigned char code;
  std::string_view name;
  std::optional<Kind> refused;  // whatever stands behind it
};

// Those of Python's pickle module up to protocol 5.
constexpr std::array opcodes{
    Opcode{0x28, "MARK", {}},
    Opcode{0x29, "EMPTY_TUPLE", Kind::unsupported},
    Opcode{0x2e, "STOP", {}},
    Opcode{0x30, "POP", Kind::unsupported},
    Opcode{0x31, "POP_MARK", Kind::unsupported},
    Opcode{0x32, "DUP", Kind::unsupported},
    Opcode{0x42, "BINBYTES", {}},
    Opcode{0x43, "SHORT_BINBYTES", {}},
    Opcode{0x46, "FLOAT", Kind::unsupported},
    Opcode{0x47, "BINFLOAT", {}},
    Opcode{0x49, "INT", {}},
    Opcode{0x4a, "BININT", {}},
    Opcode{0x4b, "BININT1", {}},
    Opcode{0x4c, "LONG", Kind::unsupported},
    Opcode{0x4d, "BININT2", {}},
    Opcode{0x4e, "NONE", {}},
    Opcode{0x50, "PERSID", Kind::code},
    Opcode{0x51, "BINPERSID", Kind::code},
    Opcode{0x52, "REDUCE", Kind::code},
    Opcode{0x53, "STRING", {}},
    Opcode{0x54, "BINSTRING", {}},
    Opcode{0x55, "SHORT_BINSTRING", {}},
    Opcode{0x56, "UNICODE", {}},
    Opcode{0x58, "BINUNICODE", {}},
    Opcode{0x5d, "EMPTY_LIST", {}},
    Opcode{0x61, "APPEND", {}},
    Opcode{0x62, "BUILD", Kind::code},
    Opcode{0x63, "GLOBAL", Kind::code},
    Opcode{0x64, "DICT", {}},
    Opcode{0x65, "APPENDS", {}},
    Opcode{0x67, "GET", {}},
    Opcode{0x68, "BINGET", {}},
    Opcode{0x69, "INST", Kind::code},
    Opcode{0x6a, "LONG_BINGET", {}},
    Opcode{0x6c, "LIST", {}},
    Opcode{0x6f, "OBJ", Kind::code},
    Opcode{0x70, "PUT", {}},
    Opcode{0x71, "BINPUT", {}},
    Opcode{0x72, "LONG_BINPUT", {}},
    Opcode{0x73, "SETITEM", {}},
    Opcode{0x74, "TUPLE", Kind::unsupported},
    Opcode{0x75, "SETITEMS", {}},
    Opcode{0x7d, "EMPTY_DICT", {}},
    Opcode{0x80, "PROTO", {}},
    Opcode{0x81, "NEWOBJ", Kind::code},
    Opcode{0x82, "EXT1", Kind::code},
    Opcode{0x83, "EXT2", Kind::code},
    Opcode{0x84, "EXT4", Kind::code},
    Opcode{0x85, "TUPLE1", Kind::unsupported},
    Opcode{0x86, "TUPLE2", Kind::unsupported},
    Opcode{0x87, "TUPLE3", Kind::unsupported},
    Opcode{0x88, "NEWTRUE", {}},
    Opcode{0x89, "NEWFALSE", {}},
    Opcode{0x8a, "LONG1", {}},
    Opcode{0x8b, "LONG4", Kind::unsupported},
    Opcode{0x8c, "SHORT_BINUNICODE", {}},
    Opcode{0x8d, "BINUNICODE8", {}},
    Opcode{0x8e, "BINBYTES8", Kind::unsupported},
    Opcode{0x8f, "EMPTY_SET", Kind::unsupported},
    Opcode{0x90, "ADDITEMS", Kind::unsupported},
    Opcode{0x91, "FROZENSET", Kind::unsupported},
    Opcode{0x92, "NEWOBJ_EX", Kind::code},
    Opcode{0x93, "STACK_GLOBAL", Kind::code},
    Opcode{0x94, "MEMOIZE", {}},
    Opcode{0x95, "FRAME", {}},
    Opcode{0x96, "BYTEARRAY8", Kind::unsupported},
    Opcode{0x97, "NEXT_BUFFER", Kind::unsupported},
    Opcode{0x98, "READONLY_BUFFER", Kind::unsupported},
};

const Opcode* find_opcode(char byte) {
  for (const Opcode& opcode : opcodes)
    if (opcode.code == static_cast<unsigned char>(byte)) return &opcode;
  return nullptr;
}

PickleFlaw make_flaw(std::string_view bytes, std::size_t offset, const PickleRefusal& refusal) {
  PickleFlaw flaw{refusal.kind, {}, offset, refusal.reason};
  const std::string place = " at offset " + std::to_string(offset);
  if (offset >= bytes.size()) {
    flaw.sentence += place;
    return flaw;
  }
  const Opcode* opcode = find_opcode(bytes[offset]);
  if (opcode == nullptr) {
    std::array<char, 8> hex{};
    std::snprintf(hex.data(), hex.size(), "0x%02x",
                  static_cast<unsigned>(static_cast<unsigned char>(bytes[offset])));
    flaw.sentence = std::string(hex.data()) + place + " is no opcode";
    return flaw;
  }
  flaw.opcode = opcode->name;
  if (opcode->refused) flaw.kind = *opcode->refused;
  const std::string_view reason = flaw.kind == Kind::code                ? "would run code"
                                  : opcode->refused == Kind::unsupported ? "is nothing that an index needs"
                                                                         : refusal.reason;
  flaw.sentence = std::string(opcode->name) + place + " " + std::string(reason);
  return flaw;
}

}  // namespace

std::string_view to_string(PickleFlaw::Kind kind) {
  switch (kind) {
    case Kind::code:
      return "code";
    case Kind::unsupported:
      return "unsupported";
    case Kind::corrupt:
      return "corrupt";
    case Kind::limit:
      return "limit";
    case Kind::shape:
      return "shape";
  }
  return {};
}

const PickleValue* PickleDict::find(std::string_view key) const {
  for (std::size_t i = 0; i < pairs_.size(); i += 2)
    if (pairs_[i].text().encoded == key) return &pairs_[i + 1];
  return nullptr;
}

ParsedPickle read_pickle(std::string_view bytes, const PickleLimits& limits) {
  return read_pickle_items(bytes, nullptr, limits);
}

ParsedPickle read_pickle_items(std::string_view bytes, const std::function<void(const PickleValue&)>& item,
                               const PickleLimits& limits) {
  constexpr std::size_t first_buffer = std::size_t{96} << 10;
  ParsedPickle parsed;
  if (bytes.size() > limits.bytes) {
    parsed.flaw = {Kind::limit, {}, 0, "the file is larger than " + std::to_string(limits.bytes) + " bytes"};
    return parsed;
  }
  parsed.items =
      std::make_unique<std::pmr::monotonic_buffer_resource>(std::min(first_buffer, 16 * bytes.size()));
  parsed.texts = std::make_unique<std::pmr::monotonic_buffer_resource>();
  PickleReader reader(bytes, limits, *parsed.items, *parsed.texts, item);
  try {
    parsed.value = reader.read();
    parsed.has_trailing_bytes = reader.offset() < bytes.size();
  } catch (const PickleRefusal& refusal) {
    parsed.flaw = make_flaw(bytes, reader.opcode_offset(), refusal);
  }
  parsed.protocol = reader.protocol();
  return parsed;
}

}  // namespace modelcache
