// SPDX-License-Identifier: Apache-2.0
#pragma once

// Takes stock of one repo folder of a hub cache. Promise: everything is reached from the folder's own
// descriptor and no link is followed, so whatever the names and links say, nothing outside the folder and the
// marked shared store is opened.
//
// A file's content is found by the first hop of its link, as huggingface_hub >= 1.32 does; what its scanner
// hides a whole repo for becomes a finding here.

#include "modelcache/base/dir.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/format/tree_listing.hpp"
#include "modelcache/store/inventory.hpp"
#include "modelcache/store/shared_store.hpp"
#include "modelcache/store/stock_taking.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace modelcache {

struct HfScanContext {
  const Dir& root;
  const SharedStore* shared;  // null: none that is ours
  SeenInodes& seen;           // by any name
  SeenInodes& counted;        // by a file of a revision
};

class HfRepoScan {
 public:
  HfRepoScan(const HfScanContext& context, RepoLocation location, Detail detail);

  // Nothing when the folder vanished.
  std::optional<ScannedRepo> run();

 private:
  struct Blob {
    std::string_view name;
    Status status;
    bool is_there = false;         // a link may lead to nothing
    bool is_payload = false;       // in the shared store
    bool used = false;             // by any revision
    bool counted = false;          // as a file of the repo
    bool kept = false;             // by a revision that a ref names
    std::uint32_t counted_in = 0;  // the revision that counted it last, from 1
  };
  struct Walk;

  std::optional<Dir> open_part(const Dir& parent, std::string_view name);
  void open_listings(const Dir& repo);
  void read_blobs(const Dir& repo);
  void add_blob(const Dir& blobs, std::string_view name, FileKind kind);
  std::optional<Status> find_payload(const std::string& path, const std::string& text);
  void note_odd_blob_entry(std::string_view name);
  void add_partial(const std::string& path, const std::string& etag);
  std::optional<bool> is_running(const std::string& etag) const;
  void read_refs(const Dir& repo);
  void read_ref(const Dir& refs, const std::string& path, FileKind kind);
  void read_snapshots(const Dir& repo);
  void read_revision(const Dir& snapshots, const std::string& name);
  void walk(Walk& state, const Dir& top);
  Blob* find_plain_target(const Walk& state, std::string_view text);
  void add_link(Walk& state, const Dir& dir, std::string_view name);
  void add_odd_link(Walk& state, std::string_view name, std::optional<std::string_view> found);
  void add_plain_file(Walk& state, const Dir& dir, std::string_view name);
  bool may_have_listing(const std::string& commit) const;
  void count_blob(Walk& state, Blob& blob, std::string_view name);
  void check_listing(Walk& state);
  static void name_plain_files(const TreeListing& listing, Walk& state);
  void lack(Walk& state, LackingFile file) const;
  void check_refs();
  void finish(const Dir& repo);
  Blob* find_blob(std::string_view name);
  void note(FindingCode code, std::string_view path, std::string_view detail);
  void note(FindingCode code, Severity severity, std::string_view path, std::string_view detail);
  void note_failure(std::string_view path, const class Error& error);
  void note_listing_failure(std::string_view path, const Error& error);
  std::string_view keep(std::string_view text);

  const HfScanContext& context_;
  std::string folder_;
  Detail detail_;
  ScannedRepo result_;
  RepoLocation location_;
  std::deque<std::string> kept_names_;
  std::vector<Blob> blobs_;
  std::optional<Dir> listings_;
  bool all_read_ = true;  // of snapshots/; else no content can be called an orphan
  std::multimap<std::string, std::string> refs_by_folder_;  // what the ref's text names -> the ref
};

}  // namespace modelcache
