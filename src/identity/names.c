/* SPDX-License-Identifier: Apache-2.0 */

/* Each runtime has its own words for the same few things. What they stand for is put together as pointers into the text that
 * was read, and then copied in one piece, so that what is kept of ten thousand containers is no more than their names.
 *
 * Docker's file has what `docker run` was told. podman's database has the same as JSON under the container's id. In Kubernetes
 * the runtimes write what kubelet told them into the annotations of the bundle, each under keys of its own; the labels of a
 * pod are not among them. containerd's database has labels alone; those of nerdctl say how the container is called.
 */

#include "plimsoll/identity/names.h"

#include <errno.h>
#include <stdlib.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/diag.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/json/read.h"

/* Views into what was read. */
struct parts {
        const char *name, *image, *k8s_namespace, *k8s_pod, *k8s_container;
        bool is_sandbox, is_cut;
        size_t label_count, label_bytes;
        struct pl_pair labels[PL_NAMES_LABELS_MAX];
};

/* ---- what is kept ---- */

static size_t bytes_of(const char *words)
{
        return words ? strlen(words) + 1 : 0;
}

static const char *keep(char **at, const char *words)
{
        size_t bytes = bytes_of(words);

        if (!words)
                return NULL;
        *at += bytes;
        return memcpy(*at - bytes, words, bytes);
}

static size_t text_bytes(const struct parts *parts)
{
        return bytes_of(parts->name) + bytes_of(parts->image) + bytes_of(parts->k8s_namespace) +
               bytes_of(parts->k8s_pod) + bytes_of(parts->k8s_container) + parts->label_bytes;
}

static int pack(const struct parts *parts, struct pl_names **ret_names)
{
        size_t pair_bytes = parts->label_count * sizeof(struct pl_pair);
        size_t bytes = sizeof(struct pl_names) + pair_bytes + text_bytes(parts);
        struct pl_names *names = malloc(bytes);
        struct pl_pair *pairs;
        char *at;

        if (!names)
                return -ENOMEM;
        pairs = (struct pl_pair *) (names + 1);
        at = (char *) pairs + pair_bytes;
        *names = (struct pl_names){
                .name = keep(&at, parts->name),
                .image = keep(&at, parts->image),
                .k8s_namespace = keep(&at, parts->k8s_namespace),
                .k8s_pod = keep(&at, parts->k8s_pod),
                .k8s_container = keep(&at, parts->k8s_container),
                .is_sandbox = parts->is_sandbox,
                .is_cut = parts->is_cut,
                .labels = { parts->label_count, pairs },
        };
        for (size_t i = 0; i < parts->label_count; i++) {
                pairs[i].key = keep(&at, parts->labels[i].key);
                pairs[i].value = keep(&at, parts->labels[i].value);
        }
        pl_assert(at == (char *) names + bytes);
        *ret_names = names;
        return 0;
}

void pl_names_free(struct pl_names *names)
{
        free(names);
}

/* ---- parts ---- */

/* Empty is not known; what is longer than it may be is left out. */
static void take(struct parts *parts, const char *words, size_t max, const char **ret_part)
{
        if (!words || words[0] == '\0')
                return;
        if (strlen(words) > max)
                parts->is_cut = true;
        else
                *ret_part = words;
}

static bool is_asked_for(const struct pl_names_keys *keys, const char *key)
{
        size_t length = strlen(key);

        for (size_t i = 0; i < keys->count; i++) {
                const char *wanted = keys->items[i];

                if (strncmp(wanted, key, length) == 0 &&
                    (wanted[length] == '\0' || wanted[length] == '='))
                        return true;
        }
        return false;
}

static void take_label(struct parts *parts, const struct pl_names_keys *keys, const char *key,
                       const char *value)
{
        size_t bytes = bytes_of(key) + bytes_of(value);

        if (!is_asked_for(keys, key))
                return;
        if (parts->label_count == PL_ARRAY_LENGTH(parts->labels) ||
            bytes > PL_NAMES_LABEL_BYTES_MAX - parts->label_bytes) {
                parts->is_cut = true;
                return;
        }
        parts->labels[parts->label_count++] = (struct pl_pair){ key, value };
        parts->label_bytes += bytes;
}

/* ---- JSON ---- */

static const struct pl_json_value *member(const struct pl_json_value *object, const char *key)
{
        return object && object->type == PL_JSON_OBJECT ? pl_json_member(object, key) : NULL;
}

static const char *text_of(const struct pl_json_value *object, const char *key)
{
        const struct pl_json_value *value = member(object, key);

        return value && value->type == PL_JSON_STRING ? value->string : NULL;
}

static bool is_true(const struct pl_json_value *object, const char *key)
{
        const struct pl_json_value *value = member(object, key);

        return value && value->type == PL_JSON_BOOL && value->boolean;
}

static void take_labels(struct parts *parts, const struct pl_names_keys *keys,
                        const struct pl_json_value *labels)
{
        if (!labels || labels->type != PL_JSON_OBJECT)
                return;
        for (const struct pl_json_value *label = labels->child; label; label = label->next)
                if (label->type == PL_JSON_STRING)
                        take_label(parts, keys, label->key, label->string);
}

static bool has_id(const struct pl_json_value *object, const char *key, struct pl_span id)
{
        const char *words = text_of(object, key);

        return words && pl_span_equals(id, words);
}

