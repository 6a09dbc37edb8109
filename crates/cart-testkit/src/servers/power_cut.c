/*
 * Keeps a second copy of a database's files: each as of its last sync. That copy is what a power
 * cut would leave.
 *
 * Preloaded into the database's processes. `CART_POWER_CUT_LIVE` names the folder of its files, and
 * `CART_POWER_CUT_DURABLE` the folder of the copies. A file gets there when it is synced, by a call
 * or by each write of one that was opened so. Names follow at once, as if the file system wrote its
 * journal without delay: what was made, renamed or removed stays so, yet a file that was never synced
 * has no content to leave. Writes through a memory map count once the file is synced by a call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *live, *durable;
static size_t live_length;

/* The function of the C library that ours stands before. */
#define REAL(name)                                                                                 \
    ({                                                                                             \
        static __typeof__(&name) real;                                                             \
        if (!real)                                                                                 \
            real = (__typeof__(&name))dlsym(RTLD_NEXT, #name);                                     \
        real;                                                                                      \
    })

/* A database that goes on without its copy would seem to lose what it has synced. */
static void give_up(const char *what)
{
    fprintf(stderr, "power cut: %s: %s\n", what, strerror(errno));
    abort();
}

__attribute__((constructor)) static void begin(void)
{
    live = getenv("CART_POWER_CUT_LIVE");
    durable = getenv("CART_POWER_CUT_DURABLE");
    if (!live || !durable) {
        live = NULL;
        return;
    }
    /* PostgreSQL writes its title over the environment. */
    live = strdup(live);
    durable = strdup(durable);
    if (!live || !durable)
        give_up("begin");
    live_length = strlen(live);
    /* Says that the database is watched, and not merely asked to be. */
    char mark[PATH_MAX];
    snprintf(mark, sizeof mark, "%s.watched", durable);
    int file = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0)
        close(file);
}

/* The copy that belongs to an absolute path, if the path is among the database's files. */
static bool copy_of(const char *path, char copy[PATH_MAX])
{
    if (!live || strncmp(path, live, live_length) != 0 || path[live_length] != '/')
        return false;
    return snprintf(copy, PATH_MAX, "%s%s", durable, path + live_length) < PATH_MAX;
}

static bool path_of(int file, char path[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return false;
    path[length] = '\0';
    return true;
}

/* The copy that belongs to a path that may be relative, and whose last part may be gone. */
static bool copy_at(int folder, const char *path, char copy[PATH_MAX])
{
    char whole[2 * PATH_MAX] = "", parent[PATH_MAX], absolute[PATH_MAX];
    if (!live)
        return false;
    if (path[0] != '/') {
        char base[PATH_MAX];
        if (folder == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of(folder, base))
            return false;
        snprintf(whole, sizeof whole, "%s/", base);
    }
    strncat(whole, path, PATH_MAX - 1);
    char *name = strrchr(whole, '/');
    *name++ = '\0';
    if (!realpath(*whole ? whole : "/", parent))
        return false;
    if (snprintf(absolute, sizeof absolute, "%s/%s", parent, name) >= (int)sizeof absolute)
        return false;
    return copy_of(absolute, copy);
}

/* Makes a file's content durable, what is in it now, if the file is among the database's. */
static bool keep(int file)
{
    int error = errno;
    struct stat status;
    char path[PATH_MAX], copy[PATH_MAX], again[64];
    if (!live || fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink == 0 ||
        !path_of(file, path) || !copy_of(path, copy)) {
        errno = error;
        return false;
    }
    /* Opened once more: the database's own handle may be for writing only. */
    snprintf(again, sizeof again, "/proc/self/fd/%d", file);
    int from = open(again, O_RDONLY | O_CLOEXEC);
    int to = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, status.st_mode & 0777);
    if (from < 0 || to < 0 || flock(to, LOCK_EX) != 0)
        give_up(copy);
    off_t size = 0;
    ssize_t copied;
    do {
        copied = sendfile(to, from, &size, 1 << 24);
    } while (copied > 0);
    if (copied < 0 || REAL(ftruncate)(to, size) != 0)
        give_up(copy);
    close(from);
    close(to);
    errno = error;
    return true;
}

