// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/ops/meta_reading.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace modelcache {

namespace {

// All entries of one path: to the client any of them may be the right one.
struct IndexedFile {
  RelPath path;
  std::vector<std::string> revisions;
};

class Check {
 public:
  Check(const std::string& path, const MetaReading& reading) : directory_(path), reading_(reading) {}

  MetaCheck run(const std::vector<SideFile>& side_files) {
    found_ = directory_.files();
    for (const SideFile& file : side_files) read(file);
    check_.flavour = directory_.flavour();
    if (!index_) {
      if (std::none_of(side_files.begin(), side_files.end(),
                       [](const SideFile& file) { return file.name == ".msc"; }))
        add(FindingCode::index_unreadable, ".msc", "there is none: the client downloads every file again");
      return std::move(check_);
    }
    check_.entries = index_->entries.size();
    const std::vector<IndexedFile> files = indexed_files();
    check_files(files);
    add_extra(files);
    return std::move(check_);
  }

 private:
  void add(FindingCode code, std::string_view path, std::string_view detail) {
    check_.findings.push_back(make_finding(code, "", path, detail));
  }
  void add(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
    check_.findings.push_back({code, severity, "", std::string(path), std::string(detail)});
  }
  void add_flaw(const SideFile& file, const IndexFlaw& flaw) {
    add(flaw.is_unsafe ? FindingCode::index_unsafe : FindingCode::index_unreadable, file.name, flaw.sentence);
    if (flaw.is_unsafe) check_.unsafe.push_back(file.name + ": " + flaw.sentence);
  }
  void add_warnings(std::string_view path, const std::vector<std::string>& warnings) {
    for (const std::string& warning : warnings)
      add(FindingCode::index_unreadable, Severity::warning, path, warning);
  }

  void read(const SideFile& file) {
    if (!file.flaw.empty()) return add(FindingCode::index_unreadable, file.name, file.flaw);
    if (file.name == ".msc") {
      ParsedMsc parsed = parse_msc(file.bytes);
      if (parsed.flaw) return add_flaw(file, *parsed.flaw);
      index_ = std::move(parsed.index);
      add_warnings(file.name, index_->warnings);
    } else if (file.name == ".mdl") {
      const ParsedMdl parsed = parse_mdl(file.bytes);
      if (parsed.flaw) return add_flaw(file, *parsed.flaw);
      add_warnings(file.name, parsed.warnings);
    } else {
      const ParsedMv parsed = parse_mv(file.bytes);
      if (!parsed.text) add(FindingCode::index_unreadable, file.name, parsed.reason);
    }
  }

  std::vector<IndexedFile> indexed_files() {
    std::map<RelPath, std::vector<std::string>> by_path;
    std::set<RelPath> with_extra_keys;
    for (const MscEntry& entry : index_->entries) {
      if (const auto flaw = entry_flaw(entry)) {
        add(FindingCode::name_unsafe, entry.path, *flaw);
        continue;
      }
      const RelPath path = *RelPath::parse(entry.path);
      if (entry.has_extra_keys && with_extra_keys.insert(path).second)
        add(FindingCode::index_extra_keys, path, "the client's download of this one file gives none");
      auto& revisions = by_path[path];
      if (entry.has_revision)
        revisions.push_back(entry.revision);
      else
        add(FindingCode::index_revision, Severity::error, path,
            "it has no text as Revision, and the client fails on it");
      if (revisions.size() == 2)
        add(FindingCode::index_duplicate, path, "the client takes any of them that fits");
    }
    std::vector<IndexedFile> files;
    files.reserve(by_path.size());
    for (auto& [path, revisions] : by_path) files.push_back({path, std::move(revisions)});
    return files;
  }

  // The file of an entry, when it can be read; otherwise tells why it cannot.
  const FoundFile* present(const RelPath& path) {
    const FoundFile* file = find_file(found_, path);
    if (file == nullptr) {
      ++check_.missing;
      add(FindingCode::blob_missing, path, "no such file is there");
      return nullptr;
    }
    if (file->status.kind == FileKind::file) return file;
    if (file->status.kind == FileKind::link) {
      ++check_.unverifiable;
      add(FindingCode::blob_unverifiable, path, "it is a symbolic link, which is not followed");
    } else {
      ++check_.missing;
      add(FindingCode::blob_missing, path, "what is there is no regular file");
    }
    return nullptr;
  }

