// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/clone_lfs_store.hpp"

#include "modelcache/store/blob_writer.hpp"

#include <boost/filesystem/path.hpp>

namespace modelcache {

namespace {

std::string directory_of(const std::string& hex) {
  return hex.substr(0, 2) + "/" + hex.substr(2, 2);
}

}  // namespace

CloneLfsStore::CloneLfsStore(const Dir& git) : objects_(git.make_dirs("lfs/objects")) {}

bool CloneLfsStore::holds(const Digest& oid) const {
  const std::scoped_lock lock(mutex_);
  return held_.contains(oid);
}

PutResult CloneLfsStore::put(const Entry& entry, const Content& content, const PutOptions& options) {
  if (holds(*entry.content)) return {};
  const std::string name = entry.content->hex();
  const Dir directory = objects_.make_dirs(directory_of(name));
  const BlobTarget target{directory,           name, directory,
                          Dir::IfExists::keep, 0666, AtomicFile::NameSync::all_by_caller};
  const PutResult result = write_blob(target, entry, content, options);
  const std::scoped_lock lock(mutex_);
  held_.insert(*entry.content);
  return result;
}

Fd CloneLfsStore::open(const Digest& oid) const {
  const std::string name = oid.hex();
  const Dir directory = objects_.open_dir(directory_of(name));
  const auto link = directory.find_link(name);
  if (!link) return directory.open_file(name);
  // --link=symlink: the text is ours, the path of the content in the source.
  const boost::filesystem::path target(*link);
  return Dir::open_root(target.parent_path().string()).open_file(target.filename().string());
}

}  // namespace modelcache
