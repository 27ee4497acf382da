// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/meta.hpp"

#include "modelcache/format/lfs_pointer.hpp"

#include "support/catch.hpp"
#include "support/errors.hpp"
#include "support/temp_dir.hpp"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

using namespace modelcache;
using namespace modelcache::test;

namespace {

// Of "{\"a\":1}\n", and of pointers to "hello lfs\n" without and with a final newline.
constexpr const char* config_id = "0187f3b09d66cef7911083ad49f890f5a6589589";
constexpr const char* bare_id = "86f56cb6b46a9e482e2034a4c9cc1e5468830719";
constexpr const char* ended_id = "f9540322dcfdbb08b8d0272a814c12d231c26848";
constexpr const char* plain_id = "d84847e89decf615d6f9bd0307a513fd3c718937";
const std::string commit(40, 'c');

using Ids = std::map<std::string, std::string>;

MscEntry entry(const std::string& path, const std::string& revision) {
  MscEntry made;
  made.path = path;
  made.revision = revision;
  return made;
}

// A directory with a regular and a large file.
struct Lab {
  TempDir temp;

  Lab() {
    temp.write("config.json", "{\"a\":1}\n");
    temp.write("sub/model.bin", "hello lfs\n");
  }

  void index(const std::vector<MscEntry>& entries) const { temp.write(".msc", write_msc(entries)); }
  Ids ids() const {
    Ids ids;
    const ParsedMsc parsed = parse_msc(temp.read(".msc"));
    for (const MscEntry& one : parsed.index.value().entries) ids.emplace(one.path, one.revision);
    return ids;
  }

  MetaRebuild request(std::vector<std::string> large = {"*.bin"}) const {
    MetaRebuild request;
    request.directory = temp.path();
    request.repo = RepoId::parse(RepoType::model, "own/plain");
    request.large = std::move(large);
    request.wait = std::chrono::milliseconds(0);
    request.reading.jobs = 2;
    return request;
  }
  MetaRebuilt rebuild() const { return rebuild_meta(request()); }
  MetaCheck check() const { return check_meta(temp.path(), {}); }
};

MetaServer answering(const Ids& ids) {
  return [ids](const RepoId&) {
    std::map<RelPath, std::optional<Digest>> files;
    for (const auto& [path, id] : ids)
      files.emplace(RelPath::parse(path).value(), Digest::parse(HashKind::git_sha1, id));
    return files;
  };
}

using Found = std::multiset<std::pair<std::string, std::string>>;

Found found(const std::vector<Finding>& findings) {
  Found found;
  for (const Finding& finding : findings) found.emplace(info(finding.code).name, finding.path);
  return found;
}

}  // namespace

TEST_CASE("what is rebuilt is what the client writes, byte for byte") {
  const Lab lab;
  MetaRebuild request = lab.request();
  request.commit = commit;
  const MetaRebuilt rebuilt = rebuild_meta(request);
  CHECK(rebuilt.written == std::vector<std::string>{".mv", ".mdl", ".msc"});
  CHECK(rebuilt.changes.size() == 2);
  CHECK(lab.ids() == Ids{{"config.json", config_id}, {"sub/model.bin", bare_id}});
  CHECK(lab.temp.read(".mv") == "Revision:" + commit + ",CreatedAt:unknown");
  CHECK(lab.temp.read(".mdl") == write_mdl("own/plain"));
  CHECK(lab.temp.read(".msc") ==
        write_msc(std::vector{entry("config.json", config_id), entry("sub/model.bin", bare_id)}));
  CHECK(lab.temp.names() == std::vector<std::string>{".mdl", ".msc", ".mv", "config.json", "sub"});
}

TEST_CASE("a second run writes nothing, whatever order the client left") {
  const Lab lab;
  lab.rebuild();
  lab.index({entry("sub/model.bin", bare_id), entry("config.json", config_id)});
  const std::string before = lab.temp.read(".msc");
  const MetaRebuilt again = lab.rebuild();
  CHECK(again.written.empty());
  CHECK(again.changes.empty());
  CHECK(lab.temp.read(".msc") == before);
}

