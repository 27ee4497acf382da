// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/shared_store_writer.hpp"

#include "modelcache/base/atomic_file.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/base/file_lock.hpp"
#include "modelcache/format/link_text.hpp"
#include "modelcache/store/blob_writer.hpp"
#include "modelcache/store/content_check.hpp"
#include "modelcache/store/shared_store.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

namespace modelcache {

namespace {

constexpr std::size_t manifest_limit = std::size_t{64} << 20;

// As huggingface_hub 2.4.0: whoever may enter the cache may read.
std::uint32_t payload_mode(const Dir& root) {
  const std::uint32_t mode = root.own_status().mode;
  if ((mode & S_IXOTH) != 0) return 0444;
  return (mode & S_IXGRP) != 0 ? 0440 : 0400;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// Replaced as a whole, as the clients do when they clear it; the payload's lock is held.
void add_line(const Dir& place, const Dir& staging, const SharedUse& use) {
  const std::string name = use.payload + ".refs";
  std::string text = place.find_content(name, manifest_limit).value_or("");
  const auto lines = lines_of(text);
  if (std::find(lines.begin(), lines.end(), use.blob) != lines.end()) return;
  if (!text.empty() && text.back() != '\n') text += '\n';
  text += use.blob + "\n";
  AtomicFile file(staging, place, name);
  // Everybody who shares the cache has to be able to add a line.
  if (::fchmod(file.fd().get(), 0666) != 0) throw_errno(errno, "change the mode of", place.path_of(name));
  file.write(text);
  file.publish(AtomicFile::IfExists::replace);
}

// "models--org--name/blobs/<etag>" of a manifest, when it leads to the payload now.
bool is_live(const Dir& root, const std::string& line, const std::string& payload) {
  const std::size_t slash = line.find('/');
  if (slash == std::string::npos || path_flaw(line)) return false;
  const std::string_view rest = std::string_view(line).substr(slash);
  constexpr std::string_view blobs = "/blobs/";
  if (!rest.starts_with(blobs) || !is_blob_name(rest.substr(blobs.size()))) return false;
  const auto text = or_nothing([&] { return root.find_link(line); });
  return text == shared_link_text(payload);
}

// A live link protects the payload also where its line is lost; equal contents have equal etags.
std::vector<std::string> users_of(const Dir& root, const SharedStoreWriter::Release& release) {
  std::vector<std::string> users;
  root.for_each([&](const Dir::Item& item) {
    if (item.kind != FileKind::directory || !RepoId::from_folder(std::string(item.name))) return;
    const std::string line = std::string(item.name) + "/blobs/" + release.etag;
    if (is_live(root, line, release.payload)) users.push_back(line);
  });
  return users;
}

}  // namespace

std::optional<SharedStoreWriter> SharedStoreWriter::open(const Dir& root) {
  const auto store = SharedStore::open(root);
  if (!store) return {};
  return SharedStoreWriter(store->dir().duplicate(), payload_mode(root));
}

SharedStoreWriter SharedStoreWriter::make(const Dir& root, const Dir& staging) {
  if (auto there = open(root)) return std::move(*there);
  if (SharedStore::owner(root) == SharedStore::Owner::foreign && !root.open_dir("blobs").names().empty())
    throw_error(Cause::refused, "share contents in", root.path_of("blobs"),
                "it is there and is no marked shared store");
  if (const auto empty = root.find_dir("blobs")) {
    SharedStore::mark(*empty, staging);
  } else {
    // At no instant unmarked: that would be a warning of every client.
    const std::string name = random_hex();
    staging.make_dir(name);
    SharedStore::mark(staging.open_dir(name), staging);
    if (!staging.move_to(name, root, "blobs", Dir::IfExists::keep)) staging.remove_tree(name);
  }
  root.sync();
  return open(root).value();
}

bool SharedStoreWriter::has_payload(const std::string& payload, std::uint64_t size) const {
  const auto status = or_nothing([&] { return dir_.find_status(payload.substr(0, 2) + "/" + payload); });
  return status && status->kind == FileKind::file && status->size == size;
}

std::uint64_t SharedStoreWriter::release(const Release& release, const Dir& root) const {
  const auto place = or_nothing([&] { return dir_.find_dir(release.payload.substr(0, 2)); });
  if (!place) return 0;
  try {
    const FileLock lock = FileLock::acquire(*place, release.payload + ".lock", std::chrono::milliseconds(0));
    const std::string manifest = release.payload + ".refs";
    const auto text = place->find_content(manifest, manifest_limit);
    const auto status = place->find_status(release.payload);
    if (!text || !status || !users_of(root, release).empty()) return 0;
    for (const std::string& line : lines_of(*text))
      if (is_live(root, line, release.payload)) return 0;
    place->remove_file(release.payload);
    place->remove_file(manifest);
    place->sync();
    return status->links == 1 ? status->allocated : 0;
  } catch (const Error& error) {
    // Whoever holds it uses it; a manifest that we may not read may name other users.
    if (error.cause() == Cause::busy || error.cause() == Cause::refused || error.error_number() == EACCES)
      return 0;
    throw;
  }
}

bool SharedStoreWriter::is_of_one_content(const SharedUse& use, const Dir& root) const {
  const auto place = or_nothing([&] { return dir_.find_dir(use.payload.substr(0, 2)); });
  if (!place) return true;
  const std::string name = use.blob.substr(use.blob.rfind('/') + 1);
  const auto text = place->find_content(use.payload + ".refs", manifest_limit);
  const auto lines = lines_of(text.value_or(""));
  return std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
    return line.substr(line.rfind('/') + 1) == name || !is_live(root, line, use.payload);
  });
}

