/* Loaded before the system's library: gives no randomness to the thread whose name WITHOUT_RANDOMNESS says. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *to, size_t length, unsigned flags)
{
    char name[16] = "";
    const char *without = getenv("WITHOUT_RANDOMNESS");
    pthread_getname_np(pthread_self(), name, sizeof name);
    if (without != NULL && strcmp(name, without) == 0) {
        errno = EIO;
        return -1;
    }
    return syscall(SYS_getrandom, to, length, flags);
}
