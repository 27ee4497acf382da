// SPDX-License-Identifier: Apache-2.0
// Does the wrong thing that its argument names: what the sanitizers of this build have to find.
#include <climits>
#include <cstddef>
#include <cstdlib>
#include <string_view>
#include <thread>
#include <vector>

namespace {

// No compiler sees through these.
volatile int eight = 8;
volatile int seen = INT_MAX;
void* volatile kept = nullptr;

void read_behind_the_end() {
  const auto size = static_cast<std::size_t>(eight);
  const std::vector<int> numbers(size);
  seen = numbers.data()[size];
}

void lose_memory() {
  kept = std::malloc(static_cast<std::size_t>(eight));
  kept = nullptr;
}

void overflow_a_number() {
  seen = seen + eight;
}

void race() {
  int number = 0;
  std::thread other([&] { number = eight; });
  number = seen;
  other.join();
  seen = number;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view error = argc == 2 ? argv[1] : "";
  if (error == "bounds") read_behind_the_end();
  if (error == "leak") lose_memory();
  if (error == "overflow") overflow_a_number();
  if (error == "race") race();
  return 0;
}
