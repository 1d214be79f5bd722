/* SPDX-License-Identifier: Apache-2.0 */

/* Collecting what is outside of kernel/features: systemd, over a bus of our own that answers, refuses, or says nothing at all. */

#include "cli/doctor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "test.h"

static struct pl_file_buffer buffer;

static int open_proc(const char *host)
{
        char path[512];
        int fd;

        (void) snprintf(path, sizeof path, FIXTURES "/doctor/%s/proc", host);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        assert_true(fd >= 0);
        return fd;
}

/* The bus */

static char socket_path[108];

static int listen_at_address(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        char variable[128];
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        assert_true(fd >= 0);
        (void) snprintf(socket_path, sizeof socket_path, "/tmp/plimsoll-bus-%d", (int) getpid());
        memcpy(address.sun_path, socket_path, sizeof socket_path);
        assert_int_equal(bind(fd, (struct sockaddr *) &address, sizeof address), 0);
        assert_int_equal(listen(fd, 1), 0);
        (void) snprintf(variable, sizeof variable, "unix:path=%s", socket_path);
        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", variable, 1), 0);
        return fd;
}

/* Answers what libsystemd asks of every bus, and then our question. */
static int answer(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        const char *version = userdata;

        (void) error;
        if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus", "Hello"))
                return sd_bus_reply_method_return(message, "s", ":1.1");
        if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get") &&
            version)
                return sd_bus_reply_method_return(message, "v", "s", version);
        return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "Not for you");
}

static void serve(int listening_fd, char *version)
{
        int fd = accept(listening_fd, NULL, NULL);
        sd_id128_t id = {};
        sd_bus *bus = NULL;

        if (fd < 0 || sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, fd, fd) < 0 ||
            sd_bus_set_server(bus, 1, id) < 0 || sd_bus_set_anonymous(bus, 1) < 0 ||
            sd_bus_add_filter(bus, NULL, answer, version) < 0 || sd_bus_start(bus) < 0)
                _exit(1);
        for (;;) {
                int r = sd_bus_process(bus, NULL);

                if (r < 0)
                        _exit(0); /* the other side has closed */
                if (r == 0 && sd_bus_wait(bus, 10 * PL_USEC_PER_SEC) < 0)
                        _exit(1);
        }
}

static struct pl_doctor_systemd collect(const char *host)
{
        struct pl_doctor_systemd systemd;
        int proc_fd = open_proc(host);

        memset(&systemd, 0xA5, sizeof systemd);
        pl_doctor_collect_systemd(proc_fd, &buffer, &systemd);
        (void) close(proc_fd);
        return systemd;
}

static struct pl_doctor_systemd ask_a_bus_that_says(char *version)
{
        struct pl_doctor_systemd systemd;
        int fd = listen_at_address(), status;
        pid_t child = fork();

        if (child == 0)
                serve(fd, version);
        assert_true(child > 0);
        (void) close(fd);
        systemd = collect("processes");
        (void) unlink(socket_path);
        assert_int_equal(waitpid(child, &status, 0), child);
        return systemd;
}

static void systemd_says_its_version(void **state)
{
        char version[] = "257.13-1~deb13u1\x1B[2J";
        struct pl_doctor_systemd systemd = ask_a_bus_that_says(version);

        (void) state;
        assert_int_equal(systemd.state, PL_DOCTOR_SYSTEMD_ANSWERS);
        assert_string_equal(systemd.init_name, "systemd");
        assert_string_equal(systemd.version, "257.13-1~deb13u1?[2J");
        assert_int_equal(systemd.major, 257);
}

static void a_bus_that_refuses_is_no_answer(void **state)
{
        struct pl_doctor_systemd systemd = ask_a_bus_that_says(NULL);

        (void) state;
        assert_int_equal(systemd.state, PL_DOCTOR_SYSTEMD_SILENT);
        assert_string_equal(systemd.version, "");
        assert_int_equal(systemd.major, 0);
}

/* It takes the connection and says nothing: the wait ends, long before the 90 s of the library. */
static void a_bus_that_says_nothing_is_not_waited_for(void **state)
{
        uint64_t start_usec = pl_clock_now_usec(), took_usec;
        struct pl_doctor_systemd systemd;
        int fd = listen_at_address();

        (void) state;
        systemd = collect("processes");
        took_usec = pl_clock_now_usec() - start_usec;
        (void) unlink(socket_path);
        (void) close(fd);
        assert_int_equal(systemd.state, PL_DOCTOR_SYSTEMD_SILENT);
        assert_in_range(took_usec, 2 * PL_USEC_PER_SEC, 20 * PL_USEC_PER_SEC);
}

static void no_bus_is_no_answer(void **state)
{
        (void) state;
        assert_int_equal(setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1), 0);
        assert_int_equal(collect("processes").state, PL_DOCTOR_SYSTEMD_SILENT);
}

static void another_first_process_is_not_asked(void **state)
{
        struct pl_doctor_systemd systemd = collect("debian12"); /* its tree has no processes */

        (void) state;
        assert_int_equal(systemd.state, PL_DOCTOR_SYSTEMD_ABSENT);
        assert_string_equal(systemd.init_name, "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(systemd_says_its_version),
                cmocka_unit_test(a_bus_that_refuses_is_no_answer),
                cmocka_unit_test(a_bus_that_says_nothing_is_not_waited_for),
                cmocka_unit_test(no_bus_is_no_answer),
                cmocka_unit_test(another_first_process_is_not_asked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
