// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/sha256/kernels.hpp"

#include "modelcache/base/error.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>

namespace modelcache::sha256 {

namespace {

// Below this the choice matters less than making it takes.
constexpr std::uint64_t measured_from = std::uint64_t{64} << 20;

#if defined(__x86_64__)
// g++ 12 and clang 14 know no name for it. Its registers are those that every system keeps.
bool has_sha_ni() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0 &&
         __builtin_cpu_supports("sse4.1") != 0;
}
#endif

std::vector<Kernel> detected() {
  std::vector<Kernel> kernels;
#if defined(__x86_64__)
  kernels.push_back({"openssl", 1, compress_openssl, has_sha_ni() ? 1.6 : 0.5});
  if (has_sha_ni()) kernels.push_back({"sha-ni", sha_ni_lanes, compress_sha_ni, 3.0});
  // These ask the system, too, whether it keeps the registers.
  if (__builtin_cpu_supports("avx2") != 0) kernels.push_back({"avx2", avx2_lanes, compress_avx2, 1.4});
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0)
    kernels.push_back({"avx512", avx512_lanes, compress_avx512, 2.5});
#else
  kernels.push_back({"openssl", 1, compress_openssl, 1.0});
#endif
  return kernels;
}

// Bytes a nanosecond; the best of a few times, since others may use the processor meanwhile.
double measured_speed(const Kernel& kernel) {
  constexpr std::size_t bytes = std::size_t{64} << 10;
  constexpr int times = 6;
  const std::vector<std::byte> data(bytes);
  const std::size_t each = bytes / kernel.lanes;
  std::array<State, most_lanes> states{};
  std::array<State*, most_lanes> pointers{};
  std::array<const std::byte*, most_lanes> places{};
  for (std::size_t i = 0; i < kernel.lanes; ++i) {
    pointers[i] = &states[i];
    places[i] = data.data() + i * each;
  }
  double shortest = std::numeric_limits<double>::max();
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    kernel.compress(pointers.data(), places.data(), each / block_size);
    const std::chrono::duration<double, std::nano> passed = std::chrono::steady_clock::now() - start;
    shortest = std::min(shortest, passed.count());
  }
  return static_cast<double>(bytes) / std::max(shortest, 1.0);
}

template <typename Speed>
Plan plan_by(const Speed& speed) {
  std::vector<double> speeds;
  std::transform(kernels_here().begin(), kernels_here().end(), std::back_inserter(speeds), speed);
  return Plan(kernels_here(), speeds);
}

Plan forced_plan(std::string_view name) {
  const auto kernels = kernels_here();
  const auto named = [&](const Kernel& kernel) { return kernel.name == name; };
  const auto found = std::find_if(kernels.begin(), kernels.end(), named);
  if (found != kernels.end()) return Plan({&*found, 1}, {&found->usual_speed, 1});
  std::string names;
  for (const Kernel& kernel : kernels) names.append(names.empty() ? "" : ", ").append(kernel.name);
  throw_error(Cause::usage, "use", "MODELCACHE_SHA256=" + std::string(name), "this processor has " + names);
}

}  // namespace

std::span<const Kernel> kernels_here() {
  static const std::vector<Kernel> kernels = detected();
  return kernels;
}

Plan::Plan(std::span<const Kernel> kernels, std::span<const double> speeds) {
  // What `messages` of one byte each take, as chosen so far.
  std::vector<double> durations(most_lanes + 1, std::numeric_limits<double>::infinity());
  durations[0] = 0;
  for (std::size_t i = 0; i < kernels.size(); ++i) {
    const Kernel& kernel = kernels[i];
    const double pass = static_cast<double>(kernel.lanes) / speeds[i];
    std::size_t worth_from = 1;
    while (worth_from <= kernel.lanes && pass >= durations[worth_from]) ++worth_from;
    if (worth_from > kernel.lanes) continue;
    choices_.insert(choices_.begin(), {kernel, worth_from});
    for (std::size_t messages = worth_from; messages <= most_lanes; ++messages)
      durations[messages] = pass + durations[messages - std::min(messages, kernel.lanes)];
  }
}

std::size_t Plan::lanes() const noexcept {
  return choices_.front().kernel.lanes;
}

const Plan::Choice& Plan::choice(std::size_t messages) const {
  return *std::find_if(choices_.begin(), choices_.end() - 1,
                       [&](const Choice& one) { return one.worth_from <= messages; });
}

void Plan::advance(std::span<Lane* const> lanes) const {
  std::array<Lane*, most_lanes> busy{};
  std::size_t count = 0;
  for (Lane* lane : lanes)
    if (lane->blocks > 0) busy[count++] = lane;
  // What a kernel does in the lanes that nobody needs.
  std::array<State, most_lanes> unused{};
  for (std::size_t from = 0; from < count;) {
    const Kernel& kernel = choice(count - from).kernel;
    const std::span<Lane*> taken(busy.data() + from, std::min(kernel.lanes, count - from));
    std::array<State*, most_lanes> states{};
    std::array<const std::byte*, most_lanes> data{};
    std::size_t blocks = taken.front()->blocks;
    for (std::size_t i = 0; i < kernel.lanes; ++i) {
      states[i] = i < taken.size() ? taken[i]->state : &unused[i];
      data[i] = taken[i < taken.size() ? i : 0]->data;
      if (i < taken.size()) blocks = std::min(blocks, taken[i]->blocks);
    }
    kernel.compress(states.data(), data.data(), blocks);
    for (Lane* lane : taken) {
      lane->data += blocks * block_size;
      lane->blocks -= blocks;
    }
    from += taken.size();
  }
}

Plan make_plan(std::uint64_t bytes) {
  const char* name = std::getenv("MODELCACHE_SHA256");
  if (name != nullptr && *name != '\0') return forced_plan(name);
  if (bytes < measured_from) return plan_by([](const Kernel& kernel) { return kernel.usual_speed; });
  static const Plan measured = plan_by(measured_speed);
  return measured;
}

}  // namespace modelcache::sha256
