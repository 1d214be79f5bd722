#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The built program, as a person or a script meets it.

Usage: program.py PLIMSOLL DIRECTORY_OF_SHIPPED_POLICIES

What is proven of this host is found out here by another way than the program's own.
"""
import json
import os
import pty
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PLIMSOLL = ""
POLICIES = Path()
HOST = "--host=ram=16GiB,swap=4GiB"
# Verbs that read what plimsolld has written, and have nothing to say where there is none.
LIVE = {"diff": [], "events": [], "explain": [], "list": [], "rank": [], "show": ["web"], "status": []}
# Verbs that give orders: without a directory of the test's own they would be for this very host.
ORDERS = {"apply", "drill", "pause", "protect", "release", "restore", "resume", "thaw"}


def run(*arguments, **environment):
    """Runs plimsoll in an environment of its own; its exit code, standard output and standard error."""
    result = subprocess.run([PLIMSOLL, *arguments], env={"LC_ALL": "C.UTF-8", **environment}, timeout=60,
                            stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def run_with_input(text, *arguments):
    """The same with bytes on standard input; bytes come out."""
    result = subprocess.run([PLIMSOLL, *arguments], env={"LC_ALL": "C.UTF-8"}, timeout=60, input=text,
                            capture_output=True, check=False)
    return result.returncode, result.stdout, result.stderr


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
                                 (["help", "docter"], "Did you mean 'doctor'?"),
                                 (["chekc"], "Did you mean 'check'?"), (["cat"], "Did you mean 'cat-config'?"),
                                 (["check", "--sctrict"], "Did you mean '--strict'?"),
                                 (["check", "--host=16GiB"], "Write it as --host=ram=16GiB,swap=4GiB"),
                                 (["check", "-", "x.json"], "'-' is standard input and stands alone"),
                                 (["schema", "prifile"], "Did you mean 'profile'?"),
                                 (["match"], "--describe label=plimsoll.profile=batch"),
                                 (["match", "--describe", "lable=x"], "Did you mean 'label'?")):
            with self.subTest(arguments=arguments):
                code, out, words = run(*arguments)
                self.assertEqual((code, out), (2, ""))
                self.assertIn(meant, words)

    def test_a_full_disk_is_noticed(self):
        for arguments in (["help"], ["version"], ["version", "--json"], ["doctor"], ["schema"],
                          ["check", str(POLICIES), HOST], ["cat-config", str(POLICIES)]):
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
        verbs = [verb["name"] for verb in json.loads(run("help", "--json")[1])["verbs"]]
        for arguments in (["help"], ["doctor"], ["check"], *(["help", verb] for verb in verbs)):
            self.assertLessEqual(max(len(line) for line in run(*arguments)[1].splitlines()), 80)


class Json(unittest.TestCase):
    """Each verb speaks JSON with a version of its form."""

    def test_every_verb_speaks_json(self):
        overview = json.loads(run("help", "--json")[1])
        names = [verb["name"] for verb in overview["verbs"]]
        self.assertIn("doctor", names)
        for name in set(names) - set(LIVE) - ORDERS:
            with self.subTest(verb=name):
                needed = ["--describe=unit=x.service"] if name == "match" else []
                code, out, words = run(name, "--json", *needed)
                self.assertIn(code, (0, 6, 7, 8))
                self.assertEqual(words, "")
                self.assertTrue(out.endswith("}\n"))
                self.assertEqual(json.loads(out)["schema_version"], 1)

    def test_without_a_journal_the_live_verbs_say_what_to_do(self):
        for name, operands in LIVE.items():
            for form in ([], ["--json"]):
                with self.subTest(verb=name, form=form):
                    history = ["--history=/nowhere"] if name == "status" else []
                    code, out, words = run(name, *operands, *form, *history, "--journal=/nowhere/journal")
                    self.assertEqual(code, 4)
                    if name == "status" and form:
                        self.assertEqual(json.loads(out)["health"], "absent")
                    else:
                        self.assertEqual(out, "")
                    self.assertEqual(words, "plimsoll: there is no /nowhere/journal\n")

    @unittest.skipIf(Path("/run/plimsoll/journal").exists(), "plimsolld runs here")
    def test_without_a_daemon_diff_says_who_can_answer(self):
        code, out, words = run("diff")
        self.assertEqual((code, out), (4, ""))
        self.assertIn("\u2192 systemctl start plimsolld\n\u2192 plimsoll apply --dry-run", words)

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


PROFILE = """{
  "profile": "%s",
  "match": [{ "label": "plimsoll.profile=%s" }]%s
}
"""


def profile(name, rest=""):
    """The text of a profile that is sound, but for what is added to it."""
    return PROFILE % (name, name, rest)


class Policies(unittest.TestCase):
    """Verbs that read policy files, in a directory of their own."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="plimsoll-")
        self.addCleanup(directory.cleanup)
        self.path = Path(directory.name)

    def write(self, name, text):
        """A policy file that nobody else may write to."""
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o644)
        return str(path)


