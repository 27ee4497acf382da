// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/units.hpp"
#include "modelcache/format/git_file_ids.hpp"
#include "modelcache/format/msc_names.hpp"
#include "modelcache/ops/evidence_hashing.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <set>
#include <utility>

namespace modelcache {

namespace {

using State = EvidenceFile::State;

// From here on a file is more likely a large one, whose id in git is that of a pointer.
constexpr std::uint64_t likely_large = std::uint64_t{5} << 20;

// What is known of one content by now.
struct Known {
  FileHashes hashes;
  std::string flaw;                               // why it cannot be hashed; empty while it can
  VerifyStatus status = VerifyStatus::unmatched;  // what it is then
};

HashKind other(HashKind kind) {
  return kind == HashKind::sha256 ? HashKind::git_sha1 : HashKind::sha256;
}

class Verifier {
 public:
  explicit Verifier(const VerifyRequest& request)
      : request_(request),
        reader_(open_evidence(request.place, request.evidence)),
        is_in_cache_(has_repos(request.place)) {}

  Verification run() {
    evidence_ = reader_->read();
    put_in_order(evidence_);
    if (request_.manifest || request_.wants_sha256) require_one_revision();
    if (request_.manifest)
      apply_manifest(*request_.manifest, EvidenceOrigin::manifest, evidence_.revisions.front());
    if (request_.ask_hub)
      for (EvidenceRevision& revision : evidence_.revisions) use_hub(revision);
    if (request_.shard) choose_shard(*request_.shard);
    result_.findings = std::move(evidence_.findings);
    known_.resize(evidence_.contents.size());
    std::size_t number = 0;
    for (const EvidenceRevision& revision : evidence_.revisions)
      for (const EvidenceFile& file : revision.files) judge_unread(revision, file, number++);
    if (request_.sizes_only)
      finish_unread();
    else
      read_contents();
    if (request_.wants_spoiled) note_spoiled();
    return std::move(result_);
  }

 private:
  struct Open {
    std::size_t file;  // in result_.files
    const EvidenceFile* evidence;
    const EvidenceRevision* revision;
  };

  void require_one_revision();
  void use_hub(EvidenceRevision& revision);
  void choose_shard(const Shard& shard);
  void judge_unread(const EvidenceRevision& revision, const EvidenceFile& file, std::size_t number);
  std::optional<VerifyStatus> status_unread(const EvidenceFile& file, VerifiedFile& one) const;
  VerifyStatus status_of_other_content(std::size_t content) const;
  void finish_unread();
  void note_spoiled();
  void read_contents();
  bool hash(std::vector<WantedHash> wanted);
  void judge(VerifiedFile& file, const EvidenceFile& evidence);
  void judge_by(VerifiedFile& file, const EvidenceFile& evidence, const std::optional<Digest>& actual) const;
  void judge_by_git_id(VerifiedFile& file, const EvidenceFile& evidence) const;
  void note_flaw(Known& known, const Error& error);
  void judge_doubtful();
  bool is_decided(const EvidenceFile& evidence) const;
  HashKind first_kind(const EvidenceFile& evidence) const;

