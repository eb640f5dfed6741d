/*
 * Stands between a node and its database, and lets a connection fail once: see fault.h in
 * ../http/harness.
 *
 *   SOCKET_PORT     counts calls on sockets whose peer has this port
 *   SOCKET_THREADS  engine: of the first thread, which opens the database, and of those that decide
 *                   and commit; their calls are those that the workload makes
 *                   others: of all the rest, which read what other nodes did, and for lists
 *   SOCKET_CALLS    send, or receive; one that finds nothing to receive is not counted
 *   FAULT_KIND      error  it fails, and the connection is dead; what was to be sent is not, what
 *                          was received nobody gets
 *                   short  half of the bytes are sent or received, and it says so
 *                   half   the same, and then the connection is dead
 *                   kill   the process dies before it
 *                   torn   half of the bytes are sent, and the process dies
 *                   done   they are sent, and the process dies before it knows
 *
 * What the runtime and the client of the database do not use (sendmsg, recvmsg) is not seen.
 */
#define _GNU_SOURCE
#include "../http/harness/fault.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum fault { NONE, ERROR, SHORT, HALF, KILL, TORN, DONE };
enum call { SEND, RECEIVE };

/* More than a node under test has open. */
enum { FILES = 4096 };

static int port;
static bool of_engine;
static enum call counted;
static enum fault fault;

/* Who is told that a socket is ready. */
static struct {
    int epoll;
    struct epoll_event event;
} watched[FILES];

static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_recv)(int, void *, size_t, int);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_read)(int, void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_readv)(int, const struct iovec *, int);
static int (*real_epoll_ctl)(int, int, int, struct epoll_event *);

__attribute__((constructor)) static void start(void) {
    static const char *const names[] = {"none", "error", "short", "half", "kill", "torn", "done"};
    real_send = dlsym(RTLD_NEXT, "send");
    real_recv = dlsym(RTLD_NEXT, "recv");
    real_write = dlsym(RTLD_NEXT, "write");
    real_read = dlsym(RTLD_NEXT, "read");
    real_writev = dlsym(RTLD_NEXT, "writev");
    real_readv = dlsym(RTLD_NEXT, "readv");
    real_epoll_ctl = dlsym(RTLD_NEXT, "epoll_ctl");
    int planned = plan(names, DONE + 1);
    const char *calls = getenv("SOCKET_CALLS"), *threads = getenv("SOCKET_THREADS");
    if (planned < 0 || !calls || !threads || !getenv("SOCKET_PORT")) return;
    fault = (enum fault)planned;
    counted = strcmp(calls, "send") ? RECEIVE : SEND;
    of_engine = !strcmp(threads, "engine");
    port = atoi(getenv("SOCKET_PORT"));
}

static bool is_engine(void) {
    char name[16] = "";
    if (prctl(PR_GET_NAME, name)) abort();
    return gettid() == getpid() || !strcmp(name, "engine");
}

static bool is_ours(int fd, enum call call) {
    if (!port || call != counted || is_engine() != of_engine) return false;
    struct sockaddr_in peer = {0};
    socklen_t size = sizeof peer;
    if (getpeername(fd, (struct sockaddr *)&peer, &size)) return false;
    return peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
}

static void cut(int fd) { shutdown(fd, SHUT_RDWR); }

/* A runtime that asks to be told of changes only takes a short call for the last one that can be
 * made now, and waits. Here the rest can be: as if the network had caught up, it is told again. */
static void wake(int fd) {
    if (fd >= FILES) abort();
    if (real_epoll_ctl(watched[fd].epoll, EPOLL_CTL_MOD, fd, &watched[fd].event)) abort();
}

static ssize_t faulty_send(int fd, const void *bytes, size_t length, int flags) {
    enum fault now = is_turn() ? fault : NONE;
    if (now == KILL) die();
    if (now == ERROR) return cut(fd), errno = EPIPE, -1;
    if (now == SHORT || now == HALF || now == TORN) length = (length + 1) / 2;
    ssize_t sent = real_send(fd, bytes, length, flags | MSG_NOSIGNAL);
    if (now == TORN || now == DONE) die();
    if (now == HALF) cut(fd);
    if (now == SHORT) wake(fd);
    return sent;
}

static ssize_t faulty_receive(int fd, void *bytes, size_t length, int flags) {
    int there = 0;
    if (ioctl(fd, FIONREAD, &there) || there <= 0) return real_recv(fd, bytes, length, flags);
    enum fault now = is_turn() ? fault : NONE;
    if (now == KILL) die();
    if ((now == SHORT || now == HALF) && (size_t)there < length) length = (size_t)there;
    if (now == SHORT || now == HALF) length = (length + 1) / 2;
    ssize_t got = real_recv(fd, bytes, length, flags);
    if (now == ERROR) return cut(fd), errno = ECONNRESET, -1;
    if (now == HALF) cut(fd);
    if (now == SHORT) wake(fd);
    return got;
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    if (!is_ours(fd, SEND)) return real_send(fd, bytes, length, flags);
    return faulty_send(fd, bytes, length, flags);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    return is_ours(fd, SEND) ? faulty_send(fd, bytes, length, 0) : real_write(fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_ours(fd, SEND)) return real_writev(fd, parts, count);
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    char *bytes = malloc(length + 1), *end = bytes;
    if (!bytes) abort();
    for (int i = 0; i < count; i++) end = mempcpy(end, parts[i].iov_base, parts[i].iov_len);
    ssize_t sent = faulty_send(fd, bytes, length, 0);
    free(bytes);
    return sent;
}

ssize_t recv(int fd, void *bytes, size_t length, int flags) {
    bool peeks = flags & MSG_PEEK;
    if (peeks || !is_ours(fd, RECEIVE)) return real_recv(fd, bytes, length, flags);
    return faulty_receive(fd, bytes, length, flags);
}

ssize_t read(int fd, void *bytes, size_t length) {
    if (!is_ours(fd, RECEIVE)) return real_read(fd, bytes, length);
    return faulty_receive(fd, bytes, length, 0);
}

ssize_t readv(int fd, const struct iovec *parts, int count) {
    if (count < 1 || !is_ours(fd, RECEIVE)) return real_readv(fd, parts, count);
    return faulty_receive(fd, parts[0].iov_base, parts[0].iov_len, 0);
}

int epoll_ctl(int epoll, int op, int fd, struct epoll_event *event) {
    if (op != EPOLL_CTL_DEL && event && fd >= 0 && fd < FILES) {
        watched[fd].epoll = epoll;
        watched[fd].event = *event;
    }
    return real_epoll_ctl(epoll, op, fd, event);
}
