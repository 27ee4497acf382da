// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/verify_hub.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/net/hub_listing.hpp"
#include "modelcache/net/studio_contents.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

namespace {

void limit_time(HttpLimits& limits, const VerifyHub& hub) {
  if (!hub.time) return;
  limits.total = *hub.time;
  limits.connect = std::min(limits.connect, *hub.time);
  limits.silence = std::min(limits.silence, *hub.time);
  // A rate limit may ask for more than a short answer takes.
  limits.longest_pause = std::max(limits.longest_pause, *hub.time);
}

RepoId repo_of(const EvidenceRevision& revision, const VerifyHub& hub) {
  if (hub.repo) return hub.repo->repo;
  if (revision.repo.empty())
    throw Error(Cause::usage, "nothing there tells which repo this is; name it with --repo");
  return RepoId::parse(revision.type.value_or(RepoType::model), revision.repo);
}

std::string revision_of(const EvidenceRevision& revision, const VerifyHub& hub) {
  if (hub.repo && hub.repo->revision) return *hub.repo->revision;
  return revision.commit;
}

Manifest ask_huggingface(const RepoId& repo, const std::string& revision, const VerifyHub& hub) {
  HubLimits limits;
  limit_time(limits.http, hub);
  const HubListing listing = list_hub_files(find_hub_server(), repo, revision, limits, hub.cancelled);
  Manifest manifest;
  for (const ListedFile& file : listing.tree.files)
    manifest[file.path] = {file.lfs_sha256, file.blob_id, file.content_size()};
  return manifest;
}

// The server tells git ids, and no sizes.
Manifest ask_studio(const RepoId& repo, const std::string& revision, const VerifyHub& hub) {
  StudioLimits limits;
  limit_time(limits.http, hub);
  Manifest manifest;
  for (const auto& [path, id] :
       list_studio_files(find_studio_server(), repo, revision, limits, hub.cancelled))
    manifest[path] = {{}, id, {}};
  return manifest;
}

}  // namespace

AskManifest ask_hub(Layout layout, const VerifyHub& hub) {
  if (is_hub_offline())
    throw Error(Cause::usage, "--hub asks a server, and HF_HUB_OFFLINE or TRANSFORMERS_OFFLINE forbids that");
  if (layout == Layout::modelscope)
    throw Error(Cause::usage,
                "--hub asks Hugging Face and AI Studio; ModelScope's server tells no hashes that we know");
  return [layout, hub](const EvidenceRevision& revision) {
    const RepoId repo = repo_of(revision, hub);
    const std::string wanted = revision_of(revision, hub);
    return layout == Layout::aistudio ? ask_studio(repo, wanted, hub) : ask_huggingface(repo, wanted, hub);
  };
}

}  // namespace modelcache