static void keep_if_synced(int file)
{
    int flags = live ? fcntl(file, F_GETFL) : -1;
    if (flags >= 0 && (flags & O_DSYNC))
        keep(file);
}

/* The disk itself has nothing to do: what counts is the copy. Where there is none, it has. */
#define SYNC(name)                                                                                 \
    int name(int file)                                                                             \
    {                                                                                              \
        return keep(file) ? 0 : REAL(name)(file);                                                  \
    }

SYNC(fsync)
SYNC(fdatasync)

#define WRITE(name, parameters, arguments)                                                         \
    ssize_t name parameters                                                                        \
    {                                                                                              \
        ssize_t written = REAL(name) arguments;                                                    \
        if (written > 0)                                                                           \
            keep_if_synced(file);                                                                  \
        return written;                                                                            \
    }

WRITE(write, (int file, const void *bytes, size_t size), (file, bytes, size))
WRITE(pwrite, (int file, const void *bytes, size_t size, off_t at), (file, bytes, size, at))
WRITE(pwrite64, (int file, const void *bytes, size_t size, off64_t at), (file, bytes, size, at))
WRITE(writev, (int file, const struct iovec *parts, int count), (file, parts, count))
WRITE(pwritev, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at))
WRITE(pwritev64, (int file, const struct iovec *parts, int count, off64_t at),
      (file, parts, count, at))

/* Moves the copy as its file was moved. */
static void follow(int from_folder, const char *from, int to_folder, const char *to)
{
    int error = errno;
    char old[PATH_MAX], new[PATH_MAX];
    if (copy_at(to_folder, to, new)) {
        bool had_content = copy_at(from_folder, from, old) &&
                           REAL(renameat)(AT_FDCWD, old, AT_FDCWD, new) == 0;
        if (!had_content)
            REAL(unlinkat)(AT_FDCWD, new, 0);
    }
    errno = error;
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    int result = REAL(renameat)(from_folder, from, to_folder, to);
    if (result == 0)
        follow(from_folder, from, to_folder, to);
    return result;
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    int result = REAL(renameat2)(from_folder, from, to_folder, to, flags);
    if (result == 0 && (flags & RENAME_EXCHANGE))
        give_up("files can't be exchanged");
    if (result == 0)
        follow(from_folder, from, to_folder, to);
    return result;
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int link(const char *from, const char *to)
{
    int result = REAL(link)(from, to);
    int error = errno;
    char old[PATH_MAX], new[PATH_MAX];
    if (result == 0 && copy_at(AT_FDCWD, from, old) && copy_at(AT_FDCWD, to, new))
        (void)!REAL(link)(old, new);
    errno = error;
    return result;
}

int unlinkat(int folder, const char *path, int flags)
{
    char copy[PATH_MAX];
    bool is_ours = copy_at(folder, path, copy);
    int result = REAL(unlinkat)(folder, path, flags);
    int error = errno;
    if (result == 0 && is_ours)
        REAL(unlinkat)(AT_FDCWD, copy, flags);
    errno = error;
    return result;
}

int unlink(const char *path)
{
    return unlinkat(AT_FDCWD, path, 0);
}

int rmdir(const char *path)
{
    return unlinkat(AT_FDCWD, path, AT_REMOVEDIR);
}

int mkdirat(int folder, const char *path, mode_t mode)
{
    int result = REAL(mkdirat)(folder, path, mode);
    int error = errno;
    char copy[PATH_MAX];
    if (result == 0 && copy_at(folder, path, copy))
        REAL(mkdirat)(AT_FDCWD, copy, mode);
    errno = error;
    return result;
}

int mkdir(const char *path, mode_t mode)
{
    return mkdirat(AT_FDCWD, path, mode);
}
