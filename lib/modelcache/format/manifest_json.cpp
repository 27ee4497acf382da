// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/json_text.hpp"
#include "modelcache/format/manifest_builder.hpp"
#include "modelcache/format/tree_listing.hpp"

namespace modelcache {

namespace {

using Type = JsonValue::Type;

enum class Form { digests, siblings, listing, tree_listing };

// A file called "siblings" or "format_version" has a digest for a value, so the types tell.
JsonFlaw recognise(std::string_view json, Form& form) {
  form = Form::digests;
  return read_json(json, manifest_limit,
                   {[&](JsonPlace place, const JsonValue& one) {
                      if (place.empty() && one.type == Type::array) form = Form::listing;
                      if (place.size() != 1 || form == Form::listing) return JsonFlaw();
                      if (place[0] == "siblings" && one.type == Type::array) form = Form::siblings;
                      if (place[0] == "format_version" && one.type != Type::text) form = Form::tree_listing;
                      return JsonFlaw();
                    },
                    {}});
}

JsonFlaw read_digests(std::string_view json, ManifestBuilder& files) {
  const auto on_value = [&](JsonPlace place, const JsonValue& one) -> JsonFlaw {
    if (place.empty()) return {};
    if (one.type != Type::text) return "the digest of " + in_quotes(place[0]) + " is not a text";
    ManifestEntry entry;
    if (const auto flaw = read_sha256(one.text, entry.sha256))
      return "the digest of " + in_quotes(place[0]) + " " + *flaw;
    return files.add(place[0], entry);
  };
  return read_json(json, manifest_limit, {on_value, {}});
}

JsonFlaw read_tree_listing(std::string_view json, ManifestBuilder& files) {
  const ParsedTreeListing parsed = parse_tree_listing(json);
  if (!parsed.listing) return parsed.reason;
  for (const ListedFile& file : parsed.listing->files)
    if (auto flaw = files.add(file.path, {file.lfs_sha256, file.blob_id, file.content_size()})) return flaw;
  return {};
}

// The objects of files in an array: the keys of the hub's API and those of its Python client.
class FileReader {
 public:
  // `depth`: how many keys lead to one file's object.
  FileReader(ManifestBuilder& files, std::size_t depth) : files_(files), depth_(depth) {}

  JsonFlaw read(std::string_view json) {
    return read_json(json, manifest_limit,
                     {[this](JsonPlace place, const JsonValue& one) { return value(place, one); },
                      [this](JsonPlace place) { return is_here(place, depth_) ? finish() : JsonFlaw(); }});
  }

 private:
  struct Draft {
    std::string path;
    bool is_file = true;
    ManifestEntry entry;
    std::optional<std::uint64_t> lfs_size;
  };

  bool is_here(JsonPlace place, std::size_t depth) const {
    return place.size() == depth && (depth_ == 1 || place[0] == "siblings");
  }

  JsonFlaw value(JsonPlace place, const JsonValue& one) {
    if (is_here(place, depth_)) {
      ++count_;
      draft_ = Draft();
      return one.type == Type::object ? JsonFlaw() : wrong("", "is not an object");
    }
    if (is_here(place, depth_ + 1)) return field(place[depth_], one);
    if (is_here(place, depth_ + 2) && place[depth_] == "lfs") return lfs_field(place[depth_ + 1], one);
    return {};
  }

  JsonFlaw field(const std::string& key, const JsonValue& one) {
    if (key == "rfilename" || key == "path") {
      draft_.path = one.text;
      return one.type == Type::text ? JsonFlaw() : wrong(key, "is not a text");
    }
    if (key == "type") {
      draft_.is_file = one.text == "file";
      return draft_.is_file || one.text == "directory" ? JsonFlaw()
                                                       : wrong(key, "is neither file nor directory");
    }
    if (one.type == Type::null) return {};
    if (key == "size") return size(key, one, draft_.entry.size);
    if (key == "lfs") return one.type == Type::object ? JsonFlaw() : wrong(key, "is not an object");
    if (key != "blobId" && key != "blob_id" && key != "oid") return {};
    if (one.type == Type::text) draft_.entry.blob_id = Digest::parse(HashKind::git_sha1, one.text);
    if (draft_.entry.blob_id) return {};
    return wrong(key, "is not 40 lower-case hexadecimal digits");
  }

  JsonFlaw lfs_field(const std::string& key, const JsonValue& one) {
    if (one.type == Type::null) return {};
    if (key == "size") return size("lfs." + key, one, draft_.lfs_size);
    if (key != "sha256" && key != "oid") return {};
    const std::optional<Digest> known = draft_.entry.sha256;
    const JsonFlaw flaw = read_sha256(one.text, draft_.entry.sha256);
    if (flaw) return wrong("lfs." + key, *flaw);
    return !known || known == draft_.entry.sha256 ? JsonFlaw()
                                                  : wrong("lfs." + key, "is another digest than before");
  }

  JsonFlaw size(const std::string& key, const JsonValue& one, std::optional<std::uint64_t>& slot) {
    if (one.type != Type::size) return wrong(key, "is not an unsigned integer up to 2^63-1");
    slot = one.size;
    return {};
  }

  JsonFlaw finish() {
    if (!draft_.is_file) return {};
    if (draft_.path.empty()) return wrong("", "has no path");
    if (draft_.lfs_size) draft_.entry.size = draft_.lfs_size;
    return files_.add(draft_.path, draft_.entry);
  }

  JsonFlaw wrong(const std::string& key, const std::string& what) const {
    const std::string file = draft_.path.empty() ? "file " + std::to_string(count_) : in_quotes(draft_.path);
    return (key.empty() ? file : key + " of " + file) + " " + what;
  }

  ManifestBuilder& files_;
  std::size_t depth_;
  std::size_t count_ = 0;
  Draft draft_;
};

}  // namespace

JsonFlaw read_manifest_json(std::string_view json, ManifestBuilder& files) {
  Form form{};
  if (auto flaw = recognise(json, form)) return flaw;
  switch (form) {
    case Form::digests:
      return read_digests(json, files);
    case Form::siblings:
      return FileReader(files, 2).read(json);
    case Form::listing:
      return FileReader(files, 1).read(json);
    case Form::tree_listing:
      return read_tree_listing(json, files);
  }
  return "its form is unknown";
}

}  // namespace modelcache