class Check(Policies):
    """Exit codes, streams, and the same in both forms."""

    def test_the_exit_code_is_how_bad_it_is(self):
        sound, wrong = self.write("sound.json", profile("a")), self.write("wrong.json", profile("b", ', "x": 1'))
        warned = self.write("warned.json", profile("c"))
        os.chmod(warned, 0o666)
        nowhere = str(self.path / "nowhere")
        for arguments, code in (([sound], 0), ([sound, "--strict"], 0), ([wrong], 3), ([sound, wrong], 3),
                                ([warned], 0), ([warned, "--strict"], 3), ([nowhere], 6), ([nowhere + ".json"], 6),
                                ([sound, nowhere], 6), ([wrong, nowhere], 3), ([warned, nowhere, "--strict"], 3),
                                ([str(self.path)], 3), ([HOST + "x", sound], 2)):
            for form in ([], ["--json"]):
                with self.subTest(arguments=arguments, form=form):
                    self.assertEqual(run("check", *arguments, *form)[0], code)

    def test_what_may_not_be_read_is_told_from_what_is_not_there(self):
        path = self.write("a.json", profile("a"))
        os.chmod(path, 0)
        os.chmod(self.path, 0o755)
        nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        for verb in ("check", "cat-config"):
            result = subprocess.run([PLIMSOLL, verb, path], capture_output=True, check=False, **nobody)
            self.assertEqual(result.returncode, 5)
            self.assertIn(b"it may not be read", result.stdout + result.stderr)

    def test_findings_are_data_and_go_by_file(self):
        second = self.write("2.json", profile("b", ', "x": 1, "y": 2'))
        first = self.write("1.json", profile("a", ', "z": 1'))
        code, out, words = run("check", second, first, HOST)
        self.assertEqual((code, words), (3, ""))
        lines = out.splitlines()
        self.assertEqual([line.split(": error: ")[0] for line in lines[:3]],
                         [f"{first}:3:49", f"{second}:3:49", f"{second}:3:57"])
        self.assertEqual(lines[3:], ["3 errors in 2 of 2 files"])
        report = json.loads(run("check", second, first, HOST, "--json")[1])
        self.assertEqual([(found["file"], found["line"], found["column"]) for found in report["findings"]],
                         [(first, 3, 49), (second, 3, 49), (second, 3, 57)])
        self.assertEqual((report["errors"], report["warnings"], report["findings_dropped"]), (3, 0, 0))

    def test_a_terminal_shows_the_line(self):
        path = self.write("a.json", profile("a", ',\n\t"oom_scor_adj": 3'))
        self.assertNotIn("^~~~", run("check", path, HOST)[1])
        shown = run_on_terminal("check", path, HOST, TERM="dumb").replace("\r\n", "\n")
        self.assertIn('    4 |  "oom_scor_adj": 3\n         ^~~~~~~~~~~~~~\n', shown)

    def test_nothing_of_other_files_is_shown(self):
        secret = "root:$y$secret:19000::::::"
        plain = self.write("shadow", secret)
        link = self.path / "link.json"
        link.symlink_to(plain)
        for path in (plain, str(link), "/dev/zero", "/proc/self/environ"):
            with self.subTest(path=path):
                shown = run_on_terminal("check", path, HOST, TERM="dumb")
                self.assertNotIn("secret", shown)
                self.assertNotIn(" | ", shown)
                self.assertIn("error: ", shown)

    def test_standard_input_is_a_policy(self):
        code, out, _ = run_with_input(profile("a", ', "x": 1').encode(), "check", "-", HOST)
        self.assertEqual(code, 3)
        self.assertIn(b"<stdin>:3:49: error: ", out)
        second = profile("b", ', "x": 1')
        stream = f"// origin: /x/a.json\n{profile('a')}// origin: /y/b.json\n{second}"
        code, out, _ = run_with_input(stream.encode(), "check", "-", HOST)
        self.assertEqual(code, 3)
        self.assertIn(b"/y/b.json:9:49: error: ", out)
        self.assertIn(b"1 error in 1 of 2 files", out)

    def test_behind_two_dashes_everything_is_a_file(self):
        self.write("--json.json", profile("a"))
        result = subprocess.run([PLIMSOLL, "check", HOST, "--", "--json.json"], cwd=self.path, capture_output=True,
                                check=False)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"1 profile is sound for a host with 16 GiB and 4 GiB of swap", result.stdout)

    def test_this_host_is_the_one_it_runs_on(self):
        with open("/proc/meminfo", encoding="utf-8") as file:
            amounts = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in file if line.endswith(" kB\n")}
        host = json.loads(run("check", str(POLICIES), "--json")[1])["host"]
        self.assertEqual(host, {"ram_bytes": amounts["MemTotal"], "swap_bytes": amounts["SwapTotal"],
                                "source": "this host"})
        self.assertIn("this host (", run("check", str(POLICIES))[1])

    def test_what_is_shipped_is_sound_on_small_and_large_hosts(self):
        for host in ([], ["--host=ram=1GiB"], ["--host=ram=1TiB,swap=64GiB"]):
            with self.subTest(host=host):
                code, out, words = run("check", str(POLICIES), *host)
                self.assertEqual((code, words), (0, ""))
                self.assertIn("5 profiles and the host policy are sound for", out)
                lines = [line for line in out.splitlines() if ".json:" not in line]  # findings are a line each
                self.assertLessEqual(max(len(line) for line in lines), 80)
                shown = run_on_terminal("check", str(POLICIES), *host, TERM="dumb")
                self.assertLessEqual(max(len(line) for line in shown.splitlines()), 80)

    def test_both_forms_say_the_same(self):
        text = run("check", str(POLICIES), HOST)[1]
        report = json.loads(run("check", str(POLICIES), HOST, "--json")[1])
        self.assertEqual(len(report["profiles"]), 5)
        for found in report["profiles"]:
            self.assertRegex(text, rf"(?m)^{found['name']} .* {found['order']}  ")
        promises = sum(found["promise_bytes"] for found in report["profiles"])
        self.assertEqual(report["promised_bytes"], promises + report["reserve_bytes"])
        for path in report["not_acted_upon"]:
            self.assertIn(path, text)

    def test_a_thousand_profiles_are_printed(self):
        for i in range(1000):
            self.write(f"policies/{i:04}.json", profile(f"p{i}", ', "memory": { "max": "1MiB" }'))
        for form in ([], ["--json"]):
            code, out, words = run("check", str(self.path / "policies"), HOST, *form)
            self.assertEqual((code, words), (0, ""))
            self.assertIn("p999", out)


