// SPDX-License-Identifier: Apache-2.0
#include "modelcache/base/error.hpp"
#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/format/pattern.hpp"
#include "modelcache/ops/meta_reading.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace modelcache {

namespace {

// A file that may get an entry.
struct Candidate {
  const FoundFile* file = nullptr;
  std::vector<std::string> before;  // the Revisions that the present index has for it
  HashKind kind = HashKind::git_sha1;
  std::optional<LfsReason> reason;  // where a rule tells the kind
  std::optional<Digest> server_id;
};

class Rebuild {
 public:
  explicit Rebuild(const MetaRebuild& request) : request_(request), directory_(request.directory) {}

  MetaRebuilt run() {
    if (!request_.allow_foreign_owner) directory_.require_own();
    before_ = directory_.index_status();
    read_side_files();
    found_ = directory_.files();
    flavour_ = directory_.flavour();
    require_aistudio();
    find_repo();
    if (!request_.is_dry) directory_.await_clients(request_.wait);
    if (request_.ask_server) server_ = request_.ask_server(*result_.repo);
    choose();
    decide();
    if (!flavour_ && proved_ == 0) flavour_ = directory_.likely_flavour(index_, found_);
    require_aistudio();
    compare();
    write();
    return std::move(result_);
  }

 private:
  void add(FindingCode code, std::string_view path, std::string_view detail) {
    add(code, info(code).severity, path, detail);
  }
  void add(FindingCode code, Severity severity, std::string_view path, std::string_view detail) {
    result_.findings.push_back({code, severity, "", std::string(path), std::string(detail)});
  }

  void read_side_files();
  void read_index(const SideFile& file);
  void require_aistudio() const;
  void find_repo();
  void choose();
  void choose_file(const FoundFile& file);
  void choose_link(const FoundFile& file);
  bool is_served(Candidate& candidate);
  void decide();
  std::optional<std::string> revision_of(const Candidate& candidate, const HashedFile& ids);
  std::optional<FileId> proved(const Candidate& candidate, const HashedFile& ids) const;
  std::string computed(const Candidate& candidate, const HashedFile& ids);
  void tell_choices();
  void compare();
  void write();

