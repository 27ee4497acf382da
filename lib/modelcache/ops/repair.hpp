// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mends what verify() found spoiled: bad contents are moved aside, good ones come from other places. Promise:
// a plan is made of looking and hashing only; executing it puts a content in place only when it was hashed on
// its way there, and what is not any more what was judged stays as it is and is told.

#include "modelcache/ops/repair_source.hpp"
#include "modelcache/ops/verify.hpp"
#include "modelcache/store/mending.hpp"
#include "modelcache/store/quarantine.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct RepairRequest {
  Place place;
  std::vector<Place> from = {};                // looked through in this order
  std::optional<std::string> quarantine = {};  // the directory for bad contents
  bool allow_foreign_owner = false;
  PutOptions put = {};
  EvidenceHashing search = {};
  std::function<void(std::string_view)> starting = {};  // a path
};

// One file of Verification::files. Bad contents move first, where that is asked for.
struct RepairStep {
  enum class Action { none, restore };

  std::size_t file = 0;
  SpoiledFile spoiled;
  SpoiledName name;
  Action action = Action::none;           // foreseen in a plan, what was done afterwards
  Method method = Method::none;           // none: the content had come meanwhile, or for another name
  std::uint64_t bytes = 0;                // of the content that came
  std::string from;                       // where it is, or was, taken from; absolute
  std::string reason;                     // why there is no content
  std::vector<std::string> refused = {};  // sources that were not what they were taken for, a sentence each

  bool is_moved = false;  // the bad content goes, or went, into the quarantine
  std::string moved_to;   // absolute
  Method move_method = Method::none;
  std::string not_moved;  // why the bad content stays
};
std::string_view to_string(RepairStep::Action action);

struct RepairPlan {
  std::vector<RepairStep> steps;  // by the number of the file
  std::uint64_t bytes_to_write = 0;
};

class Repair {
 public:
  // Throws Error(usage) where the place and a source, or the quarantine, lie in each other, and what opening
  // the sources throws. Writes nothing.
  explicit Repair(RepairRequest request);
  ~Repair();

  // Throws Error(io) with EINTR when cancelled.
  RepairPlan plan(const Verification& found);
  // Does it, and marks what was restored in `found`. What one file fails of stays in `failures`, and the
  // others go on, unless it is cancelled. Locks: as the layout asks (store/mending.hpp).
  void execute(RepairPlan& plan, Verification& found, std::vector<Error>& failures);

 private:
  struct Source;

  void look_for(RepairStep& step) const;
  std::vector<std::pair<const RepairSource*, RepairSource::Candidate>> candidates(
      const Expectation& expected) const;
  void carry_out(RepairStep& step, VerifiedFile& file, std::vector<Error>& failures);
  void move_aside(RepairStep& step);
  void restore(RepairStep& step, VerifiedFile& file);
  bool try_source(RepairStep& step, const RepairSource& source, const RepairSource::Candidate& candidate);
  bool is_cancelled() const { return request_.put.cancelled != nullptr && request_.put.cancelled->load(); }

  RepairRequest request_;
  std::vector<std::unique_ptr<RepairSource>> sources_;
  std::optional<Quarantine> quarantine_;
  std::unique_ptr<Mending> mending_;
  std::map<std::string, std::string> moved_;  // what was taken -> where it went
};

}  // namespace modelcache
