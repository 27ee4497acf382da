// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/tree_listing.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace modelcache {

namespace {

constexpr std::size_t deepest_level = 32;
constexpr std::size_t deepest_path = 128;
constexpr std::uint64_t largest_size = std::numeric_limits<std::int64_t>::max();
constexpr std::size_t xet_hash_digits = 64;

std::string in_quotes(std::string_view name) {
  constexpr std::size_t longest = 120;
  const std::string_view shown = name.substr(0, longest);
  return "'" + std::string(shown) + (shown.size() < name.size() ? "..." : "") + "'";
}

bool is_xet_hash(std::string_view text) {
  return text.size() == xet_hash_digits && text.find_first_not_of("0123456789abcdefABCDEF") == text.npos;
}

// A file's object while it is read: any key may still be missing.
struct Draft {
  std::string path;
  std::optional<std::uint64_t> size;
  std::optional<Digest> blob_id;
  std::optional<Digest> lfs_sha256;
  std::optional<std::uint64_t> lfs_size;
  std::string xet_hash;
};

struct Scalar {
  enum class Type { null, size, text, other };

  Type type = Type::other;
  std::uint64_t size = 0;
  std::string_view text = {};
};

class ListingReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return scalar({Scalar::Type::null}); }
  bool boolean(bool) override { return scalar({}); }
  bool number_integer(number_integer_t) override { return scalar({}); }
  bool number_unsigned(number_unsigned_t value) override {
    return scalar({value <= largest_size ? Scalar::Type::size : Scalar::Type::other, value});
  }
  bool number_float(number_float_t, const string_t&) override { return scalar({}); }
  bool string(string_t& value) override { return scalar({Scalar::Type::text, 0, value}); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    return fail("it is not JSON in UTF-8, at byte " + std::to_string(position));
  }

  bool fail(std::string reason) {
    if (reason_.empty()) reason_ = std::move(reason);
    return false;
  }
  ParsedTreeListing finish(bool parsed);

 private:
  enum class Place { outside, top, files, file, ignored };

  Place place() const { return levels_.empty() ? Place::outside : levels_.back().place; }
  bool enter(Place place);
  bool scalar(const Scalar& value);
  bool version(const Scalar& value);
  bool field(const Scalar& value);
  bool size_field(std::optional<std::uint64_t>& slot, const Scalar& value);
  bool id_field(std::optional<Digest>& slot, HashKind kind, const Scalar& value);
  bool is_field() const;
  bool wrong(std::string_view what) {
    return fail(key_ + " of " + in_quotes(draft_.path) + " " + std::string(what));
  }
  bool misplaced_container(std::string_view container);
  bool add_draft();
  bool sort_files();

  struct Level {
    Place place;
    std::set<std::string> keys;  // not in `files`: there the paths themselves are compared at the end
  };

  std::vector<Level> levels_;
  std::string key_;
  Draft draft_;
  bool has_version_ = false;
  bool has_files_ = false;
  std::vector<ListedFile> files_;
  std::string reason_;
};

bool ListingReader::enter(Place place) {
  if (levels_.size() == deepest_level)
    return fail("it has more than " + std::to_string(deepest_level) + " levels");
  levels_.push_back({place, {}});
  return true;
}

// An object or array where only a plain value or the other one makes sense.
bool ListingReader::misplaced_container(std::string_view container) {
  switch (place()) {
    case Place::outside:
      return fail("the top level is " + std::string(container) + ", not an object");
    case Place::top:
      return fail(key_ + " is " + std::string(container));
    case Place::files:
      return fail("the entry of " + in_quotes(draft_.path) + " is not an object");
    default:
      return wrong("is " + std::string(container));
  }
}

bool ListingReader::start_object(std::size_t) {
  switch (place()) {
    case Place::outside:
      return enter(Place::top);
    case Place::top:
      if (key_ == "format_version") return misplaced_container("an object");
      has_files_ = has_files_ || key_ == "files";
      return enter(key_ == "files" ? Place::files : Place::ignored);
    case Place::files:
      return enter(Place::file);
    case Place::file:
      return is_field() ? misplaced_container("an object") : enter(Place::ignored);
    default:
      return enter(Place::ignored);
  }
}

bool ListingReader::start_array(std::size_t) {
  const Place where = place();
  const bool known_key = (where == Place::top && (key_ == "format_version" || key_ == "files")) ||
                         (where == Place::file && is_field());
  if (where == Place::outside || where == Place::files || known_key) return misplaced_container("an array");
  return enter(Place::ignored);
}

bool ListingReader::end_array() {
  levels_.pop_back();
  return true;
}

bool ListingReader::key(string_t& name) {
  key_ = name;
  Level& level = levels_.back();
  if (level.place == Place::files) {
    if (const auto flaw = RelPath::flaw(name))
      return fail("the path " + in_quotes(name) + " is unsafe: " + std::string(*flaw));
    draft_ = Draft();
    draft_.path = name;
    return true;
  }
  return level.keys.insert(name).second || fail("the key " + in_quotes(name) + " is there twice");
}

bool ListingReader::end_object() {
  const Place left = place();
  levels_.pop_back();
  return left != Place::file || add_draft();
}

