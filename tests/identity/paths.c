/* SPDX-License-Identifier: Apache-2.0 */

/* Every pattern that a runtime, systemd or the kubelet is known to make, as one row: path, and all that it says. */

#include "plimsoll/identity/identity.h"

#include "test.h"

#define ID    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHORT "0123456789ab"
#define POD   "2f4a8c1e_0b7d_4e5f_9a6b_1c2d3e4f5a6b"
#define UID   "2f4a8c1e-0b7d-4e5f-9a6b-1c2d3e4f5a6b"
#define HASH  "5d41402abc4b2a76b9719d911017c592"
#define USER  "user.slice/user-1000.slice/user@1000.service/"

enum { NO_QOS = 0, GUARANTEED, BURSTABLE, BEST_EFFORT }; /* one more than enum pl_qos */
enum { NONE = 0, SYSTEMD, DOCKER, PODMAN, CONTAINERD, CRIO, LXC, NSPAWN }; /* likewise */

static const struct row {
        const char *path;
        const char *kind;
        const char *name;
        const char *slice;
        const char *unit;
        const char *container;
        const char *inner; /* what of the path is inside of the workload */
        const char *pod;
        int runtime, qos;
        const char *flags; /* v: vital, u: below a user's manager */
        int uid;           /* and one more */
} rows[] = {
        /* systemd, the host's */
        { "", "holder", .name = "" },
        { "/", "holder", .name = "" },
        { "init.scope", "scope", "init", .unit = "init.scope", .flags = "v" },
        { "system.slice", "holder", "system.slice", .slice = "system.slice" },
        { "/system.slice/nginx.service", "service", "nginx", "system.slice",
          .unit = "nginx.service" },
        { "system.slice/systemd-journald.service", "service", "systemd-journald", "system.slice",
          .unit = "systemd-journald.service" },
        { "system.slice/system-getty.slice/getty@tty1.service", "service", "getty@tty1",
          "system-getty.slice", .unit = "getty@tty1.service" },
        { "system.slice/system-postgresql.slice/postgresql@15-main.service", "service",
          "postgresql@15-main", "system-postgresql.slice", .unit = "postgresql@15-main.service" },
        { "system.slice/backup\\x2dof\\x2dmail.service", "service", "backup-of-mail",
          "system.slice", .unit = "backup\\x2dof\\x2dmail.service" },
        { "system.slice/caf\\xc3\\xa9.service", "service", "caf\xc3\xa9", "system.slice",
          .unit = "caf\\xc3\\xa9.service" },
        { "system.slice/a\\x0ab.service", "service", "a\\x0ab", "system.slice",
          .unit = "a\\x0ab.service" },
        { "system.slice/run-r0a1b2c.scope", "scope", "run-r0a1b2c", "system.slice",
          .unit = "run-r0a1b2c.scope" },
        { "system.slice/dev-hugepages.mount", "unit", "dev-hugepages.mount", "system.slice",
          .unit = "dev-hugepages.mount" },
        { "system.slice/dev-sda2.swap", "unit", "dev-sda2.swap", "system.slice",
          .unit = "dev-sda2.swap" },
        { "system.slice/ssh.socket", "unit", "ssh.socket", "system.slice", .unit = "ssh.socket" },
        { "system.slice/system.slice/x", "plain", "x", .slice = "system.slice" },
        { "plimsolld.slice", "holder", "plimsolld.slice", "plimsolld.slice", .flags = "v" },
        { "plimsolld.slice/plimsolld.service", "service", "plimsolld", "plimsolld.slice",
          "plimsolld.service", .flags = "v" },
        { "system.slice/plimsolld.slice/x.service", "service", "x", "plimsolld.slice",
          .unit = "x.service" },
        { "system.slice/init.scope", "scope", "init", "system.slice", .unit = "init.scope" },
        { "dev-hugepages.mount", "unit", "dev-hugepages.mount", .unit = "dev-hugepages.mount" },
        { "system.slice/foo.service/worker-1", "service", "foo", "system.slice", "foo.service",
          .inner = "/worker-1" },
        { "plimsoll.slice/plimsoll-batch.slice/encode.service", "service", "encode",
          "plimsoll-batch.slice", .unit = "encode.service" },

        /* users */
        { "user.slice/user-1000.slice", "holder", "user-1000.slice", "user-1000.slice",
          .uid = 1001 },
        { "user.slice/user-1000.slice/session-3.scope", "session", "session 3 of user 1000",
          "user-1000.slice", "session-3.scope", .uid = 1001 },
        { "user.slice/user-0.slice/session-c1.scope", "session", "session c1 of user 0",
          "user-0.slice", "session-c1.scope", .uid = 1 },
        { "system.slice/session-3.scope", "scope", "session-3", "system.slice",
          .unit = "session-3.scope" },
        { USER, "holder", "user@1000.service", "user-1000.slice", "user@1000.service", .flags = "u",
          .uid = 1001 },
        { USER "init.scope", "scope", "manager of user 1000", "user-1000.slice", "init.scope",
          .flags = "u", .uid = 1001 },
        { USER "app.slice/mail.service", "service", "mail", "app.slice", "mail.service",
          .flags = "u", .uid = 1001 },
        { USER "app.slice/app-gnome-org.mozilla.firefox-4711.scope", "scope", "org.mozilla.firefox",
          "app.slice", "app-gnome-org.mozilla.firefox-4711.scope", .flags = "u", .uid = 1001 },
        { USER "app.slice/app-firefox-4711.scope", "scope", "firefox", "app.slice",
          "app-firefox-4711.scope", .flags = "u", .uid = 1001 },
        { USER "app.slice/app-gnome-gedit@7f.service", "service", "gedit", "app.slice",
          "app-gnome-gedit@7f.service", .flags = "u", .uid = 1001 },
        { USER "app.slice/app-my\\x2dtool.service", "service", "my-tool", "app.slice",
          "app-my\\x2dtool.service", .flags = "u", .uid = 1001 },
        { USER "plimsolld.slice/x.service", "service", "x", "plimsolld.slice", "x.service",
          .flags = "u", .uid = 1001 },
        { USER "kubepods.slice/kubepods-pod" HASH ".slice/x.service", "service", "x",
          "kubepods-pod" HASH ".slice", "x.service", .flags = "u", .uid = 1001 },
        { USER "app.slice/by-hand", "plain", "by-hand", "app.slice", .flags = "u", .uid = 1001 },
        { USER "user@0.service/x", "service", "user@0", "user-1000.slice", "user@0.service",
          .inner = "/x", .flags = "u", .uid = 1001 },
        { USER "user-0.slice/session-1.scope", "scope", "session-1", "user-0.slice",
          "session-1.scope", .flags = "u", .uid = 1001 },
        { "user.slice/user-1000.slice/user-runtime-dir@1000.service", "service",
          "user-runtime-dir@1000", "user-1000.slice", "user-runtime-dir@1000.service",
          .uid = 1001 },

        /* docker */
        { "system.slice/docker-" ID ".scope", "container", SHORT, "system.slice",
          "docker-" ID ".scope", SHORT, .runtime = DOCKER },
        { "foo.slice/foo-batch.slice/docker-" ID ".scope", "container", SHORT, "foo-batch.slice",
          "docker-" ID ".scope", SHORT, .runtime = DOCKER },
        { "docker/" ID, "container", SHORT, .container = SHORT, .runtime = DOCKER },
        { "docker/" ID "/system.slice/ssh.service", "container", SHORT, .container = SHORT,
          .inner = "/system.slice/ssh.service", .runtime = DOCKER },
        { "docker/buildkit/k3x9q0f8z7w6v5u4t3s2r1p0o", "container", "k3x9q0f8z7w6v5u4t3s2r1p0o",
          .container = "k3x9q0f8z7w6v5u4t3s2r1p0o", .runtime = DOCKER },
        { "docker", "holder", "docker", .runtime = DOCKER },
        { USER "user.slice/docker-" ID ".scope", "container", SHORT, "user.slice",
          "docker-" ID ".scope", SHORT, .runtime = DOCKER, .flags = "u", .uid = 1001 },
        { "ecstasks.slice/ecstasks-0a1b2c.slice/docker-" ID ".scope", "container", SHORT,
          "ecstasks-0a1b2c.slice", "docker-" ID ".scope", SHORT, .runtime = DOCKER },
        { "system.slice/docker.service", "service", "docker", "system.slice",
          .unit = "docker.service" },

        /* podman */
        { "machine.slice/libpod-" ID ".scope", "container", SHORT, "machine.slice",
          "libpod-" ID ".scope", SHORT, .runtime = PODMAN },
        { "machine.slice/libpod-" ID ".scope/container", "container", SHORT, "machine.slice",
          "libpod-" ID ".scope", SHORT, "/container", .runtime = PODMAN },
        { "machine.slice/libpod-conmon-" ID ".scope", "helper", "conmon of " SHORT, "machine.slice",
          "libpod-conmon-" ID ".scope", .runtime = PODMAN },
        { "libpod_parent/libpod-" ID, "container", SHORT, .container = SHORT, .runtime = PODMAN },
        { "libpod_parent/conmon", "helper", "conmon", .runtime = PODMAN },
        { "libpod_parent/" ID, "holder", ID, .pod = ID, .runtime = PODMAN },
        { "libpod_parent/" ID "/libpod-" ID, "container", SHORT, .container = SHORT, .pod = ID,
          .runtime = PODMAN },
        { "machine.slice/machine-libpod_pod_" ID ".slice/libpod-" ID ".scope/container",
          "container", SHORT, "machine-libpod_pod_" ID ".slice", "libpod-" ID ".scope", SHORT,
          "/container", ID, .runtime = PODMAN },
        { USER "user.slice/user-libpod_pod_" ID ".slice/libpod-" ID ".scope", "container", SHORT,
          "user-libpod_pod_" ID ".slice", "libpod-" ID ".scope", SHORT, "", ID, PODMAN, 0, "u",
          1001 },
        { USER "user.slice/libpod-" ID ".scope/container", "container", SHORT, "user.slice",
          "libpod-" ID ".scope", SHORT, "/container", .runtime = PODMAN, .flags = "u",
          .uid = 1001 },
        { "system.slice/shop.service/libpod-payload-" ID, "service", "shop", "system.slice",
          "shop.service", SHORT, "/libpod-payload-" ID, .runtime = PODMAN },
        { "system.slice/shop.service/supervisor", "service", "shop", "system.slice", "shop.service",
          .inner = "/supervisor" },

        /* Kubernetes */
        { "kubepods.slice", "holder", "kubepods.slice", .slice = "kubepods.slice" },
        { "kubepods.slice/kubepods-burstable.slice", "holder", "kubepods-burstable.slice",
          .slice = "kubepods-burstable.slice" },
        { "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" POD
          ".slice/cri-containerd-" ID ".scope",
          "container", SHORT, "kubepods-burstable-pod" POD ".slice", "cri-containerd-" ID ".scope",
          SHORT, "", UID, CONTAINERD, .qos = BURSTABLE },
        { "kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod" POD ".slice/crio-" ID
          ".scope/container",
          "container", SHORT, "kubepods-besteffort-pod" POD ".slice", "crio-" ID ".scope", SHORT,
          "/container", UID, CRIO, .qos = BEST_EFFORT },
        { "kubepods.slice/kubepods-pod" POD ".slice/docker-" ID ".scope", "container", SHORT,
          "kubepods-pod" POD ".slice", "docker-" ID ".scope", SHORT, "", UID, DOCKER,
          .qos = GUARANTEED },
        { "kubepods.slice/kubepods-pod" POD ".slice/crio-conmon-" ID ".scope", "helper",
          "conmon of " SHORT, "kubepods-pod" POD ".slice", "crio-conmon-" ID ".scope", "", "", UID,
          CRIO, .qos = GUARANTEED },
        { "kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" HASH
          ".slice/cri-containerd-" ID ".scope",
          "container", SHORT, "kubepods-burstable-pod" HASH ".slice", "cri-containerd-" ID ".scope",
          SHORT, "", HASH, CONTAINERD, .qos = BURSTABLE },
        { "kubepods.slice/kubepods-pod" POD ".slice", "holder", "kubepods-pod" POD ".slice",
          "kubepods-pod" POD ".slice", "", "", "", UID, NONE, .qos = GUARANTEED },
        { "kubepods/burstable/pod" UID "/" ID, "container", SHORT, "", "", SHORT, "", UID, NONE,
          .qos = BURSTABLE },
        { "kubepods/besteffort/pod" UID "/crio-" ID, "container", SHORT, "", "", SHORT, "", UID,
          CRIO, .qos = BEST_EFFORT },
        { "kubepods/pod" UID "/" ID "/nested", "container", SHORT, "", "", SHORT, "/nested", UID,
          NONE, .qos = GUARANTEED },
        { "kubepods/pod" HASH, "holder", "pod" HASH, "", "", "", "", HASH, NONE,
          .qos = GUARANTEED },
        { "kubepods/burstable", "holder", "burstable", .qos = BURSTABLE },
        { "kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/"
          "kubelet-kubepods-burstable-pod" POD ".slice/cri-containerd-" ID ".scope",
          "container", SHORT, "kubelet-kubepods-burstable-pod" POD ".slice",
          "cri-containerd-" ID ".scope", SHORT, "", UID, CONTAINERD, .qos = BURSTABLE },
        { "system.slice/docker-" ID
          ".scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD
          ".slice/cri-containerd-" ID ".scope",
          "container", SHORT, "system.slice", "docker-" ID ".scope", SHORT,
          "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" POD
          ".slice/cri-containerd-" ID ".scope",
          .runtime = DOCKER },

        /* containerd, nerdctl, the OCI's slice:prefix:name */
        { "system.slice/nerdctl-" ID ".scope", "container", SHORT, "system.slice",
          "nerdctl-" ID ".scope", SHORT, .runtime = CONTAINERD },
        { "default/" ID, "container", SHORT, .container = SHORT },
        { "k8s.io/" ID, "container", SHORT, .container = SHORT },
        { "system.slice/mine-" ID ".scope", "container", SHORT, "system.slice", "mine-" ID ".scope",
          .container = SHORT },

        /* nspawn, libvirt */
        { "machine.slice/systemd-nspawn@web.service/payload/system.slice", "machine", "web",
          "machine.slice", "systemd-nspawn@web.service", "web", "/payload/system.slice",
          .runtime = NSPAWN },
        { "machine.slice/machine-my\\x2dbox.scope", "machine", "my-box", "machine.slice",
          "machine-my\\x2dbox.scope", "my-box", .runtime = NSPAWN },
        { "machine.slice/machine-qemu\\x2d1\\x2dwindows\\x2d11.scope/libvirt/emulator", "machine",
          "windows-11", "machine.slice", "machine-qemu\\x2d1\\x2dwindows\\x2d11.scope", "",
          .inner = "/libvirt/emulator" },
        { "system.slice/machine-x.scope", "scope", "machine-x", "system.slice",
          .unit = "machine-x.scope" },

        /* LXC */
        { "lxc.payload.mail/system.slice/postfix.service", "container", "mail", .container = "mail",
          .inner = "/system.slice/postfix.service", .runtime = LXC },
        { "lxc.monitor.mail", "helper", "monitor of mail", .runtime = LXC },
        { "lxc.payload.project_mail", "container", "project_mail", .container = "project_mail",
          .runtime = LXC },
        { "lxc/mail", "container", "mail", .container = "mail", .runtime = LXC },
        { "lxc.payload/mail", "container", "mail", .container = "mail", .runtime = LXC },
        { "lxc.monitor/mail", "helper", "monitor of mail", .runtime = LXC },
        { "lxc.pivot", "helper", "monitor of lxc.pivot", .runtime = LXC },

        /* nobody's */
        { "build", "plain", .name = "build" },
        { "build/job-7", "plain", "build", .inner = "/job-7" },
        { "system.slice/by-hand", "plain", "by-hand", .slice = "system.slice" },
        { "docker/by-hand", "plain", "by-hand", .runtime = DOCKER },
        { "kubepods/other", "plain", .name = "other" },
        { "burstable/pod" UID, "plain", "burstable", .inner = "/pod" UID },
};

