// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/lfs_pointer.hpp"

#include "support/catch.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

#include "lfs_clone_testing.hpp"

using namespace modelcache;
using namespace modelcache::test;

namespace {

using Strings = std::vector<std::string>;

const Strings all_paths = {".gitattributes", "README.md",   "config.json", "dir/a file.txt", "dir/other.bin",
                           "dir/same.bin",   "dir/ünï.txt", "empty.txt",   "model.bin",      "run.sh"};

// The clone gives all of main, in full.
void require_whole(const std::string& path, const LfsCloneOptions& options = {}) {
  LfsClone clone(path, options);
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(paths_of(snapshot) == all_paths);
  CHECK(snapshot.lists_all);
  CHECK(bad_contents(clone, snapshot) == Strings{});
}

std::string lfs_path(const Snapshot& snapshot, const char* path) {
  const std::string hex = entry_of(snapshot, path).content->hex();
  return "clone/.git/lfs/objects/" + hex.substr(0, 2) + "/" + hex.substr(2, 2) + "/" + hex;
}

}  // namespace

TEST_CASE("a clone is a repo with its commit's files, large ones named by sha256") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  CHECK(clone.repos() == std::vector{demo});
  const Snapshot snapshot = clone.snapshot(demo, "HEAD");
  CHECK(snapshot.commit == lab.sh("git -C clone rev-parse HEAD"));
  CHECK(paths_of(snapshot) == all_paths);
  CHECK(snapshot.lists_all);
  CHECK(snapshot.findings.empty());
  CHECK(bad_contents(clone, snapshot) == Strings{});

  const Entry& large = entry_of(snapshot, "model.bin");
  CHECK(large.content->hex() == lab.sh("sha256sum <clone/model.bin | cut -c1-64"));
  CHECK(large.size == std::filesystem::file_size(lab.path("clone/model.bin")));
  CHECK(large.git_oid->hex() == lab.sh("git -C clone rev-parse HEAD:model.bin"));
  CHECK(*large.git_oid == pointer_git_oid(*large.content, large.size));
  CHECK(entry_of(snapshot, "dir/same.bin").content == large.content);

  const Entry& regular = entry_of(snapshot, "README.md");
  CHECK(regular.content->hex() == lab.sh("git -C clone rev-parse HEAD:README.md"));
  CHECK(regular.git_oid == regular.content);
  CHECK(content_of(clone, snapshot, "README.md") == "# Demo\n");
  CHECK(entry_of(snapshot, "empty.txt").content->hex() == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
  CHECK(entry_of(snapshot, "run.sh").mode == FileMode::executable);
  CHECK(regular.mode == FileMode::regular);
}

TEST_CASE("the large content of a clone is opened from its LFS store, which may be hard-linked") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  const Content content = clone.open(demo, entry_of(snapshot, "model.bin"));
  CHECK(content.origin == Content::Origin::store);
  CHECK(content.path == lab.path(lfs_path(snapshot, "model.bin")));
  CHECK(content.size == entry_of(snapshot, "model.bin").size);
}

TEST_CASE("the commit is converted, not the worktree") {
  const CloneLab lab;
  lab.sh("cd clone; echo changed >README.md; echo changed >model.bin; echo new >untracked; rm config.json");
  require_whole(lab.path("clone"));
}

