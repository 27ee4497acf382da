// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/remote_url.hpp"

#include "support/catch.hpp"

#include <map>
#include <string>
#include <vector>

using namespace modelcache;

namespace {

struct Case {
  const char* url;
  const char* repo;  // RepoId::text(), or empty for "no repo"
};

std::string repo_text(const RemoteRepo& remote) {
  return remote.repo ? remote.repo->text() : "";
}

void check_all(const std::vector<Case>& cases, RemoteRepo::Hub hub) {
  for (const Case& c : cases) {
    CAPTURE(c.url);
    const auto remote = parse_remote_url(c.url);
    REQUIRE(remote);
    CHECK(remote->hub == hub);
    CHECK(repo_text(*remote) == c.repo);
    CHECK(remote->host.find_first_of("@:/") == std::string::npos);
  }
}

}  // namespace

TEST_CASE("remotes at Hugging Face name a type and a repo") {
  check_all(
      {
          {"https://huggingface.co/org/name", "model/org/name"},
          {"https://huggingface.co/org/name.git", "model/org/name"},
          {"https://huggingface.co/org/name/", "model/org/name"},
          {"https://huggingface.co/org/name.git/", "model/org/name"},
          {"https://huggingface.co//org//name", "model/org/name"},
          {"HTTPS://HuggingFace.CO/Org/Name", "model/Org/Name"},
          {"http://www.huggingface.co/gpt2", "model/gpt2"},
          {"https://hf.co/datasets/org/d", "dataset/org/d"},
          {"https://huggingface.co/datasets/squad", "dataset/squad"},
          {"https://huggingface.co/spaces/org/s", "space/org/s"},
          {"https://huggingface.co/kernels/org/k", "kernel/org/k"},
          {"https://hf-mirror.com/org/name", "model/org/name"},
          {"https://user:hf_secret@huggingface.co/org/name", "model/org/name"},
          {"https://user@mail:p@ss@huggingface.co/org/name", "model/org/name"},
          {"https://huggingface.co:443/org/name", "model/org/name"},
          {"https://huggingface.co:/org/name", "model/org/name"},
          {"https://huggingface.co/org/name?token=x#y", "model/org/name"},
          {"https://huggingface.co/org/na%6de", "model/org/name"},
          {"https://huggingface.co/org%2fname", "model/org/name"},
          {"ssh://git@hf.co/org/name", "model/org/name"},
          {"ssh://git@hf.co:22/datasets/org/name.git", "dataset/org/name"},
          {"git+ssh://git@hf.co/org/name", "model/org/name"},
          {"git@hf.co:org/name", "model/org/name"},
          {"git@hf.co:/org/name.git", "model/org/name"},
          {"git@hf.co:datasets/org/name", "dataset/org/name"},
          {"hf.co:org/name", "model/org/name"},
          {"GIT@HF.CO:org/name", "model/org/name"},
      },
      RemoteRepo::Hub::hugging_face);
}

TEST_CASE("a known host without a valid repo is a hub and no repo") {
  check_all(
      {
          {"https://huggingface.co", ""},
          {"https://huggingface.co/", ""},
          {"https://huggingface.co/datasets", ""},
          {"https://huggingface.co/a/b/c", ""},
          {"https://huggingface.co/datasets/a/b/c", ""},
          {"https://huggingface.co/../x", ""},
          {"https://huggingface.co/org/na--me", ""},
          {"https://huggingface.co/org/name.git.git", ""},
          {"https://huggingface.co/org/.git", ""},
          {"https://huggingface.co/org/na%00me", ""},
          {"https://huggingface.co/org/na%zzme", ""},
          {"https://huggingface.co/org/name%0a", ""},
          {"https://huggingface.co/org/%2e%2e", ""},
          {"git@hf.co:", ""},
      },
      RemoteRepo::Hub::hugging_face);
}

