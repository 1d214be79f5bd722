/* SPDX-License-Identifier: Apache-2.0 */

/* What runtimes have written, in a tree that stands for "/", and what somebody else has put there. */

#include "plimsoll/host/names.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "kernel/tree.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/model/profile.h"

#define ID "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"

static struct test_tree tree;
static struct pl_names_answer answer;

/* ---- the tree ---- */

static void make_path(const char *path)
{
        char part[512];

        for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
                (void) snprintf(part, sizeof part, "%.*s", (int) (slash - path), path);
                if (mkdirat(tree.fd, part, 0755) < 0)
                        assert_int_equal(errno, EEXIST);
        }
}

static void put(const char *path, const char *text)
{
        make_path(path);
        test_tree_put(&tree, path, text);
}

static void put_fixture(const char *path, const char *fixture)
{
        _cleanup_free_ char *data = NULL;
        _cleanup_close_ int fd = -1;
        size_t length;

        make_path(path);
        assert_int_equal(pl_fd_read_file(AT_FDCWD, fixture, 1 << 20, &data, &length), 0);
        fd = openat(tree.fd, path, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0644);
        assert_int_equal(pl_fd_write_all(fd, pl_span(data, length)), 0);
}

static int set_up(void **state)
{
        (void) state;
        test_tree_make(&tree);
        answer = (struct pl_names_answer){};
        return 0;
}

static int tear_down(void **state)
{
        (void) state;
        free(answer.text);
        test_tree_remove(&tree);
        return 0;
}

/* ---- asking ---- */

static struct pl_names_question question_of(int runtime)
{
        struct pl_names_question question = { .tag = 7, .runtime = runtime };

        (void) strcpy(question.id, ID);
        return question;
}

static int fetch(const struct pl_names_question *question)
{
        free(answer.text);
        pl_names_fetch(tree.fd, &pl_names_usual_places, question, &answer);
        assert_int_equal(answer.tag, 7);
        assert_true((answer.text != NULL) == (answer.result == 0));
        return answer.result;
}

static int fetch_of(int runtime)
{
        struct pl_names_question question = question_of(runtime);

        return fetch(&question);
}

static bool has_text(const char *text)
{
        return pl_span_equals(pl_span(answer.text, answer.length), text);
}

#define DOCKER "var/lib/docker/containers/" ID "/config.v2.json"

/* ---- where it is ---- */

static void each_runtime(void **state)
{
        struct pl_names_question question = question_of(PL_RUNTIME_CONTAINERD);

        (void) state;
        put(DOCKER, "{docker}");
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), 0);
        assert_int_equal(answer.format, PL_NAMES_DOCKER);
        assert_true(has_text("{docker}"));

        put_fixture("var/lib/containers/storage/db.sql", FIXTURES "/state/made.sql");
        assert_int_equal(fetch_of(PL_RUNTIME_PODMAN), 0);
        assert_int_equal(answer.format, PL_NAMES_LIBPOD);
        assert_true(has_text("{\"id\":\"" ID "\",\"pad\":\"\"}"));

        question.is_in_pod = true;
        put("run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID "/config.json", "{cri}");
        assert_int_equal(fetch(&question), 0);
        assert_int_equal(answer.format, PL_NAMES_OCI);
        assert_true(has_text("{cri}"));

        put("run/containers/storage/overlay-containers/" ID "/userdata/config.json", "{crio}");
        assert_int_equal(fetch_of(PL_RUNTIME_CRIO), 0);
        assert_int_equal(answer.format, PL_NAMES_OCI);
        assert_true(has_text("{crio}"));

        /* Of a pod's container that may be either's. */
        assert_int_equal(unlinkat(tree.fd,
                                  "run/containerd/io.containerd.runtime.v2.task/k8s.io/" ID
                                  "/config.json",
                                  0),
                         0);
        question.runtime = PL_RUNTIME_CONTAINERD;
        assert_int_equal(fetch(&question), 0);
        assert_true(has_text("{crio}"));
}

