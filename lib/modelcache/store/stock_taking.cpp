// SPDX-License-Identifier: Apache-2.0
#include "modelcache/store/stock_taking.hpp"

#include "modelcache/base/error.hpp"

#include <mutex>
#include <set>
#include <utility>
#include <vector>

namespace modelcache {

bool is_system_file(std::string_view name) {
  return name == ".DS_Store" || name == "Thumbs.db" || name == "desktop.ini";
}

std::string join_path(std::string_view parent, std::string_view name) {
  if (parent.empty() || name.empty()) return std::string(parent.empty() ? name : parent);
  return std::string(parent) + "/" + std::string(name);
}

struct SeenInodes::State {
  std::mutex mutex;
  std::set<std::pair<std::uint64_t, std::uint64_t>> inodes;
};

SeenInodes::SeenInodes() : state_(std::make_unique<State>()) {}
SeenInodes::~SeenInodes() = default;

bool SeenInodes::add(const Status& status) {
  const std::scoped_lock lock(state_->mutex);
  return state_->inodes.emplace(status.device, status.inode).second;
}

void measure(const Dir& top, SectionInventory& section) {
  std::vector<std::string> pending{""};
  while (!pending.empty()) {
    const std::string parent = std::move(pending.back());
    pending.pop_back();
    try {
      const Dir dir = parent.empty() ? top.duplicate() : top.open_dir(parent);
      dir.for_each([&](const Dir::Item& item) {
        if (item.kind == FileKind::directory) {
          pending.push_back(join_path(parent, item.name));
          return;
        }
        const auto status = dir.find_status(item.name);
        if (!status || status->kind != FileKind::file) return;
        ++section.files;
        section.size += status->size;
        section.allocated += status->allocated;
      });
    } catch (const Error&) {
      continue;
    }
  }
}

}  // namespace modelcache