static struct pl_span or_nothing(const char *string)
{
        return pl_span_of(string ? string : "");
}

static void resolves_every_pattern(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct row *row = &rows[i];
                char buffer[1024];
                struct pl_identity identity;
                struct pl_text text;
                const char *flags = row->flags ? row->flags : "";
                size_t length;

                pl_identity_resolve(pl_span_of(row->path), &identity, &length);
                assert_row(row->path,
                           strcmp(pl_workload_kind_word(identity.standing.kind), row->kind) == 0);
                assert_row(row->path, pl_span_equals_span(identity.slice, or_nothing(row->slice)));
                assert_row(row->path, pl_span_equals_span(identity.unit, or_nothing(row->unit)));
                assert_row(row->path, identity.standing.runtime == row->runtime - 1);
                assert_row(row->path, identity.qos == row->qos - 1);
                assert_row(row->path,
                           !(identity.standing.flags & PL_STANDING_VITAL) == !strchr(flags, 'v'));
                assert_row(row->path,
                           !(identity.standing.flags & PL_STANDING_USER) == !strchr(flags, 'u'));
                assert_row(row->path, identity.standing.uid == (uint32_t) (row->uid - 1));
                if (identity.standing.kind != PL_WORKLOAD_HOLDER)
                        assert_row(row->path,
                                   strcmp(row->path + length, row->inner ? row->inner : "") == 0);

                pl_text_init(&text, buffer, sizeof buffer);
                pl_identity_name(&identity, &text);
                assert_row(row->path, strcmp(buffer, row->name) == 0);
                pl_text_clear(&text);
                pl_identity_container(&identity, &text);
                assert_row(row->path, strcmp(buffer, row->container ? row->container : "") == 0);
                pl_text_clear(&text);
                pl_identity_pod(&identity, &text);
                assert_row(row->path, strcmp(buffer, row->pod ? row->pod : "") == 0);
        }
}

static void takes_instances_apart(void **state)
{
        static const struct {
                const char *path, *prefix, *instance;
        } units[] = {
                { "system.slice/getty@tty1.service", "getty", "tty1" },
                { "system.slice/a@b@c.service", "a", "b@c" },
                { "system.slice/a@.service", "", "" },
                { "system.slice/@a.service", "", "" },
                { "system.slice/nginx.service", "", "" },
                { "system.slice/mnt@x.mount", "mnt", "x" },
                { USER "x.service", "", "" },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(units); i++) {
                struct pl_identity identity;
                size_t length;

                pl_identity_resolve(pl_span_of(units[i].path), &identity, &length);
                assert_row(units[i].path, pl_span_equals(identity.prefix, units[i].prefix));
                assert_row(units[i].path, pl_span_equals(identity.instance, units[i].instance));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(resolves_every_pattern),
                cmocka_unit_test(takes_instances_apart),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