static void nobody_has_written_it_down(void **state)
{
        (void) state;
        for (int runtime = 0; runtime < PL_RUNTIME_COUNT; runtime++)
                assert_int_equal(fetch_of(runtime), PL_NAMES_E_ABSENT);
        make_path("var/lib/docker/containers/");
        make_path("var/lib/containers/storage/");
        make_path("var/lib/containerd/");
        make_path("run/containerd/");
        make_path("run/containers/storage/");
        for (int runtime = 0; runtime < PL_RUNTIME_COUNT; runtime++)
                assert_int_equal(fetch_of(runtime), PL_NAMES_E_ABSENT);
}

/* podman goes on with the older one where it finds it. */
static void two_databases(void **state)
{
        (void) state;
        put_fixture("var/lib/containers/storage/db.sql", FIXTURES "/state/made.sql");
        put("var/lib/containers/storage/libpod/bolt_state.db", "not one");
        assert_int_equal(fetch_of(PL_RUNTIME_PODMAN), PL_NAMES_E_INVALID);
}

/* root may have his directories where he wants. */
static void a_directory_elsewhere(void **state)
{
        (void) state;
        make_path("data/docker/containers/" ID "/");
        put("data/docker/containers/" ID "/config.v2.json", "{}");
        make_path("var/lib/");
        assert_int_equal(symlinkat("../../data/docker", tree.fd, "var/lib/docker"), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), 0);
}

static void the_same_again(void **state)
{
        struct pl_names_question question = question_of(PL_RUNTIME_DOCKER);

        (void) state;
        put(DOCKER, "{}");
        assert_int_equal(fetch(&question), 0);
        question.stamp = answer.stamp;
        assert_int_equal(fetch(&question), PL_NAMES_E_SAME);
        put(DOCKER, "{another}");
        assert_int_equal(fetch(&question), 0);
        assert_true(has_text("{another}"));
}

/* ---- who put it there ---- */

static void no_link_is_followed(void **state)
{
        (void) state;
        put("secret", "{}");
        make_path(DOCKER);
        assert_int_equal(symlinkat("../../../../../secret", tree.fd, DOCKER), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_REFUSED);
        assert_int_equal(unlinkat(tree.fd, DOCKER, 0), 0);
        assert_int_equal(unlinkat(tree.fd, "var/lib/docker/containers/" ID, AT_REMOVEDIR), 0);
        put("other/config.v2.json", "{}");
        assert_int_equal(symlinkat("../../../../other", tree.fd, "var/lib/docker/containers/" ID),
                         0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_REFUSED);
}

static void only_files_are_read(void **state)
{
        (void) state;
        make_path(DOCKER);
        assert_int_equal(mkfifoat(tree.fd, DOCKER, 0644), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_REFUSED);
        assert_int_equal(unlinkat(tree.fd, DOCKER, 0), 0);
        assert_int_equal(mkdirat(tree.fd, DOCKER, 0755), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_REFUSED);
}

static void too_large(void **state)
{
        _cleanup_close_ int fd = -1;

        (void) state;
        put(DOCKER, "");
        fd = openat(tree.fd, DOCKER, O_WRONLY | O_CLOEXEC);
        assert_int_equal(ftruncate(fd, PL_NAMES_TEXT_MAX - 1), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), 0);
        assert_int_equal(ftruncate(fd, PL_NAMES_TEXT_MAX), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_TOO_BIG);
        assert_int_equal(ftruncate(fd, (off_t) 1 << 40), 0);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_TOO_BIG);
}

/* ---- of users ---- */

#define HOME_DOCKER "srv/ann/.local/share/docker/containers/" ID "/config.v2.json"

static void give_to(const char *path, uid_t uid)
{
        assert_int_equal(fchownat(tree.fd, path, uid, (gid_t) -1, AT_SYMLINK_NOFOLLOW), 0);
}