  // An index that proves one of its files is AI Studio's, whatever else it looks like.
  void check_files(const std::vector<IndexedFile>& files) {
    if (check_.flavour == MscFlavour::modelscope) return check_existence(files);
    const MetaCheck before = check_;
    check_contents(files);
    if (check_.flavour) return;
    check_.flavour = check_.matched > 0 ? MscFlavour::aistudio : directory_.likely_flavour(index_, found_);
    if (check_.flavour != MscFlavour::modelscope) return;
    check_ = before;
    check_.flavour = MscFlavour::modelscope;
    check_existence(files);
  }

  void check_existence(const std::vector<IndexedFile>& files) {
    std::uint64_t there = 0;
    for (const IndexedFile& file : files)
      if (present(file.path) != nullptr) ++there;
    check_.unverifiable += there;
    if (there == 0) return;
    add(FindingCode::blob_unverifiable, "",
        std::to_string(there) + (there == 1 ? " file is" : " files are") +
            " there; ModelScope's index tells commits, by which no content can be proved");
  }

  void check_contents(const std::vector<IndexedFile>& files) {
    std::vector<FileToHash> work;
    std::vector<const IndexedFile*> indexed;
    std::uint64_t total = 0;
    for (const IndexedFile& file : files) {
      const FoundFile* there = present(file.path);
      if (there == nullptr || !has_id(file)) continue;
      work.push_back({file.path, there->status.size});
      indexed.push_back(&file);
      total += there->status.size;
    }
    if (reading_.expecting) reading_.expecting(total);
    const std::vector<HashedFile> ids = directory_.hash(work, hashing(reading_));
    for (std::size_t i = 0; i < ids.size(); ++i) judge(*indexed[i], ids[i]);
  }

  bool has_id(const IndexedFile& file) {
    if (std::any_of(file.revisions.begin(), file.revisions.end(), is_git_id)) return true;
    if (file.revisions.empty()) return false;  // told already
    ++check_.unverifiable;
    add(FindingCode::blob_unverifiable, file.path,
        "its Revision is '" + file.revisions.front() +
            "', which names no content; the client downloads it again");
    return false;
  }

  void judge(const IndexedFile& file, const HashedFile& ids) {
    if (!ids.flaw.empty()) {
      ++check_.unmatched;
      return add(FindingCode::vanished, Severity::error, file.path, ids.flaw);
    }
    check_.bytes_hashed += ids.size;
    for (const std::string& revision : file.revisions) {
      const auto id = find_id(ids, revision);
      if (!id) continue;
      if (ids.is_pointer_text) {
        ++check_.unmatched;
        return add(FindingCode::pointer_text, file.path, "the client would take it for the content");
      }
      ++check_.matched;
      if (revision.size() < id->id.hex().size())
        add(FindingCode::index_revision, file.path,
            "its Revision is only the beginning of " + id->id.hex() +
                "; the client's download of this one file gives none");
      return;
    }
    ++check_.unmatched;
    add(FindingCode::blob_corrupt, file.path,
        "its Revision is " + file.revisions.front() + ", and neither the file (" + ids.git->hex() +
            ") nor a pointer to it has this id");
  }

  void add_extra(const std::vector<IndexedFile>& files) {
    for (const FoundFile& file : found_) {
      const MscFlavour flavour = check_.flavour.value_or(MscFlavour::aistudio);
      if (!belongs_in_index(flavour, RepoType::model, file.path)) continue;
      if (std::binary_search(files.begin(), files.end(), file.path, ByPath())) continue;
      ++check_.extra;
      add(FindingCode::stray_entry, file.path,
          "the index has no entry for it; the client downloads it again");
    }
  }

  struct ByPath {
    bool operator()(const IndexedFile& file, const RelPath& path) const { return file.path < path; }
    bool operator()(const RelPath& path, const IndexedFile& file) const { return path < file.path; }
  };

  IndexedDirectory directory_;
  const MetaReading& reading_;
  std::vector<FoundFile> found_;
  std::optional<MscIndex> index_;
  MetaCheck check_;
};

}  // namespace

MetaCheck check_meta(const std::string& directory, const MetaReading& reading) {
  const std::vector<SideFile> side_files = read_side_files(directory);
  if (side_files.empty())
    throw_error(Cause::not_found, "check", directory, "it has no .msc, no .mdl and no .mv");
  return Check(directory, reading).run(side_files);
}

}  // namespace modelcache
