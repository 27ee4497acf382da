// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/digest.hpp"
#include "modelcache/base/sha256/kernels.hpp"
#include "modelcache/base/sha256/message.hpp"

#include "support/catch.hpp"
#include "support/child.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace modelcache;
using namespace modelcache::sha256;
using test::thrown_by;

namespace modelcache::test {

// In sha256_wide_lanes.cpp: the code of AVX-512, compiled for AVX2.
void compress_sixteen_lanes(State* const* states, const std::byte* const* data, std::size_t blocks);

}  // namespace modelcache::test

namespace {

// A kernel's way to hash a message: padded, a lane of several.
struct Hashing {
  std::string_view message;
  std::vector<std::byte> blocks;
  State state = initial_state();
  Lane lane;

  explicit Hashing(std::string_view text) : message(text), blocks(text.size() + padding_limit) {
    const auto bytes = std::as_bytes(std::span(text));
    std::copy(bytes.begin(), bytes.end(), blocks.begin());
    const std::size_t count = pad(blocks.data() + text.size(), text.size());
    lane = {&state, blocks.data(), (text.size() + count) / block_size};
  }
  Hashing(const Hashing&) = delete;
  Hashing& operator=(const Hashing&) = delete;
};

Plan only(const Kernel& kernel) {
  return Plan({&kernel, 1}, {&kernel.usual_speed, 1});
}

std::string hex_of(const Plan& plan, std::string_view message) {
  Hashing hashing(message);
  const std::array<Lane*, 1> lanes{&hashing.lane};
  while (hashing.lane.blocks > 0) plan.advance(lanes);
  return digest_of(hashing.state).hex();
}

// Hashes random messages of the lengths that `length` gives, `at_once` of them at a time, each ended one
// replaced by the next. How many are wrong.
template <typename Length>
std::size_t count_wrong(const Plan& plan, std::size_t at_once, std::size_t messages, const Length& length) {
  static const std::string pool = [] {
    std::mt19937 random(1);
    std::string bytes(1 << 16, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }();
  std::mt19937 random(static_cast<unsigned>(at_once));
  std::size_t wrong = 0;
  std::vector<std::unique_ptr<Hashing>> active;
  for (std::size_t begun = 0; begun < messages || !active.empty();) {
    while (begun < messages && active.size() < at_once) {
      const std::size_t size = length(begun++);
      const std::size_t from = random() % (pool.size() - size);
      active.push_back(std::make_unique<Hashing>(std::string_view(pool).substr(from, size)));
    }
    std::vector<Lane*> lanes;
    for (const auto& one : active) lanes.push_back(&one->lane);
    plan.advance(lanes);
    std::erase_if(active, [&](const auto& one) {
      if (one->lane.blocks > 0) return false;
      if (digest_of(one->state) != hash_bytes(HashKind::sha256, one->message)) ++wrong;
      return true;
    });
  }
  return wrong;
}

std::size_t short_length(std::size_t number) {
  return number * 7 % 301;
}

std::size_t long_length(std::size_t number) {
  constexpr std::array<std::size_t, 8> lengths{4095, 4096, 4097, 8183, 8184, 8191, 8192, 16384};
  return lengths[number * 5 % lengths.size()];
}

bool processor_has(const std::string& flag) {
  std::ifstream file("/proc/cpuinfo");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const std::string line = text.substr(std::min(text.find("\nflags"), text.size()));
  return (line.substr(0, line.find('\n', 1)) + " ").find(" " + flag + " ") != std::string::npos;
}

}  // namespace

TEST_CASE("every kernel hashes the vectors of the standard") {
  const std::array<std::pair<std::string, std::string_view>, 4> vectors{{
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {std::string(1'000'000, 'a'), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
  }};
  for (const Kernel& kernel : kernels_here())
    for (const auto& [message, digest] : vectors) {
      CAPTURE(kernel.name, message.size());
      CHECK(hex_of(only(kernel), message) == digest);
    }
}

TEST_CASE("the kernels that the processor has are those that are used") {
  std::vector<std::string_view> names{"openssl"};
  if (processor_has("sha_ni")) names.push_back("sha-ni");
  if (processor_has("avx2")) names.push_back("avx2");
  if (processor_has("avx512f") && processor_has("avx512bw")) names.push_back("avx512");
  std::vector<std::string_view> used;
  for (const Kernel& kernel : kernels_here()) {
    used.push_back(kernel.name);
    // Not by name only: no two are the same code.
    const auto is_it = [&](const Kernel& other) { return other.compress == kernel.compress; };
    CHECK(std::count_if(kernels_here().begin(), kernels_here().end(), is_it) == 1);
  }
  CHECK(used == names);
}

TEST_CASE("every kernel agrees with OpenSSL on messages of all lengths, in any company") {
  for (const Kernel& kernel : kernels_here())
    for (const std::size_t at_once : {std::size_t{1}, kernel.lanes, most_lanes - 1}) {
      CAPTURE(kernel.name, at_once);
      CHECK(count_wrong(only(kernel), at_once, 35'000, short_length) == 0);
      CHECK(count_wrong(only(kernel), at_once, 100, long_length) == 0);
    }
}

TEST_CASE("kernels take turns with one message without a trace") {
  const auto kernels = kernels_here();
  // Each is worth it for what its lanes take in one go, the fewest messages first.
  std::vector<double> speeds;
  for (const Kernel& kernel : kernels) speeds.push_back(static_cast<double>(kernel.lanes));
  const Plan plan(kernels, speeds);
  CHECK(plan.lanes() == std::max_element(kernels.begin(), kernels.end(), [](const auto& a, const auto& b) {
                          return a.lanes < b.lanes;
                        })->lanes);
  for (std::size_t at_once = 1; at_once <= most_lanes; ++at_once) {
    CAPTURE(at_once);
    CHECK(count_wrong(plan, at_once, 2'000, [](std::size_t number) {
            return number % 3 == 0 ? long_length(number) : short_length(number);
          }) == 0);
  }
}

TEST_CASE("sixteen lanes compute the same where a vector takes two registers") {
  if (!processor_has("avx2")) {
    CHECK(kernels_here().size() <= 2);
    return;
  }
  const Kernel kernel{"sixteen", 16, test::compress_sixteen_lanes, 1};
  CHECK(hex_of(only(kernel), "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(count_wrong(only(kernel), 16, 20'000, short_length) == 0);
  CHECK(count_wrong(only(kernel), 13, 1'000, long_length) == 0);
}

TEST_CASE("a plan takes the kernel that is faster for so many messages") {
  std::vector<std::string_view> used;
  static std::vector<std::string_view>* calls = nullptr;
  calls = &used;
  const std::array<Kernel, 3> kernels{{
      {"one", 1, [](State* const*, const std::byte* const*, std::size_t) { calls->push_back("one"); }, 1},
      {"two", 2, [](State* const*, const std::byte* const*, std::size_t) { calls->push_back("two"); }, 1},
      {"eight", 8, [](State* const*, const std::byte* const*, std::size_t) { calls->push_back("eight"); }, 1},
  }};
  using Names = std::vector<std::string_view>;
  const auto used_for = [&](const std::array<double, 3>& speeds, std::size_t messages) {
    used.clear();
    const std::array<std::byte, block_size> block{};
    std::vector<Lane> lanes(messages);
    std::vector<Lane*> pointers;
    for (Lane& lane : lanes) {
      lane.data = block.data();
      lane.blocks = 1;
      pointers.push_back(&lane);
    }
    Plan(kernels, speeds).advance(pointers);
    return used;
  };
  const std::array<double, 3> usual{1, 1.8, 3};
  CHECK(used_for(usual, 1) == Names{"one"});
  CHECK(used_for(usual, 2) == Names{"two"});
  CHECK(used_for(usual, 3) == Names{"two", "one"});
  CHECK(used_for(usual, 5) == Names{"eight"});
  CHECK(used_for(usual, 10) == Names{"eight", "two"});
  CHECK(used_for({1, 3, 3}, 8) == Names{"two", "two", "two", "two"});
  CHECK(used_for({1, 0.9, 0.8}, 3) == Names{"one", "one", "one"});
  // Where two at once are faster than one alone, one goes with an empty lane beside it.
  CHECK(used_for({1, 2.5, 2}, 1) == Names{"two"});
}

TEST_CASE("the environment chooses the kernel, and one that is not there is refused with those that are") {
  const auto lanes_with = [](const std::string& name, std::uint64_t bytes) {
    return test::in_child([&] {
      ::setenv("MODELCACHE_SHA256", name.c_str(), 1);
      std::string text;
      const auto thrown = thrown_by([&] { text = std::to_string(make_plan(bytes).lanes()); });
      return thrown.cause ? (*thrown.cause == Cause::usage ? "usage: " : "") + thrown.message : text;
    });
  };
  std::string names;
  for (const Kernel& kernel : kernels_here()) {
    CHECK(lanes_with(std::string(kernel.name), 1) == std::to_string(kernel.lanes));
    CHECK(lanes_with(std::string(kernel.name), std::uint64_t{1} << 40) == std::to_string(kernel.lanes));
    names.append(names.empty() ? "" : ", ").append(kernel.name);
  }
  for (const std::string name : {"md5", "AVX2", "openssl "})
    CHECK(lanes_with(name, 1) ==
          "usage: cannot use 'MODELCACHE_SHA256=" + name + "': this processor has " + names);
  for (const std::uint64_t bytes : {std::uint64_t{0}, std::uint64_t{1} << 40}) {
    const std::string lanes = lanes_with("", bytes);
    CHECK(std::any_of(kernels_here().begin(), kernels_here().end(),
                      [&](const Kernel& kernel) { return std::to_string(kernel.lanes) == lanes; }));
  }
}
