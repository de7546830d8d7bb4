/* Loaded before the system's library: the thread WITHOUT_EVENTS cannot wait for events any more once the file NO_MORE_EVENTS
 * is there. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    char name[16] = "";
    pthread_getname_np(pthread_self(), name, sizeof name);
    const char *without = getenv("WITHOUT_EVENTS"), *no_more = getenv("NO_MORE_EVENTS");
    if (without && no_more && strcmp(name, without) == 0 && access(no_more, F_OK) == 0) {
        errno = EBADF;
        return -1;
    }
    return syscall(SYS_epoll_wait, epoll, events, count, timeout);
}
