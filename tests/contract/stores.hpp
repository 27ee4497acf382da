// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every store that there is, each filled with the sample repo or empty. A new store joins the contract by a
// line in stores.cpp.

#include "modelcache/store/store.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "contract/sample.hpp"

namespace modelcache::test {

struct SourceCase {
  std::string name;
  std::function<void(const Sample&)> make;  // the tree
  std::function<std::unique_ptr<Source>(const Sample&)> open;
  // A shell command, run in the lab: the content of model.bin is gone, all names stay.
  std::string lose_model;
  // What the layout can say.
  bool keeps_commit = false;  // git's object of it, and modes
  bool lists_all = true;
  bool knows_absent = false;  // what the server said not to be there
};
const std::vector<SourceCase>& source_cases();

struct SinkCase {
  std::string name;
  std::function<void(const Sample&)> make;  // what is there before
  std::function<std::unique_ptr<Sink>(const Sample&)> open;
  std::function<std::unique_ptr<Source>(const Sample&)> read;  // the same place as a source
  std::string path;                                            // of the place, below the lab
  // What the file of a content that was put is called.
  std::function<std::string(const Entry&)> name_of = [](const Entry& entry) { return entry.content->hex(); };
  enum class Repos { many, one };
  Repos repos = Repos::many;
  // Whether it takes one revision of one repo, once: what is there then is refused.
  bool is_made_once = false;
  // Whether it has git's own ids of everything, and a commit also where the source keeps none.
  bool is_clone = false;
};
const std::vector<SinkCase>& sink_cases();

}  // namespace modelcache::test
