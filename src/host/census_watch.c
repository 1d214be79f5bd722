/* SPDX-License-Identifier: Apache-2.0 */

/* inotify, as a hint and never as the truth. An event says that something happened below a directory; what is there now
 * is looked up by reading the directory. So it does not matter that events come late, merged, or for a name that was
 * removed and made anew meanwhile, and when the queue overflows nothing is lost but time.
 *
 * Holders are watched for cgroups that come and go. A workload's cgroup.events is watched only while nobody is in it: a
 * new one is empty for a moment and would count as empty until the next whole scan. Who has processes loses the watch
 * again, for a watch keeps an inode of the kernel's in memory.
 *
 * The path of a directory that is open is /proc/self/fd/N: inotify knows no fds, and a path looked up anew could lead to
 * another cgroup of that name.
 */

#include "census_internal.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"

enum {
        READS_MAX = 16,       /* 64 KiB of news at a time, which are a thousand and more */
        NEWS_MAX = 4096,      /* bytes of one read */
        PATH_LENGTH_MAX = 64, /* "/proc/self/fd/2147483647/cgroup.events" */
};

_Static_assert(NEWS_MAX >= sizeof(struct inotify_event) + NAME_MAX + 1, "one event has to fit");

void pl_census_watch_init(struct pl_census *census)
{
        census->inotify_fd = census->options.no_inotify ? -1
                                                        : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        if (census->inotify_fd < 0 && !census->options.no_inotify)
                pl_census_raise(census, PL_CENSUS_NOTE_INOTIFY);
}

/* −1 where there can be none; that the limit is reached is noted. */
static int add_watch(struct pl_census *census, const struct pl_census_entry *entry, int fd)
{
        bool is_holder = !pl_census_is_workload(entry);
        uint32_t mask = is_holder ? IN_CREATE | IN_DELETE | IN_MOVE | IN_ONLYDIR : IN_MODIFY;
        char path[PATH_LENGTH_MAX];
        int watch;

        (void) snprintf(path, sizeof path, "/proc/self/fd/%d%s", fd,
                        is_holder ? "" : "/cgroup.events");
        watch = inotify_add_watch(census->inotify_fd, path, mask);
        if (watch < 0 && (errno == ENOSPC || errno == ENOMEM)) {
                census->watches_full = true;
                pl_census_raise(census, PL_CENSUS_NOTE_WATCHES);
        }
        return watch;
}

static void forget_watch(struct pl_census *census, struct pl_census_entry *entry)
{
        (void) pl_table_remove(&census->watches, (uint64_t) entry->watch);
        entry->watch = -1;
}

bool pl_census_watch(struct pl_census *census, struct pl_census_entry *entry, int fd)
{
        uint32_t other;
        int watch;

        pl_assert(fd >= 0);

        if (entry->watch >= 0)
                return true;
        if (census->inotify_fd < 0 || census->watches_full ||
            pl_table_reserve(&census->watches, census->watches.count + 1) != 0)
                return false;
        watch = add_watch(census, entry, fd);
        if (watch < 0)
                return false;
        /* A number that we still know was given back without our hearing of it. */
        if (pl_table_find(&census->watches, (uint64_t) watch, &other) == 0)
                forget_watch(census, pl_census_slot(census, other));
        entry->watch = watch;
        pl_assert(pl_table_add(&census->watches, (uint64_t) watch, entry->index) == 0);
        return true;
}

void pl_census_unwatch(struct pl_census *census, struct pl_census_entry *entry)
{
        if (entry->watch < 0)
                return;
        /* Of a directory that is gone the kernel may have given it up already: EINVAL. */
        (void) inotify_rm_watch(census->inotify_fd, entry->watch);
        forget_watch(census, entry);
}

static void take_news(struct pl_census *census, const struct inotify_event *news)
{
        struct pl_census_entry *entry;
        uint32_t index;

        if (news->mask & IN_Q_OVERFLOW) {
                pl_census_raise(census, PL_CENSUS_NOTE_OVERFLOW);
                pl_census_begin(census);
                return;
        }
        if (news->wd < 0 || pl_table_find(&census->watches, (uint64_t) news->wd, &index) != 0)
                return; /* of somebody who is not watched any more */
        entry = pl_census_slot(census, index);
        if (news->mask & IN_IGNORED)
                forget_watch(census, entry);
        else if (!pl_census_is_workload(entry) && !(news->mask & IN_ISDIR))
                return;
        if (entry->lists[PL_CENSUS_WORK] != &census->doomed)
                pl_census_put_last(census, &census->dirty, PL_CENSUS_WORK, index);
}

int pl_census_notice(struct pl_census *census)
{
        _Alignas(struct inotify_event) char news[NEWS_MAX];

        pl_assert(census);

        if (census->inotify_fd < 0)
                return 0;
        for (int i = 0; i < READS_MAX; i++) {
                ssize_t length = read(census->inotify_fd, news, sizeof news);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        return errno == EAGAIN ? 0 : -errno;
                for (ssize_t at = 0; at < length;) {
                        const struct inotify_event *one =
                                (const struct inotify_event *) (const void *) (news + at);

                        take_news(census, one);
                        at += (ssize_t) (sizeof *one + one->len);
                }
        }
        return PL_CENSUS_E_MORE;
}
