/*
 * Makes system calls on the files below a folder fail, from outside of the process that calls: preloaded (LD_PRELOAD) into it by
 * fault-shim.ts, which compiles it and tells how the control file is laid out.
 *
 *   FAULT_FOLDER   the folder; absolute
 *   FAULT_CONTROL  the control file, mapped: whoever writes it arms the shim
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum mode { NONE, IO_ERROR, NO_SPACE, SHORT_WRITE, LOST_PAGES, KILL, DEAD, FULL };
/* Kinds of calls, as bits. */
enum { CREATES = 1, WRITES = 2, SYNCS = 4, READS = 8, RENAMES = 16, REMOVES = 32, OPENS = 64 };
/* Which calls a mode counts: the rest go through untouched. */
static const int COUNTED[] = {
    [NONE] = 0,
    [IO_ERROR] = ~0,
    [NO_SPACE] = CREATES | WRITES | RENAMES,
    [SHORT_WRITE] = WRITES,
    [LOST_PAGES] = SYNCS,
    [KILL] = CREATES | WRITES | SYNCS | RENAMES | REMOVES,
    [DEAD] = ~0,
    [FULL] = CREATES | WRITES,
};

/* The control file. `at`: the call that fails, counted from 1; of DEAD and FULL the first of those that do. */
struct control {
  int mode, at, seen, fired;
  char what[240];
};

#define FDS 65536
#define UNSYNCED 4096
static struct control unarmed, *control = &unarmed;
static const char *folder;
static size_t folder_length;
static char inside[FDS];
static struct { int fd; off_t at; size_t length; } unsynced[UNSYNCED];
static int unsynced_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("FAULT_CONTROL");
  folder = getenv("FAULT_FOLDER");
  if (path == NULL || folder == NULL) return;
  folder_length = strlen(folder);
  int fd = REAL(open)(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return;
  void *mapped = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (mapped != MAP_FAILED) control = mapped;
  REAL(close)(fd);
}

static int below(const char *path) {
  return folder != NULL && path != NULL && strncmp(path, folder, folder_length) == 0;
}

static int name_of(int fd, char *name, size_t size) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, name, size - 1);
  name[length > 0 ? length : 0] = 0;
  return length > 0;
}

/* libuv closes some descriptors without the C library: a number may belong to something else by now. */
static int watched(int fd) {
  char name[200];
  if (control->mode == NONE || fd < 0 || fd >= FDS || !inside[fd]) return 0;
  if (name_of(fd, name, sizeof name) && below(name)) return 1;
  inside[fd] = 0;
  return 0;
}

/* What becomes of a call: 0 it goes through, -1 it writes less than all, else its errno. */
static int fate(int kind, const char *call, const char *path, int fd) {
  int mode = control->mode;
  if (mode == NONE || (COUNTED[mode] & kind) == 0) return 0;
  int n = __atomic_add_fetch(&control->seen, 1, __ATOMIC_SEQ_CST);
  int lasting = mode == DEAD || mode == FULL;
  if (lasting ? n < control->at : n != control->at) return 0;
  if (__atomic_add_fetch(&control->fired, 1, __ATOMIC_SEQ_CST) == 1) {
    char name[200] = "";
    if (path == NULL) name_of(fd, name, sizeof name);
    snprintf(control->what, sizeof control->what, "%s %s", call, path == NULL ? name : path);
  }
  switch (mode) {
    case NO_SPACE: case FULL: return ENOSPC;
    case SHORT_WRITE: return -1;
    case KILL: kill(getpid(), SIGKILL); pause();
    default: return EIO;
  }
}

#define FAIL_BY(kind, call, path, fd) \
  do { \
    int failure = fate(kind, call, path, fd); \
    if (failure > 0) { errno = failure; return -1; } \
  } while (0)

static void note_write(int fd, off_t at, ssize_t length) {
  if (length <= 0 || at < 0 || control->mode != LOST_PAGES) return;
  pthread_mutex_lock(&lock);
  if (unsynced_count < UNSYNCED) {
    unsynced[unsynced_count].fd = fd;
    unsynced[unsynced_count].at = at;
    unsynced[unsynced_count++].length = (size_t)length;
  }
  pthread_mutex_unlock(&lock);
}

