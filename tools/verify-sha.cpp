// SPDX-License-Identifier: Apache-2.0
#include "modelcache/cli/app.hpp"
#include "modelcache/cli/verify_sha.hpp"

int main(int argc, char** argv) {
  return modelcache::cli::run(argc, argv, modelcache::cli::verify_sha());
}
