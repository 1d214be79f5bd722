/* SPDX-License-Identifier: Apache-2.0 */

/* What is taken from what a runtime wrote, and what is not. */

#include "plimsoll/identity/names.h"

#include <stdlib.h>

#include "test.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char *const asked[] = { "plimsoll.profile=*", "team" };
static const struct pl_names_keys keys = { PL_ARRAY_LENGTH(asked), asked };

static int read_text(enum pl_names_format format, struct pl_span text, struct pl_names **names)
{
        *names = NULL;
        return pl_names_read(format, text, pl_span_of(ID), &keys, names);
}

static struct pl_names *taken(enum pl_names_format format, const char *text)
{
        struct pl_names *names;

        assert_int_equal(read_text(format, pl_span_of(text), &names), 0);
        return names;
}

static const char *label(const struct pl_names *names, const char *key)
{
        for (size_t i = 0; i < names->labels.count; i++)
                if (strcmp(names->labels.items[i].key, key) == 0)
                        return names->labels.items[i].value;
        return NULL;
}

static void docker(void **state)
{
        struct pl_names *names = taken(
                PL_NAMES_DOCKER,
                "{\"State\":{\"Pid\":7},\"ID\":\"" ID
                "\",\"Name\":\"/api-1\",\"Image\":\"sha256:12\","
                "\"Config\":{\"Image\":\"shop/api:1.2\",\"Labels\":{\"plimsoll.profile\":\"api\","
                "\"other\":\"x\",\"team\":\"\"}}}");

        (void) state;
        assert_string_equal(names->name, "api-1");
        assert_string_equal(names->image, "shop/api:1.2");
        assert_int_equal(names->labels.count, 2);
        assert_string_equal(label(names, "plimsoll.profile"), "api");
        assert_string_equal(label(names, "team"), "");
        assert_null(label(names, "other"));
        assert_null(names->k8s_pod);
        assert_false(names->is_cut);
        pl_names_free(names);
}

static void podman(void **state)
{
        struct pl_names *names = taken(
                PL_NAMES_LIBPOD,
                "{\"id\":\"" ID "\",\"name\":\"web\",\"rootfsImageName\":\"localhost/web:latest\","
                "\"labels\":{\"team\":\"a\"},\"spec\":{\"ociVersion\":\"1.0.2\"}}");

        (void) state;
        assert_string_equal(names->name, "web");
        assert_string_equal(names->image, "localhost/web:latest");
        assert_string_equal(label(names, "team"), "a");
        assert_false(names->is_sandbox);
        pl_names_free(names);

        names = taken(PL_NAMES_LIBPOD, "{\"id\":\"" ID "\",\"name\":\"p-infra\",\"pause\":true}");
        assert_true(names->is_sandbox);
        assert_null(names->image);
        pl_names_free(names);
}

static void kubernetes(void **state)
{
        struct pl_names *names = taken(PL_NAMES_OCI,
                                       "{\"ociVersion\":\"1.0.2\",\"annotations\":{"
                                       "\"io.kubernetes.cri.container-type\":\"container\","
                                       "\"io.kubernetes.cri.container-name\":\"web\","
                                       "\"io.kubernetes.cri.image-name\":\"registry/web:3\","
                                       "\"io.kubernetes.cri.sandbox-name\":\"web-7d4b\","
                                       "\"io.kubernetes.cri.sandbox-namespace\":\"prod\"}}");

        (void) state;
        assert_string_equal(names->name, "web");
        assert_string_equal(names->k8s_container, "web");
        assert_string_equal(names->k8s_pod, "web-7d4b");
        assert_string_equal(names->k8s_namespace, "prod");
        assert_string_equal(names->image, "registry/web:3");
        assert_false(names->is_sandbox);
        pl_names_free(names);

        names = taken(PL_NAMES_OCI, "{\"ociVersion\":\"1.0.2\",\"annotations\":{"
                                    "\"io.kubernetes.cri-o.ContainerType\":\"sandbox\","
                                    "\"io.kubernetes.container.name\":\"POD\","
                                    "\"io.kubernetes.pod.name\":\"web-7d4b\","
                                    "\"io.kubernetes.pod.namespace\":\"prod\"}}");
        assert_true(names->is_sandbox);
        assert_null(names->name);
        assert_string_equal(names->k8s_pod, "web-7d4b");
        pl_names_free(names);

        /* A bundle of nobody's pod. */
        names = taken(PL_NAMES_OCI, "{\"ociVersion\":\"1.0.2\",\"annotations\":null}");
        assert_null(names->name);
        pl_names_free(names);
}

static void containerd(void **state)
{
        static const char text[] = "img:1\0nerdctl/name\0db\0team\0b";
        struct pl_names *names;

        (void) state;
        assert_int_equal(read_text(PL_NAMES_LABELS, pl_span(text, sizeof text), &names), 0);
        assert_string_equal(names->image, "img:1");
        assert_string_equal(names->name, "db");
        assert_string_equal(label(names, "team"), "b");
        pl_names_free(names);

        /* A key without a value; words without an end. */
        assert_int_equal(read_text(PL_NAMES_LABELS, pl_span("i\0team\0", 7), &names),
                         PL_NAMES_E_INVALID);
        assert_int_equal(read_text(PL_NAMES_LABELS, pl_span("i\0team\0b", 8), &names),
                         PL_NAMES_E_INVALID);
        assert_int_equal(read_text(PL_NAMES_LABELS, pl_span("", 0), &names), PL_NAMES_E_INVALID);
}

