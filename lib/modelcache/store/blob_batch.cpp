// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/blob_batch.hpp"

#include "modelcache/store/blob_writer.hpp"

#include <utility>

namespace modelcache {

namespace {

// A run that is killed loses no more than this.
constexpr std::uint64_t batch_bytes = std::uint64_t{16} << 20;
constexpr std::size_t batch_contents = 4096;
// Fewer than this are cheaper one by one, and do not wait for what others write to the file system.
constexpr std::size_t fewest_for_barrier = 64;

}  // namespace

BlobBatch::BlobBatch(const Dir& staging, const Dir& target)
    : target_(target), dir_(staging.make_dirs("batch")) {}

PutResult BlobBatch::put(const Entry& entry, const Content& content, const PutOptions& options,
                         Dir::IfExists if_exists) {
  const std::string name = entry.content->hex();
  BlobTarget target{dir_, name, dir_, Dir::IfExists::replace};
  target.sync = AtomicFile::NameSync::all_by_caller;
  const PutResult result = write_blob(target, entry, content, options);
  bool is_full = false;
  {
    const std::scoped_lock lock(mutex_);
    waiting_.insert_or_assign(name, Waiting{entry.size, if_exists});
    bytes_ += entry.size;
    is_full = bytes_ >= batch_bytes || waiting_.size() >= batch_contents;
  }
  if (is_full) flush();
  return result;
}

bool BlobBatch::holds(const std::string& name, std::uint64_t size) const {
  const std::scoped_lock lock(mutex_);
  const auto found = waiting_.find(name);
  return found != waiting_.end() && found->second.size == size;
}

void BlobBatch::flush() {
  std::map<std::string, Waiting> batch;
  {
    const std::scoped_lock lock(mutex_);
    batch = std::exchange(waiting_, {});
    bytes_ = 0;
  }
  send(batch);
}

void BlobBatch::send(const std::map<std::string, Waiting>& batch) const {
  if (batch.size() >= fewest_for_barrier)
    dir_.sync_file_system();
  else
    for (const auto& [name, waiting] : batch) dir_.sync_file(name);
  for (const auto& [name, waiting] : batch)
    // What somebody else brought in meanwhile is the same content.
    if (!dir_.move_to(name, target_, name, waiting.if_exists)) dir_.remove_file(name);
}

}  // namespace modelcache
