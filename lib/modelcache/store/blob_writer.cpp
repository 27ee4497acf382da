// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/blob_writer.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/base/transfer.hpp"
#include "modelcache/store/link_ways.hpp"

#include <sys/stat.h>

#include <cerrno>

namespace modelcache {

namespace {

using Link = PutOptions::Link;

TransferRequest request_for(const Entry& entry, const Content& content, const PutOptions& options) {
  TransferRequest request;
  request.size = entry.size;
  if (options.verify == PutOptions::Verify::full) request.expected = entry.content;
  request.sharing = sharing_for(options.link);
  request.source_path = content.path;
  request.progress = options.progress;
  request.cancelled = options.cancelled;
  return request;
}

[[noreturn]] void refuse_content(const Content& content, const Entry& entry, const Digest& actual) {
  throw_error(Cause::refused, "take", content.path,
              "it should be " + entry.content->text() + " but is " + actual.text());
}

void check_size(const Fd& file, const Entry& entry, const Content& content) {
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) throw_errno(errno, "look at", content.path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size != entry.size)
    throw_error(Cause::refused, "take", content.path,
                "it has " + std::to_string(size) + " bytes, not " + std::to_string(entry.size));
}

// For ways that take the source's own inode: its bytes are checked where they are.
void check_in_place(const Fd& file, const Entry& entry, const TransferRequest& request,
                    const Content& content) {
  if (!request.expected) return check_size(file, entry, content);
  const Digest actual = hash_file(file, entry.content->kind(), request);
  if (actual != *entry.content) refuse_content(content, entry, actual);
}

bool adopt(AtomicFile& file, const Fd& source) {
  try {
    file.adopt(source);
    return true;
  } catch (const Error& error) {
    switch (error.error_number()) {
      case EXDEV:
      case EPERM:
      case EMLINK:
      case EOPNOTSUPP:
        return false;
      default:
        throw;
    }
  }
}

PutResult put_bytes(AtomicFile& file, const Entry& entry, const Content& content) {
  const auto& bytes = std::get<std::string>(content.from);
  const Digest actual = hash_bytes(entry.content->kind(), bytes);
  if (actual != *entry.content) refuse_content(content, entry, actual);
  file.write(bytes);
  return {true, Method::copy, bytes.size()};
}

PutResult put_file(AtomicFile& file, const BlobTarget& target, const Entry& entry, const Content& content,
                   const PutOptions& options) {
  const Fd& source = std::get<Fd>(content.from);
  const std::string target_path = target.directory.path_of(target.name);
  TransferRequest request = request_for(entry, content, options);
  request.target_path = target_path;
  if (options.link == Link::hardlink && content.origin == Content::Origin::store) {
    if (adopt(file, source)) {
      check_in_place(source, entry, request, content);
      return {true, Method::hardlink, 0};
    }
  }
  const Method method = transfer(source, file.fd(), request);
  return {true, method, method == Method::copy ? entry.size : 0};
}

PutResult put_symlink(const BlobTarget& target, const Entry& entry, const Content& content,
                      const PutOptions& options) {
  check_in_place(std::get<Fd>(content.from), entry, request_for(entry, content, options), content);
  const std::string name = random_hex();
  target.staging.make_link(content.path, name);
  const bool placed = target.staging.move_to(name, target.directory, target.name, target.if_exists);
  if (!placed) target.staging.remove_file(name);
  return {placed, Method::symlink, 0};
}

}  // namespace

PutResult write_blob(const BlobTarget& target, const Entry& entry, const Content& content,
                     const PutOptions& options) {
  const bool is_file = std::holds_alternative<Fd>(content.from);
  if (is_file && options.link == Link::symlink && content.origin == Content::Origin::store)
    return put_symlink(target, entry, content, options);
  const Dir& temporaries = target.temporaries != nullptr ? *target.temporaries : target.directory;
  AtomicFile file(temporaries, target.directory, target.name, target.mode);
  PutResult result =
      is_file ? put_file(file, target, entry, content, options) : put_bytes(file, entry, content);
  result.written = file.publish(target.if_exists, target.sync);
  return result;
}

}  // namespace modelcache
