#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reader of history written from plimsoll-history(5) alone, against ours: both have to read the same.

Usage: history_page.py HISTORY_SAMPLE

HISTORY_SAMPLE writes history to a directory and prints what our reader reads of it.
"""
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ALL = 2**64 - 1
S = 0x706C696D736F6C6C


def check(seed, data):
    """The check of plimsoll-journal(5)."""
    c = seed
    for (word,) in struct.iter_unpack("=Q", data):
        c = (c ^ word) * 0x9E3779B97F4A7C15 & ALL
        c ^= c >> 32
    return c


def unpack(body):
    """Packed words, and what is behind them."""
    count = body[0]
    at = 1 + (count + 1) // 2
    words = []
    for i in range(count):
        length = body[1 + i // 2] >> i % 2 * 4 & 15
        if length == 15:
            words.append(ALL)
            continue
        words.append(int.from_bytes(body[at : at + length], "little"))
        at += length
    return words, body[at:]


def texts(rest):
    """Each a byte with the length and the bytes."""
    found = []
    while rest:
        found.append(rest[1 : 1 + rest[0]].decode())
        rest = rest[1 + rest[0] :]
    return found


def signed(number):
    """32 bits, as an i32."""
    return number - 2**32 if number >= 2**31 else number


def halves(word):
    """The low one first."""
    return word & 0xFFFFFFFF, word >> 32


class Run:
    """What holds until the next run."""

    def __init__(self, number):
        self.number, self.head, self.workloads = number, (0, 0), {}


def tell(workload):
    """As the sample prints a workload."""
    numbers = " ".join(str(value) for value in workload["numbers"] + workload["terms"])
    return numbers + "".join(f" {value:x}" for value in workload["limits"])


def read_item(kind, body, run, boot, first):
    """What our reader prints behind the times, or None."""
    words, rest = unpack(body)
    if kind == 1:
        run.head = (words[0] & 0xFF, words[2])
        return ""
    if kind == 2:
        low, high = halves(words[4])
        run.workloads[words[0]] = {"numbers": [words[1], words[2], low, signed(high)],
                                   "terms": [0] * 5, "limits": [0] * 9}
        return " " + " ".join(texts(rest)) + " " + tell(run.workloads[words[0]])
    if kind == 3:
        workload = run.workloads[words[0]]
        workload["terms"] = [*halves(words[1]), *map(signed, halves(words[2])), halves(words[3])[0]]
        workload["limits"] = words[13:22]
        return " " + tell(workload)
    if kind == 4:
        return "".join(f" {word:x}" for word in words)
    if kind == 5:
        sample = words[1:]
        sample[0] = boot - sample[0]
        sample[1] = 0 if sample[1] == ALL else boot - sample[1]
        return (" " + tell(run.workloads[words[0]]) + "\n"
                + "".join(f" {word:x}" for word in sample))
    kinds, part = halves(words[2])
    if part == 0:
        first["at"] = words[0], kinds & 0xFFFF, words[1]
    return " {} {} {}".format(*first["at"]) if kinds >> 16 & 1 else None


def read_segment(path, lines):
    """All good frames of a file."""
    data = path.read_bytes()
    magic, order, version, number, _, salt, _, _, sum_ = struct.unpack("=8sII6Q", data[:64])
    assert magic == b"PLIMHIST" and order == 0x01020304 and version == 2
    assert number == int(path.name[8:]) and sum_ == check(S, data[:56])
    at, run, first = 64, Run(0), {}
    while at < len(data):
        head = struct.unpack("=IIQQIIQQQ", data[at : at + 56])
        payload = data[at + 56 : at + 56 + (head[1] + 7) // 8 * 8]
        assert head[0] == 0x504C4846 and head[8] == check(S ^ salt ^ at, data[at : at + 48])
        assert head[7] == check(S ^ salt ^ at, payload)
        if head[4] != run.number:
            run = Run(head[4])
        item, kinds = 0, 0
        while item < head[1]:
            length = payload[item + 1] | payload[item + 2] << 8
            kinds |= 1 << payload[item]
            body = payload[item + 3 : item + 3 + length]
            told = read_item(payload[item], body, run, head[3], first)
            if told is not None:
                lines.append(f"{payload[item]} {head[2]} {head[3]} {run.head[0]:x} {run.head[1]}{told}")
            item += 3 + length
        assert kinds == head[5]
        at += 56 + len(payload)


def main():
    """Compares."""
    with tempfile.TemporaryDirectory() as directory:
        ours = subprocess.run([sys.argv[1], directory], check=True, capture_output=True, text=True)
        lines = []
        for path in sorted(Path(directory).iterdir()):
            if re.fullmatch(r"history-\d{10}", path.name):
                read_segment(path, lines)
    theirs = "\n".join(lines) + "\n"
    for mine, other in zip(ours.stdout.split("\n"), theirs.split("\n")):
        assert mine == other, f"ours:     {mine}\nby page:  {other}"
    assert ours.stdout == theirs
    assert {line[0] for line in lines} == set("123456"), "not every kind is there"
    print(f"{len(lines)} entries read alike")


if __name__ == "__main__":
    main()
