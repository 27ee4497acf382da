// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/studio_contents.hpp"
#include "modelcache/ops/meta.hpp"

#include <algorithm>
#include <utility>

namespace modelcache {

MetaServer studio_server(std::string revision, std::chrono::milliseconds time,
                         const std::atomic<bool>* cancelled) {
  StudioLimits limits;
  limits.http.total = time;
  limits.http.connect = std::min(limits.http.connect, time);
  limits.http.silence = std::min(limits.http.silence, time);
  return [revision = std::move(revision), limits, cancelled](const RepoId& repo) {
    return list_studio_files(find_studio_server(), repo, revision, limits, cancelled);
  };
}

}  // namespace modelcache
