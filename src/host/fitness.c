/* SPDX-License-Identifier: Apache-2.0 */

/* Each topic is a function that says what is wrong and returns false, or says nothing and returns true. What is short of
 * that, a warning or a word about what is well, is doctor's alone. */

#include "plimsoll/host/fitness.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static void set_words(char words[PL_FITNESS_WORDS_MAX], const char *first, const char *second)
{
        struct pl_text text;

        pl_text_init(&text, words, PL_FITNESS_WORDS_MAX);
        pl_text_add(&text, first);
        pl_text_add(&text, second);
        pl_assert(text.length > 0);
        pl_assert(!text.cut);
}

static void find(struct pl_fitness *fitness, const char *words)
{
        set_words(fitness->found, words, "");
}

static void explain(struct pl_fitness *fitness, const char *words)
{
        set_words(fitness->why, words, "");
}

static char *next_advice(struct pl_fitness *fitness)
{
        pl_assert(fitness->advice_count < PL_FITNESS_ADVICE_MAX);

        return fitness->advice[fitness->advice_count++];
}

static void advise(struct pl_fitness *fitness, const char *words)
{
        set_words(next_advice(fitness), words, "");
}

static void advise_unified(const char *init_name, struct pl_fitness *fitness)
{
        struct pl_text text;

        if (!init_name) {
                advise(fitness, "boot with systemd.unified_cgroup_hierarchy=1: Debian, "
                                "GRUB_CMDLINE_LINUX in /etc/default/grub, then update-grub; RHEL, "
                                "grubby --update-kernel=ALL "
                                "--args=systemd.unified_cgroup_hierarchy=1");
                return;
        }
        pl_text_init(&text, next_advice(fitness), PL_FITNESS_WORDS_MAX);
        pl_text_add(&text, "boot with cgroup_no_v1=all and let process 1 (");
        pl_text_add_clean(&text, pl_span_of(init_name));
        pl_text_add(&text, ") mount cgroup2 at /sys/fs/cgroup");
}

static bool judge_layout(const struct pl_features *features, const char *init_name,
                         struct pl_fitness *fitness)
{
        switch (features->mounts.layout) {
        case PL_CGROUP_LAYOUT_UNIFIED:
                return true;
        case PL_CGROUP_LAYOUT_HYBRID:
                set_words(fitness->found, "v1 and v2 are mounted side by side",
                          features->mounts.memory_on_v1 ? " and memory belongs to v1" : "");
                break;
        case PL_CGROUP_LAYOUT_V1:
                find(fitness, "only cgroup v1 is mounted");
                break;
        case PL_CGROUP_LAYOUT_NONE:
                find(fitness, "no whole cgroup tree is mounted in sight");
                break;
        case PL_CGROUP_LAYOUT_UNKNOWN:
                find(fitness, "/proc/self/mountinfo could not be read");
                advise(fitness, "mount -t proc proc /proc");
                break;
        }
        explain(fitness, "Limits and pressure of a container exist only in the unified hierarchy.");
        if (fitness->advice_count == 0)
                advise_unified(init_name, fitness);
        return false;
}

static bool judge_memory(const struct pl_features *features, const char *init_name,
                         struct pl_fitness *fitness)
{
        (void) init_name;
        if (features->memory_disabled_at_boot == PL_FACT_YES) {
                find(fitness, "switched off at boot");
                advise(fitness, "take cgroup_disable=memory off the kernel's command line "
                                "(Raspberry Pi OS: add cgroup_enable=memory to "
                                "/boot/firmware/cmdline.txt) and reboot");
        } else if (features->mounts.layout != PL_CGROUP_LAYOUT_UNIFIED ||
                   features->memory_at_root == PL_FACT_YES) {
                return true; /* where the layout is another, that is what is wrong */
        } else if (features->mounts.memory_on_v1) {
                find(fitness, "not in the unified hierarchy; cgroup v1 has it");
                advise(fitness, "boot with cgroup_no_v1=memory");
        } else {
                find(fitness, "not in the unified hierarchy");
                advise(fitness, "run a kernel built with CONFIG_MEMCG");
        }
        explain(fitness, "Without it no cgroup has a memory limit.");
        return false;
}

