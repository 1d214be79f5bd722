/* SPDX-License-Identifier: Apache-2.0 */

/* What is left after pl_privilege_drop(), as the kernel shows it in /proc/self/status. Each case is a child of its own,
 * for nothing here can be undone; where the tests are not run by root, those that need it are skipped. The unit and the
 * manual page are held against the table. */

#include "daemon/privilege.h"

#include <fcntl.h>
#include <grp.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plimsoll/base/fd.h"
#include "plimsoll/model/bounds.h"
#include "test.h"

/* Permitted, and in effect only for moments. */
static const uint64_t at_rest = UINT64_C(1) << CAP_SYS_RESOURCE;

enum { TEXT_MAX = 64 * 1024, NOBODY = 65534 };

/* In a child a failed expectation is told on stderr, and ends it: cmocka's own would go on in the parent's tests. */
#define expect(condition)                                                                          \
        do {                                                                                       \
                if (!(condition)) {                                                                \
                        (void) fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);     \
                        _exit(1);                                                                  \
                }                                                                                  \
        } while (0)

static uint64_t table(void)
{
        char buffer[512];
        struct pl_text names;
        struct pl_span rest;
        uint64_t sets = 0;

        pl_text_init(&names, buffer, sizeof buffer);
        pl_privilege_names(&names);
        assert_false(names.cut);
        rest = pl_text_span(&names);
        while (!pl_span_empty(rest)) {
                struct pl_span name = pl_span_until(&rest, ' ');
                char word[64];
                cap_value_t number;

                (void) snprintf(word, sizeof word, "%.*s", (int) name.length, name.data);
                assert_int_equal(cap_from_name(word, &number), 0);
                sets |= UINT64_C(1) << number;
        }
        return sets;
}

/* A line of /proc/self/status, in the child. */
static unsigned long long status_of(const char *field, int base)
{
        char *text = NULL, *line;
        size_t length;

        expect(pl_fd_read_file(AT_FDCWD, "/proc/self/status", TEXT_MAX, &text, &length) == 0);
        line = strstr(text, field);
        expect(line && line[strlen(field)] == ':');
        return strtoull(line + strlen(field) + 1, NULL, base);
}

static void expect_dropped(uint64_t allowed)
{
        expect((status_of("\nCapPrm", 16) & ~allowed) == 0);
        expect((status_of("\nCapEff", 16) & ~allowed) == 0);
        expect(status_of("\nCapInh", 16) == 0);
        expect(status_of("\nCapAmb", 16) == 0);
        expect(status_of("\nNoNewPrivs", 10) == 1);
}