/* As Linux does it after a failed write-back: the pages are clean, and what was in them is gone. */
static void forget_writes(int fd, int lose) {
  static const char zeros[65536];
  pthread_mutex_lock(&lock);
  int kept = 0;
  for (int i = 0; i < unsynced_count; i++) {
    if (unsynced[i].fd != fd) { unsynced[kept++] = unsynced[i]; continue; }
    for (size_t done = 0; lose && done < unsynced[i].length;) {
      size_t left = unsynced[i].length - done;
      ssize_t wrote = REAL(pwrite)(fd, zeros, left < sizeof zeros ? left : sizeof zeros, unsynced[i].at + (off_t)done);
      if (wrote <= 0) break;
      done += (size_t)wrote;
    }
  }
  unsynced_count = kept;
  pthread_mutex_unlock(&lock);
}

static int opened(int fd, const char *path) {
  if (fd >= 0 && fd < FDS) inside[fd] = (char)below(path);
  return fd;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    mode_t mode = 0; \
    if (flags & (O_CREAT | O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); } \
    if (below(path)) FAIL_BY(flags & O_CREAT ? CREATES : OPENS, "open", path, -1); \
    return opened(REAL(name)(path, flags, mode), path); \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  if (fd >= 0 && fd < FDS && inside[fd]) { forget_writes(fd, 0); inside[fd] = 0; }
  return REAL(close)(fd);
}

#define WRITE(fd, call, length, at, whole, part) \
  if (!watched(fd)) return whole; \
  int failure = fate(WRITES, call, NULL, fd); \
  if (failure > 0) { errno = failure; return -1; } \
  ssize_t wrote = failure < 0 && (length) > 1 ? part : whole; \
  note_write(fd, at, wrote); \
  return wrote;

ssize_t write(int fd, const void *bytes, size_t length) {
  WRITE(fd, "write", length, lseek(fd, 0, SEEK_CUR), REAL(write)(fd, bytes, length), REAL(write)(fd, bytes, length / 2))
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) {
  WRITE(fd, "pwrite", length, at, REAL(pwrite)(fd, bytes, length, at), REAL(pwrite)(fd, bytes, length / 2, at))
}
ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) { return pwrite(fd, bytes, length, at); }

static size_t length_of(const struct iovec *parts, int count) {
  size_t length = 0;
  for (int i = 0; i < count; i++) length += parts[i].iov_len;
  return length;
}
ssize_t writev(int fd, const struct iovec *parts, int count) {
  WRITE(fd, "writev", length_of(parts, count), lseek(fd, 0, SEEK_CUR), REAL(writev)(fd, parts, count),
        REAL(write)(fd, parts[0].iov_base, parts[0].iov_len / 2))
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  WRITE(fd, "pwritev", length_of(parts, count), at, REAL(pwritev)(fd, parts, count, at),
        REAL(pwrite)(fd, parts[0].iov_base, parts[0].iov_len / 2, at))
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) { return pwritev(fd, parts, count, at); }

static int synced(int fd, const char *call, int (*real)(int)) {
  if (!watched(fd)) return real(fd);
  int failure = fate(SYNCS, call, NULL, fd);
  forget_writes(fd, failure > 0 && control->mode == LOST_PAGES);
  if (failure > 0) { errno = failure; return -1; }
  return real(fd);
}
int fsync(int fd) { return synced(fd, "fsync", REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, "fdatasync", REAL(fdatasync)); }

ssize_t read(int fd, void *bytes, size_t length) {
  if (watched(fd)) FAIL_BY(READS, "read", NULL, fd);
  return REAL(read)(fd, bytes, length);
}
ssize_t pread(int fd, void *bytes, size_t length, off_t at) {
  if (watched(fd)) FAIL_BY(READS, "pread", NULL, fd);
  return REAL(pread)(fd, bytes, length, at);
}
ssize_t pread64(int fd, void *bytes, size_t length, off64_t at) { return pread(fd, bytes, length, at); }

int ftruncate(int fd, off_t length) {
  if (watched(fd)) FAIL_BY(WRITES, "ftruncate", NULL, fd);
  return REAL(ftruncate)(fd, length);
}
int ftruncate64(int fd, off64_t length) { return ftruncate(fd, length); }

#define ON_PATH(kind, name, parameters, arguments, path) \
  int name parameters { \
    if (below(path)) FAIL_BY(kind, #name, path, -1); \
    return REAL(name) arguments; \
  }
ON_PATH(CREATES, mkdir, (const char *path, mode_t mode), (path, mode), path)
ON_PATH(RENAMES, rename, (const char *from, const char *to), (from, to), to)
ON_PATH(RENAMES, link, (const char *from, const char *to), (from, to), to)
ON_PATH(REMOVES, unlink, (const char *path), (path), path)
ON_PATH(REMOVES, rmdir, (const char *path), (path), path)