class CatConfig(Policies):
    """What is printed can be read again."""

    def assert_round_trip(self, *operands):
        """Prints, reads what was printed, and prints that: the same bytes."""
        result = subprocess.run([PLIMSOLL, "cat-config", *operands], capture_output=True, check=False)
        self.assertEqual((result.stderr, result.returncode), (b"", 0))
        self.assertTrue(result.stdout)
        self.assertEqual(run_with_input(result.stdout, "cat-config", "-"), (0, result.stdout, b""))
        return result.stdout

    def test_what_is_shipped(self):
        out = self.assert_round_trip(str(POLICIES))
        origins = [line for line in out.decode().splitlines() if line.startswith("// origin: ")]
        self.assertEqual(origins, [f"// origin: {path}" for path in sorted(POLICIES.glob("*.json"))])
        for example in sorted((POLICIES / "examples").glob("*.json")):
            self.assert_round_trip(str(example))

    def test_hostile_names_and_values(self):
        os.makedirs(self.path / "d")
        names = (b"\xc3\xa4.json", b"\xff\xfe.json", b" origin: x.json", b"\xe2\x80\xae.json", b"%s'\"\\.json")
        for i, name in enumerate(names):
            path = os.path.join(os.fsencode(self.path), b"d", name)
            with open(path, "wb") as file:
                file.write(profile(f"p{i}", ', "description": "// origin: \\u202e \u00e4"').encode())
        out = self.assert_round_trip(str(self.path / "d"))
        self.assertEqual(out.count(b"\n// origin: ") + out.startswith(b"// origin: "), len(names))
        self.assertNotIn(b": \xe2\x80\xae", out)  # escaped within a document

    def test_standard_input_without_origins(self):
        out = run_with_input(profile("a").encode(), "cat-config", "-")[1]
        self.assertTrue(out.startswith(b"// origin: <stdin>\n{\n"))
        self.assertEqual(run_with_input(out, "cat-config", "-"), (0, out, b""))

    def test_masked_and_replaced_files_are_not_printed(self):
        self.write("low/a.json", profile("a"))
        self.write("low/b.json", profile("b"))
        self.write("low/c.json", profile("c"))
        self.write("high/b.json", profile("bb"))
        (self.path / "high/c.json").symlink_to("/dev/null")
        low, high = str(self.path / "low"), str(self.path / "high")
        report = json.loads(run("cat-config", low, high, "--json")[1])
        self.assertEqual([(found["origin"], found["document"]["profile"]) for found in report["documents"]],
                         [(f"{low}/a.json", "a"), (f"{high}/b.json", "bb")])

    def test_half_a_policy_is_not_printed(self):
        self.write("a.json", profile("a"))
        wrong = self.write("b.json", profile("b", ', "x": 1'))
        for form in ([], ["--json"]):
            code, out, words = run("cat-config", str(self.path), *form)
            self.assertEqual((code, out), (3, ""))
            self.assertIn(f"{wrong}:3:49: error: ", words)
            self.assertIn("1 error in 1 of 2 files", words)

    def test_a_warning_stops_nothing(self):
        path = self.write("a.json", profile("a"))
        os.chmod(path, 0o666)
        code, out, words = run("cat-config", path)
        self.assertEqual(code, 0)
        self.assertIn('"profile": "a"', out)
        self.assertIn("warning: ", words)

    def test_length_does_not_matter(self):
        for i in range(300):
            self.write(f"{i:03}.json", profile(f"p{i}", f', "description": "{"long " * 200}"'))
        self.assertGreater(len(self.assert_round_trip(str(self.path))), 300000)


