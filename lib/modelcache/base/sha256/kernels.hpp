// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which kernels there are, and which of them is the fastest for how many messages. Promise: a kernel that the
// processor, or the system for its registers, cannot run is never called.

#include "modelcache/base/sha256/kernel.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace modelcache::sha256 {

struct Kernel {
  std::string_view name;  // as MODELCACHE_SHA256 has it
  std::size_t lanes;      // messages at once
  Compress compress;
  double usual_speed;  // bytes a nanosecond with all lanes in use, where it was not measured here
};

// Those that this processor runs, with fewer lanes first.
std::span<const Kernel> kernels_here();

// One message on its way through a kernel.
struct Lane {
  State* state = nullptr;
  const std::byte* data = nullptr;  // whole blocks
  std::size_t blocks = 0;
};

class Plan {
 public:
  // As fast as can be had from these kernels, whose speeds are given in the same order.
  Plan(std::span<const Kernel> kernels, std::span<const double> speeds);

  // How many messages can be of use at once.
  std::size_t lanes() const noexcept;
  // Hashes blocks of every lane that has some, of up to most_lanes: as many as all those have that go through
  // a kernel together.
  void advance(std::span<Lane* const> lanes) const;

 private:
  struct Choice {
    Kernel kernel;
    std::size_t worth_from;  // messages
  };
  const Choice& choice(std::size_t messages) const;

  std::vector<Choice> choices_;  // with more lanes first; the last is worth it from one on
};

// For `bytes` in all. What takes longer than measuring the kernels does so, once in a process.
// MODELCACHE_SHA256 names one to use in any case; Error(usage) when this processor has it not.
Plan make_plan(std::uint64_t bytes);

}  // namespace modelcache::sha256
