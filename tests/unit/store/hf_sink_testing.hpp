// SPDX-License-Identifier: Apache-2.0
#pragma once

// Entries, contents and publications for the tests of what is written.

#include "modelcache/store/hf_sink.hpp"

#include "support/cache_builder.hpp"
#include "support/errors.hpp"

#include "hf_testing.hpp"

namespace modelcache::test {

inline const RepoId demo_id = RepoId::parse(RepoType::model, "org/demo");
inline const std::string demo_folder = "models--org--demo";

inline Entry entry_of(std::string_view path, std::string_view content, HashKind kind = HashKind::git_sha1) {
  Entry entry{RelPath::parse(path).value(), content.size(), hash_bytes(kind, content), {}, ""};
  entry.git_oid = kind == HashKind::git_sha1
                      ? entry.content
                      : hash_bytes(HashKind::git_sha1, "pointer to " + std::string(content));
  return entry;
}

inline Content bytes_content(std::string_view bytes) {
  return {std::string(bytes), bytes.size(), "bytes", Content::Origin::store};
}

// An open file of a directory, as an object of a store or as a person's own.
inline Content file_content(const TempDir& dir, std::string_view name,
                            Content::Origin origin = Content::Origin::store) {
  return {dir.open().open_file(name), static_cast<std::uint64_t>(dir.status(name).st_size), dir.path(name),
          origin};
}

// A revision whose contents the test knows.
struct Revision {
  struct File {
    std::string path;
    std::string content;
    HashKind kind = HashKind::git_sha1;
  };
  std::string commit = commit_1;
  std::vector<File> files = {{"config.json", "{}"},
                             {"model.bin", std::string(5000, 'W'), HashKind::sha256},
                             {"sub/dir/a file.txt", "nested"}};
  std::vector<std::string> refs = {"main"};

  Publication publication() const {
    Publication publication{{demo_id, commit, refs, {}, true, {}}, {}};
    for (const File& file : files)
      publication.snapshot.entries.push_back(entry_of(file.path, file.content, file.kind));
    publication.present.assign(files.size(), true);
    return publication;
  }
  // Puts all that is not held and publishes.
  std::vector<Finding> write(Sink& sink) const {
    sink.prepare(demo_id, std::chrono::milliseconds(0));
    for (const File& file : files)
      sink.put(demo_id, entry_of(file.path, file.content, file.kind), bytes_content(file.content), {});
    return sink.publish(publication());
  }
  std::vector<Finding> write(const CacheBuilder& cache) const {
    HfSink sink(cache.root(), ForeignRoot::refused);
    return write(sink);
  }
};

inline std::string in_demo(std::string_view name) {
  return demo_folder + "/" + std::string(name);
}

inline std::string in_snapshot(std::string_view file) {
  return in_demo("snapshots/" + commit_1 + "/" + std::string(file));
}

}  // namespace modelcache::test
