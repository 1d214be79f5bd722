#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The built program, as a person or a script meets it.

Usage: program.py PLIMSOLL

What is proven of this host is found out here by another way than the program's own.
"""
import json
import os
import pty
import subprocess
import sys
import unittest

PLIMSOLL = ""


def run(*arguments, **environment):
    """Runs plimsoll in an environment of its own; its exit code, standard output and standard error."""
    result = subprocess.run([PLIMSOLL, *arguments], env={"LC_ALL": "C.UTF-8", **environment}, timeout=60,
                            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def run_on_terminal(*arguments, **environment):
    """The same with a terminal for standard output."""
    master, slave = pty.openpty()
    with subprocess.Popen([PLIMSOLL, *arguments], env={"LC_ALL": "C.UTF-8", **environment},
                          stdin=subprocess.DEVNULL, stdout=slave) as process:
        os.close(slave)
        text = b""
        while True:
            try:
                piece = os.read(master, 4096)
            except OSError:  # EIO: the other end is closed
                break
            if not piece:
                break
            text += piece
        process.wait(timeout=60)
    os.close(master)
    return text.decode()


def mounts():
    """Mount point, type and options of the file systems that are mounted here."""
    with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
        fields = [line.split() for line in file]
    return [(words[1], words[2], words[3].split(",")) for words in fields]


def memory_is_unified():
    """Whether the memory controller belongs to the unified hierarchy, and that one is at its usual place."""
    unified = [path for path, kind, _ in mounts() if kind == "cgroup2"]
    if "/sys/fs/cgroup" not in unified:
        return False
    with open("/sys/fs/cgroup/cgroup.controllers", encoding="utf-8") as file:
        return "memory" in file.read().split()


class Streams(unittest.TestCase):
    """Data on standard output, words on standard error, and no write that fails unnoticed."""

    def test_help_is_data_when_it_was_asked_for(self):
        for arguments in (["help"], ["--help"], ["-h"], ["help", "doctor"], ["doctor", "--help"]):
            with self.subTest(arguments=arguments):
                code, out, words = run(*arguments)
                self.assertEqual((code, words), (0, ""))
                self.assertIn("Examples:", out)

    def test_no_verb_is_a_mistake(self):
        code, out, words = run()
        self.assertEqual((code, out), (2, ""))
        self.assertIn("Usage: plimsoll VERB", words)

    def test_a_mistake_is_answered_with_what_was_meant(self):
        for arguments, meant in ((["docter"], "Did you mean 'doctor'?"), (["vresion"], "Did you mean 'version'?"),
                                 (["doctor", "--jsn"], "Did you mean '--json'?"),
                                 (["help", "docter"], "Did you mean 'doctor'?")):
            with self.subTest(arguments=arguments):
                code, out, words = run(*arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn(meant, words)

    def test_a_full_disk_is_noticed(self):
        for arguments in (["help"], ["version"], ["version", "--json"], ["doctor"]):
            with self.subTest(arguments=arguments), open("/dev/full", "wb") as full:
                result = subprocess.run([PLIMSOLL, *arguments], stdout=full, stderr=subprocess.PIPE, check=False)
                self.assertEqual(result.returncode, 1)
                self.assertIn(b"cannot write to standard output: No space left on device", result.stderr)

    def test_a_reader_that_went_away_is_noticed_without_words(self):
        reader, writer = os.pipe()
        os.close(reader)
        with os.fdopen(writer, "wb") as pipe:
            result = subprocess.run([PLIMSOLL, "help"], stdout=pipe, stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stderr, b"")

    def test_no_standard_output_is_noticed(self):
        result = subprocess.run(["/bin/sh", "-c", '"$0" doctor >&-', PLIMSOLL], stderr=subprocess.PIPE, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"cannot write to standard output", result.stderr)


class Looks(unittest.TestCase):
    """Colour and signs follow the terminal, the environment and the locale."""

    def test_colour_is_for_terminals_that_want_it(self):
        self.assertIn("\x1b[", run_on_terminal("doctor", TERM="xterm"))
        for environment in ({"TERM": "dumb"}, {}, {"TERM": "xterm", "NO_COLOR": "1"}):
            with self.subTest(environment=environment):
                self.assertNotIn("\x1b", run_on_terminal("doctor", **environment))
        self.assertIn("\x1b[", run_on_terminal("doctor", TERM="xterm", NO_COLOR=""))
        self.assertNotIn("\x1b", run("doctor", TERM="xterm")[1])

    def test_a_plain_locale_gets_plain_signs(self):
        out = run("doctor", LC_ALL="C")[1]
        self.assertTrue(out.isascii())
        self.assertIn("\nok ", out)
        self.assertIn("\n\u2713 ", run("doctor")[1])

    def test_no_line_is_longer_than_80_columns(self):
        for arguments in (["help"], ["help", "doctor"], ["doctor"]):
            self.assertLessEqual(max(len(line) for line in run(*arguments)[1].splitlines()), 80)


class Json(unittest.TestCase):
    """Each verb speaks JSON with a version of its form."""

    def test_every_verb_speaks_json(self):
        overview = json.loads(run("help", "--json")[1])
        names = [verb["name"] for verb in overview["verbs"]]
        self.assertIn("doctor", names)
        for name in names:
            with self.subTest(verb=name):
                code, out, words = run(name, "--json")
                self.assertIn(code, (0, 7, 8))
                self.assertEqual(words, "")
                self.assertTrue(out.endswith("}\n"))
                self.assertEqual(json.loads(out)["schema_version"], 1)

    def test_version_is_the_same_in_both_forms(self):
        version = json.loads(run("version", "--json")[1])["version"]
        self.assertEqual(run("version")[1], f"plimsoll {version}\n")
        self.assertEqual(run("--version")[1], f"plimsoll {version}\n")
        self.assertEqual(run("doctor", "--version")[1], f"plimsoll {version}\n")


class Doctor(unittest.TestCase):
    """What is said of this host, against what is seen of it here."""

    def setUp(self):
        self.code, self.text, self.words = run("doctor")
        json_code, out, _ = run("doctor", "--json")
        self.report = json.loads(out)
        self.findings = {finding["topic"]: finding for finding in self.report["findings"]}
        self.assertEqual(self.code, json_code)

    def test_the_exit_code_says_what_the_report_says(self):
        marks = [finding["mark"] for finding in self.report["findings"]]
        self.assertEqual(self.words, "")
        self.assertEqual(self.report["problems"], marks.count("problem"))
        self.assertEqual(self.report["warnings"], marks.count("warning"))
        self.assertEqual(self.report["not_known"], marks.count("not_known"))
        blocks = any(finding["blocks"] for finding in self.report["findings"])
        self.assertEqual(self.report["can_run"], not blocks)
        self.assertEqual(self.code, 8 if blocks else 7 if "problem" in marks else 0)
        self.assertIn("plimsolld cannot run here." if blocks else "plimsolld can run here", self.text)

    def test_whatever_is_not_well_says_why_and_what_to_do(self):
        for topic, finding in self.findings.items():
            if finding["mark"] in ("warning", "problem"):
                with self.subTest(topic=topic):
                    self.assertTrue(finding["why"])
                    self.assertTrue(finding["advice"])

    def test_a_host_without_unified_memory_is_refused(self):
        if memory_is_unified():
            self.assertEqual(self.findings["cgroup_v2"]["mark"], "ok")
            self.assertNotIn(self.findings["memory_controller"]["mark"], ("not_known",))
            self.assertTrue(self.report["facts"]["memory_at_root"])
        else:
            self.assertEqual(self.code, 8)
            blocking = self.findings["cgroup_v2"] if self.findings["cgroup_v2"]["blocks"] \
                else self.findings["memory_controller"]
            self.assertTrue(blocking["blocks"])
            self.assertRegex(blocking["advice"][0], "boot with|/proc|kernel|mount")
            self.assertIn("plimsolld cannot run here.", self.text)

    def test_the_layout_is_what_is_mounted(self):
        kinds = {kind for _, kind, _ in mounts()}
        memory_on_v1 = any(kind == "cgroup" and "memory" in options for _, kind, options in mounts())
        layout = self.report["facts"]["cgroup_layout"]
        self.assertEqual(self.report["facts"]["memory_on_v1"], memory_on_v1)
        if "cgroup2" not in kinds:
            self.assertEqual(layout, "v1" if "cgroup" in kinds else "none")
        elif "cgroup" not in kinds or ("/sys/fs/cgroup", "cgroup2") in {(path, kind) for path, kind, _ in mounts()}:
            self.assertEqual(layout, "unified")
        else:
            self.assertEqual(layout, "hybrid")

    def test_plain_facts(self):
        facts = self.report["facts"]
        self.assertEqual(self.report["kernel"], os.uname().release)
        self.assertEqual(facts["page_size_bytes"], os.sysconf("SC_PAGESIZE"))
        self.assertEqual(facts["is_root"], os.geteuid() == 0)
        self.assertEqual(facts["pressure"], os.path.exists("/proc/pressure/memory"))
        with open("/proc/1/comm", encoding="utf-8", errors="replace") as file:
            self.assertEqual(facts["init"], file.read().rstrip("\n"))


if __name__ == "__main__":
    PLIMSOLL = os.path.abspath(sys.argv.pop(1))
    unittest.main()