TEST_CASE("an id that the index proves is kept in full, any other is made anew") {
  const Lab lab;
  lab.index({entry("sub/model.bin", std::string(ended_id).substr(0, 9)), entry("config.json", "N/A")});
  CHECK(lab.rebuild().changes.size() == 2);
  CHECK(lab.ids() == Ids{{"config.json", config_id}, {"sub/model.bin", ended_id}});

  // Without a word of the user, the index also tells which files are large.
  MetaRebuild request = lab.request();
  request.large.reset();
  CHECK(rebuild_meta(request).changes.empty());
  lab.temp.write("sub/model.bin", "changed\n");
  const MetaRebuilt changed = rebuild_meta(request);
  REQUIRE(changed.changes.size() == 1);
  CHECK(changed.changes[0].kind == MetaChange::Kind::changed);
  CHECK(lab.ids().at("sub/model.bin") == hash_bytes(HashKind::git_sha1, "changed\n").hex());
  CHECK(found(changed.findings) == Found{{"large_decided", ""}});

  lab.temp.write(".gitattributes", "*.bin filter=lfs\n");
  CHECK(rebuild_meta(request).changes.empty());  // it still is what the index says
  lab.temp.write("sub/model.bin", "hello lfs\n");
  rebuild_meta(request);
  CHECK(lab.ids().at("sub/model.bin") == bare_id);
}

TEST_CASE("the user tells large files and the end of pointers") {
  const Lab lab;
  const auto id = [&](std::vector<std::string> large, PointerNewline newline) {
    MetaRebuild request = lab.request(std::move(large));
    request.newline = newline;
    rebuild_meta(request);
    return lab.ids().at("sub/model.bin");
  };
  CHECK(id({"*.json"}, PointerNewline::automatic) == plain_id);
  CHECK(id({"x", "sub/*"}, PointerNewline::yes) == ended_id);
  CHECK(id({"*.bin"}, PointerNewline::automatic) == ended_id);  // proved by the index meanwhile
  CHECK(id({"*.bin"}, PointerNewline::no) == bare_id);
}

TEST_CASE("only files of the repo get entries") {
  const Lab lab;
  lab.temp.write(".gitattributes", "");
  lab.temp.write(".gitignore", "");
  lab.temp.write("sub/.gitattributes", "");
  lab.temp.write("._tmp/sub/model.bin", "half");
  lab.temp.write(".msc.0123abcd.incomplete", "half");
  lab.temp.write(".msc.corrupted", "x");
  lab.temp.write(".git/HEAD", "x");
  lab.temp.write("odd/.GIT/config", "x");
  lab.temp.write("pointer", canonical_pointer(hash_bytes(HashKind::sha256, "x"), 1));
  lab.temp.write("empty.bin", "");
  lab.temp.link("config.json", "link");
  lab.temp.link("config.json", "indexed link");
  lab.temp.fifo("fifo");
  lab.index({entry("indexed link", config_id), entry("gone", config_id)});
  const MetaRebuilt rebuilt = lab.rebuild();
  Ids wanted{{"config.json", config_id}, {"sub/model.bin", bare_id}, {"indexed link", config_id}};
  for (const char* empty : {"sub/.gitattributes", "empty.bin"})
    wanted.emplace(empty, hash_bytes(HashKind::git_sha1, "").hex());
  CHECK(lab.ids() == wanted);
  CHECK(found(rebuilt.findings) == Found{{"stray_entry", "fifo"},
                                         {"stray_entry", "link"},
                                         {"name_unsafe", "odd/.GIT/config"},
                                         {"pointer_text", "pointer"},
                                         {"blob_unverifiable", "indexed link"}});
  const auto gone = std::find_if(rebuilt.changes.begin(), rebuilt.changes.end(),
                                 [](const MetaChange& change) { return change.path == "gone"; });
  REQUIRE(gone != rebuilt.changes.end());
  CHECK(gone->kind == MetaChange::Kind::removed);
}

