// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/tree_listing.hpp"

#include "modelcache/format/json_text.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

namespace {

using Type = JsonValue::Type;

constexpr std::size_t xet_hash_digits = 64;

// A file's object while it is read: any key may still be missing.
struct Draft {
  std::optional<RelPath> path;
  std::optional<std::uint64_t> size;
  std::optional<Digest> blob_id;
  std::optional<Digest> lfs_sha256;
  std::optional<std::uint64_t> lfs_size;
  std::string xet_hash;
};

class ListingReader {
 public:
  ParsedTreeListing read(std::string_view json) {
    JsonFlaw flaw =
        read_json(json, tree_listing_limit,
                  {[this](JsonPlace place, const JsonValue& one) { return value(place, one); },
                   [this](JsonPlace place) { return is_file(place) ? add_draft() : JsonFlaw(); }});
    if (!flaw && !has_version_) flaw = "format_version is missing";
    if (!flaw && !has_files_) flaw = "files is missing";
    if (!flaw) flaw = sort_listed_files(files_);
    if (flaw) return {{}, std::move(*flaw)};
    return {TreeListing{std::move(files_)}, {}};
  }

 private:
  static bool is_file(JsonPlace place) { return place.size() == 2 && place[0] == "files"; }

  JsonFlaw value(JsonPlace place, const JsonValue& one);
  JsonFlaw top(const std::string& key, const JsonValue& one);
  JsonFlaw begin_file(const std::string& path, const JsonValue& one);
  JsonFlaw field(const std::string& key, const JsonValue& one);
  JsonFlaw size_field(const std::string& key, std::optional<std::uint64_t>& slot, const JsonValue& one) const;
  JsonFlaw id_field(const std::string& key, std::optional<Digest>& slot, HashKind kind,
                    const JsonValue& one) const;
  JsonFlaw wrong(const std::string& key, std::string_view what) const {
    return key + " of " + in_quotes(*draft_.path) + " " + std::string(what);
  }
  JsonFlaw add_draft();

  Draft draft_;
  bool has_version_ = false;
  bool has_files_ = false;
  std::vector<ListedFile> files_;
};

JsonFlaw ListingReader::value(JsonPlace place, const JsonValue& one) {
  if (place.empty()) {
    if (one.type == Type::object) return {};
    return one.type == Type::array ? "the top level is an array, not an object"
                                   : "the top level is not an object";
  }
  if (place.size() == 1) return top(place[0], one);
  if (place[0] != "files" || place.size() > 3) return {};
  return is_file(place) ? begin_file(place[1], one) : field(place[2], one);
}

JsonFlaw ListingReader::top(const std::string& key, const JsonValue& one) {
  if (key == "files") {
    has_files_ = true;
    return one.type == Type::object ? JsonFlaw() : "files is not an object";
  }
  if (key != "format_version") return {};
  if (one.type != Type::size) return "format_version is not an unsigned integer";
  if (one.size != 1) return "format_version is " + std::to_string(one.size) + ", only 1 is known";
  has_version_ = true;
  return {};
}

JsonFlaw ListingReader::begin_file(const std::string& path, const JsonValue& one) {
  draft_ = Draft();
  draft_.path = RelPath::parse(path);
  if (!draft_.path) return "the path " + in_quotes(path) + " is unsafe: " + std::string(*RelPath::flaw(path));
  if (draft_.path->depth() > deepest_listed_path)
    return "the path " + in_quotes(path) + " has more than " + std::to_string(deepest_listed_path) +
           " directories";
  return one.type == Type::object ? JsonFlaw() : "the entry of " + in_quotes(path) + " is not an object";
}

JsonFlaw ListingReader::field(const std::string& key, const JsonValue& one) {
  if (key == "size") return size_field(key, draft_.size, one);
  if (key == "blob_id") return id_field(key, draft_.blob_id, HashKind::git_sha1, one);
  if (one.type == Type::null) return {};
  if (key == "lfs_sha256") return id_field(key, draft_.lfs_sha256, HashKind::sha256, one);
  if (key == "lfs_size") return size_field(key, draft_.lfs_size, one);
  if (key != "xet_hash") return {};
  if (one.type != Type::text || !is_xet_hash(one.text)) return wrong(key, "is not 64 hexadecimal digits");
  draft_.xet_hash = one.text;
  return {};
}

JsonFlaw ListingReader::size_field(const std::string& key, std::optional<std::uint64_t>& slot,
                                   const JsonValue& one) const {
  if (one.type != Type::size) return wrong(key, "is not an unsigned integer up to 2^63-1");
  slot = one.size;
  return {};
}

JsonFlaw ListingReader::id_field(const std::string& key, std::optional<Digest>& slot, HashKind kind,
                                 const JsonValue& one) const {
  if (one.type == Type::text) slot = Digest::parse(kind, one.text);
  if (slot) return {};
  return wrong(key, kind == HashKind::git_sha1 ? "is not 40 lower-case hexadecimal digits"
                                               : "is not 64 lower-case hexadecimal digits");
}

JsonFlaw ListingReader::add_draft() {
  const std::string name = in_quotes(*draft_.path);
  if (!draft_.size) return "size of " + name + " is missing";
  if (!draft_.blob_id) return "blob_id of " + name + " is missing";
  if (draft_.lfs_size && !draft_.lfs_sha256) return "lfs_sha256 of " + name + " is missing";
  files_.push_back({std::move(*draft_.path), *draft_.size, *draft_.blob_id, draft_.lfs_sha256,
                    draft_.lfs_size, std::move(draft_.xet_hash)});
  return {};
}

// Byte order with '/' in front of all else: what lies in a directory follows right behind a file of its name.
bool tree_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

}  // namespace

const ListedFile* TreeListing::find(std::string_view path) const {
  const auto found = std::lower_bound(
      files.begin(), files.end(), path,
      [](const ListedFile& file, std::string_view wanted) { return file.path.bytes() < wanted; });
  return found != files.end() && found->path.bytes() == path ? &*found : nullptr;
}

std::optional<std::string> sort_listed_files(std::vector<ListedFile>& files) {
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return tree_less(a.path, b.path); });
  for (std::size_t i = 1; i < files.size(); ++i) {
    const std::string& one = files[i - 1].path.bytes();
    if (files[i].path.bytes() == one) return "the path " + in_quotes(one) + " is there twice";
    if (files[i].path.bytes().starts_with(one + "/"))
      return "the path " + in_quotes(one) + " is a file and a directory";
  }
  std::sort(files.begin(), files.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return {};
}

bool is_xet_hash(std::string_view text) {
  return text.size() == xet_hash_digits && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

ParsedTreeListing parse_tree_listing(std::string_view json) {
  return ListingReader().read(json);
}

}  // namespace modelcache
