// SPDX-License-Identifier: Apache-2.0
#include "support/cache_builder.hpp"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace modelcache::test {

namespace fs = std::filesystem;

std::string RepoBuilder::blob(std::string_view content, HashKind kind) const {
  const std::string name = hash_bytes(kind, content).hex();
  cache_.dir().write(path("blobs/" + name), content);
  return name;
}

std::string RepoBuilder::shared_blob(std::string_view content) const {
  const std::string name = hash_bytes(HashKind::sha256, content).hex();
  const std::string hash = cache_.payload(content);
  cache_.add_manifest_line(hash, path("blobs/" + name));
  cache_.dir().link("../../" + CacheBuilder::payload_path(hash), path("blobs/" + name));
  return name;
}

void RepoBuilder::link(std::string_view commit, std::string_view file, std::string_view blob_name) const {
  std::string text = "../../";
  for (const char c : file)
    if (c == '/') text += "../";
  cache_.dir().link(text + "blobs/" + std::string(blob_name),
                    path("snapshots/" + std::string(commit) + "/" + std::string(file)));
}

std::string RepoBuilder::linked(std::string_view commit, std::string_view file, std::string_view content,
                                HashKind kind) const {
  std::string name = blob(content, kind);
  link(commit, file, name);
  return name;
}

void RepoBuilder::plain(std::string_view commit, std::string_view file, std::string_view content) const {
  cache_.dir().write(path("snapshots/" + std::string(commit) + "/" + std::string(file)), content);
}

void RepoBuilder::ref(std::string_view name, std::string_view commit) const {
  cache_.dir().write(path("refs/" + std::string(name)), commit);
}

void RepoBuilder::no_exist(std::string_view commit, std::string_view file) const {
  cache_.dir().write(path(".no_exist/" + std::string(commit) + "/" + std::string(file)), "");
}

void RepoBuilder::listing(std::string_view commit, const std::vector<Listed>& files) const {
  std::string json = "{\n \"format_version\": 1,\n \"files\": {";
  for (const Listed& file : files) {
    const std::string size = std::to_string(file.size);
    json += json.back() == '{' ? "\n" : ",\n";
    json +=
        "  \"" + file.path + "\": {\n   \"size\": " + size + ",\n   \"blob_id\": \"" + file.blob_id + "\"";
    if (!file.lfs_sha256.empty())
      json += ",\n   \"lfs_sha256\": \"" + file.lfs_sha256 + "\",\n   \"lfs_size\": " + size;
    json += "\n  }";
  }
  cache_.dir().write(path("trees/" + std::string(commit) + ".json"), json + "\n }\n}");
}

RepoBuilder CacheBuilder::repo(std::string_view folder) const {
  return {*this, std::string(folder)};
}

RepoBuilder CacheBuilder::demo(std::string_view folder) const {
  RepoBuilder demo = repo(folder);
  demo.linked(commit_1, "config.json", "{}");
  demo.linked(commit_1, "model.bin", std::string(5000, 'W'), HashKind::sha256);
  demo.linked(commit_1, "sub/dir/a file.txt", "nested");
  demo.ref("main", commit_1);
  return demo;
}

void CacheBuilder::mark_shared_store() const {
  dir_.write("blobs/.huggingface-shared-blobs", "1\n");
}

std::string CacheBuilder::payload_path(std::string_view hash) {
  return "blobs/" + std::string(hash.substr(0, 2)) + "/" + std::string(hash);
}

std::string CacheBuilder::payload(std::string_view content) const {
  mark_shared_store();
  const std::string hash = hash_bytes(HashKind::sha256, "a xet hash of " + std::string(content)).hex();
  dir_.write(payload_path(hash), content);
  return hash;
}

void CacheBuilder::add_manifest_line(std::string_view hash, std::string_view line) const {
  std::ofstream file(dir_.path(payload_path(hash) + ".refs"), std::ios::binary | std::ios::app);
  file << line << '\n';
}

void CacheBuilder::hard_link(std::string_view from, std::string_view to) const {
  fs::create_directories(fs::path(dir_.path(to)).parent_path());
  fs::create_hard_link(dir_.path(from), dir_.path(to));
}

std::uint64_t CacheBuilder::allocated(std::string_view name) const {
  return static_cast<std::uint64_t>(dir_.status(name).st_blocks) * 512;
}

std::vector<std::string> CacheBuilder::contents() const {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(root())) {
    const std::string name =
        fs::relative(entry.path().parent_path(), root()).string() + "/" + entry.path().filename().string();
    const struct stat status = dir_.status(name);
    std::string line = name + " " + std::to_string(status.st_ino) + " " + std::to_string(status.st_mode);
    if (entry.is_symlink()) line += " -> " + fs::read_symlink(entry.path()).string();
    if (!entry.is_symlink() && entry.is_regular_file()) line += " = " + dir_.read(name);
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace modelcache::test
