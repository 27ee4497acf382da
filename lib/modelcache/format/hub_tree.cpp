// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/hub_tree.hpp"

#include "modelcache/format/json_text.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

namespace {

using Type = JsonValue::Type;

// An entry while it is read: any key may still be missing, and the path may come last.
struct Draft {
  std::string type;
  std::string path;
  std::optional<std::uint64_t> size;
  std::string id;
  bool is_large = false;
  std::string lfs_id;
  std::optional<std::uint64_t> lfs_size;
  std::string xet_hash;
};

class PageReader {
 public:
  explicit PageReader(std::size_t most_entries) : most_entries_(most_entries) {}

  ParsedHubTree read(std::string_view json) {
    JsonFlaw flaw =
        read_json(json, tree_listing_limit,
                  {[this](JsonPlace place, const JsonValue& one) { return value(place, one); },
                   [this](JsonPlace place) { return place.size() == 1 ? add_draft() : JsonFlaw(); }});
    if (flaw) return {{}, std::move(*flaw)};
    return {std::move(tree_), {}};
  }

 private:
  JsonFlaw value(JsonPlace place, const JsonValue& one);
  JsonFlaw field(const std::string& key, const JsonValue& one);
  JsonFlaw lfs_field(const std::string& key, const JsonValue& one);
  JsonFlaw text(const std::string& key, const JsonValue& one, std::string& slot) const;
  JsonFlaw size(const std::string& key, const JsonValue& one, std::optional<std::uint64_t>& slot) const;

  JsonFlaw add_draft();
  JsonFlaw add_file(RelPath path);

  JsonFlaw wrong(const std::string& key, std::string_view what) const {
    const std::string entry =
        draft_.path.empty() ? "entry " + std::to_string(tree_.entries() + 1) : in_quotes(draft_.path);
    return (key.empty() ? "" : key + " of ") + entry + " " + std::string(what);
  }

  std::size_t most_entries_;
  Draft draft_;
  HubTree tree_;
};

JsonFlaw PageReader::value(JsonPlace place, const JsonValue& one) {
  if (place.empty()) return one.type == Type::array ? JsonFlaw() : "the top level is not an array";
  if (place.size() == 1) {
    draft_ = Draft();
    if (one.type != Type::object) return wrong("", "is not an object");
    if (tree_.entries() == most_entries_)
      return "it has more than " + std::to_string(most_entries_) + " entries";
    return {};
  }
  if (place.size() == 2) return field(place[1], one);
  return place.size() == 3 && place[1] == "lfs" ? lfs_field(place[2], one) : JsonFlaw();
}

JsonFlaw PageReader::field(const std::string& key, const JsonValue& one) {
  if (one.type == Type::null) return {};
  if (key == "type") return text(key, one, draft_.type);
  if (key == "path") return text(key, one, draft_.path);
  if (key == "size") return size(key, one, draft_.size);
  if (key == "oid") return text(key, one, draft_.id);
  if (key == "xetHash") return text(key, one, draft_.xet_hash);
  if (key != "lfs") return {};
  draft_.is_large = true;
  return one.type == Type::object ? JsonFlaw() : wrong(key, "is not an object");
}

JsonFlaw PageReader::lfs_field(const std::string& key, const JsonValue& one) {
  if (key == "oid") return text("lfs.oid", one, draft_.lfs_id);
  return key == "size" ? size("lfs.size", one, draft_.lfs_size) : JsonFlaw();
}

JsonFlaw PageReader::text(const std::string& key, const JsonValue& one, std::string& slot) const {
  if (one.type != Type::text) return wrong(key, "is not a text");
  slot = one.text;
  return {};
}

JsonFlaw PageReader::size(const std::string& key, const JsonValue& one,
                          std::optional<std::uint64_t>& slot) const {
  if (one.type != Type::size) return wrong(key, "is not an unsigned integer up to 2^63-1");
  slot = one.size;
  return {};
}

JsonFlaw PageReader::add_draft() {
  auto path = RelPath::parse(draft_.path);
  if (!path) return wrong("", "is an unsafe path: " + std::string(*RelPath::flaw(draft_.path)));
  if (path->depth() > deepest_listed_path)
    return wrong("", "has more than " + std::to_string(deepest_listed_path) + " directories");
  if (draft_.type == "file") return add_file(std::move(*path));
  if (draft_.type != "directory" && draft_.type != "unknown")
    return wrong("type", "is neither file nor directory");
  tree_.others.push_back(std::move(*path));
  return {};
}

JsonFlaw PageReader::add_file(RelPath path) {
  if (!draft_.size) return wrong("size", "is missing");
  const auto blob_id = Digest::parse(HashKind::git_sha1, draft_.id);
  if (!blob_id) return wrong("oid", "is not 40 lower-case hexadecimal digits");
  std::optional<Digest> sha256;
  if (draft_.is_large) {
    sha256 = Digest::parse(HashKind::sha256, draft_.lfs_id);
    if (!sha256) return wrong("lfs.oid", "is not 64 lower-case hexadecimal digits");
    if (draft_.lfs_size != draft_.size) return wrong("lfs.size", "is not the size of the file");
  }
  tree_.files.push_back({std::move(path), *draft_.size, *blob_id, sha256, draft_.lfs_size,
                         is_xet_hash(draft_.xet_hash) ? std::move(draft_.xet_hash) : std::string()});
  return {};
}

}  // namespace

ParsedHubTree parse_hub_tree(std::string_view json, std::size_t most_entries) {
  return PageReader(most_entries).read(json);
}

ParsedTreeListing to_tree_listing(HubTree tree) {
  TreeListing listing{std::move(tree.files)};
  if (auto flaw = sort_listed_files(listing.files)) return {{}, std::move(*flaw)};
  std::sort(tree.others.begin(), tree.others.end());
  for (std::size_t i = 0; i < tree.others.size(); ++i) {
    const RelPath& path = tree.others[i];
    if (listing.find(path) || (i > 0 && tree.others[i - 1] == path))
      return {{}, "the path " + in_quotes(path) + " is there twice"};
  }
  return {std::move(listing), {}};
}

}  // namespace modelcache
