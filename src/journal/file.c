/* SPDX-License-Identifier: Apache-2.0 */

/* The lock is another file than the journal, for the journal may be renamed away while somebody holds it. It belongs to the
 * open file, and the kernel lets go of it when the last process that has it open ends, however it ends.
 *
 * A journal gets its name when it is whole: a reader never opens one that is being made, and a writer killed while making it
 * leaves NAME.new, which the next one removes. All of its pages are allocated at that time; a store into a hole of a full
 * file system would kill the writer.
 */

#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "header.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"

enum {
        NAME_BYTES = 256, /* NAME_MAX of Linux, with a NUL */
        LOCK_MODE = 0600,
        MODE = 0640,
};

struct file_name {
        char bytes[NAME_BYTES];
};

static struct file_name name_with(const char *name, const char *suffix)
{
        struct file_name whole;
        struct pl_text text;

        pl_text_init(&text, whole.bytes, sizeof whole.bytes);
        pl_text_add(&text, name);
        pl_text_add(&text, suffix);
        pl_assert(!text.cut);
        return whole;
}

static int outcome(int error)
{
        switch (error) {
        case ENOENT:
                return PL_JOURNAL_E_ABSENT;
        case EACCES:
        case EPERM:
        case EROFS:
                return PL_JOURNAL_E_DENIED;
        case ENOSPC:
        case EDQUOT:
                return PL_JOURNAL_E_NO_SPACE;
        default:
                return -error;
        }
}

int pl_file_lock(int dir_fd, const char *name, int *ret_fd)
{
        const struct file_name lock = name_with(name, ".lock");
        struct flock whole_file = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        _cleanup_close_ int fd = openat(dir_fd, lock.bytes,
                                        O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                                        LOCK_MODE);

        if (fd < 0)
                return outcome(errno);
        if (fcntl(fd, F_OFD_SETLK, &whole_file) < 0) {
                /* EAGAIN says that it is taken; EACCES does on other systems (fcntl(2)). */
                if (errno == EAGAIN || errno == EACCES)
                        return PL_JOURNAL_E_LOCKED;
                return -errno;
        }

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_file_allocate(int fd, uint64_t bytes)
{
        int r;

        /* An interrupted call has undone what it did. */
        do
                r = fallocate(fd, 0, 0, (off_t) bytes);
        while (r < 0 && errno == EINTR);
        return r < 0 ? outcome(errno) : 0;
}

static int grant(int fd, const struct pl_journal_options *options)
{
        if (fchmod(fd, MODE) < 0)
                return outcome(errno);
        if (options->set_group && fchown(fd, (uid_t) -1, options->group) < 0)
                return outcome(errno);
        return 0;
}

/* Whether what lies there is a journal that we could have written, as large as is asked for. */
static int judge(int fd, struct pl_journal_options *options)
{
        struct pl_journal_header header;
        struct pl_journal_layout layout;
        struct stat status;
        ssize_t count;
        int r;

        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode))
                return PL_JOURNAL_E_FOREIGN;
        count = pread(fd, &header, sizeof header, 0);
        if (count < 0)
                return -errno;
        if ((size_t) count < sizeof header)
                return PL_JOURNAL_E_FOREIGN;
        r = pl_header_check(&header, (uint64_t) status.st_size, &layout);
        if (r != 0)
                return r;
        if (memcmp(header.boot_id, options->boot_id, sizeof header.boot_id) != 0)
                return PL_JOURNAL_E_OTHER_BOOT;
        if (layout.file_bytes == options->file_bytes)
                return 0;
        options->file_bytes = layout.file_bytes;
        return PL_JOURNAL_E_OTHER_SIZE;
}

int pl_file_open_old(int dir_fd, const char *name, struct pl_journal_options *options, int *ret_fd)
{
        _cleanup_close_ int fd = openat(dir_fd, name,
                                        O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        int r;

        if (fd < 0)
                switch (errno) {
                case ELOOP:  /* a symbolic link */
                case EISDIR: /* a directory */
                case ENXIO:  /* a socket */
                        return PL_JOURNAL_E_FOREIGN;
                default:
                        return outcome(errno);
                }
        r = judge(fd, options);
        if (r == 0)
                r = pl_file_allocate(fd, options->file_bytes);
        if (r == 0)
                r = grant(fd, options);
        if (r != 0)
                return r;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_file_put_aside(int dir_fd, const char *name)
{
        const struct file_name old = name_with(name, ".old");

        return renameat(dir_fd, name, dir_fd, old.bytes) < 0 ? outcome(errno) : 0;
}

int pl_file_make(int dir_fd, const char *name, const struct pl_journal_options *options,
                 int *ret_fd)
{
        const struct file_name new = name_with(name, ".new");
        _cleanup_close_ int fd = -1;
        int r;

        if (unlinkat(dir_fd, new.bytes, 0) < 0 && errno != ENOENT)
                return outcome(errno);
        fd = openat(dir_fd, new.bytes, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, MODE);
        if (fd < 0)
                return outcome(errno);
        r = pl_file_allocate(fd, options->file_bytes);
        if (r == 0)
                r = grant(fd, options);
        if (r != 0) {
                pl_file_unmake(dir_fd, name);
                return r;
        }

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_file_show(int dir_fd, const char *name)
{
        const struct file_name new = name_with(name, ".new");

        return renameat(dir_fd, new.bytes, dir_fd, name) < 0 ? outcome(errno) : 0;
}

void pl_file_unmake(int dir_fd, const char *name)
{
        const struct file_name new = name_with(name, ".new");

        (void) unlinkat(dir_fd, new.bytes, 0);
}
