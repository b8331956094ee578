/* A few lines of test harness: each check prints `ok` or `FAILED`, and main ends with the count. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <string.h>

static int passed, failed;

static void check(int holds, const char *what, const char *details) {
  if (holds) {
    passed++;
    printf("ok    %s\n", what);
  } else {
    failed++;
    printf("FAILED %s%s%s\n", what, details ? ": " : "", details ? details : "");
  }
  fflush(stdout);
}

static int has(const char *text, const char *part) {
  return text != NULL && strstr(text, part) != NULL;
}

static int finish(void) {
  printf("%d passed, %d failed\n", passed, failed);
  return failed != 0;
}

#endif