TEST_CASE("a bare clone and a mirror are read like any other") {
  const CloneLab lab;
  const auto kind = GENERATE(as<std::string>(), "--bare", "--mirror");
  lab.sh("git clone -q " + kind + R"( "file://$PWD/origin.git" bare; cd bare; git lfs fetch --all >/dev/null
          git config remote.origin.url https://huggingface.co/datasets/org/demo)");
  LfsClone clone(lab.path("bare"), {});
  CHECK(clone.repos() == std::vector{RepoId::parse(RepoType::dataset, "org/demo")});
  CHECK(clone.default_branch(demo) == "main");
  const auto names = clone.names(demo);
  CHECK(names.front().name == "dev");
  CHECK(names[1].name == "main");
  CHECK(clone.select(demo, "").refs == Strings{"main"});
  CHECK(clone.select(demo, "").notes.empty());
  require_whole(lab.path("bare"));
}

TEST_CASE("the server's own bare repo is read without a note about remotes") {
  const CloneLab lab;
  LfsClone clone(lab.path("origin.git"), {});
  CHECK(clone.select(demo, "main").notes.empty());
  require_whole(lab.path("origin.git"));
}

TEST_CASE("a linked worktree is read, by the proof that it names us") {
  const CloneLab lab;
  lab.sh("cd clone; git worktree add -q ../linked origin/dev");
  LfsClone clone(lab.path("linked"), {});
  CHECK(clone.repos() == std::vector{demo});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(snapshot.commit == lab.sh("git -C clone rev-parse origin/dev"));
  CHECK(bad_contents(clone, snapshot) == Strings{});
  CHECK(clone.select(demo, "").refs == Strings{"dev"});
  CHECK(clone.remove(demo, {{entry_of(snapshot, "extra.bin")}, {}}).bytes == 0);
  CHECK(bad_contents(clone, snapshot) == Strings{});
}

TEST_CASE("a submodule is read, by the proof that it names us") {
  const CloneLab lab;
  lab.sh(R"(git init -q super; cd super
            git submodule --quiet add "file://$PWD/../origin.git" models/demo
            cd models/demo; git lfs pull >/dev/null)");
  require_whole(lab.path("super/models/demo"), {demo, {}, {}, ForeignOwner::refused});
}

TEST_CASE("a .git file or link that stays inside is followed") {
  const CloneLab lab;
  SECTION("file") {
    lab.sh("cd clone; mv .git real; echo 'gitdir: real' >.git");
  }
  SECTION("link") {
    lab.sh("cd clone; mv .git real; ln -s real .git");
  }
  require_whole(lab.path("clone"));
}

TEST_CASE("a clone reached through a symbolic link is the clone") {
  const CloneLab lab;
  lab.sh("ln -s clone link; git -C clone config lfs.storage \"$PWD/link/.git/lfs\"");
  require_whole(lab.path("link"));
}

TEST_CASE("a shallow clone is read, and its history is no reason for a note") {
  const CloneLab lab;
  lab.sh(R"(git clone -q --depth 1 "file://$PWD/origin.git" shallow)");
  LfsClone clone(lab.path("shallow"), {});
  CHECK(clone.select(demo, "").notes.empty());
  require_whole(lab.path("shallow"));
}

TEST_CASE("contents that were never fetched are lacking, those that were pulled are there") {
  const CloneLab lab;
  lab.sh(R"(GIT_LFS_SKIP_SMUDGE=1 git clone -q "file://$PWD/origin.git" sparse
            cd sparse; git lfs pull --include=dir/other.bin >/dev/null)");
  LfsClone clone(lab.path("sparse"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{"dir/same.bin", "model.bin"});
  CHECK(has(clone.lacks(demo, entry_of(snapshot, "model.bin")).value(), "git lfs fetch"));
}

TEST_CASE("a pruned store leaves the worktree file, which may only be copied") {
  const CloneLab lab;
  const auto how = GENERATE(as<std::string>(), "find .git/lfs/objects -type f -delete", "rm -rf .git/lfs");
  lab.sh("cd clone; " + how);
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{});
  const Content content = clone.open(demo, entry_of(snapshot, "dir/other.bin"));
  CHECK(content.origin == Content::Origin::working_file);
  CHECK(content.path == lab.path("clone/dir/other.bin"));
}

TEST_CASE("a worktree file that was changed is no content, another name of it is") {
  const CloneLab lab;
  lab.sh(
      "cd clone; rm -rf .git/lfs; tr 1 2 <model.bin >x; cat x >model.bin; tr 5 6 <dir/other.bin >x; "
      "cat x >dir/other.bin");
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{"dir/other.bin"});
  CHECK(clone.open(demo, entry_of(snapshot, "model.bin")).path == lab.path("clone/dir/same.bin"));
}

TEST_CASE("a worktree file is not taken through a link") {
  const CloneLab lab;
  lab.sh(
      "cd clone; rm -rf .git/lfs; mv dir ../outside; ln -s ../outside dir; mv dir/other.bin x; rm model.bin; "
      "ln -s dir/same.bin model.bin");
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{"dir/other.bin", "dir/same.bin", "model.bin"});
}