  const MetaRebuild& request_;
  IndexedDirectory directory_;
  std::optional<MscFlavour> flavour_;
  std::optional<Status> before_;
  std::optional<MscIndex> index_;
  std::optional<std::string> mdl_id_;
  std::optional<std::string> mv_bytes_;
  std::vector<FoundFile> found_;
  std::optional<std::map<RelPath, std::optional<Digest>>> server_;
  std::map<std::string, std::vector<std::string>> known_;  // path -> Revisions of the present index
  std::vector<Candidate> candidates_;
  std::vector<MscEntry> entries_;
  LfsDecisions decided_;
  std::size_t assumed_bare_ = 0;
  std::size_t proved_ = 0;  // files that are what the present index, or the server, says
  bool is_same_index_ = false;
  MetaRebuilt result_;
};

void Rebuild::read_index(const SideFile& file) {
  ParsedMsc parsed = file.flaw.empty() ? parse_msc(file.bytes) : ParsedMsc{{}, IndexFlaw{false, file.flaw}};
  if (parsed.flaw) {
    const FindingCode code =
        parsed.flaw->is_unsafe ? FindingCode::index_unsafe : FindingCode::index_unreadable;
    return add(code, Severity::warning, file.name, parsed.flaw->sentence + "; it is written anew");
  }
  index_ = std::move(parsed.index);
  for (const MscEntry& entry : index_->entries)
    if (entry.has_path && entry.has_revision) known_[entry.path].push_back(entry.revision);
}

void Rebuild::read_side_files() {
  for (const SideFile& file : modelcache::read_side_files(request_.directory)) {
    if (file.name == ".msc") read_index(file);
    if (file.name == ".mdl" && file.flaw.empty()) mdl_id_ = parse_mdl(file.bytes).id;
    if (file.name != ".mv") continue;
    mv_bytes_ = file.bytes;
    if (request_.commit) continue;
    const ParsedMv parsed = parse_mv(file.bytes);
    if (!file.flaw.empty() || !parsed.text)
      add(FindingCode::index_unreadable, file.name,
          (file.flaw.empty() ? parsed.reason : file.flaw) + "; --revision COMMIT writes it anew");
  }
}

void Rebuild::require_aistudio() const {
  if (flavour_ != MscFlavour::modelscope) return;
  throw_error(
      Cause::refused, "rebuild the index of", directory_.path(),
      "it is ModelScope's, which takes the last commit that changed each file, and no bytes tell that; "
      "clone2cache --to modelscope: --modelscope-version 1.37 writes it from a clone");
}

void Rebuild::find_repo() {
  result_.repo = request_.repo;
  if (!result_.repo && mdl_id_) result_.repo = directory_.named_repo(*mdl_id_);
  if (!result_.repo)
    throw_error(Cause::usage, "rebuild the index of", directory_.path(),
                "nothing tells its repo; name it with --repo OWNER/NAME");
}

void Rebuild::choose() {
  for (const FoundFile& file : found_) {
    if (!belongs_in_index(MscFlavour::aistudio, RepoType::model, file.path)) continue;
    if (file.status.kind == FileKind::link)
      choose_link(file);
    else if (file.status.kind == FileKind::file)
      choose_file(file);
    else
      add(FindingCode::stray_entry, file.path, "it is no regular file and gets no entry");
  }
  if (!server_) return;
  const auto is_here = [&](const auto& one) { return find_file(found_, one.first) != nullptr; };
  const auto absent =
      static_cast<std::size_t>(std::count_if(server_->begin(), server_->end(), [&](const auto& one) {
        return belongs_in_index(MscFlavour::aistudio, RepoType::model, one.first) && !is_here(one);
      }));
  if (absent > 0)
    add(FindingCode::revision_incomplete, "", std::to_string(absent) + " of the server's files are not here");
}

// Clients follow links, we do not: what the index has of one is not ours to judge.
void Rebuild::choose_link(const FoundFile& file) {
  const auto known = known_.find(file.path.bytes());
  if (server_ || known == known_.end() || !is_git_id(known->second.front()))
    return add(FindingCode::stray_entry, file.path,
               "it is a symbolic link, which is not followed, and gets no entry");
  entries_.push_back(msc_entry(file.path, known->second.front()));
  add(FindingCode::blob_unverifiable, file.path,
      "it is a symbolic link, which is not followed; its entry stays as it is");
}

void Rebuild::choose_file(const FoundFile& file) {
  if (is_reserved(file.path))
    return add(FindingCode::name_unsafe, file.path,
               "it would be taken for one of git's or a client's own files and gets no entry");
  Candidate candidate;
  candidate.file = &file;
  if (const auto known = known_.find(file.path.bytes()); known != known_.end())
    candidate.before = known->second;
  if (server_ && !is_served(candidate)) return;
  candidates_.push_back(std::move(candidate));
}

bool Rebuild::is_served(Candidate& candidate) {
  const RelPath& path = candidate.file->path;
  const auto served = server_->find(path);
  if (served != server_->end()) candidate.server_id = served->second;
  if (candidate.server_id) return true;
  add(FindingCode::stray_entry, Severity::error, path,
      served == server_->end() ? "the server does not have it; it gets no entry"
                               : "the server has no regular file of this name; it gets no entry");
  return false;
}

void Rebuild::decide() {
  const LfsRule rule = directory_.rule(found_);
  std::optional<PathFilter> large;
  if (request_.large && !request_.large->empty()) large.emplace(*request_.large, std::vector<std::string>{});
  std::vector<FileToHash> work;
  std::uint64_t total = 0;
  for (Candidate& candidate : candidates_) {
    const auto& [path, status] = *candidate.file;
    if (request_.large) {
      candidate.kind =
          large && status.size > 0 && large->passes(path) ? HashKind::sha256 : HashKind::git_sha1;
    } else {
      const LfsDecision decision = rule.decide(path, status.size);
      candidate.kind = decision.kind;
      candidate.reason = decision.reason;
    }
    const bool may_be_both =
        candidate.server_id || std::any_of(candidate.before.begin(), candidate.before.end(), is_git_id);
    work.push_back({path, status.size, may_be_both || candidate.kind == HashKind::git_sha1,
                    may_be_both || candidate.kind == HashKind::sha256});
    total += status.size;
  }
  if (request_.reading.expecting) request_.reading.expecting(total);
  const std::vector<HashedFile> ids = directory_.hash(work, hashing(request_.reading));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto revision = revision_of(candidates_[i], ids[i]);
    if (!revision) continue;
    entries_.push_back(msc_entry(candidates_[i].file->path, *revision));
  }
  tell_choices();
}

