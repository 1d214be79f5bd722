/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A systemd for tests, at a socket in the test's directory: as it is on a bus, or behind its own socket. It speaks as much
 * of both as is asked of it, in the same event loop as the module, and answers as it is told; and it writes down what it was
 * asked and what the module has told. Nothing waits for time to pass, only for something to happen.
 */

#include "journal/place.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

enum {
        FAKE_RULES_MAX = 8,
        FAKE_TEXT_BYTES = 4096,
        FAKE_TOLD_MAX = 128,
        FAKE_DROP_INS_MAX = 8,
};

/* Longer than anything that is waited for takes on the slowest machine. */
#define FAKE_PATIENCE_USEC (60 * PL_USEC_PER_SEC)

enum fake_way {
        FAKE_ANSWERS,
        FAKE_REFUSES, /* with this error */
        FAKE_HOLDS,   /* never answers */
        FAKE_ENDS,    /* the connection */
};

/* What is done when this is asked; `times` 0: always. */
struct fake_rule {
        const char *member;
        enum fake_way way;
        const char *error;
        unsigned times;
};

struct fake_told {
        uint64_t tag;
        int what; /* a pl_write_result, a pl_drift_cause, whether a job is done or a service known */
        int error;
        char words[PL_BUS_WORDS_BYTES];
};

static struct {
        sd_event *event;
        sd_event_source *source;
        sd_bus *peer;
        int fd, mute_fd;
        char path[64];
        char address[80];
        bool is_own, is_mute;
        const char *owner, *version, *unit, *job;
        struct fake_rule rules[FAKE_RULES_MAX];
        /* What it holds of every unit. */
        uint64_t property_bytes;
        const char *drop_ins[FAKE_DROP_INS_MAX + 1];
        const char *restart, *cgroup;
        int32_t kill_signal;
        uint32_t main_pid;
        const char *missing, *mistyped; /* properties that it does not have, or of another type */

        unsigned connections;
        unsigned asked;            /* all but what makes a connection */
        char set[FAKE_TEXT_BYTES]; /* the last SetUnitProperties */
        char interface[64];        /* of the last property but the version */

        struct pl_bus *bus;
        bool is_calling;
        bool is_up;
        unsigned states, reloads, told_count;
        char why[PL_BUS_WHY_BYTES];
        struct fake_told told[FAKE_TOLD_MAX];
        struct pl_bus_service service; /* the last one that was told of; its path is in the words */
} fake;

/* ---- what the module tells ---- */

static inline struct fake_told *fake_tell(uint64_t tag, int what)
{
        struct fake_told *told = &fake.told[fake.told_count++];

        /* Or whoever asks would have to expect the answer before he has written down that he asked. */
        assert_false(fake.is_calling);
        assert_true(fake.told_count < FAKE_TOLD_MAX);
        *told = (struct fake_told){ .tag = tag, .what = what };
        return told;
}

static inline void fake_on_state(void *userdata, bool is_up, const char *why)
{
        pl_assert(userdata == &fake);
        assert_false(fake.is_calling);
        fake.is_up = is_up;
        fake.states++;
        (void) snprintf(fake.why, sizeof fake.why, "%s", why);
}

static inline void fake_on_reloaded(void *userdata)
{
        pl_assert(userdata == &fake);
        fake.reloads++;
}

static inline void fake_on_set(void *userdata, uint64_t tag, enum pl_write_result result, int error)
{
        pl_assert(userdata == &fake);
        fake_tell(tag, (int) result)->error = error;
}

static inline void fake_on_cause(void *userdata, uint64_t tag, enum pl_drift_cause cause,
                                 const char *words)
{
        pl_assert(userdata == &fake);
        (void) snprintf(fake_tell(tag, (int) cause)->words, PL_BUS_WORDS_BYTES, "%s", words);
}

static inline void fake_on_job(void *userdata, uint64_t tag, bool is_done, const char *why)
{
        pl_assert(userdata == &fake);
        (void) snprintf(fake_tell(tag, is_done)->words, PL_BUS_WORDS_BYTES, "%s", why);
}