TEST_CASE("what lies at an LFS object's place and is not the object is not taken for it") {
  const CloneLab lab;
  const Snapshot snapshot = LfsClone(lab.path("clone"), {}).snapshot(demo, "");
  const std::string object = "'" + lfs_path(snapshot, "dir/other.bin") + "'";
  const auto [how, reason] = GENERATE_COPY(table<std::string, std::string>({
      {"rm clone/dir/other.bin; mv " + object + " x; ln -s \"$PWD/x\" " + object, "symbolic link"},
      {"rm clone/dir/other.bin " + object + "; mkfifo " + object, "not a regular file"},
      {"rm clone/dir/other.bin " + object + "; mkdir " + object, "not a regular file"},
      {"rm clone/dir/other.bin; truncate -s 100 " + object, "100 bytes"},
      {"rm clone/dir/other.bin; : >" + object, "0 bytes"},
      {"rm clone/dir/other.bin; d=$(dirname " + object + "); mv $d x; ln -s $PWD/x $d", "cannot look at"},
  }));
  lab.sh(how);
  LfsClone clone(lab.path("clone"), {});
  const auto lacks = clone.lacks(demo, entry_of(snapshot, "dir/other.bin"));
  CAPTURE(lacks.value_or("nothing"), how);
  CHECK(has(lacks.value_or("nothing"), reason));
  CHECK(thrown_by([&] { return clone.open(demo, entry_of(snapshot, "dir/other.bin")).size; }).cause ==
        Cause::refused);
}

