/*
 * Records what a process does to the files below FORESHOCK_RECORD_UNDER, for the power-cut test (LD_PRELOAD).
 *
 * Each record in FORESHOCK_RECORD_TO: "op path offset length\n", then length bytes of data and "\n". A record is written
 * after the call has succeeded, so a sync never claims more than it did.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char *names[4096];
static int out = -1;

static const char *below(const char *path) {
    const char *under = getenv("FORESHOCK_RECORD_UNDER");
    if (!under || strncmp(path, under, strlen(under)) || strstr(path, "-shm") || strstr(path, ".wlock")) return NULL;
    return path;
}

static const char *name_of(int fd) { return fd >= 0 && fd < 4096 ? names[fd] : NULL; }

static void record(const char *op, const char *path, long long offset, const void *data, size_t length) {
    if (out < 0) out = syscall(SYS_openat, AT_FDCWD, getenv("FORESHOCK_RECORD_TO"), O_WRONLY | O_CREAT | O_APPEND, 0600);
    size_t room = strlen(path) + 64 + length;
    char *text = malloc(room);
    int head = snprintf(text, room, "%s %s %lld %zu\n", op, path, offset, length);
    if (length) memcpy(text + head, data, length);
    text[head + length] = '\n';
    if (syscall(SYS_write, out, text, head + length + 1) < 0) abort();
    free(text);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= 4096) return fd;
    free(names[fd]);
    names[fd] = below(path) ? strdup(path) : NULL;
    return fd;
}

#define OPEN(function)                                               \
    int function(const char *path, int flags, ...) {                 \
        va_list rest;                                                \
        va_start(rest, flags);                                       \
        int mode = va_arg(rest, int);                                \
        va_end(rest);                                                \
        int fd = REAL(function)(path, flags, mode);                  \
        opened(fd, path);                                            \
        if (fd >= 0 && (flags & O_TRUNC) && name_of(fd)) record("truncate", path, 0, NULL, 0); \
        return fd;                                                   \
    }
OPEN(open)
OPEN(open64)

int openat(int folder, const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return opened(REAL(openat)(folder, path, flags, mode), path);
}

int close(int fd) {
    if (name_of(fd)) { free(names[fd]); names[fd] = NULL; }
    return REAL(close)(fd);
}

static ssize_t wrote(int fd, const void *data, ssize_t done, long long offset) {
    if (done > 0 && name_of(fd)) record("write", name_of(fd), offset, data, done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t offset) {
    return wrote(fd, data, REAL(pwrite)(fd, data, length, offset), offset);
}

ssize_t pwrite64(int fd, const void *data, size_t length, off64_t offset) {
    return wrote(fd, data, REAL(pwrite64)(fd, data, length, offset), offset);
}

ssize_t write(int fd, const void *data, size_t length) {
    ssize_t done = REAL(write)(fd, data, length);
    return name_of(fd) && done > 0 ? wrote(fd, data, done, lseek(fd, 0, SEEK_CUR) - done) : done;
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) {
    ssize_t done = 0;
    for (int i = 0; i < count; i++) {
        ssize_t one = pwrite(fd, parts[i].iov_base, parts[i].iov_len, offset + done);
        if (one < 0) return done ? done : one;
        done += one;
    }
    return done;
}

#define TRUNCATE(function, type)                                     \
    int function(int fd, type length) {                              \
        int result = REAL(function)(fd, length);                     \
        if (!result && name_of(fd)) record("truncate", name_of(fd), length, NULL, 0); \
        return result;                                               \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(function)                                               \
    int function(int fd) {                                           \
        int result = REAL(function)(fd);                             \
        if (!result && name_of(fd)) record("sync", name_of(fd), 0, NULL, 0); \
        return result;                                               \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char *path) {
    int result = REAL(unlink)(path);
    if (!result && below(path)) record("unlink", path, 0, NULL, 0);
    return result;
}

int rename(const char *from, const char *to) {
    int result = REAL(rename)(from, to);
    if (!result && below(from)) record("rename", from, 0, to, strlen(to));
    return result;
}