/* Needs root, to give files away. */
static void of_a_user(void **state)
{
        struct pl_names_question question = question_of(PL_RUNTIME_DOCKER);

        (void) state;
        if (geteuid() != 0)
                skip();
        question.uid = 1234;
        assert_int_equal(fetch(&question), PL_NAMES_E_ABSENT);
        put("etc/passwd", "root:x:0:0::/root:/bin/sh\nbroken\n"
                          "ann:x:1234:1234:,,,:/srv/ann:/bin/sh\n"
                          "odd:x:1235:1235::nowhere:/bin/sh\n");
        assert_int_equal(fetch(&question), PL_NAMES_E_ABSENT);
        put(HOME_DOCKER, "{ann}");
        /* It is not his. */
        assert_int_equal(fetch(&question), PL_NAMES_E_REFUSED);
        give_to(HOME_DOCKER, 1234);
        assert_int_equal(fetch(&question), 0);
        assert_true(has_text("{ann}"));
        /* And what is his is not the system's. */
        put(DOCKER, "{}");
        give_to(DOCKER, 1234);
        assert_int_equal(fetch_of(PL_RUNTIME_DOCKER), PL_NAMES_E_REFUSED);
        question.uid = 1235;
        assert_int_equal(fetch(&question), PL_NAMES_E_ABSENT);
        question.uid = 1236;
        assert_int_equal(fetch(&question), PL_NAMES_E_ABSENT);
}

/* ---- threads ---- */

static void wait_for(const struct pl_namer *namer)
{
        struct pollfd fds[PL_NAMER_THREADS];

        for (uint32_t i = 0; i < PL_NAMER_THREADS; i++)
                fds[i] = (struct pollfd){ .fd = pl_namer_fd(namer, i), .events = POLLIN };
        assert_true(poll(fds, PL_NAMER_THREADS, 60000) > 0);
}

static void by_threads(void **state)
{
        int fds = test_open_fds();
        struct pl_namer *namer;
        uint32_t taken = 0;

        (void) state;
        put(DOCKER, "{}");
        assert_int_equal(pl_namer_new(tree.fd, &pl_names_usual_places, &namer), 0);
        assert_false(pl_namer_take(namer, &answer));
        for (uint32_t i = 0; i < 2 * PL_NAMER_QUESTIONS_MAX; i++) {
                struct pl_names_question question = question_of(PL_RUNTIME_DOCKER);

                question.tag = i;
                question.uid = i % 2 == 0 ? 0 : 4000000;
                assert_int_equal(pl_namer_put(namer, &question), 0);
        }
        assert_int_equal(pl_namer_put(namer, &(struct pl_names_question){ .id = "x" }),
                         PL_NAMER_E_FULL);
        while (taken < 2 * PL_NAMER_QUESTIONS_MAX) {
                wait_for(namer);
                while (pl_namer_take(namer, &answer)) {
                        assert_int_equal(answer.result,
                                         answer.tag % 2 == 0 ? 0 : PL_NAMES_E_ABSENT);
                        free(answer.text);
                        answer.text = NULL;
                        taken++;
                }
        }
        pl_namer_free(namer, PL_USEC_PER_MINUTE);
        assert_int_equal(test_open_fds(), fds);
}

/* What nobody takes is freed. */
static void an_end_in_between(void **state)
{
        struct pl_names_question question = question_of(PL_RUNTIME_DOCKER);
        int fds = test_open_fds();

        (void) state;
        put(DOCKER, "{}");
        for (int i = 0; i < 50; i++) {
                struct pl_namer *namer;

                assert_int_equal(pl_namer_new(tree.fd, &pl_names_usual_places, &namer), 0);
                for (int j = 0; j < PL_NAMER_QUESTIONS_MAX; j++)
                        assert_int_equal(pl_namer_put(namer, &question), 0);
                pl_namer_free(namer, PL_USEC_PER_MINUTE);
        }
        pl_namer_free(NULL, 0);
        assert_int_equal(test_open_fds(), fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup_teardown(each_runtime, set_up, tear_down),
                cmocka_unit_test_setup_teardown(nobody_has_written_it_down, set_up, tear_down),
                cmocka_unit_test_setup_teardown(two_databases, set_up, tear_down),
                cmocka_unit_test_setup_teardown(a_directory_elsewhere, set_up, tear_down),
                cmocka_unit_test_setup_teardown(the_same_again, set_up, tear_down),
                cmocka_unit_test_setup_teardown(no_link_is_followed, set_up, tear_down),
                cmocka_unit_test_setup_teardown(only_files_are_read, set_up, tear_down),
                cmocka_unit_test_setup_teardown(too_large, set_up, tear_down),
                cmocka_unit_test_setup_teardown(of_a_user, set_up, tear_down),
                cmocka_unit_test_setup_teardown(by_threads, set_up, tear_down),
                cmocka_unit_test_setup_teardown(an_end_in_between, set_up, tear_down),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
