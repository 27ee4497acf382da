// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of copying share.

#include "modelcache/ops/copy.hpp"

#include "support/cache_builder.hpp"
#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/memory_store.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace modelcache::test {

using Strings = std::vector<std::string>;

inline const RepoId demo_id = RepoId::parse(RepoType::model, "org/demo");
inline const std::string large_1(5000, 'W');
inline const std::string large_2(300, 'V');

// main: four files with three contents; dev: one of them changed, one more.
inline MemorySource demo_source() {
  MemorySource source;
  source.commits[commit_1] = {{"a/copy.bin", large_1, HashKind::sha256},
                              {"config.json", "{}"},
                              {"model.bin", large_1, HashKind::sha256},
                              {"readme.md", "# Demo"}};
  source.commits[commit_2] = {{"config.json", "{}"},
                              {"extra.bin", large_2, HashKind::sha256},
                              {"model.bin", large_1, HashKind::sha256},
                              {"readme.md", "# Dev"}};
  source.known_names = {{"dev", commit_2}, {"main", commit_1}};
  source.head = source.branch = "main";
  return source;
}

inline CopyRequest demo_request() {
  CopyRequest request{demo_id, {}, Scope::chosen, {}, {}, {}, {}};
  request.put.wait = std::chrono::milliseconds(0);
  return request;
}

// "write a/copy.bin" for each content.
inline Strings actions_of(const CopyPlan& plan) {
  Strings lines;
  for (const ContentStep& step : plan.contents)
    lines.push_back(std::string(to_string(step.action)) + " " + step.entry.path.bytes());
  return lines;
}

inline bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace modelcache::test
