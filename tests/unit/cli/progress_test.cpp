// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/progress.hpp"

#include "support/catch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>
#include <vector>

#include "unit/cli/captured_output.hpp"

using modelcache::cli::Progress;
using modelcache::test::captured;

namespace {
const std::string erase = "\r\x1b[K";
}

TEST_CASE("nothing is written when no progress is wanted") {
  CHECK(captured(STDERR_FILENO, [] {
          Progress progress(false);
          progress.start("x", 10);
          progress.show("file");
          progress.add(10);
          progress.finish();
        }).empty());
}

TEST_CASE("the line tells label, amount, rate and file, is safe, and is gone at the end") {
  const std::string text = captured(STDERR_FILENO, [] {
    Progress progress(true);
    progress.start("org/\x1b[2Jdemo", 4000);
    progress.show("sub/fi\nle");
    progress.add(1000);
  });
  CHECK(text.rfind(erase + "org/\\e[2Jdemo  1.0K of 4.0K  ", 0) == 0);
  CHECK(text.find("/s  ") != std::string::npos);
  CHECK(text.find(" s left  sub/fi\\nle" + erase) != std::string::npos);
  CHECK(text.substr(text.size() - erase.size()) == erase);
}

TEST_CASE("the line is drawn at most ten times a second, however often and from however many threads") {
  const std::string text = captured(STDERR_FILENO, [] {
    Progress progress(true);
    progress.start("x", 0);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&progress] {
        for (int k = 0; k < 20000; ++k) {
          if (k % 1000 == 0) progress.show("file");
          progress.add(1);
        }
      });
    for (std::thread& thread : threads) thread.join();
    std::this_thread::sleep_for(std::chrono::milliseconds(120));
    progress.add(1);
  });
  CHECK(text.find("x  80.0K  ") != std::string::npos);
  CHECK(text.find(" of ") == std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\r') < 40);
}

TEST_CASE("a line is never wider than the terminal") {
  ::setenv("COLUMNS", "30", 1);
  const std::string text = captured(STDERR_FILENO, [] {
    Progress progress(true);
    progress.start("model/organisation/name", 100);
    progress.show(std::string(200, 'x'));
    progress.add(1);
  });
  ::unsetenv("COLUMNS");
  const std::size_t end = text.find(erase, erase.size());
  CHECK(end == erase.size() + 29);
}
