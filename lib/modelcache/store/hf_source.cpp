// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/hf_source.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/text.hpp"
#include "modelcache/format/commit_modes.hpp"
#include "modelcache/format/ref_text.hpp"
#include "modelcache/store/content_naming.hpp"
#include "modelcache/store/hf_absence.hpp"
#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/hf_listing.hpp"
#include "modelcache/store/hf_removal.hpp"
#include "modelcache/store/root_owner.hpp"
#include "modelcache/store/snapshot_listing.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

namespace modelcache {

struct HfSource::OpenRepo {
  OpenRepo(const Dir& root, const RepoId& repo, RepoInventory read)
      : id(repo),
        dir(root.open_dir(repo.folder())),
        blobs(HfBlobs::open(root, dir)),
        inventory(std::move(read)),
        is_own(is_trusted_owner(root.own_status().owner)) {}

  Snapshot snapshot(const RevisionInventory& revision);
  void add_files(const RevisionInventory& revision, Snapshot& snapshot);
  void mark_listed(const RevisionInventory& revision, Snapshot& snapshot) const;
  void add_commit(Snapshot& snapshot) const;
  void identify(const RevisionInventory& revision, Snapshot& snapshot, const IdentifyOptions& options);
  LfsRule rule(const RevisionInventory& revision) const;
  const RevisionInventory& revision(const std::string& commit) const;
  std::string place_of(const Digest& content) const;
  Content::Origin origin_of(const Digest& content) const;
  std::string payload_of(const Digest& content) const;
  std::optional<Status> find(const Digest& content) const;
  std::optional<Fd> open_file(const Digest& content) const;

