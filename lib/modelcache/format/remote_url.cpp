// SPDX-License-Identifier: Apache-2.0
#include "modelcache/format/remote_url.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

namespace modelcache {

namespace {

using Hub = RemoteRepo::Hub;

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t longest_shown = 4096;

struct Url {
  std::string scheme;  // lower case; "ssh" for the form host:path
  std::string host;    // lower case
  std::string port;    // as written, or the scheme's own; empty where unknown
  std::string_view path;
};

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

bool is_number(std::string_view text) {
  return text.find_first_not_of("0123456789") == npos;
}

bool is_http(std::string_view scheme) {
  return scheme == "http" || scheme == "https";
}

bool is_known_scheme(std::string_view scheme) {
  constexpr std::array<std::string_view, 6> known = {"http", "https", "ssh", "git", "git+ssh", "ssh+git"};
  return std::find(known.begin(), known.end(), scheme) != known.end();
}

std::string default_port(std::string_view scheme) {
  if (scheme == "http") return "80";
  return scheme == "https" ? "443" : "";
}

std::string_view without_user(std::string_view authority) {
  const std::size_t at = authority.rfind('@');
  return at == npos ? authority : authority.substr(at + 1);
}

// False when what follows the host is no port.
bool split_host(std::string_view authority, Url& url) {
  const std::size_t bracket = authority.find(']');  // an IPv6 address has colons of its own
  const std::size_t colon = authority.find(':', bracket == npos ? 0 : bracket);
  url.host = lower(authority.substr(0, colon));
  url.port = default_port(url.scheme);
  if (colon == npos) return !url.host.empty();
  const std::string_view port = authority.substr(colon + 1);
  if (!port.empty()) url.port = port;
  return !url.host.empty() && is_number(port);
}

std::optional<Url> split_scheme_form(std::string_view text, std::size_t mark) {
  Url url;
  url.scheme = lower(text.substr(0, mark));
  if (!is_known_scheme(url.scheme)) return {};
  text.remove_prefix(mark + 3);
  text = text.substr(0, text.find_first_of("?#"));
  const std::size_t slash = std::min(text.find('/'), text.size());
  url.path = text.substr(slash);
  if (!split_host(without_user(text.substr(0, slash)), url)) return {};
  return url;
}

std::optional<Url> split_scp_form(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == npos || text.find('/') < colon) return {};
  // Without its user name this would be a url.
  if (text.substr(colon + 1).starts_with("//")) return {};
  const std::string_view host = without_user(text.substr(0, colon));
  if (host.empty()) return {};
  return Url{"ssh", lower(host), {}, text.substr(colon + 1)};
}

// Where "://" stands behind what can be a scheme, else npos: a password may hold it as well.
std::size_t scheme_end(std::string_view text) {
  const std::size_t mark = text.find("://");
  if (mark == npos || mark == 0) return npos;
  const std::string scheme = lower(text.substr(0, mark));
  return scheme.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-.") == npos ? mark : npos;
}

std::optional<Url> split_url(std::string_view text) {
  const std::size_t mark = scheme_end(text);
  return mark == npos ? split_scp_form(text) : split_scheme_form(text, mark);
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// A '%' without two digits stays; no repo id may hold one.
std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    result += escape ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return result;
}

// The non-empty parts of the decoded path, without ".git" at the end.
std::vector<std::string> path_parts(std::string_view path) {
  std::vector<std::string> parts;
  const std::string decoded = percent_decoded(path);
  for (std::size_t begin = 0; begin < decoded.size();) {
    const std::size_t end = std::min(decoded.find('/', begin), decoded.size());
    if (end > begin) parts.push_back(decoded.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!parts.empty() && parts.back().ends_with(".git")) parts.back().resize(parts.back().size() - 4);
  return parts;
}

struct Folder {
  std::string_view name;
  RepoType type;
};

constexpr std::array<Folder, 3> hf_folders = {
    {{"datasets", RepoType::dataset}, {"spaces", RepoType::space}, {"kernels", RepoType::kernel}}};
constexpr std::array<Folder, 3> modelscope_folders = {
    {{"models", RepoType::model}, {"datasets", RepoType::dataset}, {"studios", RepoType::space}}};

template <std::size_t N>
const Folder* find_folder(const std::array<Folder, N>& folders, std::string_view name) {
  const auto it =
      std::find_if(folders.begin(), folders.end(), [&](const Folder& f) { return f.name == name; });
  return it == folders.end() ? nullptr : &*it;
}

std::optional<RepoId> repo_id(RepoType type, const std::vector<std::string>& parts, std::size_t first) {
  const std::size_t count = parts.size() - first;
  if (count < 1 || count > 2) return {};
  const std::string id = count == 1 ? parts[first] : parts[first] + "/" + parts[first + 1];
  if (RepoId::flaw(id)) return {};
  return RepoId::parse(type, id);
}

std::optional<RepoId> hf_repo(const std::vector<std::string>& parts) {
  if (parts.empty()) return {};
  const Folder* folder = find_folder(hf_folders, parts[0]);
  return folder ? repo_id(folder->type, parts, 1) : repo_id(RepoType::model, parts, 0);
}

std::optional<RepoId> modelscope_repo(const std::vector<std::string>& parts) {
  if (parts.size() == 2) return repo_id(RepoType::model, parts, 0);
  if (parts.size() != 3) return {};
  const Folder* folder = find_folder(modelscope_folders, parts[0]);
  return folder ? repo_id(folder->type, parts, 1) : std::nullopt;
}

std::optional<RepoId> ai_studio_repo(const std::vector<std::string>& parts) {
  return parts.size() == 2 ? repo_id(RepoType::model, parts, 0) : std::nullopt;
}

struct KnownHost {
  std::string_view name;
  Hub hub;
};

constexpr std::array<KnownHost, 9> known_hosts = {{
    {"huggingface.co", Hub::hugging_face},
    {"www.huggingface.co", Hub::hugging_face},
    {"hf.co", Hub::hugging_face},
    {"hf-mirror.com", Hub::hugging_face},
    {"git.aistudio.baidu.com", Hub::ai_studio},
    {"modelscope.cn", Hub::modelscope},
    {"www.modelscope.cn", Hub::modelscope},
    {"modelscope.ai", Hub::modelscope},
    {"www.modelscope.ai", Hub::modelscope},
}};

bool is_endpoint(const Url& url, std::string_view endpoint) {
  if (endpoint.empty()) return false;
  const bool bare = endpoint.find("://") == npos;
  const std::string text = (bare ? "https://" : "") + std::string(endpoint);
  const auto known = split_url(text);
  if (!known || known->host != url.host) return false;
  const std::string own_port = default_port(known->scheme);
  return !is_http(url.scheme) || known->port == own_port || known->port == url.port;
}

std::optional<Hub> hub_of(const Url& url, std::string_view hf_endpoint) {
  for (const KnownHost& known : known_hosts)
    if (known.name == url.host) return known.hub;
  if (is_endpoint(url, hf_endpoint)) return Hub::hugging_face;
  return {};
}

std::optional<RepoId> repo_of(Hub hub, const std::vector<std::string>& parts) {
  if (hub == Hub::hugging_face) return hf_repo(parts);
  return hub == Hub::modelscope ? modelscope_repo(parts) : ai_studio_repo(parts);
}

// Where the user name and password end, 0 where there are none. A password may hold an unescaped '/': then
// what should be the port is no number.
std::size_t user_end(std::string_view rest) {
  const std::string_view authority = rest.substr(0, rest.find('/'));
  const std::size_t at = authority.rfind('@');
  if (at != npos) return at + 1;
  const std::size_t bracket = authority.find(']');
  const std::size_t colon = authority.find(':', bracket == npos ? 0 : bracket);
  if (colon == npos || is_number(authority.substr(colon + 1))) return 0;
  const std::size_t late = rest.rfind('@');
  return late == npos ? 0 : late + 1;
}

std::string without_first_user(std::string_view url) {
  const std::size_t mark = scheme_end(url);
  const std::size_t begin = mark == npos ? 0 : mark + 3;
  std::string_view rest = url.substr(begin);
  // The query of a url may hold a token; a local path may hold these characters as they are.
  if (mark != npos) rest = rest.substr(0, rest.find_first_of("?#"));
  return std::string(url.substr(0, begin)) + std::string(rest.substr(user_end(rest)));
}

}  // namespace

std::optional<RemoteRepo> parse_remote_url(std::string_view url, std::string_view hf_endpoint) {
  const auto split = split_url(url);
  if (!split) return {};
  const auto hub = hub_of(*split, hf_endpoint);
  if (!hub) return {};
  return RemoteRepo{*hub, repo_of(*hub, path_parts(split->path)), split->host};
}

std::string hub_url(RemoteRepo::Hub hub, const RepoId& repo) {
  const bool is_model = repo.type() == RepoType::model;
  switch (hub) {
    case Hub::hugging_face:
      return "https://huggingface.co/" + (is_model ? "" : std::string(plural(repo.type())) + "/") + repo.id();
    case Hub::ai_studio:
      return "https://git.aistudio.baidu.com/" + repo.id() + ".git";
    case Hub::modelscope:
      break;
  }
  const auto folder = std::find_if(modelscope_folders.begin(), modelscope_folders.end(),
                                   [&](const Folder& one) { return one.type == repo.type(); });
  const bool is_named = !is_model && folder != modelscope_folders.end();
  return "https://www.modelscope.cn/" + (is_named ? std::string(folder->name) + "/" : "") + repo.id() +
         ".git";
}

bool holds_credentials(std::string_view url) {
  const std::size_t mark = scheme_end(url);
  const std::string_view rest = url.substr(mark == npos ? 0 : mark + 3);
  if (mark != npos && rest.find('?') != npos) return true;
  const std::string_view user = rest.substr(0, user_end(rest));
  return !user.empty() && (user.find(':') != npos || (mark != npos && is_http(lower(url.substr(0, mark)))));
}

std::string without_credentials(std::string_view url) {
  std::string shown = without_first_user(url.substr(0, longest_shown));
  // What is left may read as another url that has a user name again.
  for (std::string next; (next = without_first_user(shown)) != shown;) shown = next;
  return shown;
}

}  // namespace modelcache
