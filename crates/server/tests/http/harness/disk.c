/*
 * Stands between a server and its disk, and lets the disk fail once: see fault.h.
 *
 *   DISK_FILES  counts writes and syncs of files whose path begins with this
 *   FAULT_KIND  error   it fails with EIO, and nothing is written
 *               full    it fails with ENOSPC, and so does every write that follows
 *               short   half of it is written, and it says so; a sync is made as usual
 *               kill    the process dies before it
 *               torn    half of it is written, and the process dies
 *               done    it is done, and the process dies before it knows
 *               power   the process dies, and what was written since the last sync of each file
 *                       is lost
 *               slow    from then on every sync takes 20 ms more
 */
#define _GNU_SOURCE
#include "fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>

enum fault { NONE, ERROR, FULL, SHORT, KILL, TORN, DONE, POWER, SLOW };

/* What a file had before a write that is not synced yet. */
struct undo {
    char *path;
    off_t offset, size;
    size_t length;
    char *bytes;
    struct undo *before;
};

static const char *files;
static enum fault fault;
static atomic_bool full, slow;
static struct undo *undos;
static pthread_mutex_t undo_lock = PTHREAD_MUTEX_INITIALIZER;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off_t);

__attribute__((constructor)) static void start(void) {
    static const char *const names[] = {"none", "error", "full", "short", "kill",
                                        "torn", "done",  "power", "slow"};
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate");
    int planned = plan(names, SLOW + 1);
    if (planned < 0) return;
    fault = (enum fault)planned;
    files = getenv("DISK_FILES");
}

static bool is_ours(int fd, char path[static 4096]) {
    if (!files) return false;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return false;
    path[length] = 0;
    return !strncmp(path, files, strlen(files));
}

/* The fault of this call, if it is its turn. */
static enum fault next(void) { return is_turn() ? fault : NONE; }

static void remember(int fd, const char *path, off_t offset, size_t length) {
    if (fault != POWER) return;
    struct stat now;
    struct undo *undo = calloc(1, sizeof *undo);
    if (!undo || fstat(fd, &now)) abort();
    *undo = (struct undo){strdup(path), offset, now.st_size, length, malloc(length + 1), NULL};
    ssize_t there = pread(fd, undo->bytes, length, offset);
    undo->length = there > 0 ? (size_t)there : 0;
    pthread_mutex_lock(&undo_lock);
    undo->before = undos;
    undos = undo;
    pthread_mutex_unlock(&undo_lock);
}

static void synced(const char *path) {
    pthread_mutex_lock(&undo_lock);
    for (struct undo **link = &undos; *link;) {
        struct undo *undo = *link;
        if (strcmp(undo->path, path)) {
            link = &undo->before;
            continue;
        }
        *link = undo->before;
        free(undo->path);
        free(undo->bytes);
        free(undo);
    }
    pthread_mutex_unlock(&undo_lock);
}

/* The latest first, so that each file is as it was at its last sync. */
static void lose_power(void) {
    pthread_mutex_lock(&undo_lock);
    for (struct undo *undo = undos; undo; undo = undo->before) {
        int fd = open(undo->path, O_RDWR);
        if (fd < 0) continue; /* removed since */
        if (real_pwrite(fd, undo->bytes, undo->length, undo->offset) < 0) abort();
        if (real_ftruncate(fd, undo->size)) abort();
        close(fd);
    }
    die();
}

/* Writes at `offset`, or where the file stands if it is negative. */
static ssize_t put(int fd, const void *bytes, size_t length, off_t offset) {
    return offset < 0 ? real_write(fd, bytes, length) : real_pwrite(fd, bytes, length, offset);
}

static ssize_t faulty_write(int fd, const void *bytes, size_t length, off_t offset) {
    char path[4096];
    if (!is_ours(fd, path)) return put(fd, bytes, length, offset);
    enum fault now = next();
    if (now == FULL) atomic_store(&full, true);
    if (now == SLOW) atomic_store(&slow, true);
    if (atomic_load(&full)) return errno = ENOSPC, -1;
    if (now == ERROR) return errno = EIO, -1;
    if (now == KILL) die();
    if (now == POWER) lose_power();
    remember(fd, path, offset < 0 ? lseek(fd, 0, SEEK_CUR) : offset, length);
    if (now == SHORT || now == TORN) length = (length + 1) / 2;
    ssize_t written = put(fd, bytes, length, offset);
    if (now == TORN || now == DONE) die();
    return written;
}

static int faulty_sync(int fd, int (*sync)(int)) {
    char path[4096];
    if (!is_ours(fd, path)) return sync(fd);
    enum fault now = next();
    if (now == ERROR) return errno = EIO, -1;
    if (now == FULL) atomic_store(&full, true);
    if (now == KILL || now == TORN) die();
    if (now == POWER) lose_power();
    if (now == SLOW) atomic_store(&slow, true);
    if (atomic_load(&slow)) usleep(20000);
    int done = sync(fd);
    if (now == DONE) die();
    if (!done) synced(path);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    return faulty_write(fd, bytes, length, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    return faulty_write(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) {
    return faulty_write(fd, bytes, length, offset);
}

int fsync(int fd) { return faulty_sync(fd, real_fsync); }

int fdatasync(int fd) { return faulty_sync(fd, real_fdatasync); }

int ftruncate(int fd, off_t size) {
    char path[4096];
    if (!is_ours(fd, path)) return real_ftruncate(fd, size);
    enum fault now = next();
    if (now == FULL) atomic_store(&full, true);
    if (now == ERROR || atomic_load(&full)) return errno = now == ERROR ? EIO : ENOSPC, -1;
    if (now == KILL || now == TORN) die();
    if (now == POWER) lose_power();
    struct stat before;
    if (fstat(fd, &before)) abort();
    off_t shorter = size < before.st_size ? size : before.st_size;
    remember(fd, path, shorter, (size_t)(before.st_size - shorter));
    int done = real_ftruncate(fd, size);
    if (now == DONE) die();
    return done;
}

int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }
