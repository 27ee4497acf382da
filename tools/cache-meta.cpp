// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/cache_meta.hpp"

int main(int argc, char** argv) {
  return modelcache::cli::run(argc, argv, modelcache::cli::cache_meta());
}