static void what_is_none(void **state)
{
        static const struct {
                enum pl_names_format format;
                const char *text;
        } rows[] = {
                { PL_NAMES_DOCKER, "" },
                { PL_NAMES_DOCKER, "{" },
                { PL_NAMES_DOCKER, "[]" },
                { PL_NAMES_DOCKER, "\"ID\"" },
                { PL_NAMES_DOCKER, "{\"Name\":\"/api\"}" },
                { PL_NAMES_DOCKER, "{\"ID\":7,\"Name\":\"/api\"}" },
                { PL_NAMES_DOCKER, "{\"ID\":\"" OTHER "\",\"Name\":\"/api\"}" },
                { PL_NAMES_DOCKER, "{\"ID\":\"" ID "\",\"Name\":\"/a\",\"Name\":\"/b\"}" },
                { PL_NAMES_LIBPOD, "{\"ID\":\"" ID "\"}" },
                { PL_NAMES_OCI, "{\"annotations\":{}}" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_names *names;

                assert_row(rows[i].text, read_text(rows[i].format, pl_span_of(rows[i].text),
                                                   &names) == PL_NAMES_E_INVALID);
        }
}

/* Of another type than it should be it is not there. */
static void what_is_of_another_type(void **state)
{
        struct pl_names *names = taken(PL_NAMES_DOCKER,
                                       "{\"ID\":\"" ID "\",\"Name\":[\"/a\"],\"Config\":7}");

        (void) state;
        assert_null(names->name);
        pl_names_free(names);
        names = taken(PL_NAMES_DOCKER,
                      "{\"ID\":\"" ID
                      "\",\"Name\":\"/\",\"Config\":{\"Labels\":[1],\"Image\":{}}}");
        assert_null(names->name);
        assert_int_equal(names->labels.count, 0);
        pl_names_free(names);
        names = taken(PL_NAMES_LIBPOD, "{\"id\":\"" ID "\",\"labels\":{\"team\":1},\"pause\":1}");
        assert_int_equal(names->labels.count, 0);
        assert_false(names->is_sandbox);
        pl_names_free(names);
}

static char *with(const char *before, size_t count, const char *behind)
{
        size_t length = strlen(before);
        char *text = malloc(length + count + strlen(behind) + 1);

        assert_non_null(text);
        memcpy(text, before, length);
        memset(text + length, 'x', count);
        (void) strcpy(text + length + count, behind);
        return text;
}

/* Never half of it, which would be somebody else's. */
static void what_is_too_long_is_left_out(void **state)
{
        static const struct {
                const char *before, *behind;
                size_t max;
                bool is_label;
        } rows[] = {
                { "{\"ID\":\"" ID "\",\"Name\":\"/", "\"}", PL_NAMES_NAME_MAX, false },
                { "{\"ID\":\"" ID "\",\"Config\":{\"Image\":\"", "\"}}", PL_NAMES_IMAGE_MAX,
                  false },
                /* The key is "team", and both have a NUL. */
                { "{\"ID\":\"" ID "\",\"Config\":{\"Labels\":{\"team\":\"", "\"}}}",
                  PL_NAMES_LABEL_BYTES_MAX - 6, true },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                for (size_t over = 0; over < 2; over++) {
                        char *text = with(rows[i].before, rows[i].max + over, rows[i].behind);
                        struct pl_names *names = taken(PL_NAMES_DOCKER, text);
                        bool is_there = rows[i].is_label ? names->labels.count == 1
                                                         : names->name || names->image;

                        assert_int_equal(is_there, over == 0);
                        assert_int_equal(names->is_cut, over == 1);
                        pl_names_free(names);
                        free(text);
                }
}

/* A hundred kilobytes of labels that nobody asked for cost nothing. */
static void labels_of_others_do_not_count(void **state)
{
        char *text = with("{\"ID\":\"" ID "\",\"Config\":{\"Labels\":{\"big\":\"", 100000,
                          "\",\"team\":\"a\"}}}");
        struct pl_names *names = taken(PL_NAMES_DOCKER, text);

        (void) state;
        assert_string_equal(label(names, "team"), "a");
        assert_false(names->is_cut);
        pl_names_free(names);
        free(text);
}

/* Words are kept as they are; whoever shows them cleans them. */
static void hostile_words(void **state)
{
        struct pl_names *names = taken(PL_NAMES_DOCKER,
                                       "{\"ID\":\"" ID "\",\"Name\":\"/a\\u001b[31m\\nb\"}");

        (void) state;
        assert_string_equal(names->name, "a\033[31m\nb");
        pl_names_free(names);
        /* A NUL within would make another word of it. */
        assert_int_equal(read_text(PL_NAMES_DOCKER,
                                   pl_span_of("{\"ID\":\"" ID "\",\"Name\":\"/a\\u0000b\"}"),
                                   &names),
                         PL_NAMES_E_INVALID);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(docker),
                cmocka_unit_test(podman),
                cmocka_unit_test(kubernetes),
                cmocka_unit_test(containerd),
                cmocka_unit_test(what_is_none),
                cmocka_unit_test(what_is_of_another_type),
                cmocka_unit_test(what_is_too_long_is_left_out),
                cmocka_unit_test(labels_of_others_do_not_count),
                cmocka_unit_test(hostile_words),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
