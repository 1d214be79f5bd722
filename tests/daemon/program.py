#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The built plimsolld over a tree of directories that stands in for the host's cgroups.

Usage: program.py PLIMSOLLD PLIMSOLL DIRECTORY_OF_SHIPPED_POLICIES
"""
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PLIMSOLLD = PLIMSOLL = ""
POLICIES = Path()
WEB = '{ "profile": "web", "match": [ { "unit": "web.service" } ], "memory": { "max": "%s" } }\n'
DEADLINE = 20


def make_cgroup(path):
    """A directory with the files that a look needs."""
    path.mkdir(parents=True)
    (path / "cgroup.procs").write_text("")
    (path / "cgroup.events").write_text("populated 1\nfrozen 0\n")
    (path / "memory.current").write_text("4096\n")


class Place:
    """A tree, a journal and policies, and the daemons over them."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="plimsoll-daemon-"))
        self.tree, self.run, self.policies = self.path / "tree", self.path / "run", self.path / "policies.d"
        for name in ("system.slice/web.service", "system.slice/other.service"):
            make_cgroup(self.tree / name)
        self.policies.mkdir()
        self.started = []

    def arguments(self, *options):
        """The command line."""
        return [PLIMSOLLD, f"--cgroup-root={self.tree}", f"--journal-dir={self.run}",
                f"--policy-dir={self.policies}", *options]

    def once(self, *options, **keywords):
        """Runs it to its end: exit code, standard output, standard error."""
        result = subprocess.run(self.arguments(*options), timeout=60, stdin=subprocess.DEVNULL, capture_output=True,
                                check=False, text=True, **keywords)
        return result.returncode, result.stdout, result.stderr

    def launch(self, *options):
        """Starts it, with its words in a file."""
        words = (self.path / "words").open("a", encoding="utf-8")
        daemon = subprocess.Popen(self.arguments("--foreground", *options), stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=words)
        words.close()
        self.started.append(daemon)
        return daemon

    def start(self, *options):
        """The same, and waits until it runs."""
        daemon = self.launch(*options)
        self.within(DEADLINE, lambda: self.status() and self.status()["health"] == "well")
        return daemon

    def words(self):
        """What was said on standard error so far."""
        return (self.path / "words").read_text(encoding="utf-8")

    def ask(self, *arguments):
        """What plimsoll says of the journal; None when it has nothing to say."""
        result = subprocess.run([PLIMSOLL, *arguments, "--json", f"--journal={self.run}/journal"], timeout=60,
                                capture_output=True, check=False, text=True)
        return result.stdout or None

    def status(self):
        """The status, or None without a journal."""
        text = self.ask("status")
        return json.loads(text) if text and "pid" in json.loads(text) else None

    def profile(self):
        """That of web.service."""
        rows = json.loads(self.ask("list", "--all"))["workloads"]
        return next(row["profile"] for row in rows if row["unit"] == "web.service")

    def events(self):
        """Every act that there is."""
        return [json.loads(line) for line in self.ask("events").splitlines()]

    def within(self, seconds, claim):
        """Waits until it holds, and says how long that took."""
        begin = time.monotonic()
        while not claim():
            if time.monotonic() - begin > seconds:
                raise AssertionError(f"not within {seconds} s; it has said:\n{self.words()}")
            time.sleep(0.02)
        return time.monotonic() - begin

    def done(self):
        """Ends what still runs."""
        for daemon in self.started:
            if daemon.poll() is None:
                daemon.kill()
            daemon.wait(timeout=60)
        shutil.rmtree(self.path)


