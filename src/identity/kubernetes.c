/* SPDX-License-Identifier: Apache-2.0 */

/* The kubelet makes a cgroup for each class of service but the best and one for each pod; containers are below the pods.
 * With systemd they are slices whose names repeat the path, kubepods-burstable-pod<uid>.slice, and the dashes of the uid are
 * underscores; without it they are directories, kubepods/burstable/pod<uid>. A pod outside of both classes is Guaranteed.
 * Static pods have 32 digits for a uid and no dashes at all.
 *
 * Below the manager of a user it is a name that he has chosen.
 *
 * Where the kubelet was told to live below another cgroup (--cgroup-root) its slices have that before their names, as in
 * kubelet-kubepods-burstable.slice, so "kubepods" counts at every dash.
 */

#include "parts.h"

#include "plimsoll/base/assert.h"

/* A uid has 36 characters, a static pod's 32; nothing else is asked of it. */
static bool is_uid(struct pl_span uid)
{
        for (size_t i = 0; i < uid.length; i++)
                if (!pl_is_digit(uid.data[i]) && !(uid.data[i] >= 'a' && uid.data[i] <= 'f') &&
                    uid.data[i] != '-' && uid.data[i] != '_')
                        return false;
        return uid.length == 32 || uid.length == 36;
}

static bool is_class(struct pl_span word, int32_t *ret_qos)
{
        if (pl_span_equals(word, "burstable"))
                *ret_qos = PL_QOS_BURSTABLE;
        else if (pl_span_equals(word, "besteffort"))
                *ret_qos = PL_QOS_BEST_EFFORT;
        else
                return false;
        return true;
}

/* Cuts off what is before the word "kubepods" and that itself; false when there is none. */
static bool skip_kubepods(struct pl_span *stem)
{
        while (!pl_span_empty(*stem))
                if (pl_span_equals(pl_span_until(stem, '-'), "kubepods"))
                        return true;
        return false;
}

static void take_pod(struct pl_identity *identity, struct pl_span uid, int32_t qos,
                     struct pl_span label)
{
        pl_assert(is_uid(uid));
        pl_assert(qos >= 0 && qos < PL_QOS_COUNT);

        identity->pod = uid;
        identity->qos = qos;
        pl_identity_is_holder(identity, WHERE_POD, label);
}

bool pl_recognise_pod_slice(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span stem, word, rest;
        int32_t qos = PL_QOS_GUARANTEED;

        if (identity->standing.flags & PL_STANDING_USER ||
            !cut_between(name, "", ".slice", &stem) || !skip_kubepods(&stem))
                return false;
        rest = stem;
        word = pl_span_until(&rest, '-');
        if (is_class(word, &qos)) {
                stem = rest;
                word = rest;
        }
        if (!cut_between(stem, "pod", "", &word) || !is_uid(word))
                return false;
        identity->slice = name;
        take_pod(identity, word, qos, name);
        return true;
}

/* kubepods/ itself at the root, and the classes in it. */
bool pl_recognise_kubepods(struct pl_identity *identity, struct pl_span name)
{
        bool is_root = identity->standing.where == WHERE_ROOT;
        int32_t qos = identity->qos;

        if (is_root ? !pl_span_equals(name, "kubepods") : !is_class(name, &qos))
                return false;
        identity->qos = qos;
        pl_identity_is_holder(identity, WHERE_KUBEPODS, name);
        return true;
}

bool pl_recognise_pod_directory(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span uid;

        pl_assert(identity->standing.where == WHERE_KUBEPODS);

        if (!cut_between(name, "pod", "", &uid) || !is_uid(uid))
                return false;
        take_pod(identity, uid, identity->qos < 0 ? PL_QOS_GUARANTEED : identity->qos, name);
        return true;
}

bool pl_identity_is_in_kubepods(struct pl_span path)
{
        while (!pl_span_empty(path)) {
                struct pl_span part = pl_span_until(&path, '/'), stem;

                if (pl_span_equals(part, "kubepods") ||
                    (cut_between(part, "", ".slice", &stem) && skip_kubepods(&stem)))
                        return true;
        }
        return false;
}
