/* SPDX-License-Identifier: Apache-2.0 */

#include "mate_order.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { CONTROL_BYTES = CMSG_SPACE(PL_MATE_RANKED_MAX * sizeof(int)) };

/* Of a wake, which is not worth more: none of it but its first byte. */
static size_t size_of(uint32_t kind)
{
        static const size_t bodies[PL_MATE_ORDER_KINDS] = {
                [PL_MATE_ORDER_SHOW] = sizeof(uint64_t),
                [PL_MATE_ORDER_HOLD] = 2 * sizeof(uint64_t),
                [PL_MATE_ORDER_LET_GO] = 2 * sizeof(uint64_t),
                [PL_MATE_ORDER_BRIEF] = sizeof(struct pl_mate_brief),
        };

        pl_assert(kind < PL_MATE_ORDER_KINDS);

        return kind == PL_MATE_ORDER_WAKE ? 1 : offsetof(struct pl_mate_order, held) + bodies[kind];
}

size_t pl_mate_order_fds(const struct pl_mate_order *order)
{
        switch (order->kind) {
        case PL_MATE_ORDER_SHOW:
        case PL_MATE_ORDER_HOLD:
                return 1;
        case PL_MATE_ORDER_BRIEF:
                return order->brief.count;
        default:
                return 0;
        }
}

int pl_mate_order_send(int socket_fd, const struct pl_mate_order *order, const int *fds)
{
        _Alignas(struct cmsghdr) char control[CONTROL_BYTES] = {};
        const size_t count = pl_mate_order_fds(order);
        struct iovec part = { (void *) (uintptr_t) order, size_of(order->kind) };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
        struct cmsghdr *header;

        pl_assert(socket_fd >= 0);
        pl_assert(count <= PL_MATE_RANKED_MAX);

        if (count > 0) {
                message.msg_control = control;
                message.msg_controllen = CMSG_SPACE(count * sizeof *fds);
                header = CMSG_FIRSTHDR(&message);
                header->cmsg_level = SOL_SOCKET;
                header->cmsg_type = SCM_RIGHTS;
                header->cmsg_len = CMSG_LEN(count * sizeof *fds);
                memcpy(CMSG_DATA(header), fds, count * sizeof *fds);
        }
        if (sendmsg(socket_fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                return 0;
        /* Once only, of one that went with something unread. */
        return errno == ECONNRESET ? -EPIPE : -errno;
}

/* ---- taking ---- */

static size_t take_fds(struct msghdr *message, int fds[PL_MATE_RANKED_MAX])
{
        const struct cmsghdr *header = CMSG_FIRSTHDR(message);
        size_t count;

        if (!header || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
                return 0;
        count = (header->cmsg_len - CMSG_LEN(0)) / sizeof *fds;
        pl_assert(count <= PL_MATE_RANKED_MAX);
        memcpy(fds, CMSG_DATA(header), count * sizeof *fds);
        return count;
}

static bool makes_sense(const struct pl_mate_order *order, size_t size, size_t fd_count)
{
        if (size == 1)
                return order->kind == PL_MATE_ORDER_WAKE && fd_count == 0;
        return order->kind != PL_MATE_ORDER_WAKE && order->kind < PL_MATE_ORDER_KINDS &&
               size == size_of(order->kind) && fd_count == pl_mate_order_fds(order);
}

/* Who ended with something unread is told of as an error, once, and what he has sent before comes behind it. */
static int outcome_of(ssize_t size)
{
        if (size < 0 && (errno == EAGAIN || errno == EINTR))
                return PL_MATE_ORDER_E_NONE;
        return size < 0 && errno == ECONNRESET ? PL_MATE_ORDER_E_FOREIGN : PL_MATE_ORDER_E_GONE;
}

int pl_mate_order_take(int socket_fd, struct pl_mate_order *ret_order,
                       int ret_fds[PL_MATE_RANKED_MAX])
{
        _Alignas(struct cmsghdr) char control[CONTROL_BYTES] = {};
        struct iovec part = { ret_order, sizeof *ret_order };
        struct msghdr message = { .msg_iov = &part,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof control };
        ssize_t size;
        size_t count;

        memset(ret_order, 0, sizeof *ret_order);
        size = recvmsg(socket_fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
        if (size <= 0)
                return outcome_of(size);
        count = take_fds(&message, ret_fds);
        if (makes_sense(ret_order, (size_t) size, count))
                return 0;
        for (size_t i = 0; i < count; i++)
                (void) close(ret_fds[i]);
        return PL_MATE_ORDER_E_FOREIGN;
}