TEST_CASE("objects of alternates beneath the clone are used, with their LFS objects") {
  const CloneLab lab;
  lab.sh(R"(cd clone; mv ../origin.git reference.git
            git clone -q --reference reference.git "file://$PWD/reference.git" ../second
            echo ../../reference.git/objects >../second/.git/objects/info/alternates
            mv reference.git ../second; cd ../second; rm -rf .git/lfs *.bin dir/*.bin)");
  LfsClone clone(lab.path("second"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(bad_contents(clone, snapshot) == Strings{});
  const Entry& entry = entry_of(snapshot, "model.bin");
  CHECK(has(clone.open(demo, entry).path, "/second/reference.git/lfs/objects/"));
  CHECK(clone.remove(demo, {{entry}, {}}).bytes == 0);
  CHECK_FALSE(clone.lacks(demo, entry));
}

TEST_CASE("lfs.storage beneath the clone is followed, relative to the git directory") {
  const CloneLab lab;
  lab.sh("cd clone; mv .git/lfs .git/elsewhere; rm *.bin dir/*.bin");
  SECTION("relative") {
    lab.sh("git -C clone config lfs.storage elsewhere");
  }
  SECTION("absolute") {
    lab.sh("git -C clone config lfs.storage \"$PWD/clone/.git/elsewhere\"");
  }
  require_whole(lab.path("clone"));
}

TEST_CASE("a partial clone lists what it lacks and is not called whole") {
  const CloneLab lab;
  lab.sh(R"(git -C origin.git config uploadpack.allowFilter true
            git clone -q --filter=blob:none --no-checkout "file://$PWD/origin.git" partial)");
  LfsClone clone(lab.path("partial"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  CHECK(paths_of(snapshot) == all_paths);
  CHECK_FALSE(snapshot.lists_all);
  CHECK(bad_contents(clone, snapshot) == all_paths);
  CHECK(has(clone.lacks(demo, entry_of(snapshot, "README.md")).value(), "git fetch --refetch"));
}

TEST_CASE("packs and packed refs are read") {
  const CloneLab lab;
  lab.sh("cd clone; git gc -q; git pack-refs --all");
  CHECK_FALSE(std::filesystem::exists(lab.path("clone/.git/refs/heads/main")));
  require_whole(lab.path("clone"));
}

TEST_CASE("repository extensions that do not change objects are accepted, others named") {
  const CloneLab lab;
  lab.sh("cd clone; git config core.repositoryformatversion 1");
  SECTION("worktreeConfig and the like") {
    lab.sh(
        "cd clone; git config extensions.worktreeConfig true; git config extensions.preciousObjects true; "
        "git config extensions.partialClone origin");
    require_whole(lab.path("clone"));
  }
  SECTION("reftable") {
    lab.sh("git config -f clone/.git/config extensions.refStorage reftable");
    const Thrown thrown = thrown_by_reading(lab.path("clone"));
    CHECK(thrown.cause == Cause::refused);
    CHECK(has(thrown.message, "refstorage"));
  }
  SECTION("sha256") {
    lab.sh("git init -q --object-format=sha256 other");
    const Thrown thrown = thrown_by_reading(lab.path("other"));
    CHECK(thrown.cause == Cause::refused);
    CHECK(has(thrown.message, "only SHA-1"));
  }
}

TEST_CASE("--move frees the clone's own object, and only that") {
  const CloneLab lab;
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  const Entry& entry = entry_of(snapshot, "dir/other.bin");
  CHECK(clone.remove(demo, {{entry}, {}}).bytes > 0);
  CHECK_FALSE(std::filesystem::exists(lab.path(lfs_path(snapshot, "dir/other.bin"))));
  CHECK(std::filesystem::exists(lab.path("clone/dir/other.bin")));
  CHECK(clone.remove(demo, {{entry}, {}}).bytes == 0);
  CHECK(clone.remove(demo, {{entry_of(snapshot, "README.md")}, {}}).bytes == 0);

  lab.sh("cd clone; ln '../" + lfs_path(snapshot, "model.bin") + "' keep");
  CHECK(clone.remove(demo, {{entry_of(snapshot, "model.bin")}, {}}).bytes == 0);
  CHECK_FALSE(std::filesystem::exists(lab.path(lfs_path(snapshot, "model.bin"))));
}

TEST_CASE("contents may be opened from several threads at once") {
  const CloneLab lab;
  lab.sh("cd clone; rm $(find .git/lfs/objects -type f | head -n 1)");
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "");
  REQUIRE(bad_contents(clone, snapshot) == Strings{});
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> threads(4);
    for (std::jthread& thread : threads)
      thread = std::jthread([&] {
        for (const Entry& entry : snapshot.entries)
          if (hash_bytes(entry.content->kind(), text_of(clone.open(demo, entry))) != *entry.content) ++wrong;
      });
  }
  CHECK(wrong == 0);
}

TEST_CASE("what is no clone is not found") {
  const CloneLab lab;
  lab.sh("mkdir plain; mkdir -p clone/sub");
  for (const char* name : {"plain", "clone/sub", "nothing"})
    CHECK(thrown_by_reading(lab.path(name)).cause == Cause::not_found);
}

TEST_CASE("tolerated pointers are large files that keep their own git id") {
  const CloneLab lab;
  const std::string oid(64, 'a');
  const std::string canonical =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + oid + "\nsize 7\n";
  std::string crlf;
  for (const char c : canonical) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  const std::string extended =
      "version https://git-lfs.github.com/spec/v1\next-0-foo sha256:" + std::string(64, 'b') +
      "\noid sha256:" + std::string(64, 'c') + "\nsize 7\n";
  const std::string crlf_id = lab.write_blob("clone", crlf);
  const std::string tree = lab.write_tree(
      "clone", {{"100644", "crlf", crlf_id},
                {"100644", "extended", lab.write_blob("clone", extended)},
                {"120000", "link", lab.write_blob("clone", canonical)},
                {"100644", "padded", lab.write_blob("clone", canonical + std::string(1024, '\n'))},
                {"100644", "upper", lab.write_blob("clone", "oid SHA256:" + canonical)},
                {"100644", "zero", lab.write_blob("clone", canonical.substr(0, 119) + "size 0\n")}});
  lab.commit_tree("clone", tree);
  // Seven bytes in the worktree are not what an extension made of them.
  lab.sh("cd clone; printf 1234567 >extended");
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "main");
  CHECK(entry_of(snapshot, "crlf").content == Digest::parse(HashKind::sha256, oid));
  CHECK(entry_of(snapshot, "crlf").git_oid->hex() == crlf_id);
  CHECK(entry_of(snapshot, "extended").content->kind() == HashKind::sha256);
  CHECK(clone.lacks(demo, entry_of(snapshot, "extended")));
  for (const char* name : {"link", "padded", "upper", "zero"})
    CHECK(entry_of(snapshot, name).content->kind() == HashKind::git_sha1);
  CHECK(content_of(clone, snapshot, "link") == canonical);
}

TEST_CASE("a pointer to the smudged bytes of an extension is not taken from the worktree") {
  const CloneLab lab;
  const std::string bytes = "worktree bytes";
  const std::string oid = hash_bytes(HashKind::sha256, bytes).hex();
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\next-0-foo sha256:" + std::string(64, 'b') +
      "\noid sha256:" + oid + "\nsize 14\n";
  lab.commit_tree("clone", lab.write_tree("clone", {{"100644", "file", lab.write_blob("clone", pointer)}}));
  lab.dir().write("clone/file", bytes);
  LfsClone clone(lab.path("clone"), {});
  const Snapshot snapshot = clone.snapshot(demo, "main");
  CHECK(clone.lacks(demo, entry_of(snapshot, "file")));
}

TEST_CASE("two pointers that give one content two sizes are refused") {
  const CloneLab lab;
  const Digest oid = hash_bytes(HashKind::sha256, "x");
  const std::string tree =
      lab.write_tree("clone", {{"100644", "a", lab.write_blob("clone", canonical_pointer(oid, 1))},
                               {"100644", "b", lab.write_blob("clone", canonical_pointer(oid, 2))}});
  lab.commit_tree("clone", tree);
  const Thrown thrown = thrown_by_reading(lab.path("clone"));
  CHECK(thrown.cause == Cause::refused);
  CHECK(has(thrown.message, "another size"));
}
