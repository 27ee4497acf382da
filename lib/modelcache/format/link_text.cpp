// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/link_text.hpp"

#include <algorithm>
#include <array>

namespace modelcache {

namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_name = 255;
constexpr std::size_t longest_link = 4096;
constexpr std::string_view shared_prefix = "../../blobs/";

struct Suffix {
  std::string_view text;
  BlobEntryKind kind;
};

// Longer ones first where one ends in another.
constexpr std::array<Suffix, 8> junk_suffixes = {{
    {".incomplete", BlobEntryKind::partial},
    {".sync.part", BlobEntryKind::partial},
    {".part", BlobEntryKind::partial},
    {".downloadInProgress", BlobEntryKind::partial},
    {".lock", BlobEntryKind::lock},
    {".etag", BlobEntryKind::unknown},
    {".refs", BlobEntryKind::unknown},
    {".tmp", BlobEntryKind::unknown},
}};
constexpr std::array<Suffix, 3> staged_suffixes = {{
    {".new", BlobEntryKind::staged},
    {".shared", BlobEntryKind::staged},
    {".old", BlobEntryKind::replaced},
}};

bool is_lower_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == npos;
}

bool is_plain(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' ||
         c == '-';
}

// "<stem>.<8 hex>" without its end; nothing when it has none.
std::optional<std::string_view> without_random(std::string_view name) {
  constexpr std::size_t length = 9;
  if (name.size() <= length) return {};
  const std::string_view end = name.substr(name.size() - length);
  if (end[0] != '.' || !is_lower_hex(end.substr(1))) return {};
  return name.substr(0, name.size() - length);
}

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  if (text.size() != form.size()) return false;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const bool fits = form[i] == '-' ? text[i] == '-' : is_lower_hex(text.substr(i, 1));
    if (!fits) return false;
  }
  return true;
}

BlobEntry entry_of(BlobEntryKind kind, std::string_view etag) {
  if (kind == BlobEntryKind::unknown || !is_blob_name(etag)) return {};
  return {kind, std::string(etag)};
}

BlobEntry classify_hidden(std::string_view name) {
  name.remove_prefix(1);
  for (const Suffix& suffix : staged_suffixes) {
    if (!name.ends_with(suffix.text)) continue;
    const auto etag = without_random(name.substr(0, name.size() - suffix.text.size()));
    return etag ? entry_of(suffix.kind, *etag) : BlobEntry();
  }
  return {};
}

BlobEntry classify_junk(std::string_view name, const Suffix& suffix) {
  const std::string_view stem = name.substr(0, name.size() - suffix.text.size());
  if (suffix.text == ".incomplete")
    if (const auto etag = without_random(stem); etag && is_blob_name(*etag))
      return entry_of(suffix.kind, *etag);
  return entry_of(suffix.kind, stem);
}

const Suffix* junk_suffix(std::string_view name) {
  const auto it = std::find_if(junk_suffixes.begin(), junk_suffixes.end(),
                               [&](const Suffix& suffix) { return name.ends_with(suffix.text); });
  return it == junk_suffixes.end() ? nullptr : &*it;
}

// A link's text walked component by component, as if no directory on the way were a link.
class Walk {
 public:
  // Starts `below` directories below the repo's own.
  explicit Walk(std::size_t below) : parts_(below) {}