  RepoId id;
  Dir dir;
  std::optional<HfBlobs> blobs;
  RepoInventory inventory;
  bool is_own;  // the cache belongs to us or to root
  // Contents that are not in blobs/ by their own hash -> where they are, below the repo's folder.
  std::unordered_map<Digest, std::string> places;
};

namespace {

constexpr std::size_t commit_object_limit = std::size_t{16} << 20;
constexpr std::string_view blobs_prefix = "blobs/";

// The names under which a revision may be published again.
std::vector<std::string> names_of(const RevisionInventory& revision) {
  std::vector<std::string> names;
  std::copy_if(revision.refs.begin(), revision.refs.end(), std::back_inserter(names),
               [](const std::string& ref) { return !ref_name_flaw(ref); });
  return names;
}

Entry bare_entry(const RelPath& path, std::uint64_t size, const std::optional<Digest>& content) {
  Entry entry{path, size, content, {}, {}};
  if (content && content->kind() == HashKind::git_sha1) entry.git_oid = content;
  return entry;
}

}  // namespace

Snapshot HfSource::OpenRepo::snapshot(const RevisionInventory& revision) {
  Snapshot snapshot{id, revision.commit, names_of(revision), {}, false, {}};
  for (const Finding& finding : inventory.findings)
    if (finding.severity != Severity::note && finding.path.find(revision.commit) != std::string::npos)
      snapshot.findings.push_back(finding);
  add_files(revision, snapshot);
  merge_listing(find_listing(dir, revision.commit), snapshot);
  mark_listed(revision, snapshot);
  add_commit(snapshot);
  snapshot.known_absent = read_absence_markers(dir, revision.commit);
  return snapshot;
}

void HfSource::OpenRepo::add_files(const RevisionInventory& revision, Snapshot& snapshot) {
  const std::string here = inventory.path + "/";
  for (const FileInventory& file : revision.list) {
    // A longer path than any can be is one that nobody could open either.
    const auto path = RelPath::parse(file.path);
    if (!path) continue;
    snapshot.entries.push_back(bare_entry(*path, file.size, file.digest));
    if (!file.digest) continue;
    const std::string place = file.blob.substr(here.size());
    if (place != std::string(blobs_prefix) + file.digest->hex()) places.emplace(*file.digest, place);
  }
  std::set<std::string_view> found;
  for (const FileInventory& file : revision.list) found.insert(file.path);
  for (const LackingFile& file : revision.lacking) {
    const auto path = found.contains(file.path) ? std::nullopt : RelPath::parse(file.path);
    if (path) snapshot.entries.push_back(bare_entry(*path, 0, file.digest));
  }
}

// A broken link is damage; where nothing is at all, nobody asked for the file.
void HfSource::OpenRepo::mark_listed(const RevisionInventory& revision, Snapshot& snapshot) const {
  std::set<std::string_view> lacking;
  for (const LackingFile& file : revision.lacking) lacking.insert(file.path);
  for (Entry& entry : snapshot.entries)
    if (lacking.contains(entry.path.bytes()))
      entry.is_only_listed = !or_nothing(
          [&] { return dir.find_status("snapshots/" + revision.commit + "/" + entry.path.bytes()); });
}

// What is there and is not what it should be is as good as absent: nobody needs it to read the snapshot.
void HfSource::OpenRepo::add_commit(Snapshot& snapshot) const {
  const std::string path = ".modelcache/commits/" + snapshot.commit;
  auto object = or_nothing([&] { return dir.find_content(path, commit_object_limit); });
  if (object && hash_git_object("commit", *object).hex() == snapshot.commit)
    snapshot.commit_object = std::move(*object);
  const auto text = or_nothing([&] { return dir.find_content(path + ".modes", commit_modes_limit); });
  const auto modes = text ? parse_commit_modes(*text) : std::nullopt;
  if (!modes) return;
  for (Entry& entry : snapshot.entries)
    if (const auto found = modes->find(entry.path); found != modes->end()) entry.mode = found->second;
}

LfsRule HfSource::OpenRepo::rule(const RevisionInventory& revision) const {
  const std::size_t prefix = inventory.path.size() + 1;
  std::vector<AttributesFile> attributes;
  for (const FileInventory& file : revision.list)
    if (const auto path = RelPath::parse(file.path))
      add_attributes(dir, *path, std::string_view(file.blob).substr(prefix), attributes);
  return make_rule(id.type(), attributes);
}

void HfSource::OpenRepo::identify(const RevisionInventory& revision, Snapshot& snapshot,
                                  const IdentifyOptions& options) {
  const std::size_t prefix = inventory.path.size() + 1;
  std::map<std::string, std::string> unnamed;  // path -> place
  for (const FileInventory& file : revision.list)
    if (!file.digest) unnamed.emplace(file.path, file.blob.substr(prefix));
  std::vector<UnnamedFile> work;
  std::vector<Entry*> entries;  // of each piece of work
  for (Entry& entry : snapshot.entries) {
    if (entry.content || !unnamed.contains(entry.path.bytes())) continue;
    work.push_back({entry.path, entry.size, {}});
    entries.push_back(&entry);
  }
  if (work.empty()) return;
  ContentNaming naming(rule(revision),
                       [&](const RelPath& path) { return dir.find_file(unnamed.at(path.bytes())); });
  const std::vector<NamedFile> named = naming.name(work, options);
  for (std::size_t i = 0; i < work.size(); ++i) {
    if (!named[i].content || !named[i].flaw.empty()) continue;
    entries[i]->content = named[i].content;
    if (named[i].content->kind() == HashKind::git_sha1) entries[i]->git_oid = named[i].content;
    places.emplace(*named[i].content, unnamed.at(work[i].path.bytes()));
  }
  if (auto finding = naming.decision(id.text())) snapshot.findings.push_back(std::move(*finding));
}

const RevisionInventory& HfSource::OpenRepo::revision(const std::string& commit) const {
  return *std::find_if(inventory.revisions.begin(), inventory.revisions.end(),
                       [&](const RevisionInventory& one) { return one.commit == commit; });
}

std::string HfSource::OpenRepo::place_of(const Digest& content) const {
  const auto known = places.find(content);
  return known != places.end() ? known->second : std::string(blobs_prefix) + content.hex();
}

// People edit plain files; what is in blobs/ no client changes in place.
Content::Origin HfSource::OpenRepo::origin_of(const Digest& content) const {
  return place_of(content).starts_with(blobs_prefix) ? Content::Origin::store : Content::Origin::working_file;
}

// Nothing proves what a payload is called but the client that called it so: a foreign cache is not believed.
std::string HfSource::OpenRepo::payload_of(const Digest& content) const {
  const std::string place = place_of(content);
  return is_own && blobs && place.starts_with(blobs_prefix)
             ? blobs->payload(place.substr(blobs_prefix.size()))
             : std::string();
}

std::optional<Status> HfSource::OpenRepo::find(const Digest& content) const {
  return or_nothing([&]() -> std::optional<Status> {
    const std::string place = place_of(content);
    if (place.starts_with(blobs_prefix))
      return blobs ? blobs->find(place.substr(blobs_prefix.size())) : std::nullopt;
    const auto status = dir.find_status(place);
    return status && status->kind == FileKind::file ? status : std::nullopt;
  });
}

std::optional<Fd> HfSource::OpenRepo::open_file(const Digest& content) const {
  const std::string place = place_of(content);
  if (!place.starts_with(blobs_prefix)) return dir.find_file(place);
  return blobs ? blobs->open_file(place.substr(blobs_prefix.size())) : std::nullopt;
}

HfSource::HfSource(const std::string& root) : root_(Dir::open_root(absolute_path(root))), inventory_(root) {}

HfSource::~HfSource() = default;

HfSource::OpenRepo& HfSource::find_repo(const RepoId& repo) {
  const std::scoped_lock lock(mutex_);
  const auto known = open_.find(repo);
  if (known != open_.end()) return known->second;
  auto read = inventory_.read(repo.folder(), Detail::files);
  if (!read)
    throw Error(Cause::not_found, "the cache '" + terminal_safe(root_.path()) + "' has no " + repo.text());
  return open_.try_emplace(repo, root_, repo, std::move(*read)).first->second;
}

std::vector<RepoId> HfSource::repos() {
  std::vector<Finding> ignored;
  std::vector<RepoId> repos;
  for (const std::string& folder : inventory_.folders(ignored))
    if (const auto repo = RepoId::from_folder(folder)) repos.push_back(*repo);
  std::sort(repos.begin(), repos.end());
  return repos;
}

std::vector<NamedCommit> HfSource::names(const RepoId& repo) {
  std::vector<NamedCommit> names;
  for (const RevisionInventory& revision : find_repo(repo).inventory.revisions)
    for (const std::string& name : names_of(revision)) names.push_back({name, revision.commit});
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> HfSource::commits(const RepoId& repo) {
  std::vector<std::string> commits;
  for (const RevisionInventory& revision : find_repo(repo).inventory.revisions)
    if (is_commit_id(revision.commit)) commits.push_back(revision.commit);
  return commits;
}

std::vector<Finding> HfSource::left_out(const RepoId& repo) {
  const RepoInventory& inventory = find_repo(repo).inventory;
  std::vector<Finding> findings;
  for (const Finding& finding : inventory.findings)
    if (finding.path.starts_with(repo.folder() + "/refs") && finding.code != FindingCode::ref_newline)
      findings.push_back(finding);
  for (const RevisionInventory& revision : inventory.revisions)
    for (const std::string& ref : revision.refs)
      if (const auto flaw = ref_name_flaw(ref))
        findings.push_back(make_finding(FindingCode::ref_malformed, repo.text(), "refs/" + ref,
                                        "it is left out: " + std::string(*flaw)));
  for (const RevisionInventory& revision : inventory.revisions)
    if (!is_commit_id(revision.commit))
      findings.push_back(make_finding(FindingCode::stray_entry, repo.text(), "snapshots/" + revision.commit,
                                      "it is left out: its name is no commit"));
  return findings;
}

Selected HfSource::select(const RepoId& repo, std::string_view revision) {
  const RepoInventory& inventory = find_repo(repo).inventory;
  const std::string wanted(revision.empty() ? "main" : revision);
  const RevisionInventory* found = find_revision(inventory, wanted);
  if (found == nullptr && revision.empty() && inventory.revisions.size() == 1)
    found = &inventory.revisions.front();
  if (found == nullptr)
    throw Error(Cause::not_found,
                "the cache has no revision '" + terminal_safe(wanted) + "' of " + repo.text());
  auto names = names_of(*found);
  if (std::find(names.begin(), names.end(), wanted) != names.end()) names = {wanted};
  return {found->commit, std::move(names), {}};
}

std::string HfSource::default_branch(const RepoId& repo) {
  const auto all = names(repo);
  return std::any_of(all.begin(), all.end(), [](const auto& name) { return name.name == "main"; }) ? "main"
                                                                                                   : "";
}

Snapshot HfSource::snapshot(const RepoId& repo, std::string_view revision) {
  const std::string commit = select(repo, revision).commit;
  OpenRepo& open = find_repo(repo);
  return open.snapshot(open.revision(commit));
}

void HfSource::identify(const RepoId& repo, Snapshot& snapshot, const IdentifyOptions& options) {
  OpenRepo& open = find_repo(repo);
  open.identify(open.revision(snapshot.commit), snapshot, options);
}

std::optional<std::string> HfSource::lacks(const RepoId& repo, const Entry& entry) {
  if (!entry.content) return "neither its name nor a listing says what it is";
  const auto status = find_repo(repo).find(*entry.content);
  if (!status) return "it is not in the cache";
  if (status->size != entry.size) return "the cache holds " + std::to_string(status->size) + " bytes of it";
  return {};
}

Content HfSource::open(const RepoId& repo, const Entry& entry) {
  const OpenRepo& open = find_repo(repo);
  auto file = entry.content ? open.open_file(*entry.content) : std::nullopt;
  if (!file) throw_error(Cause::refused, "read", entry.path, "its content is not in the cache");
  return {std::move(*file), entry.size, open.dir.path_of(open.place_of(*entry.content)),
          open.origin_of(*entry.content), open.payload_of(*entry.content)};
}

std::optional<ContentPlace> HfSource::place(const RepoId& repo, const Entry& entry) {
  const OpenRepo& open = find_repo(repo);
  const auto status = entry.content ? open.find(*entry.content) : std::nullopt;
  if (!status) return {};
  return ContentPlace{open.origin_of(*entry.content), status->device, open.payload_of(*entry.content)};
}

Freed HfSource::remove(const RepoId& repo, const Moved& moved) {
  return HfRemoval(root_, repo, moved.wait, moved.settle).remove(moved);
}

}  // namespace modelcache
