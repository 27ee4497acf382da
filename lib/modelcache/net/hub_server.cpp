// SPDX-License-Identifier: Apache-2.0
#include "modelcache/net/hub_server.hpp"

#include "modelcache/base/environment.hpp"
#include "modelcache/base/user_file.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace modelcache {

namespace {

constexpr std::string_view default_server = "https://huggingface.co";
constexpr std::string_view staging_server = "https://hub-ci.huggingface.co";
constexpr std::size_t token_limit = 4096;  // bytes

bool is_true(const std::string& variable) {
  std::string value = environment(variable).value_or("");
  for (char& c : value)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

// Python counts an empty text as none.
std::string first_that_says_something(const char* one, const char* other) {
  const std::string value = environment(one).value_or("");
  return value.empty() ? environment(other).value_or("") : value;
}

// What str.strip() takes away, in UTF-8.
constexpr std::array<std::string_view, 29> blanks{
    "\x09",         "\x0a",         "\x0b",         "\x0c",         "\x0d",
    "\x1c",         "\x1d",         "\x1e",         "\x1f",         " ",
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80"};

std::string stripped(std::string_view text) {
  const auto find = [&](auto is_there) { return std::find_if(blanks.begin(), blanks.end(), is_there); };
  const auto is_first = [&](std::string_view blank) { return text.starts_with(blank); };
  const auto is_last = [&](std::string_view blank) { return text.ends_with(blank); };
  for (auto at = find(is_first); at != blanks.end(); at = find(is_first)) text.remove_prefix(at->size());
  for (auto at = find(is_last); at != blanks.end(); at = find(is_last)) text.remove_suffix(at->size());
  return std::string(text);
}

// huggingface_hub 2.4.0, utils/_auth.py: a line that was broken in pasting is one again.
std::string cleaned(std::string token) {
  token.erase(std::remove_if(token.begin(), token.end(), [](char c) { return c == '\r' || c == '\n'; }),
              token.end());
  return stripped(token);
}

std::string token_of_file(const std::string& path) {
  return cleaned(find_user_file(path, token_limit).value_or(""));
}

std::string token_path(bool is_staging) {
  if (is_staging) return path_below(expand_home("~"), ".cache/huggingface_staging/token");
  // The client expands the home once more.
  return expand_variables(expand_home(environment("HF_TOKEN_PATH").value_or(path_below(hf_home(), "token"))));
}

std::string find_token(bool is_staging) {
  if (is_true("HF_HUB_DISABLE_IMPLICIT_TOKEN")) return {};
  const std::string token = cleaned(first_that_says_something("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"));
  return token.empty() ? token_of_file(token_path(is_staging)) : token;
}

}  // namespace

HubServer find_hub_server() {
  const bool is_staging = is_true("HUGGINGFACE_CO_STAGING");
  HubServer server{environment("HF_ENDPOINT").value_or(std::string(default_server)), find_token(is_staging)};
  if (is_staging) server.url = staging_server;
  while (server.url.ends_with('/')) server.url.pop_back();
  return server;
}

bool is_hub_offline() {
  return is_true(environment("HF_HUB_OFFLINE").value_or("").empty() ? "TRANSFORMERS_OFFLINE"
                                                                    : "HF_HUB_OFFLINE");
}

}  // namespace modelcache