/* Its name has a slash in front. */
static bool read_docker(const struct pl_json_value *root, struct pl_span id,
                        const struct pl_names_keys *keys, struct parts *parts)
{
        const struct pl_json_value *config = member(root, "Config");
        const char *name = text_of(root, "Name");

        if (!has_id(root, "ID", id))
                return false;
        if (name && name[0] == '/')
                name++;
        take(parts, name, PL_NAMES_NAME_MAX, &parts->name);
        take(parts, text_of(config, "Image"), PL_NAMES_IMAGE_MAX, &parts->image);
        take_labels(parts, keys, member(config, "Labels"));
        return true;
}

/* That of a pod which holds its namespaces is marked "pause", whatever its image is. */
static bool read_libpod(const struct pl_json_value *root, struct pl_span id,
                        const struct pl_names_keys *keys, struct parts *parts)
{
        if (!has_id(root, "id", id))
                return false;
        take(parts, text_of(root, "name"), PL_NAMES_NAME_MAX, &parts->name);
        take(parts, text_of(root, "rootfsImageName"), PL_NAMES_IMAGE_MAX, &parts->image);
        parts->is_sandbox = is_true(root, "pause");
        take_labels(parts, keys, member(root, "labels"));
        return true;
}

/* What kubelet told a runtime, under its own key for it. */
struct dialect {
        const char *type, *sandbox; /* the word for one */
        const char *name, *pod, *namespace_, *image;
};

static const struct dialect dialects[] = {
        { "io.kubernetes.cri.container-type", "sandbox", "io.kubernetes.cri.container-name",
          "io.kubernetes.cri.sandbox-name", "io.kubernetes.cri.sandbox-namespace",
          "io.kubernetes.cri.image-name" },
        { "io.kubernetes.cri-o.ContainerType", "sandbox", "io.kubernetes.container.name",
          "io.kubernetes.pod.name", "io.kubernetes.pod.namespace",
          "io.kubernetes.cri-o.ImageName" },
};

static void read_dialect(const struct pl_json_value *annotations, const struct dialect *dialect,
                         struct parts *parts)
{
        const char *type = text_of(annotations, dialect->type);

        if (!type)
                return;
        parts->is_sandbox = strcmp(type, dialect->sandbox) == 0;
        take(parts, text_of(annotations, dialect->namespace_), PL_NAMES_NAME_MAX,
             &parts->k8s_namespace);
        take(parts, text_of(annotations, dialect->pod), PL_NAMES_NAME_MAX, &parts->k8s_pod);
        take(parts, text_of(annotations, dialect->image), PL_NAMES_IMAGE_MAX, &parts->image);
        /* CRI-O calls a sandbox "POD". */
        if (!parts->is_sandbox)
                take(parts, text_of(annotations, dialect->name), PL_NAMES_NAME_MAX,
                     &parts->k8s_container);
        parts->name = parts->k8s_container;
}

/* A bundle does not have the id of its container. */
static bool read_oci(const struct pl_json_value *root, struct pl_span id,
                     const struct pl_names_keys *keys, struct parts *parts)
{
        const struct pl_json_value *annotations = member(root, "annotations");

        (void) id;
        if (!text_of(root, "ociVersion"))
                return false;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(dialects); i++)
                read_dialect(annotations, &dialects[i], parts);
        take_labels(parts, keys, annotations);
        return true;
}

typedef bool read_function(const struct pl_json_value *root, struct pl_span id,
                           const struct pl_names_keys *keys, struct parts *parts);

static int read_json(read_function *read, struct pl_span text, struct pl_span id,
                     const struct pl_names_keys *keys, struct pl_names **ret_names)
{
        _cleanup_(pl_cleanup_json_document) struct pl_json_document *document = NULL;
        struct parts parts = {};
        struct pl_diag diag;
        int r;

        pl_diag_clear(&diag);
        r = pl_json_parse(text, NULL, &diag, &document);
        if (r < 0)
                return r;
        if (r != 0 || !read(pl_json_root(document), id, keys, &parts))
                return PL_NAMES_E_INVALID;
        return pack(&parts, ret_names);
}

/* ---- labels alone ---- */

static const char *next_words(struct pl_span *rest)
{
        const char *words = rest->data;

        if (pl_span_empty(*rest) || !memchr(words, '\0', rest->length))
                return NULL;
        *rest = pl_span_from(*rest, strlen(words) + 1);
        return words;
}

static int read_labels(struct pl_span text, const struct pl_names_keys *keys,
                       struct pl_names **ret_names)
{
        struct parts parts = {};
        const char *image = next_words(&text);

        if (!image)
                return PL_NAMES_E_INVALID;
        take(&parts, image, PL_NAMES_IMAGE_MAX, &parts.image);
        while (!pl_span_empty(text)) {
                const char *key = next_words(&text);
                const char *value = key ? next_words(&text) : NULL;

                if (!value)
                        return PL_NAMES_E_INVALID;
                if (strcmp(key, "nerdctl/name") == 0)
                        take(&parts, value, PL_NAMES_NAME_MAX, &parts.name);
                take_label(&parts, keys, key, value);
        }
        return pack(&parts, ret_names);
}

int pl_names_read(enum pl_names_format format, struct pl_span text, struct pl_span id,
                  const struct pl_names_keys *keys, struct pl_names **ret_names)
{
        static read_function *const readers[PL_NAMES_FORMATS] = {
                [PL_NAMES_DOCKER] = read_docker,
                [PL_NAMES_LIBPOD] = read_libpod,
                [PL_NAMES_OCI] = read_oci,
        };

        pl_assert(format < PL_NAMES_FORMATS);
        pl_assert(keys && ret_names);

        return readers[format] ? read_json(readers[format], text, id, keys, ret_names)
                               : read_labels(text, keys, ret_names);
}
