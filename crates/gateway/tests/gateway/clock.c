/* Moves the clock of the day for one program (LD_PRELOAD), by the seconds in the file WOTNOT_TEST_CLOCK as they are
 * at each look. The monotonic clock stays. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *moved;

__attribute__((constructor)) static void open_clock(void) {
  const char *path = getenv("WOTNOT_TEST_CLOCK");
  int file = path ? open(path, O_RDONLY) : -1;
  void *seconds = mmap(NULL, sizeof *moved, PROT_READ, MAP_SHARED, file, 0);
  if (seconds == MAP_FAILED) abort();
  moved = seconds;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME && moved) time->tv_sec += *moved;
  return result;
}
