// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file that appears under its name complete and durable, or not at all.
//
// Promise: until publish() has returned, `target` is what it was before; afterwards it is the new content,
// also after a power cut. The temporary is named `<last component of target>.<8 hex>.incomplete`, as
// huggingface_hub
// >= 1.18 names its own, so that the clients' tools count our leftovers for what they are.

#include "modelcache/base/dir.hpp"
#include "modelcache/base/fd.hpp"

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

namespace modelcache {

// Eight hexadecimal digits from the kernel's random source.
std::string random_hex();

class AtomicFile {
 public:
  using IfExists = Dir::IfExists;
  // Who makes it durable: publish() itself; the name by the caller, who syncs the directory once for many
  // files; or both by the caller, with one Dir::sync_file_system() for many small files, before which nothing
  // may count on any of them.
  enum class NameSync { now, by_caller, all_by_caller };

  // Makes the temporary in `staging`: on the file system of `directory`, and a place that no client lists
  // (never refs/ or snapshots/). Both must outlive this object. `target` is relative to `directory`, whose
  // sub-directories exist. `mode` is less the umask, or what the directory's default ACL says.
  AtomicFile(const Dir& staging, const Dir& directory, std::string_view target, std::uint32_t mode = 0666);
  // Not published: the temporary is removed, silently.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  Fd& fd() noexcept { return fd_; }
  void write(std::string_view bytes);
  // Permission bits, whatever the umask; and the time of change of the content, which writing after it
  // undoes.
  void set_mode(std::uint32_t mode);
  void set_modified(const timespec& time);

  // Puts `file`, by another hard link, in place of the temporary. Throws Error(io) with EXDEV, EPERM or
  // EMLINK where the kernel cannot; the temporary is then as before.
  void adopt(const Fd& file);

  // Content is on disk before the name exists, but with all_by_caller. keep: an existing target wins, the
  // temporary is dropped, false is returned. Whatever fails (fsync included, which is never tried again): the
  // temporary is gone, Error(io).
  bool publish(IfExists if_exists, NameSync name_sync = NameSync::now);

 private:
  void discard() noexcept;

  const Dir& staging_;
  const Dir& directory_;
  std::string target_;
  std::string temporary_;
  Fd fd_;
};

// Writes a small file in one call: AtomicFile, write, publish(replace, now).
void write_atomically(const Dir& staging, const Dir& directory, std::string_view target,
                      std::string_view bytes);

}  // namespace modelcache
