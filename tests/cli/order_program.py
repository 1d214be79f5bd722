#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Orders from the built plimsoll to the built plimsolld, over a tree of directories that stands in for cgroups.

Usage: order_program.py PLIMSOLL PLIMSOLLD DIRECTORY_OF_A_CGROUP
"""
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

PLIMSOLL = PLIMSOLLD = ""
CGROUP = Path()
WEB = '{ "profile": "web", "match": [ { "unit": "web.service" } ], "memory": { "max": "64MiB" } }\n'
DEADLINE = 30
# Longer than any machine takes; what is answered is not waited for so long.
LONG = "--wait=60s"


def make_cgroup(path):
    """A directory with the files of a cgroup, in which little is used and nothing is limited."""
    shutil.copytree(CGROUP, path, dirs_exist_ok=True)
    for name, text in (("cgroup.procs", ""), ("memory.current", "4096\n"), ("memory.max", "max\n"),
                       ("memory.high", "max\n"), ("memory.swap.max", "max\n")):
        (path / name).write_text(text)


def within(seconds, claim):
    """Waits until it holds."""
    begin = time.monotonic()
    while not claim():
        if time.monotonic() - begin > seconds:
            raise AssertionError(f"not within {seconds} s")
        time.sleep(0.02)


class Orders(unittest.TestCase):
    """A daemon, and whoever gives it orders."""

    def setUp(self):
        self.path = Path(tempfile.mkdtemp(prefix="plimsoll-orders-"))
        self.addCleanup(shutil.rmtree, self.path)
        # So that somebody who is not root can look at it, and at nothing else.
        self.path.chmod(0o755)
        self.tree, self.run_directory = self.path / "tree", self.path / "run"
        self.low, self.orders = self.path / "low", self.path / "orders"
        self.container = "docker-" + "0a1b" * 16 + ".scope"
        for name in (".", "system.slice", "system.slice/web.service", f"machine.slice/{self.container}"):
            make_cgroup(self.tree / name)
        self.low.mkdir()
        (self.low / "web.json").write_text(WEB)
        self.daemon = None
        self.start()

    def start(self):
        """Starts the daemon and waits until it has looked at everybody."""
        self.daemon = subprocess.Popen(
            [PLIMSOLLD, "--foreground", f"--cgroup-root={self.tree}", f"--journal-dir={self.run_directory}",
             f"--policy-dir={self.low}", f"--policy-dir={self.orders}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end)
        within(DEADLINE, lambda: json.loads(self.ask("status") or "{}").get("health") == "well")

    def end(self):
        """Ends it, if it still runs."""
        if self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGCONT)
            self.daemon.kill()
        self.daemon.wait(timeout=60)

    def ask(self, *arguments):
        """What a view says as JSON."""
        return subprocess.run([PLIMSOLL, *arguments, "--json", f"--journal={self.run_directory}/journal"], timeout=60,
                              capture_output=True, check=False, text=True).stdout

    def words(self, verb, *arguments):
        """The command line of a verb that gives orders."""
        return [PLIMSOLL, verb, f"--journal={self.run_directory}/journal", f"--policy-dir={self.low}",
                f"--policy-dir={self.orders}", *arguments]

    def order(self, verb, *arguments, **keywords):
        """Runs it: exit code, standard output, standard error."""
        result = subprocess.run(self.words(verb, *arguments), timeout=120, stdin=subprocess.DEVNULL,
                                capture_output=True, check=False, text=True,
                                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"}, **keywords)
        return result.returncode, result.stdout, result.stderr

    def files(self):
        """The orders that lie there."""
        return sorted(path.name for path in self.orders.glob("*")) if self.orders.exists() else []

    def policy(self):
        """What is in force, by the journal."""
        return json.loads(self.ask("status"))["policy"]

    def digest(self):
        """That of what lies there, by another program."""
        text = subprocess.run([PLIMSOLL, "cat-config", str(self.low), str(self.orders)], capture_output=True,
                              check=True).stdout
        return hashlib.sha256(text).hexdigest()

    def test_in_force(self):
        """The answer comes when the journal has it, and the file is a sound one."""
        code, out, words = self.order("protect", "web", "--for=2h", "--reason=import", LONG)
        self.assertEqual((code, words), (0, ""))
        self.assertIn("web/web is protected until ", out)
        self.assertEqual(len(self.files()), 1)
        self.assertEqual((self.orders / self.files()[0]).stat().st_mode & 0o777, 0o644)
        self.assertEqual(self.orders.stat().st_mode & 0o777, 0o755)
        self.assertEqual(self.policy()["digest"], self.digest())
        self.assertEqual(self.policy()["orders"], 1)
        check = subprocess.run([PLIMSOLL, "check", "--strict", "--host=ram=1GiB", str(self.low), str(self.orders)],
                               capture_output=True, check=False, text=True)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)

        code, out, words = self.order("release", "web", LONG)
        self.assertEqual((code, out, words), (0, "The order to protect web/web is withdrawn.\n", ""))
        self.assertEqual((self.files(), self.policy()["orders"]), ([], 0))

    def test_a_container(self):
        """It is meant by the number of its cgroup, also when that is gone and another has its name."""
        place = self.tree / "machine.slice" / self.container
        code, out, _ = self.order("protect", "0a1b0a1b", "--json", LONG)
        answer = json.loads(out)
        self.assertEqual((code, answer["state"], answer["digest"]), (0, "in-force", self.digest()))
        self.assertEqual(answer["given"][0]["order"]["cgroup_id"], place.stat().st_ino)
        self.assertNotIn("workload", answer["given"][0]["order"])

        other = self.tree / "machine.slice" / "kept"
        place.rename(other)  # so that its number is not given to the next one
        make_cgroup(place)
        shutil.rmtree(other)
        number = place.stat().st_ino
        within(DEADLINE, lambda: any(row["cgroup_id"] == number for row in
                                     json.loads(self.ask("list", "--all"))["workloads"]))
        self.assertEqual(self.order("release", "0a1b0a1b", LONG)[0], 0)
        self.assertEqual(self.files(), [])

    def test_by_hand(self):
        """A file that somebody writes is an order as any other, and is withdrawn as one."""
        self.orders.mkdir()
        (self.orders / "mine.json").write_text('// for now\n{ "order": "pause" }\n')
        within(DEADLINE, lambda: self.policy()["orders"] == 1)
        code, out, _ = self.order("resume", LONG)
        self.assertEqual((code, out, self.files()), (0, "The order to pause everybody is withdrawn.\n", []))
        self.assertEqual(self.policy()["orders"], 0)

        (self.low / "lasting.json").write_text('{ "order": "pause" }')
        code, out, words = self.order("resume", LONG)
        self.assertEqual((code, out), (1, ""))
        self.assertIn("lasting.json, which was put there to last", words)
        self.assertTrue((self.low / "lasting.json").exists())

    def test_silent(self):
        """A daemon that stands still confirms nothing; when it goes on it finds the order."""
        self.daemon.send_signal(signal.SIGSTOP)
        code, out, words = self.order("pause", "--wait=100ms")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("plimsolld has not said that it is in force", words)
        self.daemon.send_signal(signal.SIGCONT)
        within(DEADLINE, lambda: self.policy()["orders"] == 1)

    def meanwhile(self, name, text):
        """Gives an order while the daemon stands still, lets somebody else write a file, and lets both go on."""
        self.daemon.send_signal(signal.SIGSTOP)
        with subprocess.Popen(self.words("protect", "web", LONG), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as process:
            within(DEADLINE, lambda: any(file.startswith("90-protect-web-") for file in self.files()))
            (self.orders / name).write_text(text)
            self.daemon.send_signal(signal.SIGCONT)
            out, words = process.communicate(timeout=120)
        return process.returncode, out, words

    def test_another_policy(self):
        """What comes into force is not what was written, and has the order in it."""
        code, out, words = self.meanwhile("other.json", '{ "order": "pause" }')
        self.assertEqual((code, words), (0, ""))
        self.assertIn("web/web is protected", out)
        self.assertEqual(len(self.files()), 2)

    def test_refused(self):
        """What is refused is taken back, and what somebody else has broken is his."""
        code, out, words = self.meanwhile("broken.json", "{")
        self.assertEqual((code, out), (3, ""))
        self.assertIn("has refused the policy as it was then", words)
        self.assertIn("broken.json", words)
        self.assertEqual(self.files(), ["broken.json"])
        code, out, words = self.order("protect", "web", LONG)
        self.assertEqual((code, out), (3, ""))
        self.assertIn("nothing was ordered", words)
        self.assertEqual(self.files(), ["broken.json"])

    def test_a_drill(self):
        """Over a tree that stands in for one there is no systemd that could start anything, and that is said."""
        code, out, words = self.order("drill", LONG)
        self.assertEqual((code, out), (1, ""))
        self.assertTrue(words.startswith("plimsoll: drill refused: "), words)
        self.assertEqual(self.files(), [])
        code, out, _ = self.order("drill", "--json", LONG)
        self.assertEqual((code, json.loads(out)["drill"]), (1, "refused"))
        load = subprocess.run([PLIMSOLLD, "--drill-load", f"--cgroup-root={self.tree}"], timeout=60,
                              capture_output=True, check=False, text=True)
        self.assertEqual((load.returncode, load.stdout), (1, ""))
        self.assertIn("plimsoll drill", load.stderr)

    def test_dry_run(self):
        """Every verb says what it would do, and does nothing."""
        before = self.policy()
        for arguments in (("protect", "web"), ("pause",), ("restore", "--all"), ("apply",)):
            with self.subTest(arguments=arguments):
                self.assertIn(self.order(*arguments, "--dry-run")[0], (0, 7))
                self.assertFalse(self.orders.exists())
        self.assertEqual(self.policy()["number"], before["number"])

    def test_restore_and_apply(self):
        """Each takes the other back; an order to apply is there for a moment, or as long as it is an exception."""
        self.assertEqual(self.order("restore", "web", "--no-wait")[0], 0)
        self.assertTrue(self.files()[0].startswith("90-restore-web-"))
        self.assertEqual(self.order("restore", "--all", "--no-wait")[0], 0)
        self.assertEqual(self.files(), ["90-restore.json"])
        self.assertEqual(self.order("apply", "web", "--no-wait")[0], 0)
        exception = json.loads((self.orders / self.files()[0]).read_text())
        self.assertEqual((exception["order"], "expires" in exception), ("apply", False))
        self.assertEqual(self.order("apply", "--no-wait")[0], 0)
        self.assertEqual(self.files(), ["90-apply.json"])
        self.assertIn("expires", json.loads((self.orders / "90-apply.json").read_text()))
        self.assertIn(self.order("apply", LONG)[0], (0, 7))
        self.assertEqual(self.files(), [])

    def max(self):
        """memory.max of web.service, as its file has it."""
        return (self.tree / "system.slice/web.service/memory.max").read_text().strip()

    def test_limits_go_and_come(self):
        """When the verb returns, they are where it says."""
        within(DEADLINE, lambda: self.max() == str(64 << 20))
        within(DEADLINE, lambda: json.loads(self.ask("show", "web"))["standing"]["verdict"] == "as-wanted")
        code, out, words = self.order("restore", "web", LONG)
        self.assertEqual((code, words, self.max()), (0, "", "max"))
        self.assertIn("web/web is restored", out)
        self.assertEqual(self.order("apply", "web", LONG), (0, "", ""))
        self.assertEqual((self.max(), self.files()), (str(64 << 20), []))
        self.assertEqual(self.order("restore", "--all", LONG)[0], 0)
        self.assertEqual(self.max(), "max")
        # An exception from that, within the same second on a fast machine.
        self.assertEqual(self.order("apply", "web", LONG), (0, "", ""))
        self.assertEqual(self.max(), str(64 << 20))
        self.assertEqual(self.order("restore", "--all", LONG)[0], 0)
        code, out, _ = self.order("apply", "--json", LONG)
        self.assertEqual((code, json.loads(out)["state"], self.max()), (0, "in-force", str(64 << 20)))

    def test_restored_while_paused(self):
        """It is said that nothing comes back before the pause ends, and not waited for; then it comes."""
        within(DEADLINE, lambda: self.max() == str(64 << 20))
        self.assertEqual(self.order("pause", LONG)[0], 0)
        code, _, words = self.order("restore", "web", LONG)
        self.assertEqual((code, self.max()), (7, str(64 << 20)))
        self.assertIn("comes back when that ends: web/web\n\u2192 plimsoll resume\n", words)
        self.assertNotIn("has not arrived yet", words)
        self.assertEqual(self.order("resume", LONG)[0], 0)
        within(DEADLINE, lambda: self.max() == "max")

    def test_a_limit_that_has_to_wait(self):
        """It is said that it is on its way, and the order has done its work."""
        self.assertEqual(self.order("restore", "web", LONG)[0], 0)
        (self.tree / "system.slice/web.service/memory.current").write_text(f"{1 << 30}\n")
        # The 3 s are for plimsolld's word as well, which may take longer than that where much else runs.
        answers = []
        within(DEADLINE, lambda: answers.append(self.order("apply", "web", "--wait=3s")) or answers[-1][0] != 1)
        code, out, words = answers[-1]
        self.assertEqual((code, self.files()), (7, []))
        self.assertNotEqual(self.max(), str(64 << 20))
        self.assertIn("memory.max", out)
        self.assertIn("has not arrived yet: web/web\n", words)

    def test_somebody_who_may_not(self):
        """He is told where and how, and nothing is written."""
        self.orders.mkdir()
        self.orders.chmod(0o555)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        journal = self.run_directory / "journal"
        journal.chmod(0o644)
        self.run_directory.chmod(0o755)
        code, out, words = self.order("pause", **nobody)
        self.assertEqual((code, out), (5, ""))
        self.assertIn(f"orders are written into {self.orders}", words)
        self.assertIn("sudo plimsoll pause", words)
        self.assertEqual(self.order("pause", "--dry-run", **nobody)[0], 0)
        self.assertEqual(self.files(), [])

    def test_without_a_daemon(self):
        """Only what needs nobody to be looked up is left for the next one to find."""
        self.daemon.terminate()
        self.daemon.wait(timeout=60)
        self.assertEqual(self.order("protect", "web")[0], 4)
        self.assertEqual(self.files(), [])
        code, _, words = self.order("pause")
        self.assertEqual(code, 0)
        self.assertIn("it will find this when it starts", words)
        self.start()
        self.assertEqual(self.policy()["orders"], 1)
        self.assertEqual(self.order("resume", LONG)[0], 0)


if __name__ == "__main__":
    PLIMSOLL, PLIMSOLLD, CGROUP = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    unittest.main(argv=sys.argv[:1], verbosity=2)