static inline void fake_on_service(void *userdata, uint64_t tag,
                                   const struct pl_bus_service *service)
{
        struct fake_told *told = fake_tell(tag, service != NULL);

        pl_assert(userdata == &fake);
        if (!service)
                return;
        fake.service = *service;
        fake.service.path = NULL;
        (void) snprintf(told->words, PL_BUS_WORDS_BYTES, "%s", service->path);
}

/* ---- what it answers ---- */

static inline const struct fake_rule *fake_rule_of(const char *member)
{
        static struct fake_rule taken;

        for (size_t i = 0; i < FAKE_RULES_MAX && fake.rules[i].member; i++) {
                struct fake_rule *rule = &fake.rules[i];

                if (strcmp(rule->member, member) != 0)
                        continue;
                taken = *rule;
                if (rule->times == 1)
                        rule->way = FAKE_ANSWERS;
                if (rule->times > 0)
                        rule->times--;
                return &taken;
        }
        return NULL;
}

static inline int fake_answer_property(sd_bus_message *message)
{
        sd_bus_message *reply;
        const char *interface, *name;

        assert_true(sd_bus_message_read(message, "ss", &interface, &name) > 0);
        if (strcmp(name, "Version") == 0)
                return sd_bus_reply_method_return(message, "v", "s", fake.version);
        if (fake.missing && strcmp(name, fake.missing) == 0)
                return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_PROPERTY, "No");
        if (fake.mistyped && strcmp(name, fake.mistyped) == 0)
                return sd_bus_reply_method_return(message, "v", "x", INT64_C(1));
        if (strcmp(name, "DropInPaths") != 0) {
                (void) snprintf(fake.interface, sizeof fake.interface, "%s", interface);
                if (strcmp(name, "Restart") == 0)
                        return sd_bus_reply_method_return(message, "v", "s", fake.restart);
                if (strcmp(name, "KillSignal") == 0)
                        return sd_bus_reply_method_return(message, "v", "i", fake.kill_signal);
                if (strcmp(name, "MainPID") == 0)
                        return sd_bus_reply_method_return(message, "v", "u", fake.main_pid);
                if (strcmp(name, "ControlGroup") == 0)
                        return sd_bus_reply_method_return(message, "v", "s", fake.cgroup);
                if (strcmp(name, "MemoryZSwapWriteback") == 0)
                        return sd_bus_reply_method_return(message, "v", "b",
                                                          fake.property_bytes != 0);
                return sd_bus_reply_method_return(message, "v", "t", fake.property_bytes);
        }
        assert_true(sd_bus_message_new_method_return(message, &reply) >= 0);
        assert_true(sd_bus_message_open_container(reply, 'v', "as") >= 0);
        assert_true(sd_bus_message_append_strv(reply, (char **) (void *) fake.drop_ins) >= 0);
        assert_true(sd_bus_message_close_container(reply) >= 0);
        assert_true(sd_bus_send(NULL, reply, NULL) >= 0);
        sd_bus_message_unref(reply);
        return 1;
}

static inline int fake_answer_unit(sd_bus_message *message)
{
        _cleanup_free_ char *object = NULL;

        assert_true(sd_bus_path_encode(PL_BUS_OBJECT "/unit", fake.unit, &object) >= 0);
        return sd_bus_reply_method_return(message, "o", object);
}

/* "x.service runtime MemoryMax=1 MemoryZSwapWriteback=b0" */
static inline void fake_note_set(sd_bus_message *message)
{
        struct pl_text text;
        const char *unit, *name, *type;
        uint64_t number;
        int flag;

        pl_text_init(&text, fake.set, sizeof fake.set);
        assert_true(sd_bus_message_read(message, "sb", &unit, &flag) > 0);
        pl_text_addf(&text, "%s %s", unit, flag ? "runtime" : "for good");
        assert_true(sd_bus_message_enter_container(message, 'a', "(sv)") > 0);
        while (sd_bus_message_enter_container(message, 'r', "sv") > 0) {
                assert_true(sd_bus_message_read(message, "s", &name) > 0);
                assert_true(sd_bus_message_peek_type(message, NULL, &type) > 0);
                pl_text_addf(&text, " %s=", name);
                if (strcmp(type, "b") == 0) {
                        assert_true(sd_bus_message_read(message, "v", "b", &flag) > 0);
                        pl_text_addf(&text, "b%d", flag);
                } else {
                        assert_true(sd_bus_message_read(message, "v", "t", &number) > 0);
                        pl_text_add_u64(&text, number);
                }
                assert_true(sd_bus_message_exit_container(message) > 0);
        }
}

