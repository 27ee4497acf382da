// SPDX-License-Identifier: Apache-2.0
#pragma once

// Mends a hub cache: contents under their own names, the links of snapshots to them, payloads of the shared
// store. Promise: as Mending; a link is made only to a content that was proved, and a payload that contents
// of other names share is left to them: then the repo gets a content of its own.
//
//   ROOT/.locks/<folder>/<etag>.lock       the clients' lock on one content, held while it is mended
//   ROOT/.locks/<folder>/modelcache.lock   ours, on the repo
//   ROOT/<folder>/.modelcache/tmp          where contents come together; gone when the repo is done

#include "modelcache/store/hf_blobs.hpp"
#include "modelcache/store/mending.hpp"

#include <memory>
#include <string>
#include <vector>

namespace modelcache {

class HfMending final : public Mending {
 public:
  HfMending(const std::string& root, ForeignRoot foreign_root);
  ~HfMending() override;

  SpoiledName find(const SpoiledFile& file) const override;
  std::optional<Status> status(const SpoiledFile& file) const override;
  PutResult restore(const SpoiledFile& file, const SpoiledName& name, const Entry& entry,
                    const Content& content, const PutOptions& options) override;
  std::vector<FileLock> hold(const SpoiledFile& file, const SpoiledName& name,
                             std::chrono::milliseconds wait) override;
  void tidy(const std::string& directory) override;
  void finish() override;

 private:
  // What a file of the cache is: a content under its own name, reached by a link or not, or a plain file.
  struct Spot;
  struct OpenRepo;

  Spot spot_of(const SpoiledFile& file) const;
  SpoiledName name_of(const Spot& spot) const;
  OpenRepo& prepared(const SpoiledFile& file, std::chrono::milliseconds wait);
  PutResult put_content(OpenRepo& repo, const Spot& spot, const SpoiledName& name, const Entry& entry,
                        const Content& content, const PutOptions& options) const;
  PutResult put_link(OpenRepo& repo, const Spot& spot, const Entry& entry, const PutOptions& options) const;

  Dir root_;
  std::unique_ptr<OpenRepo> repo_;
};

}  // namespace modelcache
