// SPDX-License-Identifier: Apache-2.0
#include "contract/sample.hpp"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace modelcache::test {

namespace {

std::string read_all(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t depth_of(std::string_view path) {
  return static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

std::string SampleFile::etag() const {
  return is_large ? hash_bytes(HashKind::sha256, bytes).hex() : oid;
}

Sample::Sample()
    : repo_(RepoId::parse(RepoType::model, "org/demo")), commit_(lab_.sh("git -C clone rev-parse HEAD")) {
  std::istringstream lines(lab_.sh("git -C clone ls-tree -r -z HEAD | tr '\\0' '\\n'"));
  for (std::string line; std::getline(lines, line);) {
    SampleFile file;
    file.path = line.substr(line.find('\t') + 1);
    file.bytes = read_all(lab_.path("clone/" + file.path));
    file.is_large = file.path.ends_with(".bin");
    file.is_executable = line.starts_with("100755");
    file.oid = line.substr(line.find('\t') - 40, 40);
    files_.push_back(std::move(file));
  }
  std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  if (files_.size() < 8) throw std::runtime_error("the sample has too few files");
}

const SampleFile& Sample::file(std::string_view path) const {
  const auto found =
      std::find_if(files_.begin(), files_.end(), [&](const auto& one) { return one.path == path; });
  if (found == files_.end()) throw std::runtime_error("the sample has no " + std::string(path));
  return *found;
}

Snapshot Sample::snapshot() const {
  Snapshot snapshot{repo_, commit_, {}, {}, true, {}};
  for (const SampleFile& file : files_)
    snapshot.entries.push_back({RelPath::parse(file.path).value(),
                                file.bytes.size(),
                                Digest::from_blob_name(file.etag()),
                                Digest::parse(HashKind::git_sha1, file.oid),
                                {},
                                file.is_executable ? FileMode::executable : FileMode::regular});
  return snapshot;
}

std::string Sample::commit_object() const {
  return lab_.sh("git -C clone cat-file commit " + commit_) + "\n";
}

std::string Sample::make_cache(Form form, std::string_view name) const {
  const std::string root(name);
  const std::string repo = root + "/models--org--demo";
  const TempDir& dir = lab_.dir();
  dir.make_dir(repo + "/blobs");
  if (form == Form::shared_store) dir.write(root + "/blobs/.huggingface-shared-blobs", "1\n");
  for (const SampleFile& file : files_) add_file(repo, file, form);
  dir.write(repo + "/refs/main", commit_);
  dir.write(repo + "/refs/refs/pr/9", commit_);
  if (form != Form::without_trees) dir.write(repo + "/trees/" + commit_ + ".json", listing());
  dir.write(repo + "/.no_exist/" + commit_ + "/absent.json", "");
  dir.write(root + "/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
  dir.make_dir(root + "/.locks/models--org--demo");
  const std::string other = root + "/datasets--org--other";
  dir.write(other + "/blobs/45b983be36b73c0788dc9cbcb76cbb80fc7bb057", "hi\n");
  dir.link("../../blobs/45b983be36b73c0788dc9cbcb76cbb80fc7bb057",
           other + "/snapshots/" + std::string(40, 'a') + "/hi.txt");
  dir.write(other + "/refs/main", std::string(40, 'a'));
  return lab_.path(root);
}

std::string Sample::make_directory(Notes notes, std::string_view name) const {
  const std::string root(name);
  const std::string beside = root + "/.cache/huggingface/";
  const TempDir& dir = lab_.dir();
  for (const SampleFile& file : files_) dir.write(root + "/" + file.path, file.bytes);
  const std::string later = std::to_string(std::time(nullptr) + 2) + ".5";
  for (const SampleFile& file : files_)
    dir.write(beside + "download/" + file.path + ".metadata",
              commit_ + "\n" + file.etag() + "\n" + later + "\n");
  dir.write(beside + ".gitignore", "*");
  dir.write(beside + "CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n");
  dir.write(beside + "trees/" + commit_ + ".json", listing());
  dir.write(beside + "download/README.md.lock", "");
  if (notes == Notes::ours) dir.write(beside + "modelcache.json", record());
  return lab_.path(root);
}

std::string Sample::record() const {
  std::string modes;
  for (const SampleFile& file : files_)
    if (file.is_executable) modes += (modes.empty() ? "\"" : ",\"") + file.path + "\":\"100755\"";
  const std::string object = lab_.sh("git -C clone cat-file commit " + commit_ + " | base64 -w 0");
  return R"({"format_version":1,"repo_type":"model","repo_id":"org/demo","commit":")" + commit_ +
         R"(","refs":["main","refs/pr/9"],"commit_object":")" + object + R"(","modes":{)" + modes + "}}";
}

void Sample::add_file(const std::string& repo, const SampleFile& file, Form form) const {
  const std::string path = repo + "/snapshots/" + commit_ + "/" + file.path;
  if (form == Form::plain_files) return lab_.dir().write(path, file.bytes);
  add_blob(repo, file, form);
  std::string text = "../../blobs/" + file.etag();
  for (std::size_t i = 0; i < depth_of(file.path); ++i) text.insert(0, "../");
  lab_.dir().link(text, path);
}

void Sample::add_blob(const std::string& repo, const SampleFile& file, Form form) const {
  const std::string blob = repo + "/blobs/" + file.etag();
  if (lab_.dir().exists(blob)) return;
  if (form != Form::shared_store || !file.is_large) return lab_.dir().write(blob, file.bytes);
  // Any 64 digits serve as the xet hash, which nobody can compute from here.
  const std::string hash = hash_bytes(HashKind::sha256, "xet of " + file.bytes).hex();
  const std::string payload = "blobs/" + hash.substr(0, 2) + "/" + hash;
  const std::string root = repo.substr(0, repo.rfind('/'));
  lab_.dir().write(root + "/" + payload, file.bytes);
  lab_.dir().write(root + "/" + payload + ".refs", "models--org--demo/blobs/" + file.etag() + "\n");
  lab_.dir().link("../../" + payload, blob);
}

std::string Sample::listing() const {
  std::string files;
  for (const SampleFile& file : files_) {
    const std::string size = std::to_string(file.bytes.size());
    files += (files.empty() ? "\"" : ",\"") + file.path + "\":{\"size\":" + size + ",\"blob_id\":\"" +
             file.oid + "\"";
    if (file.is_large) files += ",\"lfs_sha256\":\"" + file.etag() + "\",\"lfs_size\":" + size;
    files += "}";
  }
  return "{\"format_version\":1,\"files\":{" + files + "}}";
}

}  // namespace modelcache::test
