// SPDX-License-Identifier: Apache-2.0
// Without arguments: the address and the token of the environment's hub, and whether it is to be asked at
// all, a line each. With TYPE ID REVISION: the commit, and the files as a trees/<commit>.json has them.
// Scripts compare both with what huggingface_hub says.
#include "modelcache/base/error.hpp"
#include "modelcache/net/hub_listing.hpp"

#include <iostream>

using namespace modelcache;

int main(int count, char** words) {
  try {
    const HubServer server = find_hub_server();
    if (count != 4) {
      std::cout << server.url << '\n'
                << server.token << '\n'
                << (is_hub_offline() ? "offline" : "online") << '\n';
      return 0;
    }
    const RepoId repo = RepoId::parse(parse_repo_type(words[1]).value_or(RepoType::model), words[2]);
    const HubListing listing = list_hub_files(server, repo, words[3]);
    std::cout << listing.commit << '\n' << write_tree_listing(listing.tree);
    return 0;
  } catch (const Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.cause());
  }
}