class Daemon(unittest.TestCase):
    """plimsolld as a service manager or a person meets it."""

    def setUp(self):
        self.place = Place()
        self.addCleanup(self.place.done)

    def end(self, daemon, number=signal.SIGTERM):
        """Its exit code after that signal."""
        daemon.send_signal(number)
        return daemon.wait(timeout=60)

    def test_command_line(self):
        """Help, version, and what makes no sense."""
        self.assertIn("--journal-dir", self.place.once("--help")[1])
        self.assertRegex(self.place.once("--version")[1], r"^plimsolld \d+\.\d+\.\d+\n$")
        code, out, words = self.place.once("--sideways")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("--sideways", words)

    def test_check(self):
        """Both the host and the policy are judged, and nothing is made."""
        (self.place.policies / "web.json").write_text(WEB % "1GiB")
        self.assertEqual(self.place.once("--check")[0], 0)
        (self.place.policies / "web.json").write_text(WEB % "lots")
        code, _, words = self.place.once("--check")
        self.assertEqual(code, 3)
        self.assertIn("web.json:1:", words)
        self.assertFalse(self.place.run.exists())
        shutil.rmtree(self.place.policies)
        code, _, words = self.place.once("--check")
        self.assertEqual(code, 1)
        self.assertIn("policies.d: No such file or directory", words)

    def test_once(self):
        """One look at everybody, and a journal that says that it has ended."""
        (self.place.policies / "web.json").write_text(WEB % "1GiB")
        self.assertEqual(self.place.once("--once")[0], 0)
        self.assertEqual(self.place.profile(), "web")
        self.assertEqual(self.place.status()["health"], "stopped")
        self.assertEqual(self.place.events()[-1]["type"], "ended")

    def test_restore(self):
        """What was there before is there again, without a daemon alone; of one cgroup, and of all."""
        (self.place.policies / "web.json").write_text(
            '{ "profile": "web", "match": [ { "unit": "*.service" } ], "memory": { "max": "1GiB" } }\n')
        (self.place.tree / "system.slice" / "cgroup.procs").write_text("")
        (self.place.tree / "system.slice" / "cgroup.events").write_text("populated 1\nfrozen 0\n")
        limits = [self.place.tree / "system.slice" / name / "memory.max" for name in ("web.service", "other.service")]
        for limit in limits:
            limit.write_text("max\n")
        options = (f"--cgroup-root={self.place.tree}", f"--journal-dir={self.place.run}")

        def restore(option):
            return subprocess.run([PLIMSOLLD, option, *options], timeout=60, capture_output=True, check=False, text=True)

        self.assertEqual(self.place.once("--once")[0], 0)
        self.assertEqual([limit.read_text() for limit in limits], ["1073741824\n"] * 2)
        daemon = self.place.start()
        result = restore("--restore")
        self.assertEqual(result.returncode, 9)
        self.assertIn("plimsoll restore", result.stderr)
        self.end(daemon)
        for path in ("/", "//", "/sys/fs/cgroup", "/sys/fs/cgroup/"):
            result = restore(f"--restore={path}")
            self.assertEqual(result.returncode, 2)
            self.assertIn("plimsolld --restore", result.stderr)
        self.assertEqual(restore("--restore=/sys/fs/cgroupsystem.slice/web.service").returncode, 1)
        self.assertEqual([limit.read_text() for limit in limits], ["1073741824\n"] * 2)
        self.assertEqual(restore("--restore=/sys/fs/cgroup/system.slice/web.service/").returncode, 0)
        self.assertEqual([limit.read_text() for limit in limits], ["max\n", "1073741824\n"])
        result = restore("--restore")
        self.assertEqual(result.returncode, 0)
        self.assertIn("1 limit of 1 cgroup", result.stdout)
        self.assertEqual([limit.read_text() for limit in limits], ["max\n"] * 2)
        self.assertEqual(restore("--restore=/nobody").returncode, 1)

    def test_thaw(self):
        """Whom we hold goes on, with a daemon and without; where the file system has no attributes nobody is held."""
        slice_ = self.place.tree / "system.slice"
        for name in ("web.service", "other.service"):
            (slice_ / name / "cgroup.freeze").write_text("1\n")
        code, out, _ = self.place.once("--thaw")
        self.assertEqual((code, out), (0, "Nobody is held still by plimsolld.\n"))
        try:
            os.setxattr(slice_ / "web.service", "user.plimsoll.held", b"1")
        except OSError:
            self.skipTest("no extended attributes here")
        self.assertEqual(self.place.once("--thaw", "--dry-run")[:2], (0, "/system.slice/web.service would go on\n"))
        self.assertEqual((slice_ / "web.service/cgroup.freeze").read_text(), "1\n")
        self.assertEqual(self.place.once("--thaw")[:2], (0, "/system.slice/web.service goes on\n"))
        self.assertEqual((slice_ / "web.service/cgroup.freeze").read_text(), "0\n")
        self.assertEqual((slice_ / "other.service/cgroup.freeze").read_text(), "1\n")
        self.assertEqual(os.listxattr(slice_ / "web.service"), [])
        shutil.rmtree(self.place.tree)
        self.assertEqual(self.place.once("--thaw")[0], 8)

    def test_shipped_policies(self):
        """They are sound for this host, whatever it is."""
        shutil.rmtree(self.place.policies)
        shutil.copytree(POLICIES, self.place.policies)
        self.assertEqual(self.place.once("--check")[0], 0)

    def test_second(self):
        """It is refused, and the first goes on."""
        daemon = self.place.start()
        code, _, words = self.place.once("--foreground")
        self.assertEqual(code, 9)
        self.assertIn("another plimsolld is running", words)
        self.assertEqual(self.place.status()["pid"], daemon.pid)
        self.assertEqual(self.end(daemon), 0)

    def test_ends_in_order_at_any_moment(self):
        """A signal while it starts is no death."""
        for msec in (1, 2, 3, 5, 8, 12, 18, 25, 40, 80):
            daemon = self.place.launch()
            time.sleep(msec / 1000)
            # Before main() has begun, a signal ends any program.
            self.assertIn(self.end(daemon), (0, -signal.SIGTERM))
        self.assertNotIn("died", self.place.words())

    def test_continues(self):
        """The next one goes on with the journal, also after a kill."""
        for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL):
            self.end(self.place.start(), number)
        self.end(self.place.start())
        generations = [event["generation"] for event in self.place.events() if event["type"] == "started"]
        self.assertEqual(generations, [1, 2, 3, 4])
        self.place.within(DEADLINE, lambda: self.place.words().count("died") == 2)

    def test_reload(self):
        """A change is taken within two seconds, a wrong one is refused and the old one stays."""
        web = self.place.policies / "web.json"
        self.place.start()
        web.write_text(WEB % "1GiB")
        self.place.within(2, lambda: self.place.status()["policy"]["number"] == 2)
        self.place.within(DEADLINE, lambda: self.place.profile() == "web")
        digest = self.place.status()["policy"]["digest"]
        kept = self.place.run / "policy" / f"{digest}.json"
        self.assertIn("1GiB", kept.read_text())

        web.write_text(WEB % "lots")
        self.place.within(2, lambda: self.place.status()["is_refused"])
        self.assertEqual(self.place.status()["policy"]["digest"], digest)
        self.assertEqual(self.place.profile(), "web")
        web.unlink()
        self.place.within(2, lambda: self.place.status()["policy"]["number"] == 3)
        self.place.within(DEADLINE, lambda: self.place.profile() is None)

    def test_restart_with_a_bad_policy(self):
        """What was in force goes on, also in the next daemon, until the files are well again."""
        web = self.place.policies / "web.json"
        web.write_text(WEB % "1GiB")
        self.end(self.place.start())
        digest = self.place.status()["policy"]["digest"]
        web.write_text("{")
        daemon = self.place.start()
        self.assertEqual(self.place.profile(), "web")
        status = self.place.status()
        self.assertTrue(status["is_refused"])
        self.assertEqual(status["policy"]["digest"], digest)
        web.write_text(WEB % "1GiB")
        self.place.within(2, lambda: not self.place.status()["is_refused"])
        self.assertEqual(self.end(daemon), 0)

        # What is kept and is not what it should be is not taken.
        (self.place.run / "policy" / f"{digest}.json").write_text(WEB % "2GiB")
        web.write_text("{")
        self.place.start()
        self.assertIsNone(self.place.profile())
        self.assertIsNone(self.place.status()["policy"])

    def test_asked_for(self):
        """Who asks for a reload is told, also when nothing has changed."""
        daemon = self.place.start()
        before = [event["type"] for event in self.place.events()].count("policy-in-force")
        daemon.send_signal(signal.SIGHUP)
        self.place.within(DEADLINE, lambda: [event["type"] for event in self.place.events()].count("policy-in-force")
                          == before + 1)

    def test_reload_is_not_put_off(self):
        """Who touches files all the time keeps nobody's change from being taken."""
        self.place.start()
        (self.place.policies / "web.json").write_text(WEB % "1GiB")
        begin = time.monotonic()
        while self.place.status()["policy"]["number"] < 2:
            self.assertLess(time.monotonic() - begin, 4)
            (self.place.policies / "noise").touch()
            time.sleep(0.05)

    def test_links_elsewhere(self):
        """What lies behind links is read again as well, at the pace of scans."""
        first, second = self.place.path / "v1", self.place.path / "v2"
        for directory, size in ((first, "1GiB"), (second, "2GiB")):
            directory.mkdir()
            (directory / "web.json").write_text(WEB % size)
        current, link = self.place.path / "current", self.place.policies
        current.symlink_to(first)
        link.rmdir()
        link.symlink_to(current)
        self.place.start()
        digest = self.place.status()["policy"]["digest"]
        (self.place.path / "next").symlink_to(second)
        os.replace(self.place.path / "next", current)
        self.place.within(DEADLINE, lambda: self.place.status()["policy"]["digest"] != digest)

        digest = self.place.status()["policy"]["digest"]
        (second / "web.json").write_text(WEB % "3GiB")
        self.place.within(DEADLINE, lambda: self.place.status()["policy"]["digest"] != digest)

    def test_keeps_the_policy_later(self):
        """What could not be kept beside the journal is kept as soon as it can be."""
        self.place.run.mkdir()
        (self.place.run / "policy").write_text("in the way")
        self.place.start()
        self.assertIn("policy-unkept", [event.get("code") for event in self.place.events()])
        (self.place.run / "policy").unlink()
        digest = self.place.status()["policy"]["digest"]
        self.place.within(DEADLINE, (self.place.run / "policy" / f"{digest}.json").exists)

    def test_little_memory_to_lock(self):
        """As for somebody without privilege: it runs, and says that memory could not be locked."""
        limit = 8 * 1024 * 1024

        def be_nobody():
            resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
        if os.geteuid() == 0:
            os.chown(self.place.path, 65534, 65534)
            self.place.path.chmod(0o755)
        code, _, words = self.place.once("--once", preexec_fn=be_nobody)
        self.assertEqual((code, words), (0, ""))

    def test_comings_and_goings(self):
        """They are told as they happen, with their names."""
        self.place.start()
        make_cgroup(self.place.tree / "system.slice" / "new.service")
        self.place.within(DEADLINE, lambda: "system/new appeared (service, no profile)" in
                          [event["message"] for event in self.place.events()])
        shutil.rmtree(self.place.tree / "system.slice" / "new.service")
        self.place.within(DEADLINE, lambda: "system/new is gone" in
                          [event["message"] for event in self.place.events()])

    def test_without_its_mate(self):
        """It ends with an error, to be started again with a new one."""
        daemon = self.place.start()
        mate = subprocess.run(["pgrep", "-P", str(daemon.pid)], capture_output=True, check=True, text=True).stdout
        os.kill(int(mate), signal.SIGKILL)
        self.assertEqual(daemon.wait(timeout=60), 1)
        self.assertIn("plimsoll-mate, has ended", self.place.words())


if __name__ == "__main__":
    PLIMSOLLD, PLIMSOLL, POLICIES = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