bool ListingReader::scalar(const Scalar& value) {
  switch (place()) {
    case Place::outside:
      return fail("the top level is not an object");
    case Place::top:
      if (key_ == "files") return fail("files is not an object");
      return key_ != "format_version" || version(value);
    case Place::files:
      return fail("the entry of " + in_quotes(draft_.path) + " is not an object");
    case Place::file:
      return field(value);
    default:
      return true;
  }
}

bool ListingReader::version(const Scalar& value) {
  if (value.type != Scalar::Type::size) return fail("format_version is not an unsigned integer");
  if (value.size != 1) return fail("format_version is " + std::to_string(value.size) + ", only 1 is known");
  has_version_ = true;
  return true;
}

bool ListingReader::is_field() const {
  return key_ == "size" || key_ == "blob_id" || key_ == "lfs_sha256" || key_ == "lfs_size" ||
         key_ == "xet_hash";
}

bool ListingReader::field(const Scalar& value) {
  if (key_ == "size") return size_field(draft_.size, value);
  if (key_ == "blob_id") return id_field(draft_.blob_id, HashKind::git_sha1, value);
  if (!is_field() || value.type == Scalar::Type::null) return true;
  if (key_ == "lfs_sha256") return id_field(draft_.lfs_sha256, HashKind::sha256, value);
  if (key_ == "lfs_size") return size_field(draft_.lfs_size, value);
  if (value.type != Scalar::Type::text || !is_xet_hash(value.text))
    return wrong("is not 64 hexadecimal digits");
  draft_.xet_hash = value.text;
  return true;
}

bool ListingReader::size_field(std::optional<std::uint64_t>& slot, const Scalar& value) {
  if (value.type != Scalar::Type::size) return wrong("is not an unsigned integer up to 2^63-1");
  slot = value.size;
  return true;
}

bool ListingReader::id_field(std::optional<Digest>& slot, HashKind kind, const Scalar& value) {
  if (value.type == Scalar::Type::text) slot = Digest::parse(kind, value.text);
  if (slot) return true;
  return wrong(kind == HashKind::git_sha1 ? "is not 40 lower-case hexadecimal digits"
                                          : "is not 64 lower-case hexadecimal digits");
}

bool ListingReader::add_draft() {
  const std::string name = in_quotes(draft_.path);
  auto path = RelPath::parse(draft_.path);
  if (!path) return fail("the path " + name + " is unsafe");
  if (path->depth() > deepest_path)
    return fail("the path " + name + " has more than " + std::to_string(deepest_path) + " directories");
  if (!draft_.size) return fail("size of " + name + " is missing");
  if (!draft_.blob_id) return fail("blob_id of " + name + " is missing");
  if (draft_.lfs_size && !draft_.lfs_sha256) return fail("lfs_sha256 of " + name + " is missing");
  files_.push_back({std::move(*path), *draft_.size, *draft_.blob_id, draft_.lfs_sha256, draft_.lfs_size,
                    std::move(draft_.xet_hash)});
  return true;
}

// Byte order with '/' in front of all else: what lies in a directory follows right behind a file of its name.
bool tree_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

bool ListingReader::sort_files() {
  std::sort(files_.begin(), files_.end(),
            [](const ListedFile& a, const ListedFile& b) { return tree_less(a.path, b.path); });
  for (std::size_t i = 1; i < files_.size(); ++i) {
    const std::string& one = files_[i - 1].path.bytes();
    const std::string& next = files_[i].path.bytes();
    if (one == next) return fail("the path " + in_quotes(one) + " is there twice");
    if (next.starts_with(one + "/")) return fail("the path " + in_quotes(one) + " is a file and a directory");
  }
  std::sort(files_.begin(), files_.end(),
            [](const ListedFile& a, const ListedFile& b) { return a.path < b.path; });
  return true;
}

ParsedTreeListing ListingReader::finish(bool parsed) {
  if (parsed && !has_version_) parsed = fail("format_version is missing");
  if (parsed && !has_files_) parsed = fail("files is missing");
  if (!parsed || !sort_files()) return {{}, reason_};
  return {TreeListing{std::move(files_)}, {}};
}

}  // namespace

const ListedFile* TreeListing::find(std::string_view path) const {
  const auto found = std::lower_bound(
      files.begin(), files.end(), path,
      [](const ListedFile& file, std::string_view wanted) { return file.path.bytes() < wanted; });
  return found != files.end() && found->path.bytes() == path ? &*found : nullptr;
}

ParsedTreeListing parse_tree_listing(std::string_view json) {
  ListingReader reader;
  if (json.size() > tree_listing_limit)
    return {{}, "it is larger than " + std::to_string(tree_listing_limit) + " bytes"};
  // The JSON library skips a byte order mark and takes a NUL for the end.
  if (json.starts_with("\xef\xbb\xbf")) return {{}, "it begins with a byte order mark"};
  if (json.find('\0') != std::string_view::npos) return {{}, "it holds a NUL byte"};
  return reader.finish(nlohmann::json::sax_parse(json, &reader));
}

}  // namespace modelcache
