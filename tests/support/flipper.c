// SPDX-License-Identifier: Apache-2.0
// Exchanges two names in a loop for a number of seconds: flipper A B SECONDS.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const time_t end = time(NULL) + atoi(argv[3]);
  while (time(NULL) < end)
    for (int i = 0; i < 1000; ++i) renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2], RENAME_EXCHANGE);
  return 0;
}
