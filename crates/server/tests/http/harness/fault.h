/*
 * One fault at the n-th of the calls that a library counts; loaded by LD_PRELOAD.
 *
 *   FAULT_COUNTER  an existing file of 8 bytes that has the count, whatever becomes of the process
 *   FAULT_AT       at which of them, from 1 on, the fault happens; 0: never
 *   FAULT_KIND     what happens; each library says which kinds it has
 */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_ulong *counter;
static unsigned long at;

/* The number of the fault among these names, the first of which is none. Without a plan it is -1,
 * and nothing is to be counted. */
static int plan(const char *const names[], int count) {
    const char *path = getenv("FAULT_COUNTER"), *name = getenv("FAULT_KIND");
    if (!path || !name || !getenv("FAULT_AT")) return -1;
    at = strtoul(getenv("FAULT_AT"), NULL, 10);
    int fd = open(path, O_RDWR);
    void *shared = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd < 0 || shared == MAP_FAILED) abort();
    counter = shared;
    close(fd);
    for (int i = 0; i < count; i++) {
        if (!strcmp(name, names[i])) return i;
    }
    abort(); /* the test asks for what this library cannot do */
}

/* Counts a call; whether it is the one that fails. */
static bool is_turn(void) { return atomic_fetch_add(counter, 1) + 1 == at; }

static void die(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}
