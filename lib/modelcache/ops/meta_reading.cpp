// SPDX-License-Identifier: Apache-2.0
#include "modelcache/ops/meta_reading.hpp"

#include "modelcache/base/error.hpp"

#include <utility>

namespace modelcache {

HashingOptions hashing(const MetaReading& reading) {
  return {{reading.jobs, reading.cancelled}, reading.starting, reading.progress};
}

std::string_view to_string(MetaChange::Kind kind) {
  switch (kind) {
    case MetaChange::Kind::added:
      return "added";
    case MetaChange::Kind::changed:
      return "changed";
    case MetaChange::Kind::removed:
      break;
  }
  return "removed";
}

std::vector<SideFile> read_side_files(const std::string& directory) {
  const IndexedDirectory dir(directory);
  std::vector<SideFile> files;
  for (const char* name : {".mdl", ".msc", ".mv"}) {
    try {
      if (auto bytes = dir.side_file(name)) files.push_back({name, std::move(*bytes), {}});
    } catch (const Error& error) {
      if (error.cause() != Cause::refused) throw;
      files.push_back({name, {}, error.what()});
    }
  }
  return files;
}

}  // namespace modelcache