static bool judge_view(const struct pl_features *features, const char *init_name,
                       struct pl_fitness *fitness)
{
        (void) init_name;
        if (features->in_host_user_namespace == PL_FACT_NO)
                find(fitness, "in a user namespace, where root is not root");
        else if (features->in_host_cgroup_namespace == PL_FACT_NO)
                find(fitness, "in a container, which sees only its own cgroups");
        else if (features->in_host_pid_namespace == PL_FACT_NO)
                find(fitness, "in a container, which sees only its own processes");
        else
                return true;
        explain(fitness, "plimsolld can neither limit nor end what it cannot see.");
        advise(fitness, "run plimsolld on the host itself");
        advise(fitness, "or in a container started with --privileged --cgroupns=host "
                        "--pid=host --volume /sys/fs/cgroup:/sys/fs/cgroup");
        return false;
}

static bool judge_pidfd(const struct pl_features *features, const char *init_name,
                        struct pl_fitness *fitness)
{
        (void) init_name;
        switch (features->pidfd_open) {
        case PL_FACT_YES:
        case PL_FACT_UNKNOWN:
                return true;
        case PL_FACT_NO:
                find(fitness, "no pidfd_open");
                advise(fitness, "run Linux 5.10 or later");
                break;
        case PL_FACT_DENIED:
                find(fitness, "a sandbox refuses pidfd_open");
                advise(fitness, "run outside of it, or let its seccomp filter pass it");
                break;
        }
        explain(fitness, "A number may belong to another process by the time a signal is "
                         "sent; Plimsoll never ends a process by its number.");
        return false;
}

bool pl_fitness_judge_topic(enum pl_fitness_topic topic, const struct pl_features *features,
                            const char *init_name, struct pl_fitness *ret_fitness)
{
        static const struct {
                const char *subject;
                bool (*judge)(const struct pl_features *features, const char *init_name,
                              struct pl_fitness *fitness);
        } topics[PL_FITNESS_TOPICS] = {
                [PL_FITNESS_CGROUP_V2] = { "cgroup v2", judge_layout },
                [PL_FITNESS_MEMORY_CONTROLLER] = { "memory controller", judge_memory },
                [PL_FITNESS_VIEW] = { "view of the host", judge_view },
                [PL_FITNESS_PIDFD] = { "process handles", judge_pidfd },
        };
        struct pl_fitness fitness = {};

        pl_assert(topic < PL_FITNESS_TOPICS);
        pl_assert(features);
        pl_assert(ret_fitness);

        if (topics[topic].judge(features, init_name, &fitness))
                return true;
        fitness.subject = topics[topic].subject;
        pl_assert(fitness.found[0] != '\0');
        pl_assert(fitness.why[0] != '\0');
        pl_assert(fitness.advice_count > 0);

        *ret_fitness = fitness;
        return false;
}

bool pl_fitness_judge(const struct pl_features *features, struct pl_fitness *ret_fitness)
{
        for (int topic = 0; topic < PL_FITNESS_TOPICS; topic++)
                if (!pl_fitness_judge_topic((enum pl_fitness_topic) topic, features, NULL,
                                            ret_fitness))
                        return false;
        return true;
}

void pl_fitness_add(struct pl_text *text, const struct pl_fitness *fitness)
{
        pl_assert(text);
        pl_assert(fitness && fitness->subject);

        pl_text_addf(text, "plimsolld: %s: %s\n%s\n", fitness->subject, fitness->found,
                     fitness->why);
        for (size_t i = 0; i < fitness->advice_count; i++)
                pl_text_addf(text, "\xE2\x86\x92 %s\n", fitness->advice[i]);
}
