// SPDX-License-Identifier: Apache-2.0
// What every Sink does, whatever its layout.
#include "support/catch.hpp"
#include "support/content.hpp"
#include "support/errors.hpp"

#include <algorithm>
#include <chrono>

#include "stores.hpp"

using namespace modelcache;
using namespace modelcache::test;
using namespace std::chrono_literals;

namespace {

// Runs `check` on a fresh place of each layout.
template <typename Check>
void for_each_sink(const Check& check) {
  for (const SinkCase& one : sink_cases()) {
    INFO(one.name);
    const Sample sample;
    one.make(sample);
    const auto sink = one.open(sample);
    check(one, sample, *sink);
  }
}

Content content_of(const SampleFile& file) {
  return {file.bytes, file.bytes.size(), file.path, Content::Origin::store};
}

void put_all(const Sample& sample, Sink& sink) {
  sink.prepare(sample.repo(), 0ms);
  for (const Entry& entry : sample.snapshot().entries)
    sink.put(sample.repo(), entry, content_of(sample.file(entry.path)), {});
}

Publication whole(const Sample& sample) {
  Publication publication{sample.snapshot(), {}};
  publication.snapshot.refs = {"main", "refs/pr/9", "v1.0"};
  publication.snapshot.commit_object = sample.commit_object();
  publication.present.assign(publication.snapshot.entries.size(), true);
  return publication;
}

// All that is at the place, with contents, modes and times; lock files are for locking only.
std::string tree_of(const Sample& sample, const SinkCase& one) {
  return sample.lab().sh("[ -e " + one.path + " ] || exit 0; find " + one.path +
                         " ! -name '*.lock' ! -type d -printf '%p %i %m %s %T@ %l\\n' | sort");
}

std::string names_of(const Sample& sample, const SinkCase& one, const std::string& part) {
  return sample.lab().sh("find " + one.path + " -name '*" + part + "*' ! -name '*.lock' | sort");
}

}  // namespace

TEST_CASE("a sink that was only asked has written nothing") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    const std::string before = sample.lab().sh("find . -path ./home -prune -o -print | sort");
    for (const Entry& entry : sample.snapshot().entries) CHECK_FALSE(sink.holds(sample.repo(), entry, {}));
    CHECK_FALSE(sink.is_published(whole(sample)));
    CHECK(sink.free_bytes() > 0);
    CHECK(sink.path_of({sample.repo(), sample.commit(), {}, {}, false, {}})
              .starts_with(sample.lab().path(one.path) + "/"));
    CHECK(sample.lab().sh("find . -path ./home -prune -o -print | sort") == before);
  });
}

TEST_CASE("a content that was put is held and proved, and is put once") {
  for_each_sink([](const SinkCase&, const Sample& sample, Sink& sink) {
    sink.prepare(sample.repo(), 0ms);
    const Snapshot snapshot = sample.snapshot();
    const Entry& entry = *snapshot.find("model.bin");
    const PutResult first = sink.put(sample.repo(), entry, content_of(sample.file("model.bin")), {});
    CHECK(first.written);
    CHECK(first.bytes == entry.size);
    CHECK(sink.holds(sample.repo(), entry, {}));
    CHECK(sink.proves(sample.repo(), entry));
    CHECK_FALSE(sink.put(sample.repo(), entry, content_of(sample.file("model.bin")), {}).written);
    CHECK_FALSE(sink.proves(sample.repo(), *snapshot.find("README.md")));
  });
}

TEST_CASE("bytes that are not what the entry says are refused and leave no name") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    sink.prepare(sample.repo(), 0ms);
    const Snapshot snapshot = sample.snapshot();
    for (const char* path : {"model.bin", "README.md"}) {
      const Entry& entry = *snapshot.find(path);
      std::string flipped = sample.file(path).bytes;
      flipped.back() = static_cast<char>(flipped.back() ^ 1);
      for (const std::string& bytes : {flipped, flipped.substr(1), flipped + "x", std::string()}) {
        INFO(path << " as " << bytes.size() << " bytes");
        sample.lab().dir().write("wrong", bytes);
        const Dir dir = sample.lab().dir().open();
        CHECK(thrown_by([&] {
                return sink.put(sample.repo(), entry, {bytes, bytes.size(), path, Content::Origin::store}, {})
                    .written;
              }).cause == Cause::refused);
        CHECK(thrown_by([&] {
                return sink
                    .put(sample.repo(), entry,
                         {dir.open_file("wrong"), bytes.size(), "wrong", Content::Origin::store}, {})
                    .written;
              }).cause == Cause::refused);
        CHECK_FALSE(sink.holds(sample.repo(), entry, {}));
        CHECK(names_of(sample, one, one.name_of(entry)).empty());
      }
    }
  });
}