TEST_CASE("names that are not UTF-8 are written as Python has them") {
  const Lab lab;
  lab.temp.write("a\xff", "b");
  lab.rebuild();
  CHECK(lab.ids().contains("a\xff"));
  CHECK(lab.temp.read(".msc").find("a\xed\xb3\xbf") != std::string::npos);
  CHECK(lab.rebuild().written.empty());
}

TEST_CASE("with a server, only what it has in this form gets an entry") {
  const Lab lab;
  lab.temp.write("other", "mine");
  lab.temp.write("mine", "mine");
  lab.temp.write("link", "mine");
  MetaRebuild request = lab.request();
  request.large.reset();
  for (const char* id : {bare_id, ended_id, plain_id}) {
    request.ask_server = answering({{"config.json", config_id},
                                    {"sub/model.bin", id},
                                    {"other", config_id},
                                    {"link", ""},
                                    {"absent", config_id},
                                    {".gitignore", config_id}});
    const MetaRebuilt rebuilt = rebuild_meta(request);
    CHECK(lab.ids() == Ids{{"config.json", config_id}, {"sub/model.bin", id}});
    CHECK(found(rebuilt.findings) == Found{{"blob_corrupt", "other"},
                                           {"stray_entry", "mine"},
                                           {"stray_entry", "link"},
                                           {"revision_incomplete", ""}});
    for (const Finding& finding : rebuilt.findings)
      CHECK((finding.severity == Severity::error) == (finding.code != FindingCode::revision_incomplete));
    CHECK(rebuild_meta(request).written.empty());
  }
  const std::string before = lab.temp.read(".msc");
  request.ask_server = [](const RepoId&) -> std::map<RelPath, std::optional<Digest>> {
    throw Error(Cause::io, "away");
  };
  CHECK(thrown_by([&] { return rebuild_meta(request); }).cause == Cause::io);
  CHECK(lab.temp.read(".msc") == before);
}

TEST_CASE("a dry run tells the same and writes nothing") {
  const Lab lab;
  MetaRebuild request = lab.request();
  request.is_dry = true;
  const MetaRebuilt dry = rebuild_meta(request);
  CHECK(dry.written == std::vector<std::string>{".mdl", ".msc"});
  CHECK(dry.changes.size() == 2);
  CHECK(lab.temp.names() == std::vector<std::string>{"config.json", "sub"});
}

TEST_CASE("the repo is told by .mdl, where the user does not tell it") {
  const Lab lab;
  MetaRebuild request = lab.request();
  request.repo.reset();
  CHECK(thrown_by([&] { return rebuild_meta(request); }).cause == Cause::usage);
  lab.temp.write(".mdl", write_mdl("own/na___me"));
  CHECK(rebuild_meta(request).repo == RepoId::parse(RepoType::model, "own/na.me"));
  CHECK(lab.temp.read(".mdl") == write_mdl("own/na___me"));
  const std::string index = lab.temp.read(".msc");
  lab.temp.write("more", "x");
  for (const char* id : {"../x", "own", "own/a/b", ""}) {
    lab.temp.write(".mdl", write_mdl(id));
    CHECK(thrown_by([&] { return rebuild_meta(request); }).cause == Cause::usage);
  }
  lab.temp.write(".mdl", "cos\nsystem\n.");
  CHECK(thrown_by([&] { return rebuild_meta(request); }).cause == Cause::usage);
  CHECK(lab.temp.read(".msc") == index);
}

TEST_CASE("a ModelScope directory is refused") {
  const Lab lab;
  SECTION("by .mv") {
    lab.temp.write(".mv", "Revision:master,CreatedAt:1704164645");
  }
  SECTION("by its partial files") {
    lab.temp.make_dir("._____temp");
  }
  SECTION("by its index") {
    lab.index({entry("config.json", commit), entry("sub/model.bin", commit)});
  }
  CHECK(thrown_by([&] { return lab.rebuild(); }).cause == Cause::refused);
}

