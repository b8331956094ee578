/* A disk that fails, for one process: preloaded, it refuses what writes to regular files while there is a file
   of the fault's name in the folder WOTNOT_TEST_DISK. Each refused call is a line in `refused` there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int broken(const char *fault) {
  const char *folder = getenv("WOTNOT_TEST_DISK");
  char path[4096];
  if (folder == NULL) return 0;
  snprintf(path, sizeof path, "%s/%s", folder, fault);
  return access(path, F_OK) == 0;
}

static void note(const char *call, const char *file) {
  char path[4096], line[4200];
  snprintf(path, sizeof path, "%s/refused", getenv("WOTNOT_TEST_DISK"));
  int length = snprintf(line, sizeof line, "%s %s\n", call, file);
  long out = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (out >= 0) {
    syscall(SYS_write, (int)out, line, (size_t)length);
    syscall(SYS_close, (int)out);
  }
}

/* The error that this call gets, 0 for none. */
static int refused(const char *call, int handle) {
  struct stat about;
  int error = 0;
  int syncs = strstr(call, "sync") != NULL;
  if (fstat(handle, &about) != 0 || !S_ISREG(about.st_mode)) return 0;
  if (syncs && broken("fsync")) error = EIO;
  if (!syncs && broken("full")) error = ENOSPC;
  if (!syncs && broken("read-only")) error = EROFS;
  if (error != 0) {
    char link[64], file[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
    ssize_t length = readlink(link, file, sizeof file - 1);
    file[length > 0 ? length : 0] = 0;
    note(call, file);
  }
  return error;
}

#define PASS(type, name, parameters, arguments)                          \
  type name parameters {                                                 \
    static type(*real) parameters;                                       \
    if (real == NULL) real = (type(*) parameters)dlsym(RTLD_NEXT, #name); \
    int error = refused(#name, handle);                                  \
    if (error != 0) {                                                    \
      errno = error;                                                     \
      return -1;                                                         \
    }                                                                    \
    return real arguments;                                               \
  }

PASS(int, fsync, (int handle), (handle))
PASS(int, fdatasync, (int handle), (handle))
PASS(ssize_t, write, (int handle, const void *bytes, size_t length), (handle, bytes, length))
PASS(ssize_t, pwrite, (int handle, const void *bytes, size_t length, off_t at), (handle, bytes, length, at))
PASS(ssize_t, pwrite64, (int handle, const void *bytes, size_t length, off64_t at), (handle, bytes, length, at))
PASS(int, ftruncate, (int handle, off_t length), (handle, length))
PASS(int, ftruncate64, (int handle, off64_t length), (handle, length))

static int opened(const char *name, const char *path, int flags, mode_t mode) {
  if ((flags & (O_WRONLY | O_RDWR)) != 0 && strstr(path, "gateway.db") != NULL && broken("read-only")) {
    note("open", path);
    errno = EROFS;
    return -1;
  }
  int (*real)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, name);
  return real(path, flags, mode);
}

#define OPEN(name)                                     \
  int name(const char *path, int flags, ...) {         \
    va_list more;                                      \
    va_start(more, flags);                             \
    mode_t mode = (mode_t)va_arg(more, unsigned int);  \
    va_end(more);                                      \
    return opened(#name, path, flags, mode);           \
  }

OPEN(open)
OPEN(open64)