std::optional<PutResult> SharedStoreWriter::mend(const SharedUse& use, const Dir& root, const Dir& staging,
                                                 const Entry& entry, const Content& content,
                                                 const PutOptions& options) const {
  const Dir place = dir_.make_dirs(use.payload.substr(0, 2));
  const FileLock lock = FileLock::acquire(place, use.payload + ".lock", options.wait);
  const auto status = place.find_status(use.payload);
  if (status && (status->kind != FileKind::file || !is_of_one_content(use, root))) return {};
  const auto file = status ? place.find_file(use.payload) : std::nullopt;
  if (file && holds_content(*file, entry, place.path_of(use.payload), options.cancelled)) return PutResult{};
  add_line(place, staging, use);
  const auto if_exists = status ? Dir::IfExists::replace : Dir::IfExists::keep;
  BlobTarget target{place, use.payload, staging, if_exists, mode_, AtomicFile::NameSync::now};
  target.temporaries = &staging;
  PutOptions by_copy = options;
  by_copy.verify = PutOptions::Verify::full;
  const PutResult result = write_blob(target, entry, content, by_copy);
  dir_.sync();
  return result;
}

std::optional<PutResult> SharedStoreWriter::put(const SharedUse& use, const Dir& staging, const Entry& entry,
                                                const Content& content, const PutOptions& options,
                                                const std::function<void()>& link) const {
  const Dir place = dir_.make_dirs(use.payload.substr(0, 2));
  const FileLock lock = FileLock::acquire(place, use.payload + ".lock", options.wait);
  PutResult result{true, Method::symlink, 0};
  if (const auto status = place.find_status(use.payload)) {
    const auto file = status->kind == FileKind::file ? place.find_file(use.payload) : std::nullopt;
    if (!file || !holds_content(*file, entry, place.path_of(use.payload), options.cancelled)) return {};
    add_line(place, staging, use);
  } else {
    add_line(place, staging, use);
    BlobTarget target{place, use.payload, staging, Dir::IfExists::keep, mode_};
    target.temporaries = &staging;
    result = write_blob(target, entry, content, options);
    dir_.sync();
    place.sync();
  }
  link();
  return result;
}

}  // namespace modelcache