TEST_CASE("a running client keeps us out, a dead one does not") {
  const Lab cache;
  const std::string models = "hub/models/";
  cache.temp.write(models + "own/na___me/config.json", "{\"a\":1}\n");
  const auto rebuild_at = [&](const std::string& folder) {
    MetaRebuild request = cache.request();
    request.directory = cache.temp.path(folder);
    return thrown_by([&] { return rebuild_meta(request); });
  };
  const std::string own_pid = std::to_string(::getpid());
  for (const std::string& text : {own_pid, std::string("x"), std::string("2147483646")}) {
    const bool is_live = text == own_pid;
    cache.temp.write(models + "._tmp/own/na.me/sub/config.json.lock", text);
    CHECK(rebuild_at(models + "own/na___me").cause == (is_live ? std::optional(Cause::busy) : std::nullopt));
    cache.temp.write("._tmp/sub/model.bin.lock", text);
    CHECK(rebuild_at("").cause == (is_live ? std::optional(Cause::busy) : std::nullopt));
    CHECK(cache.temp.exists(".msc") == !is_live);
  }
}

TEST_CASE("an index that a client changes meanwhile stays as it is") {
  const Lab lab;
  lab.index({entry("config.json", "N/A")});
  const std::string theirs = write_msc(std::vector{entry("config.json", "N/A"), entry("new", config_id)});
  MetaRebuild request = lab.request();
  request.reading.jobs = 1;
  request.reading.starting = [&](std::string_view) { lab.temp.write(".msc", theirs); };
  CHECK(thrown_by([&] { return rebuild_meta(request); }).cause == Cause::busy);
  CHECK(lab.temp.read(".msc") == theirs);
}

TEST_CASE("an index that cannot be read, or would run code, is written anew") {
  for (const std::string& bad :
       {std::string(), std::string("cos\nsystem\n(S'true'\ntR."), write_mdl("x/y")}) {
    const Lab lab;
    lab.temp.write(".msc", bad);
    const MetaRebuilt rebuilt = lab.rebuild();
    CHECK(lab.ids().size() == 2);
    REQUIRE(rebuilt.findings.size() == 1);
    CHECK(rebuilt.findings[0].severity == Severity::warning);
  }
}

TEST_CASE("a sound index is found sound in each form of an id") {
  const Lab lab;
  for (const char* id : {bare_id, ended_id, plain_id}) {
    lab.index({entry("config.json", config_id), entry("sub/model.bin", id)});
    const MetaCheck check = lab.check();
    CHECK(check.matched == 2);
    CHECK(check.bytes_hashed == 18);
    CHECK(check.findings.empty());
  }
}

TEST_CASE("each way in which an index can be wrong has its code") {
  const Lab lab;
  lab.temp.write("short", "{\"a\":1}\n");
  lab.temp.write("changed", "changed");
  lab.temp.write("na", "x");
  lab.temp.write("capitals", "{\"a\":1}\n");
  lab.temp.write("twice", "{\"a\":1}\n");
  lab.temp.write("extra", "x");
  lab.temp.write(".gitignore", "x");
  const std::string pointer = canonical_pointer(hash_bytes(HashKind::sha256, "x"), 1);
  lab.temp.write("pointer", pointer);
  lab.temp.link("config.json", "link");
  lab.index({entry("config.json", config_id), entry("sub/model.bin", bare_id),
             entry("short", std::string(config_id).substr(0, 7)), entry("changed", config_id),
             entry("na", "N/A"), entry("capitals", "0187F3B09D66CEF7911083AD49F890F5A6589589"),
             entry("twice", commit), entry("twice", config_id), entry("gone", config_id),
             entry("../up", config_id), entry("/absolute", config_id), entry(".msc", config_id),
             entry("sub", config_id), entry("pointer", hash_bytes(HashKind::git_sha1, pointer).hex()),
             entry("link", config_id)});
  const MetaCheck check = lab.check();
  CHECK(found(check.findings) == Found{{"index_revision", "short"},
                                       {"blob_corrupt", "changed"},
                                       {"blob_unverifiable", "na"},
                                       {"blob_unverifiable", "capitals"},
                                       {"index_duplicate", "twice"},
                                       {"blob_missing", "gone"},
                                       {"name_unsafe", "../up"},
                                       {"name_unsafe", "/absolute"},
                                       {"name_unsafe", ".msc"},
                                       {"blob_missing", "sub"},
                                       {"pointer_text", "pointer"},
                                       {"blob_unverifiable", "link"},
                                       {"stray_entry", "extra"}});
  CHECK(check.entries == 15);
  CHECK(check.matched == 4);
  CHECK(check.unmatched == 2);
  CHECK(check.missing == 2);
  CHECK(check.unverifiable == 3);
  CHECK(check.extra == 1);
}