class Schema(unittest.TestCase):
    """It is JSON, of every kind, and says what it cannot see."""

    def test_each_kind_has_one(self):
        for kind in ([], ["profile"], ["host"], ["order"]):
            with self.subTest(kind=kind):
                code, out, words = run("schema", *kind)
                self.assertEqual((code, words), (0, ""))
                schema = json.loads(out)
                self.assertEqual(schema["$schema"], "http://json-schema.org/draft-07/schema#")
                self.assertIn("plimsoll check", schema["description"])
                self.assertEqual(json.loads(run("schema", *kind, "--json")[1]),
                                 {"schema_version": 1, "schema": schema})


class Match(Policies):
    """Who gets what is shipped."""

    def test_each_class_takes_its_slice_and_its_label(self):
        for path in POLICIES.glob("*.json"):
            name = path.stem
            if name == "host":
                continue
            for what in (f"label=plimsoll.profile={name}", f"path=/plimsoll.slice/plimsoll-{name}.slice/x.scope",
                         f"xattr=user.plimsoll.profile={name}"):
                with self.subTest(what=what):
                    code, out, words = run("match", "--describe", what, f"--policy={POLICIES}")
                    self.assertEqual((code, words), (0, ""))
                    self.assertTrue(out.startswith(f"{name} ({path}): entry "))
                    report = json.loads(run("match", "--describe", what, f"--policy={POLICIES}", "--json")[1])
                    self.assertEqual(report["winner"]["profile"], name)
                    self.assertEqual(run("match", "--describe", what, "--describe=owner=1000",
                                         f"--policy={POLICIES}")[0], 6)

    def test_a_stream_will_do(self):
        stream = run("cat-config", str(POLICIES))[1].encode()
        code, out, _ = run_with_input(stream, "match", "--describe=label=plimsoll.profile=batch", "--policy=-")
        self.assertEqual(code, 0)
        self.assertTrue(out.startswith(b"batch ("))

    def test_nobody_is_not_found(self):
        code, out, words = run("match", "--describe", "unit=nginx.service", f"--policy={POLICIES}")
        self.assertEqual((code, words), (6, ""))
        self.assertTrue(out.startswith("no profile matches\n"))


if __name__ == "__main__":
    PLIMSOLL = os.path.abspath(sys.argv.pop(1))
    POLICIES = Path(sys.argv.pop(1))
    unittest.main()
