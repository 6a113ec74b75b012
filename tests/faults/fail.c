/* Lets writes and syncs of some files fail, for a program that is started with this before its libraries.
 *
 * FAIL_CONTROL names a file of one `struct control`, which the harness changes while the program runs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITES = 1, SYNCS = 2, NAMES = 4 };

struct control {
  volatile int error; /* The error to fail with; 0 for none. */
  volatile int calls; /* Which calls fail. */
  volatile int met;   /* How many have failed. */
  char part[116];     /* Fails where the path has this part. */
};

static struct control *control;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAIL_CONTROL");
  int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
  if (fd < 0) return;
  void *found = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (found != MAP_FAILED) control = found;
}

static int fails_at(const char *path, int call) {
  if (!control || !control->error || !(control->calls & call) || !strstr(path, control->part)) return 0;
  __sync_fetch_and_add(&control->met, 1);
  errno = control->error;
  return 1;
}

static int fails(int fd, int call) {
  if (!control || !control->error || !(control->calls & call)) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails_at(path, call);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define INSTEAD(type, name, call, parameters, arguments)           \
  type name parameters {                                           \
    static __typeof__(&name) real;                                 \
    if (!real) real = REAL(name);                                  \
    return fails(fd, call) ? -1 : real arguments;                  \
  }

INSTEAD(ssize_t, write, WRITES, (int fd, const void *from, size_t count), (fd, from, count))
INSTEAD(ssize_t, pwrite, WRITES, (int fd, const void *from, size_t count, off_t at), (fd, from, count, at))
INSTEAD(ssize_t, pwrite64, WRITES, (int fd, const void *from, size_t count, off64_t at), (fd, from, count, at))
INSTEAD(ssize_t, writev, WRITES, (int fd, const struct iovec *from, int count), (fd, from, count))
INSTEAD(int, ftruncate, WRITES, (int fd, off_t length), (fd, length))
INSTEAD(int, ftruncate64, WRITES, (int fd, off64_t length), (fd, length))
INSTEAD(int, fallocate, WRITES, (int fd, int mode, off_t at, off_t length), (fd, mode, at, length))
INSTEAD(int, fsync, SYNCS, (int fd), (fd))
INSTEAD(int, fdatasync, SYNCS, (int fd), (fd))

int rename(const char *from, const char *to) {
  return fails_at(to, NAMES) ? -1 : REAL(rename)(from, to);
}

int link(const char *from, const char *to) {
  return fails_at(to, NAMES) ? -1 : REAL(link)(from, to);
}

int linkat(int from_fd, const char *from, int to_fd, const char *to, int flags) {
  return fails_at(to, NAMES) ? -1 : REAL(linkat)(from_fd, from, to_fd, to, flags);
}

#define OPENING(name)                                              \
  int name(const char *path, int flags, ...) {                     \
    va_list rest;                                                  \
    va_start(rest, flags);                                         \
    int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; \
    va_end(rest);                                                  \
    return (flags & O_CREAT) && fails_at(path, NAMES) ? -1 : REAL(name)(path, flags, mode); \
  }

OPENING(open)
OPENING(open64)
