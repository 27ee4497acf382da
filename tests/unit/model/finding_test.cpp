// SPDX-License-Identifier: Apache-2.0
#include "modelcache/model/finding.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

using namespace modelcache;

namespace {

// Stable from the first release on: scripts rely on them.
const std::vector<std::string> promised = {
    "blob_missing",      "blob_corrupt",     "blob_size",        "blob_orphan",
    "blob_unverifiable", "link_broken",      "link_escapes",     "link_absolute",
    "ref_malformed",     "ref_dangling",     "ref_newline",      "revision_incomplete",
    "revision_detached", "stray_entry",      "partial_download", "lock_held",
    "tree_unreadable",   "index_unreadable", "index_unsafe",     "pointer_text",
    "name_unsafe",       "index_extra_keys", "index_revision",   "index_duplicate",
    "layout_shadowed",   "alias_dangling",   "foreign_owner",    "shared_store_unowned",
    "permission_denied", "vanished"};

}  // namespace

TEST_CASE("every promised code is in the table") {
  for (const std::string& name : promised) {
    CAPTURE(name);
    CHECK(std::count_if(finding_table().begin(), finding_table().end(),
                        [&](const FindingInfo& one) { return one.name == name; }) == 1);
  }
}

TEST_CASE("the table is in the order of the enum, without a gap") {
  const auto table = finding_table();
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(table[i].name);
    CHECK(static_cast<std::size_t>(table[i].code) == i);
    CHECK(&info(table[i].code) == &table[i]);
  }
  // The last of the enum: the table must reach it.
  CHECK(table.back().code == FindingCode::vanished);
  CHECK(info(FindingCode::vanished).name == "vanished");
}

TEST_CASE("names are unique, sorted words, and each has a sentence of its own") {
  std::set<std::string_view> sentences;
  std::vector<std::string_view> names;
  for (const FindingInfo& one : finding_table()) {
    CAPTURE(one.name);
    names.push_back(one.name);
    CHECK(std::all_of(one.name.begin(), one.name.end(),
                      [](unsigned char c) { return std::islower(c) || c == '_'; }));
    CHECK(one.sentence.size() > 10);
    CHECK(one.sentence.back() == '.');
    CHECK(std::isupper(static_cast<unsigned char>(one.sentence.front())));
    CHECK(sentences.insert(one.sentence).second);
  }
  CHECK(std::is_sorted(names.begin(), names.end()));
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("what loses or endangers data is an error, what a client lives with is none") {
  for (const FindingCode code :
       {FindingCode::blob_corrupt, FindingCode::blob_missing, FindingCode::blob_size,
        FindingCode::index_unsafe, FindingCode::link_broken, FindingCode::link_escapes,
        FindingCode::name_unsafe, FindingCode::pointer_text, FindingCode::permission_denied,
        FindingCode::ref_dangling, FindingCode::ref_malformed, FindingCode::ref_newline})
    CHECK(info(code).severity == Severity::error);
  for (const FindingCode code :
       {FindingCode::blob_orphan, FindingCode::blob_unverifiable, FindingCode::lock_held,
        FindingCode::partial_download, FindingCode::revision_detached, FindingCode::revision_incomplete,
        FindingCode::vanished, FindingCode::index_extra_keys})
    CHECK(info(code).severity == Severity::note);
  for (const FindingCode code :
       {FindingCode::foreign_owner, FindingCode::link_absolute, FindingCode::shared_store_unowned,
        FindingCode::stray_entry, FindingCode::tree_unreadable})
    CHECK(info(code).severity == Severity::warning);
}

TEST_CASE("severities rise in order and have the words of the contract") {
  CHECK(to_string(Severity::note) == "note");
  CHECK(to_string(Severity::warning) == "warning");
  CHECK(to_string(Severity::error) == "error");
  CHECK(Severity::note < Severity::warning);
  CHECK(Severity::warning < Severity::error);
}

TEST_CASE("a finding takes the table's severity and keeps all bytes that it is given") {
  const std::string bytes("a\0\xff\n", 4);
  const Finding finding =
      make_finding(FindingCode::link_escapes, "model/org/x", bytes, "it leads to " + bytes);
  CHECK(finding.severity == Severity::error);
  CHECK(finding ==
        Finding{FindingCode::link_escapes, Severity::error, "model/org/x", bytes, "it leads to " + bytes});
  CHECK_FALSE(finding ==
              make_finding(FindingCode::link_broken, "model/org/x", bytes, "it leads to " + bytes));
}
