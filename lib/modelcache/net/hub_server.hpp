// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which hub a user means, and who the user is there. Promise: the same hub and token that huggingface_hub
// 2.4.0 would take from this environment, without asking anyone.

#include <string>

namespace modelcache {

struct HubServer {
  std::string url;    // without a final slash
  std::string token;  // empty: none
};

// HF_ENDPOINT, else the public hub; HF_TOKEN, HUGGING_FACE_HUB_TOKEN, else the file at HF_TOKEN_PATH or in
// HF_HOME. None with HF_HUB_DISABLE_IMPLICIT_TOKEN. What the client would have to ask a server for is left
// out: a token by HF_OIDC_RESOURCE, and a new one for one that has run out. Throws Error(io) where the file
// is there and cannot be read, Error(refused) where it is none of a token.
HubServer find_hub_server();

// HF_HUB_OFFLINE, or TRANSFORMERS_OFFLINE where that is unset or empty: the user wants no request.
bool is_hub_offline();

}  // namespace modelcache