std::optional<std::string> Rebuild::revision_of(const Candidate& candidate, const HashedFile& ids) {
  const RelPath& path = candidate.file->path;
  if (!ids.flaw.empty()) {
    add(FindingCode::vanished, Severity::error, path, ids.flaw + "; it gets no entry");
    return {};
  }
  if (ids.is_pointer_text) {
    add(FindingCode::pointer_text, path,
        "it gets no entry; git lfs pull, or the client, fetches its content");
    return {};
  }
  if (!candidate.server_id) return computed(candidate, ids);
  if (find_id(ids, candidate.server_id->hex())) {
    ++proved_;
    return candidate.server_id->hex();
  }
  add(FindingCode::blob_corrupt, path,
      "it is not what the server has, " + candidate.server_id->hex() + "; it gets no entry");
  return {};
}

std::optional<FileId> Rebuild::proved(const Candidate& candidate, const HashedFile& ids) const {
  for (const std::string& revision : candidate.before)
    if (auto id = find_id(ids, revision)) return id;
  return {};
}

std::string Rebuild::computed(const Candidate& candidate, const HashedFile& ids) {
  const auto known = proved(candidate, ids);
  if (known) ++proved_;
  bool is_large = candidate.kind == HashKind::sha256;
  // What the client once had from its server is better than any rule.
  if (candidate.reason && known)
    is_large = known->form != IdForm::plain;
  else if (candidate.reason)
    decided_.add({candidate.kind, *candidate.reason});
  if (!is_large) return make_id(ids, IdForm::plain).id.hex();
  if (request_.newline == PointerNewline::yes) return make_id(ids, IdForm::pointer).id.hex();
  if (request_.newline == PointerNewline::no) return make_id(ids, IdForm::bare_pointer).id.hex();
  if (known && known->form != IdForm::plain) return known->id.hex();
  ++assumed_bare_;
  return make_id(ids, IdForm::bare_pointer).id.hex();
}

void Rebuild::tell_choices() {
  const std::string text = decided_.text();
  if (!text.empty()) add(FindingCode::large_decided, "", text);
  if (assumed_bare_ > 0)
    result_.notes.push_back(
        "ids of " + std::to_string(assumed_bare_) +
        (assumed_bare_ == 1 ? " LFS pointer: " : " LFS pointers: ") +
        "of a text without final newline, as aistudio-sdk uploads it; where the files were "
        "pushed by git-lfs, --pointer-newline yes, and --hub asks the server");
}

void Rebuild::compare() {
  const auto by_path = [](const MscEntry& a, const MscEntry& b) { return a.path < b.path; };
  std::sort(entries_.begin(), entries_.end(), by_path);
  result_.entries = entries_.size();
  std::set<std::string> left;
  for (const MscEntry& entry : entries_) {
    left.insert(entry.path);
    const auto known = known_.find(entry.path);
    if (known == known_.end())
      result_.changes.push_back({entry.path, MetaChange::Kind::added, entry.revision});
    else if (known->second != std::vector<std::string>{entry.revision})
      result_.changes.push_back({entry.path, MetaChange::Kind::changed, entry.revision});
  }
  if (!index_) return;
  // An entry without a path, too, is one that goes.
  for (const MscEntry& entry : index_->entries)
    if (left.insert(entry.path).second)
      result_.changes.push_back({entry.path, MetaChange::Kind::removed, entry.revision});
  std::stable_sort(result_.changes.begin(), result_.changes.end(),
                   [](const MetaChange& a, const MetaChange& b) { return a.path < b.path; });
  std::vector<MscEntry> before = index_->entries;
  std::stable_sort(before.begin(), before.end(), by_path);
  is_same_index_ = before == entries_ && index_->warnings.empty();
}

void Rebuild::write() {
  if (entries_.empty() && found_.empty() && !index_)
    throw_error(Cause::refused, "rebuild the index of", directory_.path(), "it has no files");
  SideTexts texts;
  if (request_.commit) {
    std::string text = write_mv({*request_.commit, "unknown"});
    if (mv_bytes_ != text) texts.mv = std::move(text);
  } else if (!mv_bytes_) {
    result_.notes.emplace_back(
        "no .mv is written, since nothing tells the commit (--revision COMMIT does); no client needs it");
  }
  const std::string id = mdl_id(*result_.repo);
  if (mdl_id_ != id) texts.mdl = write_mdl(id);
  if (!is_same_index_) texts.msc = write_msc(entries_);
  const auto name = [&](const char* file, const std::optional<std::string>& text) {
    if (text) result_.written.emplace_back(file);
  };
  name(".mv", texts.mv);
  name(".mdl", texts.mdl);
  name(".msc", texts.msc);
  if (request_.is_dry || texts.is_empty()) return;
  // One may have come while the files were read.
  directory_.await_clients(request_.wait);
  directory_.write(texts, before_);
}

}  // namespace

MetaRebuilt rebuild_meta(const MetaRebuild& request) {
  return Rebuild(request).run();
}

}  // namespace modelcache