static inline int fake_answer(sd_bus_message *message)
{
        if (sd_bus_message_is_method_call(message, NULL, "Hello"))
                return sd_bus_reply_method_return(message, "s", ":1.7");
        if (sd_bus_message_is_method_call(message, NULL, "AddMatch"))
                return sd_bus_reply_method_return(message, NULL);
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "Subscribe"))
                return 1;
        if (sd_bus_message_is_method_call(message, NULL, "Get"))
                return fake_answer_property(message);
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "GetUnitByControlGroup"))
                return fake_answer_unit(message);
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "SetUnitProperties"))
                return sd_bus_reply_method_return(message, NULL);
        /* Behind SetUnitProperties, whatever the answer: by then the files are written. */
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "GetUnit"))
                return sd_bus_reply_method_return(message, "o", PL_BUS_OBJECT);
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "StartUnit") ||
            sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "StopUnit"))
                return sd_bus_reply_method_return(message, "o", fake.job);
        fail_msg("nobody should ask for %s", sd_bus_message_get_member(message));
        return -EINVAL;
}

static inline int fake_on_call(sd_bus_message *message, void *userdata, sd_bus_error *error)
{
        static const struct fake_rule answers = { .way = FAKE_ANSWERS };
        const char *member = sd_bus_message_get_member(message);
        const struct fake_rule *rule = fake_rule_of(member);

        (void) userdata, (void) error;
        rule = rule ? rule : &answers;
        fake.asked++;
        if (sd_bus_message_is_method_call(message, PL_BUS_MANAGER, "SetUnitProperties"))
                fake_note_set(message);
        switch (rule->way) {
        case FAKE_REFUSES:
                return sd_bus_reply_method_errorf(message, rule->error, "No: %s", rule->error);
        case FAKE_ENDS:
                sd_bus_close(fake.peer);
                return 1;
        case FAKE_HOLDS:
                return 1;
        case FAKE_ANSWERS:
        default:
                return fake_answer(message);
        }
}

static inline int fake_on_connection(sd_event_source *source, int fd, uint32_t events,
                                     void *userdata)
{
        int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

        (void) source, (void) events, (void) userdata;
        assert_true(connection >= 0);
        fake.connections++;
        if (fake.is_mute) {
                fake.mute_fd = connection;
                return 0;
        }
        sd_bus_close_unref(fake.peer);
        assert_true(sd_bus_new(&fake.peer) >= 0);
        assert_true(sd_bus_set_fd(fake.peer, connection, connection) >= 0);
        assert_true(sd_bus_set_server(fake.peer, 1, (sd_id128_t){}) >= 0);
        assert_true(sd_bus_set_anonymous(fake.peer, 1) >= 0);
        if (!fake.is_own)
                assert_true(sd_bus_set_sender(fake.peer, fake.owner) >= 0);
        assert_true(sd_bus_set_close_on_exit(fake.peer, 0) >= 0);
        assert_true(sd_bus_add_filter(fake.peer, NULL, fake_on_call, NULL) >= 0);
        assert_true(sd_bus_start(fake.peer) >= 0);
        assert_true(sd_bus_attach_event(fake.peer, fake.event, SD_EVENT_PRIORITY_NORMAL) >= 0);
        return 0;
}

/* ---- signals ---- */

/* From whomever it says. */
static inline void fake_signal(const char *sender, const char *interface, const char *member,
                               const char *types, ...)
{
        sd_bus_message *signal;
        va_list list;

        assert_true(sd_bus_message_new_signal(fake.peer, &signal, PL_BUS_OBJECT, interface,
                                              member) >= 0);
        if (sender)
                assert_true(sd_bus_message_set_sender(signal, sender) >= 0);
        va_start(list, types);
        assert_true(sd_bus_message_appendv(signal, types, list) >= 0);
        va_end(list);
        assert_true(sd_bus_send(fake.peer, signal, NULL) >= 0);
        sd_bus_message_unref(signal);
}

