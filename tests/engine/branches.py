#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every line and every branch of the engine is reached by its tests, or this fails.

Usage: branches.py SOURCE_DIR OBJECT_DIR PROGRAM...

The programs are those of tests/engine, linked with objects that count (gcc --coverage). Branches and lines of an assertion do
not count: the side of it that aborts is one that no test should reach.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile


def asserted(path):
    """The lines of a file that assertions stand in."""
    lines = set()
    depth = 0
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if depth == 0 and (start := re.search(r"\bpl_assert\(", line)):
                line = line[start.end() - 1:]
            elif depth == 0:
                continue
            depth += line.count("(") - line.count(")")
            lines.add(number)
    return lines


def run(programs, directory):
    """Runs them so that they count into the directory, and nowhere else."""
    for program in programs:
        done = subprocess.run([program], env={**os.environ, "GCOV_PREFIX": directory},
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f"{program} failed:\n{done.stderr.decode(errors='replace')}")


def count(objects, directory, source):
    """{file: ({line: count}, {(line, branch): count})} of all objects."""
    figures = {}
    for notes in objects:
        copy = directory + notes
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        shutil.copy(notes, copy)
        # Of what no program has in it there are no counts, which is as good as zeros.
        answer = subprocess.run(["gcov", "--json-format", "--stdout", "--branch-probabilities", copy],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=directory, check=True)
        for file in json.loads(answer.stdout)["files"]:
            name = os.path.relpath(os.path.join(source, file["file"]), source)
            if not name.startswith("src/engine/"):
                continue
            lines, branches = figures.setdefault(name, ({}, {}))
            for line in file["lines"]:
                number = line["line_number"]
                lines[number] = lines.get(number, 0) + line["count"]
                for i, branch in enumerate(line["branches"]):
                    if not branch["throw"]:
                        branches[number, i] = branches.get((number, i), 0) + branch["count"]
    return figures


def main():
    source, objects_directory, programs = sys.argv[1], sys.argv[2], sys.argv[3:]
    objects = [os.path.realpath(os.path.join(root, name)) for root, _, names in os.walk(objects_directory)
               for name in names if name.endswith(".gcno")]
    if not objects or not programs:
        sys.exit("nothing counts: this cannot be right")
    with tempfile.TemporaryDirectory() as directory:
        run(programs, directory)
        figures = count(sorted(objects), directory, source)
    reached = missed = 0
    for name, (lines, branches) in sorted(figures.items()):
        path = os.path.join(source, name)
        left_out = asserted(path)
        with open(path, encoding="utf-8") as file:
            text = file.read().splitlines()
        wrong = {number: "line" for number, times in lines.items() if times == 0}
        for (number, i), times in branches.items():
            if number in left_out:
                continue
            reached += times > 0
            missed += times == 0
            if times == 0:
                wrong.setdefault(number, "branch")
        for number, what in sorted(wrong.items()):
            if number not in left_out:
                print(f"{name}:{number}: a {what} is not reached: {text[number - 1].strip()}")
                missed += what == "line"
    print(f"{reached} branches are reached, {missed} lines and branches are not")
    return 1 if missed or not reached else 0


sys.exit(main())
