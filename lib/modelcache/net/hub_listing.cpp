// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/hub_listing.hpp"

#include "modelcache/base/error.hpp"
#include "modelcache/format/hub_tree.hpp"
#include "modelcache/format/json_text.hpp"
#include "modelcache/format/link_header.hpp"
#include "modelcache/model/snapshot.hpp"

#include <iterator>
#include <set>
#include <utility>

namespace modelcache {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_url = 8192;  // of a next page

// Of the answer about a repo: "sha", the commit that the revision leads to.
struct ParsedInfo {
  std::string commit;
  std::string reason;
};

ParsedInfo parse_info(std::string_view json) {
  std::string commit;
  const auto flaw = read_json(json, json.size(),
                              {[&](JsonPlace place, const JsonValue& one) {
                                 if (place.size() == 1 && place[0] == "sha") commit = one.text;
                                 return JsonFlaw();
                               },
                               {}});
  if (flaw) return {{}, *flaw};
  if (!is_commit_id(commit)) return {{}, "its sha is not 40 lower-case hexadecimal digits"};
  return {std::move(commit), {}};
}

// The url before its query, which may hold what a server made of it.
std::string without_query(const std::string& url) {
  return url.substr(0, url.find_first_of("?#"));
}

class Listing {
 public:
  Listing(const HubServer& server, const RepoId& repo, std::string_view revision, const HubLimits& limits,
          const std::atomic<bool>* cancelled)
      : server_(server),
        repo_(repo),
        revision_(revision.empty() ? "main" : revision),
        limits_(limits),
        client_(limits.http, cancelled),
        base_(server.url + "/api/" + std::string(plural(repo.type())) + "/" + repo.id()) {
    // A url's path would lose these.
    if (revision_ == "." || revision_ == "..")
      throw Error(Cause::usage, "'" + revision_ + "' is no revision");
    if (!server.token.empty()) authorization_ = "Bearer " + server.token;
  }

  HubListing read() {
    HubListing listing;
    listing.commit = is_commit_id(revision_) ? revision_ : find_commit();
    listing.tree = read_tree(base_ + "/tree/" + listing.commit);
    return listing;
  }

 private:
  std::string find_commit() {
    const std::string url = base_ + "/revision/" + percent_encoded(revision_);
    ParsedInfo info = parse_info(answer(url).body);
    if (!info.reason.empty()) refuse(url, info.reason);
    return std::move(info.commit);
  }

  TreeListing read_tree(const std::string& place) {
    HubTree tree;
    std::set<std::string> asked;
    std::size_t bytes = 0;
    std::string url = place + "?recursive=true&expand=false";
    while (!url.empty()) {
      if (asked.size() == limits_.pages)
        refuse(place, "it has more than " + std::to_string(limits_.pages) + " pages");
      if (Clock::now() > deadline_) throw_error(Cause::io, "list", place, "it takes too long");
      const HttpAnswer page = answer(url);
      bytes += page.body.size();
      if (bytes > limits_.bytes)
        refuse(place, "it is larger than " + std::to_string(limits_.bytes) + " bytes");
      add_page(page.body, url, tree);
      if (tree.entries() > limits_.entries)
        refuse(place, "it has more than " + std::to_string(limits_.entries) + " entries");
      asked.insert(std::move(url));
      url = next_page(page.link, place);
      if (asked.contains(url)) refuse(place, "its pages lead in a circle");
    }
    ParsedTreeListing listing = to_tree_listing(std::move(tree));
    if (!listing.listing) refuse(place, listing.reason);
    return std::move(*listing.listing);
  }

  void add_page(std::string_view json, const std::string& url, HubTree& tree) const {
    ParsedHubTree page = parse_hub_tree(json, limits_.entries);
    if (!page.tree) refuse(url, page.reason);
    std::move(page.tree->files.begin(), page.tree->files.end(), std::back_inserter(tree.files));
    std::move(page.tree->others.begin(), page.tree->others.end(), std::back_inserter(tree.others));
  }

  // Empty behind the last page. The token goes along, so the server must be the same; and a server that wrote
  // the token into the address would have it in our messages.
  std::string next_page(std::string_view link, const std::string& place) const {
    NextPage next = find_next_page(link);
    if (!next.reason.empty()) refuse(place, next.reason);
    if (next.url.empty()) return {};
    if (next.url.size() > longest_url) refuse(place, "the address of its next page is too long");
    if (origin_of(next.url) != origin_of(server_.url)) refuse(place, "its next page is on another server");
    if (!server_.token.empty() && next.url.find(server_.token) != std::string::npos)
      refuse(place, "the address of its next page holds the token");
    return std::move(next.url);
  }

  HttpAnswer answer(const std::string& url) {
    HttpAnswer answer = client_.ask(url, authorization_);
    if (answer.status != 200) throw_status(url, answer);
    return answer;
  }

  [[noreturn]] void throw_status(const std::string& url, const HttpAnswer& answer) const;

  [[noreturn]] static void refuse(const std::string& url, const std::string& reason) {
    throw_error(Cause::refused, "use the answer of", without_query(url), reason);
  }

  const HubServer& server_;
  const RepoId& repo_;
  std::string revision_;
  const HubLimits& limits_;
  HttpClient client_;
  std::string base_;
  std::string authorization_;
  Clock::time_point deadline_ = Clock::now() + limits_.total;
};

// One status has several meanings, so the code beside it counts first.
void Listing::throw_status(const std::string& url, const HttpAnswer& answer) const {
  const bool has_token = !server_.token.empty();
  const std::string repo = repo_.text();
  const auto fail = [&](Cause cause, const std::string& reason) {
    throw_error(cause, "ask", without_query(url), reason);
  };
  if (answer.error_code == "GatedRepo")
    fail(Cause::io,
         repo + " is gated, and " +
             (has_token ? "the token gives no access to it" : "there is no token that gives access"));
  if (answer.error_code == "RevisionNotFound")
    fail(Cause::not_found, "the hub knows " + repo + ", but no revision '" + revision_ + "' of it");
  if (answer.error_code == "RepoNotFound" || answer.status == 404)
    fail(Cause::not_found, "the hub knows no " + repo + " that " +
                               (has_token ? "the token gives access to"
                                          : "all may see; for a private one there must be a token"));
  if (answer.status == 401)
    fail(Cause::io, has_token ? "the hub does not accept the token"
                              : "the hub wants a token to show " + repo + ", or has no such repo");
  if (answer.status == 403) fail(Cause::io, "the hub does not let us see " + repo);
  throw_error(Cause::refused, "ask", without_query(url),
              "it answers with HTTP status " + std::to_string(answer.status));
}

}  // namespace

HubListing list_hub_files(const HubServer& server, const RepoId& repo, std::string_view revision,
                          const HubLimits& limits, const std::atomic<bool>* cancelled) {
  return Listing(server, repo, revision, limits, cancelled).read();
}

}  // namespace modelcache