/* ---- life ---- */

static inline void fake_listen(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        pl_assert(fake.fd < 0);
        memcpy(address.sun_path, fake.path, sizeof fake.path);
        fake.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_true(fake.fd >= 0);
        assert_int_equal(bind(fake.fd, (const struct sockaddr *) &address, sizeof address), 0);
        assert_int_equal(listen(fake.fd, 4), 0);
        assert_true(sd_event_add_io(fake.event, &fake.source, fake.fd, EPOLLIN, fake_on_connection,
                                    NULL) >= 0);
}

static inline int fake_set_up(void **state)
{
        (void) place_clear(state);
        memset(&fake, 0, sizeof fake);
        fake.fd = fake.mute_fd = -1;
        fake.owner = ":1.0";
        fake.version = "257";
        fake.unit = "x.service";
        fake.job = PL_BUS_OBJECT "/job/17";
        fake.restart = "always";
        fake.cgroup = "/system.slice/x.service";
        fake.kill_signal = SIGTERM;
        fake.main_pid = 42;
        (void) snprintf(fake.path, sizeof fake.path, "%s/socket", place_path);
        (void) snprintf(fake.address, sizeof fake.address, "unix:path=%s", fake.path);
        assert_true(sd_event_new(&fake.event) >= 0);
        return 0;
}

/* The module, which does nothing before the loop turns. */
static inline void fake_new(void)
{
        const struct pl_bus_options options = {
                .event = fake.event,
                .address = fake.address,
                .handlers = { &fake, fake_on_state, fake_on_reloaded, fake_on_set, fake_on_cause,
                              fake_on_job, fake_on_service },
        };

        fake.is_calling = true;
        assert_int_equal(pl_bus_new(&options, &fake.bus), 0);
        fake.is_calling = false;
        fake.bus->places[0].is_own = fake.is_own;
}

static inline int fake_tear_down(void **state)
{
        (void) state;
        pl_bus_free(fake.bus);
        sd_bus_close_unref(fake.peer);
        sd_event_source_disable_unref(fake.source);
        pl_cleanup_close(&fake.fd);
        pl_cleanup_close(&fake.mute_fd);
        sd_event_unref(fake.event);
        return 0;
}

/* For the next row of a table. */
static inline void fake_again(void **state)
{
        (void) fake_tear_down(state);
        (void) fake_set_up(state);
}

/* One turn of the loop, in which something happens. */
static inline void fake_turn(void)
{
        assert_true(sd_event_run(fake.event, FAKE_PATIENCE_USEC) > 0);
}

#define UNTIL(condition)                                                                           \
        while (!(condition))                                                                       \
        fake_turn()

/* The module with a connection that is up. */
static inline void fake_connect(void)
{
        fake_listen();
        fake_new();
        UNTIL(fake.states > 0);
        assert_true(fake.is_up);
        assert_true(pl_bus_is_up(fake.bus));
        fake.asked = 0;
}

#define CALL(call)                                                                                 \
        ({                                                                                         \
                fake.is_calling = true;                                                            \
                int call_r_ = (call);                                                              \
                fake.is_calling = false;                                                           \
                call_r_;                                                                           \
        })

static const struct pl_bus_unit fake_unit = { "x.service", "/system.slice/x.service" };

static inline struct pl_limits fake_limits(void)
{
        struct pl_limits limits = {};

        pl_limits_put(&limits, PL_LIMIT_MAX, 64 * PL_MIB);
        return limits;
}

/* Something is asked and answered: all that was sent before it has been received. */
static inline void fake_pass(void)
{
        const struct pl_limits limits = fake_limits();
        unsigned before = fake.told_count;

        assert_int_equal(CALL(pl_bus_set(fake.bus, 4711, &fake_unit, &limits)), 0);
        UNTIL(fake.told_count > before);
        assert_int_equal(fake.told[before].tag, 4711);
        assert_int_equal(fake.told[before].what, PL_WRITTEN);
        fake.told_count = before;
}

#define FAKE_TEST(function) cmocka_unit_test_setup_teardown(function, fake_set_up, fake_tear_down)
