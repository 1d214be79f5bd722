#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A reader of the journal that was written from plimsoll-journal(5) alone reads what ours reads.

Usage: page.py SAMPLE

SAMPLE is the program of sample.c.
"""
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SAMPLE = ""
SEED = 0x706C696D736F6C6C
MASK = 2**64 - 1
ALL_BITS = 2**64 - 1

# Bytes of figures and number of texts, by type.
ACTS = {
    1: (16, 1), 2: (8, 1), 3: (72, 1), 4: (72, 1), 5: (40, 3), 6: (40, 3), 7: (40, 3), 8: (64, 1), 10: (56, 1), 11: (40, 2),
    12: (24, 2), 13: (24, 2), 14: (64, 3), 15: (24, 1), 16: (96, 2),
}

# The kind of an update, by that of its item.
KINDS = {3: 0, 4: 1, 5: 2, 6: 3, 12: 4, 13: 5, 14: 6}


def check(seed, data):
    value = seed
    for (word,) in struct.iter_unpack("=Q", data):
        value = (value ^ word) * 0x9E3779B97F4A7C15 & MASK
        value ^= value >> 32
    return value


def words(data):
    return struct.unpack(f"={len(data) // 8}Q", data)


def text(data):
    return data.split(b"\0")[0].decode()


def line(*parts):
    return " ".join(str(part) for part in parts)


class Journal:
    def __init__(self, data):
        self.data = data
        assert data[:8] == b"PLIMJRNL"
        order, version, size = struct.unpack_from("=IIQ", data, 8)
        assert (order, version, size) == (0x01020304, 4, len(data))
        self.record_bytes, = struct.unpack_from("=I", data, 28)
        self.rows_at, self.row_bytes, self.row_count = struct.unpack_from("=QII", data, 32)
        self.rings = [struct.unpack_from("=QQ", data, 48), struct.unpack_from("=QQ", data, 64)]
        zero, header_check = struct.unpack_from("=QQ", data, 112)
        assert zero == 0 and header_check == check(SEED, data[:120])
        self.check_layout()

    def check_layout(self):
        size = len(self.data)
        rows = min(16384, (size - 12288) * 19 // 32 // 960)
        acts_at = -(-(12288 + rows * 960) // 256) * 256
        records = (size - acts_at) // 256
        acts = records // 4
        assert (self.rows_at, self.row_bytes, self.row_count) == (12288, 960, rows)
        assert self.rings == [(acts_at, acts), (acts_at + acts * 256, records - acts)]

    def u64(self, at):
        return struct.unpack_from("=Q", self.data, at)[0]

    def block(self, at, size):
        sequence, block_check = struct.unpack_from("=QQ", self.data, at)
        content = self.data[at + 16:at + 16 + size]
        if sequence == 0:
            return None
        assert sequence % 2 == 0
        assert block_check == check(SEED ^ sequence, content)
        return content

    def board(self):
        yield line("pulse", self.u64(128), self.u64(136), self.u64(144), self.u64(152))
        state = self.block(512, 512)
        pid, phase, started = struct.unpack_from("=IIQ", state)
        profiles, = struct.unpack_from("=I", state, 48 + 48)
        errors, = struct.unpack_from("=I", state, 280 + 48 + 12)
        yield line("state", pid, phase, started, f"'{text(state[16:48])}'", profiles, f"'{text(state[120:280])}'",
                   errors, f"'{text(state[352:512])}'")
        yield line("host", *words(self.block(4096, 272)))
        yield line("ranking", *words(self.block(8192, 32 + 7 * 8 * 64)))
        for index in range(self.u64(160)):
            row = self.block(self.rows_at + index * self.row_bytes, self.row_bytes - 16)
            if row is None or words(row[:8])[0] == 0:
                continue
            names = (text(row[544:608]), text(row[608:672]), text(row[672:744]), text(row[744:944]))
            yield line("row", index, *words(row[:544]), *(f"'{name}'" for name in names))

    def records(self, ring):
        """(number, time, type, flags, part, payload) of every record that can be read."""
        offset, capacity = self.rings[ring]
        begun, newest = struct.unpack_from("=QQ", self.data, 192 + 64 * ring)
        for number in range(max(1, begun - capacity + 1), newest + 1):
            at = offset + (number - 1) % capacity * self.record_bytes
            found, record_check, time, kind, flags, part, length = struct.unpack_from("=QQQHHHH", self.data, at)
            assert found == number
            assert record_check == check(SEED ^ number, self.data[at + 16:at + 256])
            yield number, time, kind, flags, part, self.data[at + 32:at + 32 + length]

    def wholes(self, ring):
        """(number, time, type, payloads), without the rest of one whose beginning was written over."""
        parts = None
        for number, time, kind, flags, part, payload in self.records(ring):
            if part == 0:
                parts = []
            if parts is None:
                continue
            assert len(parts) == part
            parts.append(payload)
            if flags & 1:
                yield number - part, time, kind, parts
                parts = None

    @staticmethod
    def items(parts):
        """(kind, words) or (11, name)."""
        for payload in parts:
            at = 0
            while at < len(payload):
                kind, count = payload[at], payload[at + 1]
                at += 2
                if kind == 11:
                    yield kind, payload[at:at + count].decode()
                    at += count
                    continue
                lengths = [payload[at + i // 2] >> i % 2 * 4 & 15 for i in range(count)]
                at += (count + 1) // 2
                item = []
                for length in lengths:
                    if length == 15:
                        item.append(ALL_BITS)
                        continue
                    item.append(int.from_bytes(payload[at:at + length], "little"))
                    at += length
                yield kind, item

    def acts(self):
        for number, time, kind, parts in self.wholes(0):
            if kind == 9:
                values = []
                for item, value in self.items(parts):
                    values += [f"'{value}'"] if item == 11 else value
                yield line("act", number, kind, time, *values)
                continue
            payload, = parts
            figures, count = ACTS[kind]
            texts, at = [], figures
            for _ in range(count):
                texts.append(payload[at + 1:at + 1 + payload[at]].decode())
                at += 1 + payload[at]
            assert at == len(payload)
            yield line("act", number, kind, time, *words(payload[:figures]), *(f"'{t}'" for t in texts))

    def steps(self):
        for _, time, kind, parts in self.wholes(1):
            assert kind == 17
            items = list(self.items(parts))
            (_, head), (_, host) = items[:2]
            flags, policy = struct.unpack("=II", struct.pack("=Q", head[2]))
            assert time == head[1] and len(items) == 2 + head[3] + head[4]
            values = ["step", head[0], head[1], flags, policy, *host]
            for item, value in items[2:]:
                values += ["/"] if item == 7 else ["|", KINDS[item]]
                values += value
            yield line(*values)


class Page(unittest.TestCase):
    def test_the_same_is_read(self):
        with tempfile.TemporaryDirectory() as directory:
            wanted = subprocess.run([SAMPLE, directory], check=True, capture_output=True, text=True).stdout.splitlines()
            journal = Journal((Path(directory) / "journal").read_bytes())
        got = [*journal.board(), *journal.acts(), *journal.steps()]
        self.assertGreater(len(wanted), 100)
        for ours, theirs in zip(wanted, got):
            self.assertEqual(ours[:4000], theirs[:4000])
            self.assertEqual(ours, theirs)
        self.assertEqual(len(wanted), len(got))


if __name__ == "__main__":
    SAMPLE = sys.argv.pop(1)
    unittest.main()
