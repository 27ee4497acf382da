// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/filter.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/format/pattern.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace modelcache::cli {

namespace {

constexpr std::string_view grammar =
    "KEY OP VALUE, such as size>1GB, accessed>30d, modified<7d, type=model, refs=main, repo~org/*, "
    "layout=hf, findings>0";

[[noreturn]] void refuse(const std::string& expression) {
  throw Error(Cause::usage, "'" + terminal_safe(expression) + "' is no filter: " + std::string(grammar));
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::uint64_t age(std::int64_t now, std::int64_t then) {
  return now > then ? static_cast<std::uint64_t>(now - then) : 0;
}

bool is_layout(std::string_view word) {
  constexpr std::array all{Layout::hf, Layout::aistudio, Layout::modelscope, Layout::clone, Layout::dir};
  return std::any_of(all.begin(), all.end(), [&](Layout layout) { return to_string(layout) == word; });
}

}  // namespace

RepoFilter::RepoFilter(const std::vector<std::string>& expressions, std::int64_t now) : now_(now) {
  for (const std::string& expression : expressions) terms_.push_back(parse(expression));
}

RepoFilter::Term RepoFilter::parse(const std::string& expression) {
  static constexpr std::array<std::pair<std::string_view, Key>, 8> keys{{{"size", Key::size},
                                                                         {"accessed", Key::accessed},
                                                                         {"modified", Key::modified},
                                                                         {"type", Key::type},
                                                                         {"refs", Key::refs},
                                                                         {"repo", Key::repo},
                                                                         {"layout", Key::layout},
                                                                         {"findings", Key::findings}}};
  // Two-character operators first.
  static constexpr std::array<std::pair<std::string_view, Comparison>, 7> operators{
      {{"!=", Comparison::not_equal},
       {">=", Comparison::at_least},
       {"<=", Comparison::at_most},
       {"=", Comparison::equal},
       {">", Comparison::greater},
       {"<", Comparison::less},
       {"~", Comparison::matches}}};
  const std::size_t at = expression.find_first_of("!=<>~");
  if (at == std::string::npos) refuse(expression);
  const std::string_view whole(expression);
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const auto& one) { return one.first == trim(whole.substr(0, at)); });
  const auto op = std::find_if(operators.begin(), operators.end(),
                               [&](const auto& one) { return whole.substr(at).starts_with(one.first); });
  if (key == keys.end() || op == operators.end()) refuse(expression);
  Term term{key->second, op->second, std::string(trim(whole.substr(at + op->first.size()))), 0};
  if (!read_value(term)) refuse(expression);
  return term;
}

// False for a value that the key cannot have, or an operator that says nothing about it.
bool RepoFilter::read_value(Term& term) {
  const bool is_equality = term.comparison == Comparison::equal || term.comparison == Comparison::not_equal;
  const bool is_match = term.comparison == Comparison::matches;
  if (term.text.empty()) return false;
  switch (term.key) {
    case Key::type:
      return is_match || (is_equality && parse_repo_type(term.text));
    case Key::layout:
      return is_match || (is_equality && is_layout(term.text));
    case Key::refs:
    case Key::repo:
      return is_match || is_equality;
    case Key::accessed:
    case Key::modified: {
      const auto seconds = parse_age(term.text);
      term.number = seconds ? static_cast<std::uint64_t>(seconds->count()) : 0;
      return seconds && !is_match;
    }
    case Key::size:
    case Key::findings: {
      const auto number = parse_size(term.text);
      term.number = number.value_or(0);
      return number && !is_match;
    }
  }
  return false;
}

bool RepoFilter::passes(Layout layout, const RepoInventory& repo) const {
  return std::all_of(terms_.begin(), terms_.end(),
                     [&](const Term& term) { return holds(term, layout, repo); });
}

bool RepoFilter::holds(const Term& term, Layout layout, const RepoInventory& repo) const {
  const auto compare = [&](std::uint64_t value) {
    switch (term.comparison) {
      case Comparison::equal:
        return value == term.number;
      case Comparison::not_equal:
        return value != term.number;
      case Comparison::greater:
        return value > term.number;
      case Comparison::less:
        return value < term.number;
      case Comparison::at_least:
        return value >= term.number;
      case Comparison::at_most:
        return value <= term.number;
      case Comparison::matches:
        break;
    }
    return false;
  };
  const auto is_like = [&](std::string_view text) {
    return term.comparison == Comparison::matches ? Glob(term.text).matches(text) : text == term.text;
  };
  const auto answer = [&](bool is_equal) { return is_equal != (term.comparison == Comparison::not_equal); };
  switch (term.key) {
    case Key::size:
      return compare(repo.size);
    case Key::accessed:
      return repo.last_accessed != 0 && compare(age(now_, repo.last_accessed));
    case Key::modified:
      return repo.last_modified != 0 && compare(age(now_, repo.last_modified));
    case Key::findings:
      return compare(repo.findings.size());
    case Key::type:
      return answer(is_like(to_string(repo.type)) || is_like(plural(repo.type)));
    case Key::refs:
      return answer(std::any_of(repo.refs.begin(), repo.refs.end(), is_like));
    case Key::repo:
      return answer(is_like(repo.id));
    case Key::layout:
      return answer(is_like(to_string(layout)));
  }
  return false;
}

RepoOrder::RepoOrder(const std::string& text) {
  static constexpr std::array<std::pair<std::string_view, Key>, 6> keys{{{"id", Key::id},
                                                                         {"size", Key::size},
                                                                         {"accessed", Key::accessed},
                                                                         {"modified", Key::modified},
                                                                         {"files", Key::files},
                                                                         {"revisions", Key::revisions}}};
  const std::size_t colon = text.find(':');
  const std::string_view direction =
      colon == std::string::npos ? "" : std::string_view(text).substr(colon + 1);
  const auto key = std::find_if(keys.begin(), keys.end(), [&](const auto& one) {
    return one.first == std::string_view(text).substr(0, colon);
  });
  const bool is_known = colon == std::string::npos || direction == "asc" || direction == "desc";
  if (key == keys.end() || !is_known)
    throw Error(Cause::usage,
                "'" + terminal_safe(text) +
                    "' is no sort key: id, size, accessed, modified, files or revisions, then :asc or :desc");
  key_ = key->second;
  // As the hub's tool: names up, amounts down.
  descending_ = colon == std::string::npos ? key_ != Key::id : direction == "desc";
}

bool RepoOrder::is_before(const RepoInventory& a, const RepoInventory& b) const {
  switch (key_) {
    case Key::id:
      return a.id < b.id;
    case Key::size:
      return a.size < b.size;
    case Key::accessed:
      return a.last_accessed < b.last_accessed;
    case Key::modified:
      return a.last_modified < b.last_modified;
    case Key::files:
      return a.files < b.files;
    case Key::revisions:
      return a.revisions.size() < b.revisions.size();
  }
  return false;
}

void RepoOrder::sort(std::vector<RepoInventory>& repos) const {
  std::stable_sort(repos.begin(), repos.end(), [this](const RepoInventory& a, const RepoInventory& b) {
    return descending_ ? is_before(b, a) : is_before(a, b);
  });
}

}  // namespace modelcache::cli