  const VerifyRequest& request_;
  std::unique_ptr<EvidenceReader> reader_;
  bool is_in_cache_;
  Evidence evidence_;
  std::vector<Known> known_;                   // parallel to the contents
  std::vector<std::uint64_t> shard_of_;        // by number; empty where there are no shards
  std::vector<Open> open_;                     // to be compared
  std::vector<Open> named_;                    // to be told by their sha256
  std::set<const EvidenceRevision*> unasked_;  // by the hub's view of them, for want of time
  bool was_stopped_ = false;
  Verification result_;
};

// AI Studio's client leaves out the git files at the top.
bool is_never_fetched(Layout layout, const EvidenceRevision& revision, const std::string& path) {
  return layout == Layout::aistudio &&
         !belongs_in_index(MscFlavour::aistudio, revision.type.value_or(RepoType::model), path);
}

// A manifest knows no names of a store.
void Verifier::require_one_revision() {
  std::vector<EvidenceRevision>& revisions = evidence_.revisions;
  if (request_.manifest)
    std::erase_if(revisions, [](const EvidenceRevision& revision) { return revision.is_store; });
  const auto count = std::count_if(revisions.begin(), revisions.end(),
                                   [](const EvidenceRevision& revision) { return !revision.is_store; });
  if (count > 1)
    throw Error(Cause::usage, "a manifest is of one revision; there are " + std::to_string(count) +
                                  ": name one with --repo REPO@REVISION");
  if (revisions.empty()) revisions.emplace_back();
}

void Verifier::use_hub(EvidenceRevision& revision) {
  if (revision.is_store) return;
  if (request_.deadline && std::chrono::steady_clock::now() >= *request_.deadline) {
    result_.is_late = true;
    unasked_.insert(&revision);
    return;
  }
  try {
    apply_manifest(request_.ask_hub(revision), EvidenceOrigin::hub, revision);
    std::erase_if(revision.files, [&](const EvidenceFile& file) {
      return file.state == State::missing && is_never_fetched(request_.place.layout, revision, file.path);
    });
  } catch (const Error& error) {
    if (error.cause() == Cause::usage || error.error_number() == EINTR) throw;
    result_.failures.push_back(error);
  }
}

std::string expected_text(const Expectation& expected) {
  if (expected.content) return expected.content->text();
  return expected.git_id.empty() ? std::string() : "git-sha1:" + expected.git_id;
}

void Verifier::choose_shard(const Shard& shard) {
  shard_of_ = deal_out(evidence_, shard.count);
  if (request_.listed) request_.listed({listing_digest(evidence_), shard_of_.size(), is_in_cache_});
  if (shard.number != 1) evidence_.findings.clear();
}

// What needs no reading is decided here; the rest is left open.
void Verifier::judge_unread(const EvidenceRevision& revision, const EvidenceFile& file, std::size_t number) {
  if (request_.shard && shard_of_[number] != request_.shard->number) return;
  VerifiedFile one{revision.type, revision.repo, revision.commit, file.path};
  one.number = number;
  one.is_in_cache = is_in_cache_;
  one.expected = expected_text(file.expected);
  one.origin = file.expected.origin;
  one.reason = file.reason;
  if (file.content) {
    const EvidenceContent& content = evidence_.contents[*file.content];
    one.size = content.size;
    one.modified = nanoseconds(content.modified);
  }
  if (unasked_.contains(&revision)) {
    one.is_checked = false;
    ++result_.unchecked;
  } else if (const auto status = status_unread(file, one)) {
    one.status = *status;
  } else {
    open_.push_back({result_.files.size(), &file, &revision});
  }
  if (file.content && request_.wants_sha256 && !revision.is_store)
    named_.push_back({result_.files.size(), &file, &revision});
  result_.files.push_back(std::move(one));
}

// Nothing when the content has to be read. May add a reason.
std::optional<VerifyStatus> Verifier::status_unread(const EvidenceFile& file, VerifiedFile& one) const {
  switch (file.state) {
    case State::missing:
      return VerifyStatus::missing;
    case State::proved:
      return VerifyStatus::matched;
    case State::extra:
      return VerifyStatus::extra;
    case State::unreadable:
      // What nobody says anything of may be a link.
      return file.expected.origin == EvidenceOrigin::none ? VerifyStatus::unverifiable
                                                          : VerifyStatus::unmatched;
    case State::present:
      break;
  }
  if (file.expected.size && *file.expected.size != *one.size) {
    one.reason = "it has " + std::to_string(*one.size) + " bytes, not " + std::to_string(*file.expected.size);
    return status_of_other_content(*file.content);
  }
  if (!file.expected.is_proof()) {
    one.reason = "nothing says what it should be";
    return VerifyStatus::unverifiable;
  }
  if (request_.is_proved && request_.is_proved(one)) return VerifyStatus::skipped;
  return {};
}

// Of what is not the content that it should be.
VerifyStatus Verifier::status_of_other_content(std::size_t content) const {
  return is_pointer_text(*reader_, evidence_.contents[content]) ? VerifyStatus::pointer
                                                                : VerifyStatus::unmatched;
}

// An empty file is known without being read.
void Verifier::finish_unread() {
  for (const Open& open : open_) {
    VerifiedFile& file = result_.files[open.file];
    const auto& content = open.evidence->expected.content;
    const bool is_empty = file.size == 0 && content && *content != hash_bytes(content->kind(), "");
    file.status = is_empty ? VerifyStatus::unmatched : VerifyStatus::matched;
    if (is_empty) file.reason = "it is empty";
  }
}

void Verifier::note_spoiled() {
  std::size_t number = 0;  // the files are told in the order of the evidence
  for (const EvidenceRevision& revision : evidence_.revisions) {
    result_.directories.push_back(revision.directory);
    for (const EvidenceFile& file : revision.files) {
      const VerifiedFile& judged = result_.files[number++];
      if (!judged.is_checked || !is_spoiled(judged.status)) continue;
      SpoiledFile spoiled{number - 1, revision.type,     revision.repo, revision.directory,
                          file.path,  revision.is_store, file.mode,     file.expected};
      if (file.content) spoiled.content = evidence_.contents[*file.content];
      result_.spoiled.push_back(std::move(spoiled));
    }
  }
}

HashKind Verifier::first_kind(const EvidenceFile& evidence) const {
  if (evidence.expected.content) return evidence.expected.content->kind();
  return evidence_.contents[*evidence.content].size > likely_large ? HashKind::sha256 : HashKind::git_sha1;
}

bool Verifier::is_decided(const EvidenceFile& evidence) const {
  const Known& known = known_[*evidence.content];
  if (!known.flaw.empty()) return true;
  if (const auto& content = evidence.expected.content) return known.hashes.of(content->kind()).has_value();
  return find_id(known.hashes, evidence.expected.git_id).has_value();
}

// The id of a file in an index may be that of a pointer to it: then one hash may not do.
void Verifier::read_contents() {
  std::vector<WantedHash> wanted;
  for (const Open& open : open_) wanted.emplace_back(*open.evidence->content, first_kind(*open.evidence));
  for (const Open& open : named_) wanted.emplace_back(*open.evidence->content, HashKind::sha256);
  if (hash(std::move(wanted))) {
    wanted = {};
    for (const Open& open : open_)
      if (!is_decided(*open.evidence))
        wanted.emplace_back(*open.evidence->content, other(first_kind(*open.evidence)));
    hash(std::move(wanted));
  }
  for (const Open& open : open_) judge(result_.files[open.file], *open.evidence);
  judge_doubtful();
  for (const Open& open : named_)
    result_.files[open.file].sha256 = known_[*open.evidence->content].hashes.sha256;
}

// False when it was ended before.
bool Verifier::hash(std::vector<WantedHash> wanted) {
  const auto done = [&](std::size_t content, const HashOutcome& outcome) {
    Known& known = known_[content];
    known.hashes.size = evidence_.contents[content].size;
    if (outcome.digest) {
      result_.bytes_hashed += known.hashes.size;
      known.hashes.add(*outcome.digest);
    } else {
      note_flaw(known, *outcome.error);
    }
  };
  const EvidenceHashing how{request_.evidence.jobs, request_.cancelled, request_.deadline,
                            request_.expecting,     request_.starting,  request_.progress};
  try {
    hash_contents(*reader_, evidence_.contents, std::move(wanted), how, done);
    return true;
  } catch (const Error& error) {
    const bool is_cancelled = request_.cancelled != nullptr && request_.cancelled->load();
    const bool is_late = request_.deadline && error.error_number() == ETIME;
    if (!is_late && (!is_cancelled || error.error_number() != EINTR)) throw;
    was_stopped_ = true;
    result_.is_late |= is_late;
    return false;
  }
}

// What cannot be read is not known to be damaged.
void Verifier::note_flaw(Known& known, const Error& error) {
  known.flaw = error.what();
  if (is_absent(error)) {
    known.flaw = "it was gone when it was opened";
    known.status = VerifyStatus::missing;
  } else if (error.cause() != Cause::refused) {
    known.status = VerifyStatus::unverifiable;
    result_.failures.push_back(error);
  }
}

void Verifier::judge(VerifiedFile& file, const EvidenceFile& evidence) {
  const Known& known = known_[*evidence.content];
  if (!known.flaw.empty()) {
    file.status = known.status;
    file.reason = known.flaw;
  } else if (was_stopped_ && !is_decided(evidence)) {
    file.is_checked = false;
    ++result_.unchecked;
  } else if (const auto digest = evidence.expected.content) {
    judge_by(file, evidence, known.hashes.of(digest->kind()));
  } else {
    judge_by_git_id(file, evidence);
  }
}

void Verifier::judge_by(VerifiedFile& file, const EvidenceFile& evidence,
                        const std::optional<Digest>& actual) const {
  file.actual = actual.value().text();
  file.status = actual == evidence.expected.content ? VerifyStatus::matched
                                                    : status_of_other_content(*evidence.content);
}

// The id of a large file is that of its pointer, which must not stand in its place.
void Verifier::judge_by_git_id(VerifiedFile& file, const EvidenceFile& evidence) const {
  const FileHashes& hashes = known_[*evidence.content].hashes;
  const auto id = find_id(hashes, evidence.expected.git_id);
  file.actual = (id ? id->id : hashes.git.value()).text();
  file.status = id ? VerifyStatus::matched : VerifyStatus::unmatched;
  if ((!id || id->form == IdForm::plain) && is_pointer_text(*reader_, evidence_.contents[*evidence.content]))
    file.status = VerifyStatus::pointer;
}

void Verifier::judge_doubtful() {
  std::set<const EvidenceRevision*> proved;
  for (const Open& open : open_)
    if (result_.files[open.file].status == VerifyStatus::matched) proved.insert(open.revision);
  for (const Open& open : open_) {
    VerifiedFile& file = result_.files[open.file];
    const bool is_doubtful = open.revision->has_doubtful_index && file.origin == EvidenceOrigin::index;
    if (!is_doubtful || proved.contains(open.revision) || file.status != VerifyStatus::unmatched) continue;
    file.status = VerifyStatus::unverifiable;
    file.reason = "no id in the index is its file's: they may be commits";
  }
}

}  // namespace

std::string_view to_string(VerifyStatus status) {
  switch (status) {
    case VerifyStatus::matched:
      return "matched";
    case VerifyStatus::unmatched:
      return "unmatched";
    case VerifyStatus::missing:
      return "missing";
    case VerifyStatus::extra:
      return "extra";
    case VerifyStatus::skipped:
      return "skipped";
    case VerifyStatus::unverifiable:
      return "unverifiable";
    case VerifyStatus::pointer:
      return "pointer";
  }
  return "unverifiable";
}

bool is_spoiled(VerifyStatus status) {
  return status == VerifyStatus::unmatched || status == VerifyStatus::pointer ||
         status == VerifyStatus::missing;
}

Verification verify(const VerifyRequest& request) {
  return Verifier(request).run();
}

}  // namespace modelcache
