/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A systemd for those who wait for its answers: another process, at a socket in a directory of the test's. It writes drop-ins as
 * systemd does when a property is set, calls the test's own words when it is to read its units anew, and says what it was
 * asked. */

#include "kernel/tree.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"

enum manager_way {
        MANAGER_ANSWERS,
        MANAGER_REFUSES,
        MANAGER_IS_SILENT,
        MANAGER_ENDS,
};

struct manager_said {
        char words[4096];
};

struct manager {
        pid_t pid;
        char address[128];
        struct test_tree *tree; /* that stands for "/" */
        enum manager_way way;
        const char *member; /* what is not answered */
        void (*on_reload)(void);
        const char *cgroup;        /* of any unit; NULL: it knows of none */
        struct manager_said *said; /* shared with the process */
};

static inline void manager_say(struct manager *manager, const char *words)
{
        size_t length = strlen(manager->said->words);

        (void) snprintf(manager->said->words + length, sizeof manager->said->words - length, "%s\n",
                        words);
}

/* "50-MemoryMax.conf", as unit_write_setting() does. */
static inline void manager_write(struct manager *manager, const char *unit, const char *property,
                                 uint64_t value)
{
        char path[512], text[512], number[32] = "infinity";

        if (value != UINT64_MAX)
                (void) snprintf(number, sizeof number, "%ju", (uintmax_t) value);
        (void) snprintf(path, sizeof path, "run/systemd/system.control/%s.d", unit);
        (void) mkdirat(manager->tree->fd, path, 0755);
        (void) snprintf(path, sizeof path, "run/systemd/system.control/%s.d/50-%s.conf", unit,
                        property);
        (void) snprintf(text, sizeof text, "# This is a drop-in\n[Service]\n%s=%s\n", property,
                        number);
        test_tree_put(manager->tree, path, text);
}

static inline void manager_set(struct manager *manager, sd_bus_message *message)
{
        char buffer[512];
        struct pl_text text;
        const char *unit, *name;
        uint64_t value;
        int runtime;

        pl_assert(sd_bus_message_read(message, "sb", &unit, &runtime) > 0);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "set %s%s", unit, runtime ? "" : " for good");
        pl_assert(sd_bus_message_enter_container(message, 'a', "(sv)") > 0);
        while (sd_bus_message_enter_container(message, 'r', "sv") > 0) {
                pl_assert(sd_bus_message_read(message, "s", &name) > 0);
                pl_assert(sd_bus_message_read(message, "v", "t", &value) > 0);
                pl_assert(sd_bus_message_exit_container(message) > 0);
                pl_text_addf(&text, " %s=%ju", name, (uintmax_t) value);
                manager_write(manager, unit, name, value);
        }
        manager_say(manager, buffer);
}

static inline int manager_get(struct manager *manager, sd_bus_message *message)
{
        const char *interface, *property;

        pl_assert(sd_bus_message_read(message, "ss", &interface, &property) > 0);
        if (strcmp(property, "ControlGroup") != 0)
                return sd_bus_reply_method_return(message, "v", "s", "252");
        if (strcmp(interface, "org.freedesktop.systemd1.Service") != 0 || !manager->cgroup)
                return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_OBJECT,
                                                  "Unknown object");
        return sd_bus_reply_method_return(message, "v", "s", manager->cgroup);
}

static inline int manager_answer(struct manager *manager, sd_bus_message *message)
{
        const char *member = sd_bus_message_get_member(message);

        if (strcmp(member, "Get") == 0)
                return manager_get(manager, message);
        if (strcmp(member, "SetUnitProperties") == 0)
                manager_set(manager, message);
        else if (strcmp(member, "Reload") == 0) {
                manager_say(manager, "reload");
                if (manager->on_reload)
                        manager->on_reload();
        } else
                manager_say(manager, member);
        return sd_bus_reply_method_return(message, NULL);
}

static inline int manager_on_call(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        struct manager *manager = (struct manager *) userdata;
        const char *member = sd_bus_message_get_member(message);

        (void) error;
        /* Its own library tells of the other side's end. */
        if (!sd_bus_message_is_method_call(message, NULL, NULL))
                return 0;
        if (!manager->member || strcmp(member, manager->member) != 0)
                return manager_answer(manager, message);
        switch (manager->way) {
        case MANAGER_REFUSES:
                return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED,
                                                  "Not today\x1b[2J");
        case MANAGER_ENDS:
                _exit(0);
        case MANAGER_IS_SILENT:
                return 1;
        case MANAGER_ANSWERS:
        default:
                return manager_answer(manager, message);
        }
}

static inline void manager_serve(struct manager *manager, int fd)
{
        sd_bus *bus = NULL;
        int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC), r = 0;

        pl_assert(connection >= 0 && sd_bus_new(&bus) >= 0);
        pl_assert(sd_bus_set_fd(bus, connection, connection) >= 0);
        pl_assert(sd_bus_set_server(bus, 1, (sd_id128_t){}) >= 0);
        pl_assert(sd_bus_set_anonymous(bus, 1) >= 0);
        pl_assert(sd_bus_start(bus) >= 0);
        pl_assert(sd_bus_add_filter(bus, NULL, manager_on_call, manager) >= 0);
        while (r >= 0) {
                r = sd_bus_process(bus, NULL);
                if (r == 0)
                        r = sd_bus_wait(bus, UINT64_MAX);
        }
        sd_bus_close_unref(bus);
}

static inline void manager_start(struct manager *manager)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        pl_assert(fd >= 0 && manager->tree);
        (void) snprintf(address.sun_path, sizeof address.sun_path, "%s/socket",
                        manager->tree->path);
        (void) snprintf(manager->address, sizeof manager->address, "unix:path=%s",
                        address.sun_path);
        (void) unlink(address.sun_path);
        pl_assert(bind(fd, (const struct sockaddr *) &address, sizeof address) == 0);
        pl_assert(listen(fd, 4) == 0);
        if (!manager->said) {
                manager->said = mmap(NULL, sizeof *manager->said, PROT_READ | PROT_WRITE,
                                     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
                pl_assert(manager->said != MAP_FAILED);
        }
        manager->said->words[0] = '\0';
        manager->pid = fork();
        pl_assert(manager->pid >= 0);
        if (manager->pid == 0) {
                (void) prctl(PR_SET_PDEATHSIG, SIGKILL);
                for (;;)
                        manager_serve(manager, fd);
        }
        (void) close(fd);
}

static inline void manager_stop(struct manager *manager)
{
        if (manager->pid > 0) {
                (void) kill(manager->pid, SIGKILL);
                pl_assert(waitpid(manager->pid, NULL, 0) == manager->pid);
        }
        manager->pid = 0;
}
