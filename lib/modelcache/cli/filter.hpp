// SPDX-License-Identifier: Apache-2.0
#pragma once

// EXPR of --filter and KEY of --sort. Promise: an expression that is not understood is a usage error that
// shows the grammar, never a filter that silently lets all or nothing through.

#include "modelcache/store/inventory.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache::cli {

class RepoFilter {
 public:
  // KEY OP VALUE each, all of them must hold. `now` in Unix seconds. Of a repo whose times are unknown no
  // comparison of ages holds. Throws Error(usage) with the grammar.
  RepoFilter(const std::vector<std::string>& expressions, std::int64_t now);

  bool passes(Layout layout, const RepoInventory& repo) const;

 private:
  enum class Key { size, accessed, modified, type, refs, repo, layout, findings };
  enum class Comparison { equal, not_equal, greater, less, at_least, at_most, matches };
  struct Term {
    Key key;
    Comparison comparison;
    std::string text;
    std::uint64_t number = 0;  // bytes, seconds or a count
  };

  static Term parse(const std::string& expression);
  static bool read_value(Term& term);
  bool holds(const Term& term, Layout layout, const RepoInventory& repo) const;

  std::vector<Term> terms_;
  std::int64_t now_;
};

// KEY[:asc|desc]; sorts in place. Names go up and amounts down where no direction is given.
class RepoOrder {
 public:
  // Throws Error(usage) with the keys.
  explicit RepoOrder(const std::string& text);
  void sort(std::vector<RepoInventory>& repos) const;

 private:
  enum class Key { id, size, accessed, modified, files, revisions };
  bool is_before(const RepoInventory& a, const RepoInventory& b) const;

  Key key_ = Key::id;
  bool descending_ = false;
};

}  // namespace modelcache::cli