TEST_CASE("an index that looks like ModelScope's, and proves a file, is AI Studio's") {
  const Lab lab;
  lab.temp.write("same", "{\"a\":1}\n and more");
  lab.index({entry("config.json", config_id), entry("same", config_id)});
  const MetaCheck check = lab.check();
  CHECK(check.flavour == MscFlavour::aistudio);
  CHECK(found(check.findings) == Found{{"blob_corrupt", "same"}, {"stray_entry", "sub/model.bin"}});
  lab.rebuild();
  CHECK(lab.ids().size() == 3);

  lab.index({entry("config.json", commit), entry("same", commit)});
  CHECK(lab.check().flavour == MscFlavour::modelscope);
}

TEST_CASE("entries that the client would fail on, and keys that it does not write, are told") {
  const Lab lab;
  // [{'Path': 'config.json', 'Revision': ID, 'x': 1}, {'Path': 'sub/model.bin'}, {}]
  lab.temp.write(".msc", "(lp0\n(dp1\nVPath\np2\nVconfig.json\np3\nsVRevision\np4\nV" +
                             std::string(config_id) +
                             "\np5\nsVx\nI1\nsa(dp6\ng2\nVsub/model.bin\np7\nsa(dp8\na.");
  CHECK(found(lab.check().findings) == Found{{"index_extra_keys", "config.json"},
                                             {"index_revision", "sub/model.bin"},
                                             {"name_unsafe", ""},
                                             {"index_unreadable", ".msc"},
                                             {"index_unreadable", ".msc"}});
}

TEST_CASE("side files that run code or are none are told by name") {
  const Lab lab;
  lab.temp.write(".msc", "cos\nsystem\n(S'true'\ntR.");
  lab.temp.write(".mdl", "garbage");
  lab.temp.write(".mv", "\xff");
  const MetaCheck check = lab.check();
  CHECK(found(check.findings) ==
        Found{{"index_unsafe", ".msc"}, {"index_unreadable", ".mdl"}, {"index_unreadable", ".mv"}});
  REQUIRE(check.unsafe.size() == 1);
  CHECK(check.unsafe[0] == ".msc: GLOBAL at offset 0 would run code");
}

TEST_CASE("of ModelScope's index existence is checked, and contents are not judged") {
  const Lab lab;
  lab.temp.write(".mv", "Revision:master,CreatedAt:1704164645");
  lab.temp.write("sub/.gitattributes", "");
  lab.index({entry("config.json", commit), entry("sub/model.bin", commit), entry("gone", commit)});
  const MetaCheck check = lab.check();
  CHECK(check.flavour == MscFlavour::modelscope);
  CHECK(check.unverifiable == 2);
  CHECK(check.missing == 1);
  CHECK(check.bytes_hashed == 0);
  CHECK(found(check.findings) == Found{{"blob_missing", "gone"}, {"blob_unverifiable", ""}});
}

TEST_CASE("a directory without side files, or none at all, is not found") {
  const Lab lab;
  CHECK(thrown_by([&] { return lab.check(); }).cause == Cause::not_found);
  CHECK(thrown_by([&] { return check_meta(lab.temp.path("nowhere"), {}); }).cause == Cause::not_found);
  CHECK(read_side_files(lab.temp.path()).empty());
  lab.temp.write(".mdl", write_mdl("own/plain"));
  CHECK(found(lab.check().findings) == Found{{"index_unreadable", ".msc"}});
}