  void follow(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = std::min(text.find('/', begin), text.size());
      step(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  // Whether the walk ends at <repo>/blobs/<one component>.
  bool is_in_blobs() const { return above_ == 0 && parts_.size() == 2 && parts_[0] == "blobs"; }
  bool is_outside() const { return above_ > 0; }
  // Whether the last three components are <folder>/blobs/<one component>.
  bool ends_in_blobs_of(std::string_view folder) const {
    const std::size_t n = parts_.size();
    return n >= 3 && parts_[n - 3] == folder && parts_[n - 2] == "blobs";
  }
  // Whether it went up to the cache root and straight down into the repo again.
  bool comes_back_to(std::string_view folder) const {
    return above_ == 1 && parts_.size() == 3 && ends_in_blobs_of(folder);
  }
  std::string_view last() const { return parts_.empty() ? std::string_view() : parts_.back(); }

 private:
  void step(std::string_view part) {
    if (part.empty() || part == ".") return;
    if (part != "..") return parts_.push_back(part);
    if (parts_.empty())
      ++above_;
    else
      parts_.pop_back();
  }

  std::vector<std::string_view> parts_;  // below the repo, or below what lies `above_` directories over it
  std::size_t above_ = 0;
};

SnapshotLink link_of(SnapshotLinkForm form, std::string_view blob) {
  const bool named = is_blob_name(blob);
  return {form, named ? std::string(blob) : std::string()};
}

SnapshotLink classify_absolute(std::string_view text, const RepoLocation& repo) {
  Walk walk(0);
  walk.follow(text);
  for (const std::string& path : repo.paths) {
    const std::string prefix = path + "/blobs/";
    if (text.starts_with(prefix) && is_blob_name(text.substr(prefix.size())))
      return link_of(SnapshotLinkForm::absolute, text.substr(prefix.size()));
  }
  return link_of(SnapshotLinkForm::escapes, walk.ends_in_blobs_of(repo.folder) ? walk.last() : "");
}

}  // namespace

bool is_blob_name(std::string_view name) {
  if (name.empty() || name.size() > longest_name || name[0] == '.') return false;
  if (!std::all_of(name.begin(), name.end(), is_plain) || name.starts_with("tmp_")) return false;
  // A scan asks this of every content, and nearly all are plain digits.
  return name.find('.') == npos || !junk_suffix(name);
}

BlobNameKind blob_name_kind(std::string_view name) {
  if (!is_lower_hex(name)) return BlobNameKind::other;
  switch (name.size()) {
    case 32:
      return BlobNameKind::md5;
    case 40:
      return BlobNameKind::git_sha1;
    case 64:
      return BlobNameKind::sha256;
    default:
      return BlobNameKind::other;
  }
}

BlobEntry classify_blob_entry(std::string_view name) {
  if (is_blob_name(name)) return {BlobEntryKind::blob, std::string(name)};
  if (name.starts_with('.')) return classify_hidden(name);
  if (name.starts_with("tmp_") && is_uuid(name.substr(4))) return {BlobEntryKind::probe, {}};
  const Suffix* suffix = junk_suffix(name);
  return suffix ? classify_junk(name, *suffix) : BlobEntry();
}

std::string snapshot_link_text(std::size_t depth, std::string_view blob_name) {
  std::string text;
  for (std::size_t i = 0; i < depth + 2; ++i) text += "../";
  return text.append("blobs/").append(blob_name);
}

SnapshotLink classify_snapshot_link(std::string_view text, std::size_t depth, const RepoLocation& repo) {
  if (text.empty() || text.size() > longest_link || text.find('\0') != npos) return {};
  if (text[0] == '/') return classify_absolute(text, repo);
  Walk walk(depth + 2);  // snapshots/<rev>/ and the directories
  walk.follow(text);
  const std::string_view name = walk.last();
  if (walk.is_in_blobs()) {
    const bool exact = is_blob_name(name) && text == snapshot_link_text(depth, name);
    return link_of(exact ? SnapshotLinkForm::blob : SnapshotLinkForm::malformed, name);
  }
  if (walk.comes_back_to(repo.folder)) return link_of(SnapshotLinkForm::malformed, name);
  if (walk.ends_in_blobs_of(repo.folder) && is_blob_name(name))
    return link_of(SnapshotLinkForm::working_dir, name);
  return {walk.is_outside() ? SnapshotLinkForm::escapes : SnapshotLinkForm::malformed, {}};
}

bool SnapshotLink::reads_through() const {
  switch (form) {
    case SnapshotLinkForm::blob:
    case SnapshotLinkForm::absolute:
    case SnapshotLinkForm::malformed:
      return !blob.empty();
    case SnapshotLinkForm::working_dir:
    case SnapshotLinkForm::escapes:
      return false;
  }
  return false;
}

std::optional<std::string_view> shared_payload_of(std::string_view text) {
  constexpr std::size_t hash_digits = 64;
  if (text.size() != shared_prefix.size() + 3 + hash_digits || !text.starts_with(shared_prefix)) return {};
  text.remove_prefix(shared_prefix.size());
  const std::string_view hash = text.substr(3);
  if (text[2] != '/' || !is_lower_hex(hash) || text.substr(0, 2) != hash.substr(0, 2)) return {};
  return hash;
}

std::string shared_link_text(std::string_view hash) {
  return std::string(shared_prefix).append(hash.substr(0, 2)).append("/").append(hash);
}

}  // namespace modelcache