TEST_CASE("each way to bring a content in is as foreseen and gives the same bytes") {
  using Link = PutOptions::Link;
  for (const Link link : {Link::automatic, Link::hardlink, Link::symlink, Link::copy})
    for_each_sink([&](const SinkCase& one, const Sample& sample, Sink& sink) {
      INFO(static_cast<int>(link));
      PutOptions options;
      options.link = link;
      sink.prepare(sample.repo(), 0ms);
      const Snapshot snapshot = sample.snapshot();
      const Entry& entry = *snapshot.find("model.bin");
      const Dir dir = sample.lab().dir().open();
      const ContentPlace place{Content::Origin::store, dir.status("clone/model.bin").device};
      const Method foreseen = sink.foresee(entry, place, options);
      const Content::Origin origin = place.origin;
      const PutResult result = sink.put(
          sample.repo(), entry,
          {dir.open_file("clone/model.bin"), entry.size, sample.lab().path("clone/model.bin"), origin},
          options);
      CHECK(result.method == foreseen);
      CHECK(sink.holds(sample.repo(), entry, options));
      CHECK(sample.lab().sh("cat $(find " + one.path + " -name " + one.name_of(entry) +
                            ") | sha256sum | cut -c1-64") == entry.content->hex());
    });
}

TEST_CASE("what is published is read back as the same snapshot") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    put_all(sample, sink);
    const Publication publication = whole(sample);
    CHECK(sink.publish(publication).empty());
    CHECK(sink.is_published(publication));
    const auto source = one.read(sample);
    for (const std::string& ref : publication.snapshot.refs)
      CHECK(source->select(sample.repo(), ref).commit == sample.commit());
    Snapshot snapshot = source->snapshot(sample.repo(), "main");
    Snapshot wanted = publication.snapshot;
    // A clone does not say of a commit which names lead to it.
    if (one.is_clone) wanted.refs.clear();
    CHECK(snapshot == wanted);
    for (const Entry& entry : snapshot.entries)
      CHECK(text_of(source->open(sample.repo(), entry)) == sample.file(entry.path).bytes);
  });
}

TEST_CASE("publishing once more changes nothing") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    put_all(sample, sink);
    sink.publish(whole(sample));
    const std::string before = tree_of(sample, one);
    CHECK(sink.publish(whole(sample)).empty());
    CHECK(tree_of(sample, one) == before);
  });
}

TEST_CASE("a snapshot of which a content lacks is shown without it and claims no more") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    Publication partial = whole(sample);
    sink.prepare(sample.repo(), 0ms);
    for (std::size_t i = 0; i < partial.present.size(); ++i) {
      const Entry& entry = partial.snapshot.entries[i];
      partial.present[i] = entry.content->kind() == HashKind::git_sha1;
      if (partial.present[i]) sink.put(sample.repo(), entry, content_of(sample.file(entry.path)), {});
    }
    sink.publish(partial);
    CHECK(sink.is_published(partial));
    CHECK_FALSE(sink.is_published(whole(sample)));
    const auto source = one.read(sample);
    const Snapshot snapshot = source->snapshot(sample.repo(), "main");
    for (const Entry& entry : snapshot.entries) {
      INFO(entry.path.bytes());
      const bool is_large = entry.content->kind() == HashKind::sha256;
      CHECK(source->lacks(sample.repo(), entry).has_value() == is_large);
    }
  });
}

TEST_CASE("two writers of one repo keep out of each other's way") {
  for_each_sink([](const SinkCase& one, const Sample& sample, Sink& sink) {
    sink.prepare(sample.repo(), 0ms);
    const auto other = one.open(sample);
    CHECK(thrown_by([&] { other->prepare(sample.repo(), 20ms); }).cause == Cause::busy);
    if (one.repos == SinkCase::Repos::one) return;
    const RepoId dataset = RepoId::parse(RepoType::dataset, "org/demo");
    other->prepare(dataset, 0ms);
    // Preparing another repo lets the first one go.
    sink.prepare(RepoId::parse(RepoType::space, "org/demo"), 0ms);
    other->prepare(sample.repo(), 20ms);
  });
}

TEST_CASE("what staged goes with the sink") {
  for (const SinkCase& one : sink_cases()) {
    INFO(one.name);
    const Sample sample;
    one.make(sample);
    {
      const auto sink = one.open(sample);
      put_all(sample, *sink);
    }
    CHECK(names_of(sample, one, "tmp").empty());
    CHECK(names_of(sample, one, ".incomplete").empty());
  }
}
