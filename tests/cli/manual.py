#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the help says, the manual says, and the other way round: verbs, options, exit codes, topics of doctor.

Usage: manual.py PLIMSOLL DIRECTORY_OF_MANUAL_PAGES

The help is made from the table that the parser reads, so it cannot be wrong about what the program understands.
"""
import json
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

PLIMSOLL = ""
# Verbs that give orders: their examples would be carried out on this very host, so they are only taken apart.
ORDERS = {"apply", "drill", "pause", "protect", "release", "restore", "resume", "thaw"}
MANUAL = Path()


def ask(*arguments):
    """The JSON that plimsoll prints."""
    result = subprocess.run([PLIMSOLL, *arguments, "--json"], capture_output=True, check=False)
    return json.loads(result.stdout)


def page(name):
    """The source of a manual page."""
    return (MANUAL / f"{name}.1").read_text(encoding="utf-8")


def page_of(verb):
    """A verb has a page of its own, or its place in that of plimsoll."""
    return page(f"plimsoll-{verb}") if (MANUAL / f"plimsoll-{verb}.1").exists() else page("plimsoll")


def section(text, title):
    """What stands under a heading."""
    found = re.search(rf"^\.Sh {title}\n(.*?)(?=^\.Sh |\Z)", text, re.M | re.S)
    return found.group(1) if found else ""


def options_in(text):
    """The options that a page explains: the items of its list."""
    items = re.findall(r"^\.It (Fl .*)$", section(text, "OPTIONS"), re.M)
    return {flag for item in items for flag in re.findall(r"Fl (-?[a-z-]+)", item)}


def spelling(option):
    """The names of an option as .Fl takes them."""
    return {f"-{option['name']}"} | ({option["letter"]} if "letter" in option else set())


class Manual(unittest.TestCase):
    """Each way of looking is also shown to be able to fail."""

    def setUp(self):
        self.help = ask("help")

    def test_the_verbs_are_those_of_the_help(self):
        wanted = {verb["name"] for verb in self.help["verbs"]}
        listed = set(re.findall(r"^\.It Cm ([a-z-]+)", section(page("plimsoll"), "DESCRIPTION"), re.M))
        self.assertEqual(listed, wanted)
        pages = {path.stem.removeprefix("plimsoll-") for path in MANUAL.glob("plimsoll-*.1")}
        self.assertLessEqual(pages, wanted)

    def test_the_options_are_those_of_the_help(self):
        common = set().union(*(spelling(option) for option in self.help["options"]))
        self.assertEqual(options_in(page("plimsoll")), common)
        for verb in self.help["verbs"]:
            own = set().union(*(spelling(option) for option in verb["options"]))
            text = page_of(verb["name"])
            with self.subTest(verb=verb["name"]):
                self.assertEqual(options_in(text), own | common)

    def test_the_exit_codes_are_those_of_the_help(self):
        codes = {str(code["code"]) for code in self.help["exit_codes"]}
        self.assertEqual(set(re.findall(r"^\.It (\d+)", section(page("plimsoll"), "EXIT STATUS"), re.M)), codes)
        for path in MANUAL.glob("*.1"):
            text = path.read_text(encoding="utf-8")
            self.assertLessEqual(set(re.findall(r"^\.It (\d+)", section(text, "EXIT STATUS"), re.M)), codes)

    def test_the_topics_are_those_of_doctor(self):
        topics = {finding["topic"]: finding["title"] for finding in ask("doctor")["findings"]}
        explained = {topic: title for title, topic in
                     re.findall(r"^\.It (.*) Bq ([a-z0-9_]+)$", section(page("plimsoll-doctor"), "TOPICS"), re.M)}
        self.assertEqual(explained, topics)

    def test_the_examples_are_understood(self):
        for verb in self.help["verbs"]:
            for example in verb["examples"]:
                words = example["command"].removeprefix("sudo ").split()
                words += ["--help"] if verb["name"] in ORDERS else []
                with self.subTest(command=example["command"]):
                    self.assertEqual(words[0], "plimsoll")
                    result = subprocess.run([PLIMSOLL, *words[1:]], capture_output=True, check=False)
                    self.assertNotEqual(result.returncode, 2)

    def test_a_page_that_lags_behind_would_be_seen(self):
        lagging = page("plimsoll").replace(".It Fl -json\n", "")
        self.assertNotIn("-json", options_in(lagging))
        self.assertIn("-json", options_in(page("plimsoll")))

    def test_mandoc_finds_nothing_to_warn_of(self):
        pages = sorted(str(path) for path in MANUAL.glob("*.1"))
        self.assertTrue(pages)
        result = subprocess.run(["mandoc", "-Tlint", "-Wwarning", *pages], capture_output=True, text=True, check=False)
        self.assertEqual((result.returncode, result.stdout), (0, ""))


if __name__ == "__main__":
    PLIMSOLL = os.path.abspath(sys.argv.pop(1))
    MANUAL = Path(sys.argv.pop(1))
    unittest.main()
