/* SPDX-License-Identifier: Apache-2.0 */

/* What goes over the socket of a daemon and its mate: it comes as it was sent, with its descriptors, and what makes no sense
 * leaves none behind.
 */

#include "daemon/mate_order.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "kernel/tree.h"

static int sockets[2], fds_before;
static struct pl_mate_order order, taken;
static int fds[PL_MATE_RANKED_MAX];

static int set_up(void **state)
{
        (void) state;
        fds_before = test_open_fds();
        memset(&order, 0, sizeof order);
        return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets);
}

static int tear_down(void **state)
{
        (void) state;
        pl_cleanup_close(&sockets[0]);
        pl_cleanup_close(&sockets[1]);
        return test_open_fds() == fds_before ? 0 : -1;
}

static int take(void)
{
        return pl_mate_order_take(sockets[1], &taken, fds);
}

static bool is_same_file(int a, int b)
{
        struct stat one, other;

        assert_int_equal(fstat(a, &one), 0);
        assert_int_equal(fstat(b, &other), 0);
        return one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

static void a_wake_is_nothing_but_that(void **state)
{
        (void) state;
        assert_int_equal(pl_mate_order_send(sockets[0], &order, NULL), 0);
        assert_int_equal(take(), 0);
        assert_int_equal(taken.kind, PL_MATE_ORDER_WAKE);
        assert_int_equal(take(), PL_MATE_ORDER_E_NONE);
}

static void each_comes_as_it_was_sent(void **state)
{
        const int sent[PL_MATE_RANKED_MAX] = { 0, 1, 2, 0, 1, 2, 0, sockets[0] };

        (void) state;
        for (uint32_t kind = PL_MATE_ORDER_SHOW; kind < PL_MATE_ORDER_KINDS; kind++) {
                memset(&order, 0, sizeof order);
                order.kind = kind;
                if (kind == PL_MATE_ORDER_BRIEF)
                        order.brief = (struct pl_mate_brief){ .may_act = true,
                                                              .count = PL_MATE_RANKED_MAX,
                                                              .worth_bytes = 4711 };
                else
                        order.held.id = 7;
                if (kind == PL_MATE_ORDER_HOLD)
                        order.held.deadline_usec = 11;
                assert_int_equal(pl_mate_order_send(sockets[0], &order, sent), 0);
                assert_int_equal(take(), 0);
                assert_memory_equal(&taken, &order, sizeof order);
                for (size_t i = 0; i < pl_mate_order_fds(&taken); i++) {
                        assert_true(fds[i] > 2 && is_same_file(fds[i], sent[i]));
                        assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
                        (void) close(fds[i]);
                }
        }
}

/* Of another size, of another number of descriptors, of no kind that there is. */
static void what_makes_no_sense_is_thrown_away(void **state)
{
        static const struct pl_mate_order none = { .kind = PL_MATE_ORDER_KINDS };
        int open_before;

        (void) state;
        open_before = test_open_fds();
        order.kind = PL_MATE_ORDER_LET_GO;
        for (size_t size = 2; size < 40; size++) {
                if (size == 24)
                        continue;
                assert_int_equal(send(sockets[0], &order, size, 0), size);
                assert_int_equal(take(), PL_MATE_ORDER_E_FOREIGN);
        }
        assert_int_equal(send(sockets[0], &none, 24, 0), 24);
        assert_int_equal(take(), PL_MATE_ORDER_E_FOREIGN);
        /* A hold without a cgroup, and a brief that counts more than came. */
        order.kind = PL_MATE_ORDER_HOLD;
        assert_int_equal(send(sockets[0], &order, 24, 0), 24);
        assert_int_equal(take(), PL_MATE_ORDER_E_FOREIGN);
        order.kind = PL_MATE_ORDER_BRIEF;
        order.brief.count = 1;
        assert_int_equal(send(sockets[0], &order, sizeof order, 0), sizeof order);
        assert_int_equal(take(), PL_MATE_ORDER_E_FOREIGN);
        assert_int_equal(test_open_fds(), open_before);
        assert_int_equal(take(), PL_MATE_ORDER_E_NONE);
}

/* Also when it ended with something unread, of which the kernel tells first. */
static void what_was_sent_before_the_end_comes_before_it(void **state)
{
        (void) state;
        assert_int_equal(send(sockets[1], "unread", 6, 0), 6);
        order.kind = PL_MATE_ORDER_LET_GO;
        order.held.id = 7;
        assert_int_equal(pl_mate_order_send(sockets[0], &order, NULL), 0);
        (void) close(PL_TAKE_FD(sockets[0]));
        assert_int_equal(take(), PL_MATE_ORDER_E_FOREIGN);
        assert_int_equal(take(), 0);
        assert_int_equal(taken.held.id, 7);
        assert_int_equal(take(), PL_MATE_ORDER_E_GONE);
        assert_int_equal(take(), PL_MATE_ORDER_E_GONE);
        assert_int_equal(pl_mate_order_send(sockets[1], &order, NULL), -EPIPE);
}

static void a_socket_without_room_says_so(void **state)
{
        int r = 0;

        (void) state;
        order.kind = PL_MATE_ORDER_LET_GO;
        for (int i = 0; i < 100000 && r == 0; i++)
                r = pl_mate_order_send(sockets[0], &order, NULL);
        assert_int_equal(r, -EAGAIN);
        assert_int_equal(take(), 0);
}

#define ORDER_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                ORDER_TEST(a_wake_is_nothing_but_that),
                ORDER_TEST(each_comes_as_it_was_sent),
                ORDER_TEST(what_makes_no_sense_is_thrown_away),
                ORDER_TEST(what_was_sent_before_the_end_comes_before_it),
                ORDER_TEST(a_socket_without_room_says_so),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
