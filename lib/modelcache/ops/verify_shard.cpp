// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_shard.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"

#include <algorithm>
#include <charconv>
#include <functional>
#include <limits>
#include <numeric>
#include <queue>
#include <tuple>
#include <utility>

namespace modelcache {

namespace {

using State = EvidenceFile::State;

constexpr std::size_t no_file = std::numeric_limits<std::size_t>::max();

// Sizes of sparse files are what others like to say.
std::uint64_t sum(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t both = a + b;
  return both < a ? std::numeric_limits<std::uint64_t>::max() : both;
}

template <typename Visit>
void for_each_file(const Evidence& evidence, const Visit& visit) {
  std::size_t number = 0;
  for (const EvidenceRevision& revision : evidence.revisions)
    for (const EvidenceFile& file : revision.files) visit(revision, file, number++);
}

std::size_t count_files(const Evidence& evidence) {
  std::size_t count = 0;
  for (const EvidenceRevision& revision : evidence.revisions) count += revision.files.size();
  return count;
}

// The first file with each content.
std::vector<std::size_t> first_files(const Evidence& evidence) {
  std::vector<std::size_t> first(evidence.contents.size(), no_file);
  for_each_file(evidence, [&](const EvidenceRevision&, const EvidenceFile& file, std::size_t number) {
    if (file.content && first[*file.content] == no_file) first[*file.content] = number;
  });
  return first;
}

// Files that only one run can judge: those with one content, and those of an index of which each may prove
// that the others are ids of contents.
class Groups {
 public:
  explicit Groups(const Evidence& evidence) : leader_(count_files(evidence)) {
    std::iota(leader_.begin(), leader_.end(), std::size_t{0});
    const std::vector<std::size_t> first = first_files(evidence);
    const EvidenceRevision* doubtful = nullptr;
    std::size_t doubtful_first = no_file;
    for_each_file(evidence,
                  [&](const EvidenceRevision& revision, const EvidenceFile& file, std::size_t number) {
                    if (!file.content) return;
                    join(first[*file.content], number);
                    if (!revision.has_doubtful_index || file.expected.origin != EvidenceOrigin::index) return;
                    if (std::exchange(doubtful, &revision) != &revision) doubtful_first = number;
                    join(doubtful_first, number);
                  });
  }

  // The first file of the group.
  std::size_t leader(std::size_t file) {
    while (leader_[file] != file) file = leader_[file] = leader_[leader_[file]];
    return file;
  }

 private:
  void join(std::size_t a, std::size_t b) {
    const auto [first, second] = std::minmax({leader(a), leader(b)});
    leader_[second] = first;
  }

  std::vector<std::size_t> leader_;
};

bool is_to_be_read(const Evidence& evidence, const EvidenceFile& file) {
  return file.state == State::present && file.content && file.expected.is_proof() &&
         (!file.expected.size || *file.expected.size == evidence.contents[*file.content].size);
}

// Of each group, at the place of its leader.
std::vector<std::uint64_t> costs(const Evidence& evidence, Groups& groups) {
  std::vector<std::uint64_t> costs(count_files(evidence));
  std::vector<bool> is_counted(evidence.contents.size());
  for_each_file(evidence, [&](const EvidenceRevision&, const EvidenceFile& file, std::size_t number) {
    std::uint64_t& cost = costs[groups.leader(number)];
    cost = sum(cost, cost_of_file);
    if (!is_to_be_read(evidence, file) || is_counted[*file.content]) return;
    is_counted[*file.content] = true;
    cost = sum(cost, evidence.contents[*file.content].size);
  });
  return costs;
}

// No text is the beginning of another one with its length in front.
void add(Hasher& hasher, std::string_view text) {
  hasher.update(std::to_string(text.size()) + ":");
  hasher.update(text);
}

void add(Hasher& hasher, const std::optional<std::uint64_t>& number) {
  add(hasher, number ? std::to_string(*number) : std::string());
}

void add(Hasher& hasher, const Expectation& expected) {
  add(hasher, to_string(expected.origin));
  add(hasher, expected.content ? expected.content->text() : expected.git_id);
  add(hasher, expected.size);
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  const bool is_count = parsed.ec == std::errc() && parsed.ptr == end && value >= 1 && value <= most_shards;
  return is_count ? std::optional(value) : std::nullopt;
}

}  // namespace

std::string Shard::text() const {
  return std::to_string(number) + "/" + std::to_string(count);
}

Shard parse_shard(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto number = parse_count(text.substr(0, slash));
  const auto count = parse_count(text.substr(std::min(slash + 1, text.size())));
  if (!number || !count || *number > *count)
    throw Error(Cause::usage, "--shard takes K/N such as 1/4, K from 1 to N, N up to " +
                                  std::to_string(most_shards) + ", not '" + terminal_safe(text) + "'");
  return {*number, *count};
}

void put_in_order(Evidence& evidence) {
  const auto key = [](const EvidenceRevision& revision) {
    return std::tuple(revision.type ? to_string(*revision.type) : std::string_view(),
                      std::string_view(revision.repo), revision.is_store, std::string_view(revision.commit));
  };
  std::stable_sort(evidence.revisions.begin(), evidence.revisions.end(),
                   [&](const EvidenceRevision& a, const EvidenceRevision& b) { return key(a) < key(b); });
  const auto is_before = [](const EvidenceFile& a, const EvidenceFile& b) { return a.path < b.path; };
  for (EvidenceRevision& revision : evidence.revisions)
    if (auto& files = revision.files; !std::is_sorted(files.begin(), files.end(), is_before))
      std::stable_sort(files.begin(), files.end(), is_before);
}

// The largest first, each to the shard that has the least: none gets more than the mean and one group.
std::vector<std::uint64_t> deal_out(const Evidence& evidence, std::uint64_t shards) {
  Groups groups(evidence);
  const std::vector<std::uint64_t> cost = costs(evidence, groups);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < cost.size(); ++i)
    if (cost[i] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return cost[a] > cost[b]; });
  using Load = std::pair<std::uint64_t, std::uint64_t>;  // bytes, shard
  std::priority_queue<Load, std::vector<Load>, std::greater<>> loads;
  for (std::uint64_t shard = 1; shard <= std::min<std::uint64_t>(shards, order.size()); ++shard)
    loads.emplace(0, shard);
  std::vector<std::uint64_t> shard_of(cost.size());
  for (const std::size_t leader : order) {
    const auto [bytes, shard] = loads.top();
    loads.pop();
    shard_of[leader] = shard;
    loads.emplace(sum(bytes, cost[leader]), shard);
  }
  for (std::size_t i = 0; i < shard_of.size(); ++i) shard_of[i] = shard_of[groups.leader(i)];
  return shard_of;
}

Digest listing_digest(const Evidence& evidence) {
  Hasher hasher(HashKind::sha256, 0);
  const std::vector<std::size_t> first = first_files(evidence);
  for_each_file(evidence, [&](const EvidenceRevision& revision, const EvidenceFile& file, std::size_t) {
    add(hasher, revision.type ? to_string(*revision.type) : std::string_view());
    add(hasher, revision.repo);
    add(hasher, revision.commit);
    add(hasher, revision.is_store ? "store" : "");
    add(hasher, file.path);
    add(hasher, std::optional<std::uint64_t>(static_cast<std::uint64_t>(file.state)));
    add(hasher, file.expected);
    using Number = std::optional<std::uint64_t>;
    add(hasher, file.content ? Number(evidence.contents[*file.content].size) : Number());
    add(hasher, file.content ? Number(first[*file.content]) : Number());
  });
  return hasher.finish();
}

}  // namespace modelcache
