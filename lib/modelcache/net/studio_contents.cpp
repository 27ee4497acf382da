// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/studio_contents.hpp"

#include "modelcache/base/dir.hpp"
#include "modelcache/base/error.hpp"
#include "modelcache/format/json_text.hpp"

#include <cstdlib>
#include <utility>

namespace modelcache {

namespace {

constexpr std::string_view default_server = "https://git.aistudio.baidu.com";
constexpr std::size_t token_limit = 4096;  // bytes

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string trimmed(const std::string& text) {
  constexpr const char* blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// aistudio-sdk 0.3.9, utils/util.py: the environment, else what "aistudio config" wrote.
std::string find_token() {
  if (std::string token = trimmed(environment("AISTUDIO_ACCESS_TOKEN")); !token.empty()) return token;
  std::string home = environment("AISTUDIO_CACHE_HOME");
  if (home.empty()) home = environment("HOME");
  if (home.empty()) return {};
  const auto folder = or_nothing([&] { return Dir::find_root(home + "/.cache/aistudio/.auth"); });
  if (!folder) return {};
  return trimmed(folder->find_content("token", token_limit).value_or(""));
}

// One member of an answer as it is read.
struct Member {
  std::string name;
  std::string path;
  std::string type;
  std::string id;
};

// Answers a reason where the member is none of a git tree.
JsonFlaw add_member(const Member& member, std::string_view folder, std::vector<StudioEntry>& entries) {
  if (member.name.empty() || member.path.empty() || member.type.empty())
    return "an entry has no name, path or type";
  const std::string wanted = (folder.empty() ? "" : std::string(folder) + "/") + member.name;
  if (member.path != wanted || member.name.find('/') != std::string::npos)
    return "it names " + in_quotes(member.path) + ", which is not directly in the folder";
  auto path = RelPath::parse(member.path);
  if (!path) return "it names " + in_quotes(member.path) + ": " + std::string(*RelPath::flaw(member.path));
  StudioEntry entry{std::move(*path), StudioEntry::Type::other, {}};
  if (member.type == "dir") entry.type = StudioEntry::Type::folder;
  if (member.type == "file") {
    entry.type = StudioEntry::Type::file;
    entry.id = Digest::parse(HashKind::git_sha1, member.id);
    if (!entry.id) return "the sha of " + in_quotes(member.path) + " is no git id";
  }
  entries.push_back(std::move(entry));
  return {};
}

class FolderReader {
 public:
  FolderReader(std::string_view folder, std::size_t most_entries)
      : folder_(folder), most_entries_(most_entries) {}

  JsonFlaw value(JsonPlace place, const JsonValue& value) {
    using Type = JsonValue::Type;
    if (place.empty()) return value.type == Type::array ? JsonFlaw() : "it is not an array";
    if (place.size() == 1) {
      if (value.type != Type::object) return "an entry is not an object";
      if (entries_.size() == most_entries_) return "it has too many entries";
      member_ = {};
      return {};
    }
    if (place.size() != 2) return {};
    const std::string& key = place[1];
    std::string* target = key == "name"   ? &member_.name
                          : key == "path" ? &member_.path
                          : key == "type" ? &member_.type
                          : key == "sha"  ? &member_.id
                                          : nullptr;
    if (target == nullptr) return {};
    if (value.type != Type::text) return "the " + key + " of an entry is no text";
    *target = value.text;
    return {};
  }

  JsonFlaw end(JsonPlace place) {
    return place.size() == 1 ? add_member(member_, folder_, entries_) : JsonFlaw();
  }

  std::vector<StudioEntry> take_entries() { return std::move(entries_); }

 private:
  std::string_view folder_;
  std::size_t most_entries_;
  Member member_;
  std::vector<StudioEntry> entries_;
};

class Listing {
 public:
  Listing(const StudioServer& server, const RepoId& repo, std::string_view revision,
          const StudioLimits& limits, const std::atomic<bool>* cancelled)
      : repo_(repo), limits_(limits), client_(limits.http, cancelled) {
    const std::string& id = repo.id();
    const std::size_t slash = id.find('/');
    base_ = server.url + "/api/v1/repos/" + percent_encoded(id.substr(0, slash)) + "/" +
            percent_encoded(id.substr(slash + 1)) + "/contents";
    // As the client does: without a ref the server takes its default branch, master.
    if (!revision.empty() && revision != "master") query_ = "?ref=" + percent_encoded(revision);
    if (!server.token.empty()) authorization_ = "token " + server.token;
  }

  std::map<RelPath, std::optional<Digest>> read() {
    std::vector<std::string> waiting{""};
    while (!waiting.empty()) {
      const std::string folder = std::move(waiting.back());
      waiting.pop_back();
      for (StudioEntry& entry : entries_of(folder)) {
        if (entry.type != StudioEntry::Type::folder) {
          add(std::move(entry));
          continue;
        }
        if (entry.path.depth() >= limits_.depth) refuse(entry.path, "it is too deep");
        waiting.push_back(entry.path.bytes());
      }
    }
    return std::move(files_);
  }

 private:
  [[noreturn]] void refuse(std::string_view path, const std::string& reason) const {
    throw_error(Cause::refused, "use the server's listing of", repo_.text(),
                reason + (path.empty() ? "" : " (" + in_quotes(path) + ")"));
  }

  std::vector<StudioEntry> entries_of(const std::string& folder) {
    ParsedStudioFolder parsed = parse_studio_folder(answer(folder), folder, limits_.entries - count_);
    if (!parsed.reason.empty()) refuse(folder, parsed.reason);
    count_ += parsed.entries.size();
    return std::move(parsed.entries);
  }

  std::string answer(const std::string& folder) {
    // The client writes a path as one part, its slashes encoded.
    const std::string place = folder.empty() ? "" : "/" + percent_encoded(folder);
    try {
      return client_.get(base_ + place + query_, authorization_);
    } catch (const Error& error) {
      if (error.cause() != Cause::not_found) throw;
      if (!folder.empty()) refuse(folder, "it names a folder that the server does not have");
      throw Error(Cause::not_found,
                  "the server knows no " + repo_.text() + " that we may see, or no such revision of it");
    }
  }

  void add(StudioEntry entry) {
    const auto [at, is_new] = files_.emplace(std::move(entry.path), entry.id);
    if (!is_new) refuse(at->first, "it names a file twice");
  }

  const RepoId& repo_;
  const StudioLimits& limits_;
  HttpClient client_;
  std::string base_;
  std::string query_;
  std::string authorization_;
  std::size_t count_ = 0;
  std::map<RelPath, std::optional<Digest>> files_;
};

}  // namespace

StudioServer find_studio_server() {
  StudioServer server{environment("STUDIO_GIT_HOST"), find_token()};
  if (server.url.empty()) server.url = default_server;
  if (server.url.find("://") == std::string::npos) server.url.insert(0, "https://");
  while (server.url.ends_with('/')) server.url.pop_back();
  return server;
}

ParsedStudioFolder parse_studio_folder(std::string_view json, std::string_view folder,
                                       std::size_t most_entries) {
  FolderReader reader(folder, most_entries);
  JsonVisitor visitor;
  visitor.value = [&](JsonPlace place, const JsonValue& value) { return reader.value(place, value); };
  visitor.end = [&](JsonPlace place) { return reader.end(place); };
  if (const JsonFlaw flaw = read_json(json, json.size(), visitor)) return {{}, *flaw};
  return {reader.take_entries(), {}};
}

std::map<RelPath, std::optional<Digest>> list_studio_files(const StudioServer& server, const RepoId& repo,
                                                           std::string_view revision,
                                                           const StudioLimits& limits,
                                                           const std::atomic<bool>* cancelled) {
  return Listing(server, repo, revision, limits, cancelled).read();
}

}  // namespace modelcache