TEST_CASE("remotes at AI Studio and ModelScope name a repo") {
  check_all(
      {
          {"http://git.aistudio.baidu.com/PaddlePaddle/x.git", "model/PaddlePaddle/x"},
          {"https://git.aistudio.baidu.com/owner/name", "model/owner/name"},
          {"https://TOKEN:TOKEN@git.aistudio.baidu.com/owner/name.git", "model/owner/name"},
          {"git@git.aistudio.baidu.com:owner/name.git", "model/owner/name"},
          {"https://git.aistudio.baidu.com/name", ""},
          {"https://git.aistudio.baidu.com/a/b/c", ""},
      },
      RemoteRepo::Hub::ai_studio);
  check_all(
      {
          {"https://www.modelscope.cn/Qwen/Qwen2.5-0.5B.git", "model/Qwen/Qwen2.5-0.5B"},
          {"https://www.modelscope.cn/models/Qwen/Qwen2.5-0.5B.git", "model/Qwen/Qwen2.5-0.5B"},
          {"https://oauth2:TOKEN@www.modelscope.cn/models/a/b.git", "model/a/b"},
          {"https://modelscope.cn/datasets/a/b", "dataset/a/b"},
          {"https://www.modelscope.ai/studios/a/b.git", "space/a/b"},
          {"https://modelscope.ai/a/b", "model/a/b"},
          {"https://modelscope.cn/skills/a/b", ""},
          {"https://modelscope.cn/a", ""},
      },
      RemoteRepo::Hub::modelscope);
}

TEST_CASE("unknown hosts, local paths and other schemes are never guessed") {
  for (const char* url : {"",
                          ":",
                          "/",
                          "/home/u/huggingface.co/org/name",
                          "./huggingface.co:org/name",
                          "../x",
                          "huggingface.co/org/name",
                          "file:///srv/huggingface.co/org/name",
                          "file://huggingface.co/org/name",
                          "https://github.com/org/name",
                          "https://huggingface.co.evil.example/org/name",
                          "https://evil.example/huggingface.co/org/name",
                          "https://huggingface.co@evil.example/org/name",
                          "https://evil.example#@huggingface.co/org/name",
                          "https://evil.example?@huggingface.co/org/name",
                          "https://evil.example/@huggingface.co/org/name",
                          "https:///org/name",
                          "https://",
                          "https://@/x",
                          "ftp://huggingface.co/org/name",
                          "ext::sh -c huggingface.co",
                          "hf://org/name",
                          "https://huggingface.co:x/org/name",
                          "user:pass@hf.co:org/name",
                          "https://[::1]:8080/org/name",
                          "https://[huggingface.co/org/name",
                          "git@hf.co://org/name",
                          "C:\\models\\x",
                          "git@github.com:org/name"}) {
    CAPTURE(url);
    CHECK_FALSE(parse_remote_url(url));
  }
}

TEST_CASE("the host of HF_ENDPOINT is Hugging Face too") {
  const std::string url = "http://127.0.0.1:8080/datasets/org/name";
  CHECK_FALSE(parse_remote_url(url));
  for (const char* endpoint : {"http://127.0.0.1:8080", "http://127.0.0.1:8080/", "127.0.0.1:8080",
                               "127.0.0.1", "http://user:x@127.0.0.1:8080"}) {
    CAPTURE(endpoint);
    const auto remote = parse_remote_url(url, endpoint);
    REQUIRE(remote);
    CHECK(remote->hub == RemoteRepo::Hub::hugging_face);
    CHECK(remote->host == "127.0.0.1");
    CHECK(repo_text(*remote) == "dataset/org/name");
  }
  CHECK_FALSE(parse_remote_url(url, "http://127.0.0.1:9090"));
  CHECK_FALSE(parse_remote_url(url, "http://localhost:8080"));
  CHECK(parse_remote_url("git@hub.corp:org/name", "https://HUB.corp:8443"));
  CHECK(parse_remote_url("https://[::1]:8080/org/name", "http://[::1]:8080"));
  CHECK_FALSE(parse_remote_url("file:///x", "///"));
  CHECK(parse_remote_url("https://www.modelscope.cn/a/b", "https://www.modelscope.cn")->hub ==
        RemoteRepo::Hub::modelscope);
}

