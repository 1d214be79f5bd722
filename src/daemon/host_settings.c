/* SPDX-License-Identifier: Apache-2.0 */

/* A run of its own, outside of the daemon's sandbox, that ends at once. What it set outlives it, so the note of what was there
 * does, too; both end with the boot.
 */

#include "host_settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/settings.h"
#include "plimsoll/kernel/meminfo.h"
#include "policies.h"
#include "say.h"
#include "undo.h"

enum { DIRECTORY_MODE = 0700 };

static const char directory_name[] = "host";
static const char log_name[] = "host/originals"; /* from the daemon's directory */

/* What the policy wants of each. */
struct wanted {
        uint32_t set; /* bit `1 << setting` */
        int64_t values[PL_SETTINGS];
};

struct run {
        const struct pl_host_settings_options *options;
        int dir_fd; /* locked */
        struct pl_originals originals;
        struct pl_file_buffer buffer;
        bool has_failed;
};

/* ---- the log ---- */

/* 0, ABSENT where it is not there and not to be made, or −errno. */
static int open_directory(const struct pl_host_settings_options *options, bool make, int *ret_fd)
{
        _cleanup_close_ int above_fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int fd = -1;

        if (above_fd < 0)
                return errno == ENOENT && !make ? PL_ORIGINALS_E_ABSENT : -errno;
        if (make && mkdirat(above_fd, directory_name, DIRECTORY_MODE) < 0 && errno != EEXIST)
                return -errno;
        fd = openat(above_fd, directory_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return errno == ENOENT && !make ? PL_ORIGINALS_E_ABSENT : -errno;
        if (flock(fd, LOCK_EX) < 0)
                return -errno;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

static int open_log(struct run *run, bool make)
{
        struct pl_originals_opened opened;
        uint8_t boot_id[16];
        int r = open_directory(run->options, make, &run->dir_fd);

        if (r != 0)
                return r;
        pl_boot_id_read(run->options->proc_fd, boot_id);
        r = pl_originals_open(&run->originals, run->dir_fd, boot_id, &opened);
        if (r == 0)
                run->has_failed |= pl_undo_say_lost(run->options->directory, log_name, &opened);
        return r;
}

static enum pl_daemon_exit explain_log(const struct run *run, int r)
{
        const bool is_denied = r == PL_ORIGINALS_E_DENIED || r == -EACCES || r == -EPERM ||
                               r == -EROFS;
        const char *why = is_denied                      ? "it may not be written"
                          : r == PL_ORIGINALS_E_NO_SPACE ? "no room is left"
                          : r < 0                        ? strerrordesc_np(-r)
                                                         : "it cannot be read";

        pl_say_error("%s/%s: %s; nothing was set", run->options->directory, directory_name, why);
        return is_denied ? PL_DAEMON_DENIED : PL_DAEMON_FAILED;
}

static void close_log(struct run *run)
{
        if (run->dir_fd >= 0)
                pl_originals_close(&run->originals);
        pl_cleanup_close(&run->dir_fd);
}

/* ---- one setting ---- */

static const char *why(int r)
{
        switch (r) {
        case PL_FILE_E_ABSENT:
                return "this kernel does not have it";
        case PL_FILE_E_DENIED:
                return "it may not be written";
        case PL_FILE_E_REFUSED:
                return "the kernel does not take this value";
        case PL_SETTING_E_UNNOTED:
                return "what was there could not be noted, so nothing was written";
        case PL_SETTING_E_IGNORED:
                return "it was written, and is not so";
        default:
                return r < 0 ? strerrordesc_np(-r) : "what is there is not understood";
        }
}

static void put_back(struct run *run, enum pl_setting setting)
{
        struct pl_setting_change change = {};
        int r = pl_setting_restore(&run->originals, run->options->proc_fd, setting, &run->buffer,
                                   &change);

        if (r == PL_SETTING_E_NOT_OURS)
                return;
        if (r == PL_SETTING_E_OTHER)
                (void) pl_say_words("%s is %jd, which somebody else has set since, and stays\n",
                                    pl_setting_name(setting), (intmax_t) change.found);
        else if (r == 0)
                (void) pl_say_words("%s is %jd again\n", pl_setting_name(setting),
                                    (intmax_t) change.before);
        else
                pl_say_error("%s cannot be put back: %s", pl_setting_name(setting), why(r));
        run->has_failed |= r != 0 && r != PL_SETTING_E_OTHER;
}

static void apply(struct run *run, enum pl_setting setting, int64_t value)
{
        struct pl_setting_change change = {};
        int r = pl_setting_apply(&run->originals, run->options->proc_fd, setting, value,
                                 &run->buffer, &change);

        if (r == 0)
                (void) pl_say_words("%s is %jd; before Plimsoll it was %jd\n",
                                    pl_setting_name(setting), (intmax_t) value,
                                    (intmax_t) change.before);
        else
                pl_say_error("%s cannot be set to %jd: %s", pl_setting_name(setting),
                             (intmax_t) value, why(r));
        run->has_failed |= r != 0;
}

/* ---- the policy ---- */

static void want(struct wanted *wanted, enum pl_setting setting, int64_t value)
{
        wanted->values[setting] = value;
        wanted->set |= UINT32_C(1) << setting;
}

static bool take_vm(const struct pl_vm *vm, const struct pl_host_facts *facts,
                    struct wanted *ret_wanted)
{
        const struct pl_size_base base = { .ram_bytes = facts->ram_bytes,
                                           .swap_bytes = facts->swap_bytes };
        uint64_t bytes = 0;

        if (PL_HAS(vm, PL_VM_SWAPPINESS))
                want(ret_wanted, PL_SETTING_SWAPPINESS, vm->swappiness);
        if (PL_HAS(vm, PL_VM_WATERMARK_SCALE_FACTOR))
                want(ret_wanted, PL_SETTING_WATERMARK_SCALE_FACTOR, vm->watermark_scale_factor);
        if (!PL_HAS(vm, PL_VM_MIN_FREE))
                return true;
        if (pl_size_resolve(&vm->min_free, &base, &bytes) != 0 || bytes / PL_KIB > INT32_MAX) {
                pl_say_error("vm.min_free is more than vm.min_free_kbytes can be; nothing was set");
                return false;
        }
        want(ret_wanted, PL_SETTING_MIN_FREE_KBYTES, (int64_t) (bytes / PL_KIB));
        return true;
}

static enum pl_daemon_exit take_policy(const struct pl_policies *policies, int r,
                                       const struct pl_host_facts *facts, struct wanted *ret_wanted)
{
        const struct pl_host_policy *host;

        if (r < 0) {
                pl_say_error("the policy files cannot be read: %s; nothing was set",
                             strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        if (r != 0) {
                pl_say_diag(&policies->diag);
                pl_say_error("the policy is not sound; nothing was set");
                return PL_DAEMON_POLICY;
        }
        if (!policies->in_force->host)
                return PL_DAEMON_FINE;
        host = &policies->in_force->host->host;
        if (host->mode == PL_MODE_OBSERVE)
                return PL_DAEMON_FINE;
        return take_vm(&host->vm, facts, ret_wanted) ? PL_DAEMON_FINE : PL_DAEMON_FAILED;
}

static enum pl_daemon_exit read_policy(struct run *run, struct wanted *ret_wanted)
{
        static struct pl_policies policies;
        struct pl_meminfo meminfo;
        struct pl_host_facts facts;
        enum pl_daemon_exit exit_code;
        int r = pl_meminfo_read(run->options->proc_fd, &run->buffer, &meminfo);

        if (r != 0) {
                pl_say_error("/proc/meminfo cannot be read; nothing was set");
                return PL_DAEMON_FAILED;
        }
        facts = (struct pl_host_facts){ meminfo.total_bytes, meminfo.swap_total_bytes };
        pl_policies_init(&policies, run->options->policies);
        r = pl_policies_reload(&policies, &facts, (int64_t) time(NULL));
        exit_code = take_policy(&policies, r, &facts, ret_wanted);
        pl_policies_done(&policies);
        return exit_code;
}

/* ---- the two runs ---- */

/* Also where nothing is wanted: there may be something to put back. */
static enum pl_daemon_exit set_all(struct run *run, const struct wanted *wanted)
{
        int r = open_log(run, wanted->set != 0);

        if (r == PL_ORIGINALS_E_ABSENT)
                return PL_DAEMON_FINE;
        if (r != 0)
                return explain_log(run, r);
        for (enum pl_setting i = 0; i < PL_SETTINGS; i++)
                if (wanted->set & UINT32_C(1) << i)
                        apply(run, i, wanted->values[i]);
                else
                        put_back(run, i);
        return run->has_failed ? PL_DAEMON_FAILED : PL_DAEMON_FINE;
}

enum pl_daemon_exit pl_host_settings_apply(const struct pl_host_settings_options *options)
{
        static struct run run;
        struct wanted wanted = {};
        enum pl_daemon_exit exit_code;

        pl_assert(options && options->directory && options->policies);

        run = (struct run){ .options = options, .dir_fd = -1 };
        exit_code = read_policy(&run, &wanted);
        if (exit_code == PL_DAEMON_FINE)
                exit_code = set_all(&run, &wanted);
        close_log(&run);
        return exit_code;
}

enum pl_daemon_exit pl_host_settings_restore(const struct pl_host_settings_options *options)
{
        static struct run run;
        enum pl_daemon_exit exit_code;

        pl_assert(options && options->directory);

        run = (struct run){ .options = options, .dir_fd = -1 };
        exit_code = set_all(&run, &(struct wanted){});
        close_log(&run);
        return exit_code;
}

enum pl_daemon_exit pl_host_settings(const struct pl_daemon_options *options)
{
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        const struct pl_host_settings_options own = { proc_fd, options->journal_directory,
                                                      options->directories };

        if (proc_fd < 0) {
                pl_say_error("/proc: %s", strerrordesc_np(errno));
                return PL_DAEMON_FAILED;
        }
        return options->host_settings == PL_DAEMON_HOST_SETTINGS_APPLY
                       ? pl_host_settings_apply(&own)
                       : pl_host_settings_restore(&own);
}