static void in_child(void (*function)(void))
{
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                function();
                _exit(0);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void need_root(void)
{
        cap_flag_value_t may = CAP_CLEAR;
        cap_t sets = cap_get_proc();

        assert_non_null(sets);
        assert_int_equal(cap_get_flag(sets, CAP_SETPCAP, CAP_EFFECTIVE, &may), 0);
        (void) cap_free(sets);
        if (geteuid() != 0 || may != CAP_SET || cap_get_bound(CAP_SETUID) != 1)
                skip();
}

/* ---- dropping ---- */

static void drop_as_root(void)
{
        cap_value_t inherited = CAP_NET_RAW;
        cap_t sets = cap_get_proc();

        /* Something of everything that there is to give up. */
        expect(cap_set_flag(sets, CAP_INHERITABLE, 1, &inherited, CAP_SET) == 0);
        expect(cap_set_proc(sets) == 0);
        expect(cap_set_ambient(inherited, CAP_SET) == 0);
        expect(status_of("\nCapAmb", 16) != 0);
        expect((status_of("\nCapPrm", 16) & ~table()) != 0);
        expect((status_of("\nCapBnd", 16) & ~table()) != 0);
        expect(status_of("\nNoNewPrivs", 10) == 0);
        expect(prctl(PR_GET_DUMPABLE) == 1);

        expect(pl_privilege_drop() == 0);
        expect_dropped(table());
        expect(status_of("\nCapBnd", 16) == (status_of("\nCapBnd", 16) & table()));
        expect(prctl(PR_GET_DUMPABLE) == 0);
        expect(geteuid() == 0);
}

static void root_keeps_the_table_and_nothing_else(void **state)
{
        (void) state;
        need_root();
        in_child(drop_as_root);
}

static void drop_keeps(void)
{
        uint64_t before = status_of("\nCapEff", 16);

        expect(pl_privilege_drop() == 0);
        expect(status_of("\nCapEff", 16) == (before & table() & ~at_rest));
        expect(status_of("\nCapPrm", 16) == (before & table()));
        expect((before & table()) != 0);
}

static void what_is_kept_stays_in_effect(void **state)
{
        (void) state;
        need_root();
        in_child(drop_keeps);
}

static void drop_twice(void)
{
        uint64_t once;

        expect(pl_privilege_drop() == 0);
        once = status_of("\nCapEff", 16);
        expect(pl_privilege_drop() == 0);
        expect(status_of("\nCapEff", 16) == once);
        expect_dropped(table());
}

static void twice_is_as_once(void **state)
{
        (void) state;
        need_root();
        in_child(drop_twice);
}

static void lose(cap_value_t capability)
{
        cap_t sets = cap_get_proc();

        expect(cap_set_flag(sets, CAP_PERMITTED, 1, &capability, CAP_CLEAR) == 0);
        expect(cap_set_flag(sets, CAP_EFFECTIVE, 1, &capability, CAP_CLEAR) == 0);
        expect(cap_set_proc(sets) == 0);
}

static void drop_with_one_absent(void)
{
        expect(cap_drop_bound(CAP_IPC_LOCK) == 0);
        lose(CAP_IPC_LOCK);
        expect(pl_privilege_drop() == 0);
        expect_dropped(table() & ~(UINT64_C(1) << CAP_IPC_LOCK));
        expect(status_of("\nCapEff", 16) != 0);
}

static void what_is_absent_stays_absent(void **state)
{
        (void) state;
        need_root();
        in_child(drop_with_one_absent);
}

/* As systemd starts it: the bounding set is the table's, and nobody may change it any more. */
static void drop_as_started_by_the_unit(void)
{
        for (cap_value_t i = 0; i < cap_max_bits(); i++)
                if (!(table() >> i & 1))
                        expect(cap_drop_bound(i) == 0);
        for (cap_value_t i = 0; i < cap_max_bits(); i++)
                if (!(table() >> i & 1))
                        lose(i);
        expect(pl_privilege_drop() == 0);
        expect_dropped(table());
        expect(prctl(PR_GET_DUMPABLE) == 0);
}

static void the_units_bounds_are_enough(void **state)
{
        (void) state;
        need_root();
        in_child(drop_as_started_by_the_unit);
}

/* The words of `cat /proc/self/status` are what a program that we executed would have. */
static void execute_something(void)
{
        lose(CAP_SETPCAP); /* so that the bounding set stays full */
        expect(pl_privilege_drop() == 0);
        expect((status_of("\nCapBnd", 16) & ~table()) != 0);
        (void) execl("/bin/cat", "cat", "/proc/self/status", (char *) NULL);
        _exit(1);
}

static void nothing_comes_back_by_executing(void **state)
{
        char text[TEXT_MAX] = "";
        const char *permitted;
        size_t length = 0;
        int ends[2], status;
        ssize_t count;
        pid_t pid;

        (void) state;
        need_root();
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        pid = fork();
        assert_true(pid >= 0);
        if (pid == 0) {
                (void) dup2(ends[1], STDOUT_FILENO);
                execute_something();
        }
        (void) close(ends[1]);
        while ((count = read(ends[0], text + length, sizeof text - 1 - length)) > 0)
                length += (size_t) count;
        (void) close(ends[0]);
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
        permitted = strstr(text, "\nCapPrm:");
        assert_non_null(permitted);
        assert_int_equal(strtoull(permitted + strlen("\nCapPrm:"), NULL, 16) & ~table(), 0);
}

static void drop_as_nobody(void)
{
        uint64_t bounding;

        if (geteuid() == 0) {
                expect(setgroups(0, NULL) == 0);
                expect(setresgid(NOBODY, NOBODY, NOBODY) == 0);
                expect(setresuid(NOBODY, NOBODY, NOBODY) == 0);
        }
        expect(prctl(PR_SET_DUMPABLE, 1) == 0); /* as a login leaves it */
        bounding = status_of("\nCapBnd", 16);
        expect(pl_privilege_drop() == 0);
        expect_dropped(0);
        expect(status_of("\nCapBnd", 16) == bounding);
        /* Else it could not open what is in its own /proc/self. */
        expect(prctl(PR_GET_DUMPABLE) == 1);
        expect(access("/proc/self/fd", R_OK) == 0);
}

static void an_ordinary_user_has_nothing_to_give_up(void **state)
{
        (void) state;
        if (geteuid() == 0)
                need_root();
        in_child(drop_as_nobody);
}

/* ---- memory ---- */

/* With a limit nothing is locked, so that this child can still end in order. */
static void lock_memory(void)
{
        const struct rlimit none = {};

        lose(CAP_IPC_LOCK);
        expect(setrlimit(RLIMIT_MEMLOCK, &none) == 0);
        expect(prctl(PR_SET_THP_DISABLE, 0, 0, 0, 0) == 0);
        pl_privilege_lock_memory();
        expect(prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1);
        expect(status_of("\nVmLck", 10) == 0);
}

static void there_are_no_huge_pages(void **state)
{
        (void) state;
        in_child(lock_memory);
}

/* ---- what else says what is kept ---- */

static char *read_document(const char *path)
{
        char *text = NULL;
        size_t length;

        if (pl_fd_read_file(AT_FDCWD, path, TEXT_MAX, &text, &length) != 0)
                fail_msg("%s could not be read", path);
        return text;
}

/* What stands behind "KEY=" on the one line of it. */
static const char *setting(const char *unit, const char *key, char value[256])
{
        char start[64];
        const char *line;

        (void) snprintf(start, sizeof start, "\n%s=", key);
        line = strstr(unit, start);
        if (!line) {
                fail_msg("no %s= in the unit", key);
                return "";
        }
        line += strlen(start);
        assert_null(strstr(line, start));
        (void) snprintf(value, 256, "%.*s", (int) strcspn(line, "\n"), line);
        return value;
}

static void the_unit_grants_the_table(void **state)
{
        _cleanup_free_ char *unit = read_document(UNIT);
        char names[512], value[256];
        struct pl_text wanted;

        (void) state;
        pl_text_init(&wanted, names, sizeof names);
        pl_privilege_names(&wanted);
        assert_string_equal(setting(unit, "CapabilityBoundingSet", value), names);
}

/* The census keeps one open for each cgroup; the rest is for everything else that is open at the same time. */
static void the_unit_lets_the_census_open_all_it_may(void **state)
{
        enum { OTHERS = 512 };
        _cleanup_free_ char *unit = read_document(UNIT);
        char value[256];

        (void) state;
        assert_true(strtoul(setting(unit, "LimitNOFILE", value), NULL, 10) >=
                    PL_WORKLOADS_MAX + PL_HOLDERS_MAX + OTHERS);
}

static void the_manual_lists_the_table(void **state)
{
        static const char item[] = "\n.It Dv CAP_";
        _cleanup_free_ char *page = read_document(PAGE);
        const char *at;
        uint64_t listed = 0;

        (void) state;
        for (at = strstr(page, item); at; at = strstr(at + 1, item)) {
                const char *name = at + strlen("\n.It Dv ");
                char word[64];
                cap_value_t number;

                (void) snprintf(word, sizeof word, "%.*s", (int) strcspn(name, " \n"), name);
                assert_int_equal(cap_from_name(word, &number), 0);
                listed |= UINT64_C(1) << number;
        }
        assert_int_equal(listed, table());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(root_keeps_the_table_and_nothing_else),
                cmocka_unit_test(what_is_kept_stays_in_effect),
                cmocka_unit_test(twice_is_as_once),
                cmocka_unit_test(what_is_absent_stays_absent),
                cmocka_unit_test(the_units_bounds_are_enough),
                cmocka_unit_test(nothing_comes_back_by_executing),
                cmocka_unit_test(an_ordinary_user_has_nothing_to_give_up),
                cmocka_unit_test(there_are_no_huge_pages),
                cmocka_unit_test(the_unit_grants_the_table),
                cmocka_unit_test(the_unit_lets_the_census_open_all_it_may),
                cmocka_unit_test(the_manual_lists_the_table),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