TEST_CASE("urls for messages hold no user name, password, query or fragment") {
  struct Scrub {
    const char* url;
    const char* expected;
  };
  for (const Scrub& c : std::vector<Scrub>{
           {"https://huggingface.co/org/name", "https://huggingface.co/org/name"},
           {"https://user:hf_secret@huggingface.co/org/name", "https://huggingface.co/org/name"},
           {"https://hf_secret@huggingface.co/org/name", "https://huggingface.co/org/name"},
           {"https://a@b:hf_secret@huggingface.co:8080/org/name", "https://huggingface.co:8080/org/name"},
           {"https://user:se/cr@et@host/org/name", "https://host/org/name"},
           {"https://user:se/cret@host/org/name", "https://host/org/name"},
           {"https://host/org/name?token=secret", "https://host/org/name"},
           {"https://host/org/name#secret", "https://host/org/name"},
           {"https://host?secret@x", "https://host"},
           {"https://host:8080/a@b", "https://host:8080/a@b"},
           {"https://[::1]:8080/a@b", "https://[::1]:8080/a@b"},
           {"https://host/a@b", "https://host/a@b"},
           {"git@hf.co:org/name", "hf.co:org/name"},
           {"oauth2:secret@hf.co:org/name", "hf.co:org/name"},
           {"user:secret@host:x://y", "host:x://y"},
           {"user:secret://x@host:y", "host:y"},
           {"a:b@hf.co://user:secret@hf.co:22/x", "hf.co://hf.co:22/x"},
           {"/home/me@work/x#1?", "/home/me@work/x#1?"},
           {"file:///srv/x", "file:///srv/x"},
           {"", ""},
       }) {
    CAPTURE(c.url);
    CHECK(without_credentials(c.url) == c.expected);
  }
}

TEST_CASE("the url of a repo at its hub reads back as the repo") {
  using Hub = RemoteRepo::Hub;
  const RepoId model = RepoId::parse(RepoType::model, "org/name");
  const RepoId dataset = RepoId::parse(RepoType::dataset, "org/name");
  const RepoId space = RepoId::parse(RepoType::space, "org/name");
  CHECK(hub_url(Hub::hugging_face, model) == "https://huggingface.co/org/name");
  CHECK(hub_url(Hub::hugging_face, RepoId::parse(RepoType::dataset, "name")) ==
        "https://huggingface.co/datasets/name");
  CHECK(hub_url(Hub::ai_studio, model) == "https://git.aistudio.baidu.com/org/name.git");
  CHECK(hub_url(Hub::modelscope, dataset) == "https://www.modelscope.cn/datasets/org/name.git");
  for (const auto& [hub, repos] : std::map<Hub, std::vector<RepoId>>{
           {Hub::hugging_face, {model, dataset, space, RepoId::parse(RepoType::kernel, "org/name")}},
           {Hub::ai_studio, {model}},
           {Hub::modelscope, {model, dataset, space}}})
    for (const RepoId& repo : repos) {
      const auto parsed = parse_remote_url(hub_url(hub, repo));
      REQUIRE(parsed);
      CHECK(parsed->hub == hub);
      CHECK(parsed->repo == repo);
    }
}

TEST_CASE("what would lie in a configuration for all to read is noticed") {
  for (const char* url :
       {"https://hf_secret@huggingface.co/a/b", "https://user:secret@host/x", "http://u@host/x",
        "ssh://git:secret@host/x", "oauth2:secret@hf.co:org/name", "https://user:se/cr@et@host/x",
        "https://host/x?private_token=secret", "HTTPS://secret@host/x"}) {
    CAPTURE(url);
    CHECK(holds_credentials(url));
  }
  for (const char* url :
       {"https://huggingface.co/a/b", "git@hf.co:a/b", "ssh://git@host:22/x", "file:///srv/a@b", "/srv/a@b:c",
        "../x", "https://host:8080/x", "https://host/a@b"}) {
    CAPTURE(url);
    CHECK_FALSE(holds_credentials(url));
  }
}
