#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema and the reader agree on every mistake of a value by itself.

Usage: schema.py JUDGE DIRECTORY

JUDGE is the program of judge.c. DIRECTORY holds right/ and wrong/, and wrong/structural.list names those of the wrong files
whose mistake a schema can see. Every value of a long list is also put into every key, and the two have to give the same
answer. What the schema knowingly leaves to the reader stands in LEFT_TO_THE_READER, and that has to be exact as well.
"""
import json
import re
import subprocess
import sys
import unittest
from pathlib import Path

import jsonschema

JUDGE = ""
DIRECTORY = Path()
KINDS = ("profile", "host", "order")

STRINGS = [
    "", " ", "a", "max", "min", "MAX", "0", "1", "-1", "512", "4096", "0008", "512M", "512MiB", "512 MiB", "512  MiB", "1.5G",
    "1.5 GiB", "1.5Gi", "512mb", "512Mb", "512m", "1e3", "1k", "1K", "1kB", "1KB", "1B", "1b", "1PiB", "999PiB", "1000PiB",
    "9999PiB", "999999TiB", "1000000TiB", "999999999999999999", "1000000000000000000", "18446744073709551615",
    "0000000000000000000000008GiB", "1.GiB", ".5GiB", "1.123456789GiB", "1.1234567890GiB", " 1GiB", "1GiB ", "1GiB\n", "1\tGiB",
    "50%", "50 %", "50  %", "50%%", "%", "0 ", "1000 ", "512 B", "90% ofmax", "50% ofswap", "100.000000000%", "12.500000000%", "0%", "0.01%", "0.001%", "0.010%", "0.0100000000%", "100%", "100.00%", "100.01%",
    "1000%", "1000.0%", "1000.01%", "1001%", "1%", "0.99%", "12.5%", "50% of max", "50%of max", "50% of  max", "50% of swap",
    "50% of ram", "50% of", "50% of maximum", "90% max", "min(8GiB, 50%)", "min(8GiB,50%)", "min( 8GiB , 50% )", "min(8GiB)",
    "min()", "min(8GiB", "min(8GiB, 50%))", "min (8GiB, 50%)", "max(96MiB, min(1GiB, 4%))", "max(1, min(2, max(3, 4)))",
    "min(max, 1GiB)", "min(50% of max, 1GiB)", "min(50% of swap, 1GiB)", "max(min(1,2),min(3,4))", "min(1,2,3,4,5,6,7,8)",
    "min(1;2)", "med(1,2)",
    "0s", "1s", "5s", "10s", "10 s", "10  s", " 10s", "10s ", "10", "10sec", "10seconds", "10ms", "99ms", "100ms", "499ms", "500ms",
    "5000ms", "5001ms", "1min", "1m", "10min", "11min", "600s", "601s", "1h", "24h", "25h", "60min", "61min", "1d", "2d", "30d",
    "31d", "1w", "4w", "5w", "2h30m", "1.5h", "007s", "-1s", "1us", "1 year", "3600s", "3601s", "1000000h",
    "10MiB/h", "10MiB/min", "10MiB/s", "10MiB/d", "10MiB/w", "10MiB / h", "10MiB/", "/h", "10/h", "10MiB/hour", "10MiB/h ",
    "10 MiB/h", "0/d", "50%/h", "max/h", "1.5GiB/d", "1000PiB/h",
    "02:00-05:00", "2:00-5:00", "23:59-00:00", "24:00-01:00", "02:60-03:00", "02:00 - 05:00", "02:00",
    "2026-11-21T10:00:00Z", "2026-11-21T10:00:00+01:00", "2026-11-21", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
    "2026-04-31T00:00:00Z", "2026-01-31T23:59:59Z", "2026-01-31T24:00:00Z", "2026-01-31T23:59:60Z", "1969-12-31T23:59:59Z",
    "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-29T00:00:00Z", "2026-02-30T00:00:00Z",
    "root", "any", "Any", "1000", "1000-1999", "1000-", "-1000", "4294967294", "4294967295", "0-0", "1000 - 1999", "00012",
    "enforce", "observe", "Enforce", "repair", "alarm", "yield", "workload", "process", "cap", "down", "kill", "relax", "term",
    "SIGTERM", "sigterm", "TERM", "SIGKILL", "SIGRTMIN+3", "docker", "Docker", "podman", "systemd", "Guaranteed", "guaranteed",
    "Burstable", "BestEffort", "protect", "pause", "restore", "apply", "drill", "thaw", "resume",
    "api", "web-1", "web_1", "1web", "-web", "_web", "Web", "web.1", "we b", "a" * 64, "a" * 65, "nobody", "_apt", "www-data", "0day",
    "plimsoll-batch.slice", ".slice", "a.slice", "a.service", "a/b.slice", "\\x2d.slice", "-.slice", "a" * 249 + ".slice",
    "a" * 250 + ".slice",
    "*", "**", "?", "[ab]", "[a-z]x", "[!a]", "[]a]", "[!]a]", "[]", "[!]", "[", "a[", "a]", "[a", "[^a]", "[!^a]", "a**b", "***",
    "/", "/a", "/a/b", "/a/", "//a", "a/b", "/a//b", "**/a", "/**/a", "/a/**", "/a**", "/**a", "/a/**/b", "/**/**", "**/", "**a",
    "/a*b*c", "/*", "/*/*", "/[a/b]", "/[a]", "/[!a]", "/[]", "/?", "/a[", "ä", "/ä/*", "a" * 255, "a" * 256, "/" + "a" * 254,
    "key", "key=value", "key=", "=value", "key=a=b", "key=[a", "key=[a]*", "k\u0001y=v", "key=v\u0001", "a" * 255 + "=b", "a" * 256,
    "a\nb", "tab\t", "\u007f", "\u0085", "text of words", "x" * 256, "x" * 257, "x" * 1024, "x" * 1025, "\u00e9" * 256,
    "/usr/bin/true", "true", "reclaim",
]

OTHERS = [
    None, True, False, 0, 1, -1, 2, 5, 8, 64, 65, 100, 101, 200, 201, 500, 1000, 1001, -1000, -1001, 1024, 1025, 1.0, 1.5, -0.5,
    10**6, 2**31, 2**32, 2**53, 999999999999999999, 10**18, 2**63 - 1, 2**63, 2**64 - 1, 2**64,
    [], {}, [[]], [{}], [None], [1], ["kill"], ["reclaim", "kill"], ["kill", "reclaim"], ["kill", "kill"], ["kil"], ["mon"],
    ["mon", "sun"], ["sun", "mon", "sun"], ["mon", 1], ["/bin/true"], ["/bin/true", "a", ""], ["true"], [""], ["/bin/true", 1],
    ["/a", "b\n"], ["/" + "x" * 1023], ["/" + "x" * 1024], ["/a"] + ["b"] * 7, ["/a"] + ["b"] * 8, ["key", "key=value"], ["key", "="],
    ["k"] * 8, ["k"] * 9, {"max": "1GiB"}, {"unit": "a"}, [{"unit": "a"}], [{"unit": "a"}] * 64, [{"unit": "a"}] * 65,
    [{"unit": "a"}, {}], [{"unit": 1}], [{"unti": "a"}], {"k8s": {}}, {"k8s": {"pod": "a"}}, {"window": "02:00-05:00"},
    {"command": ["/bin/true"]}, {"timeout": "5s"}, {"command": ["/bin/true"], "timeout": "31s"},
]

SMALLEST = {
    "profile": {"profile": "p", "match": [{"unit": "u"}]},
    "host": {"host": "h"},
    "order": {"order": "pause"},
}

# (type of what is there, expression for the whole value): the reader refuses it, the schema cannot see why.
LEFT_TO_THE_READER = [
    # How brackets are made inside.
    r".*\[!?\^.*\].*",
    # The month of February.
    r"2026-02-30T.*",
]


def shape(value):
    """The keys and the lengths of lists: what printing may not change. A list of one string is as good as the string."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
        return "a value"
    return [shape(inner) for inner in value] if isinstance(value, list) else "a value"


def pattern(_validator, expression, instance, _schema):
    """As ECMA-262 has it, which JSON Schema goes by and editors use: $ is the very end, and not also before a newline."""
    if isinstance(instance, str) and not re.search(re.sub(r"\$$", r"\\Z", expression), instance):
        yield jsonschema.ValidationError(f"{instance!r} is not {expression!r}")


VALIDATOR = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": pattern})


def ask(*arguments, text=None):
    """What the judge prints."""
    return subprocess.run([JUDGE, *arguments], input=text, capture_output=True, text=True, check=True).stdout


def without_comments(text):
    """The text of a policy file as a schema is applied to it."""
    pattern = r'"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/'
    return re.sub(pattern, lambda found: found[0] if found[0].startswith('"') else " ", text, flags=re.S)


def without_duplicates(pairs):
    """A dict, or an error: what a schema cannot see must not decide what it is asked."""
    if len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


def read(path):
    """The document in a policy file."""
    return json.loads(without_comments(path.read_text(encoding="utf-8")), object_pairs_hook=without_duplicates)


def places(schema, definition, path=(), seen=()):
    """Every key of a schema: how to get there, through the keys of objects and the first elements of lists."""
    for key, value in definition["properties"].items():
        yield path + (key,)
        reference = None
        if "allOf" in value:
            reference, inner = value["allOf"][0]["$ref"], path + (key,)
        elif "$ref" in value.get("items", {}):
            reference, inner = value["items"]["$ref"], path + (key, 0)
        name = reference and reference.rsplit("/", 1)[1]
        if name and (path, name) not in seen:
            yield from places(schema, schema["definitions"][name], inner, seen + ((path, name),))


def with_value(kind, path, value):
    """The smallest document of that kind that has the value there."""
    document = json.loads(json.dumps(SMALLEST[kind]))
    here = document
    for i, step in enumerate(path[:-1]):
        if step == 0:
            continue
        if path[i + 1] == 0:
            here[step] = [{}]
            here = here[step][0]
        else:
            here = here.setdefault(step, {})
            if step == "restart":
                here["window"] = "02:00-05:00"
            if path[:i + 1][-2:-1] == ("hooks",):
                here["command"] = ["/bin/true"]
    here[path[-1]] = value
    return document


class Schema(unittest.TestCase):
    """The schema of each kind, and the one of all."""

    @classmethod
    def setUpClass(cls):
        cls.schemas = {name: json.loads(ask("--schema", name)) for name in KINDS + ("any",)}
        for schema in cls.schemas.values():
            jsonschema.Draft7Validator.check_schema(schema)
        cls.valid = {name: VALIDATOR(schema).is_valid for name, schema in cls.schemas.items()}

    def test_what_is_right_is_right(self):
        paths = sorted((DIRECTORY / "right").glob("*.json"))
        self.assertGreaterEqual(len(paths), 30)
        for path in paths:
            with self.subTest(path.name):
                document = read(path)
                kind = next(kind for kind in KINDS if kind in document)
                self.assertTrue(self.valid["any"](document))
                self.assertTrue(self.valid[kind](document))

    def test_what_is_wrong_is_wrong(self):
        names = (DIRECTORY / "wrong" / "structural.list").read_text(encoding="utf-8").split()
        self.assertGreaterEqual(len(names), 40)
        for name in names:
            with self.subTest(name):
                self.assertFalse(self.valid["any"](read(DIRECTORY / "wrong" / name)))

    def test_one_kind_is_not_another(self):
        for kind, document in SMALLEST.items():
            for name in KINDS:
                self.assertEqual(self.valid[name](document), name == kind)
            self.assertTrue(self.valid["any"](document))
        for wrong in ({}, [], None, "profile", {"profile": "p"}, {**SMALLEST["profile"], **SMALLEST["host"]}):
            self.assertFalse(self.valid["any"](wrong))

    def test_every_value_in_every_key(self):
        """The reader's answer and the schema's, over some twenty-five thousand documents."""
        cases = [
            (kind, path, value)
            for kind in KINDS
            for path in places(self.schemas[kind], self.schemas[kind])
            for value in STRINGS + OTHERS
        ]
        documents = [with_value(*case) for case in cases]
        text = "".join(json.dumps(document) + "\n" for document in documents)
        answers = ask(text=text).splitlines()
        self.assertEqual(len(answers), len(documents))
        differences = {
            f"{'.'.join(map(str, path))} = {json.dumps(value)[:60]}: the reader says {answer[:1]}"
            for (kind, path, value), document, answer in zip(cases, documents, answers)
            if self.valid[kind](document) != (answer != "0")
            and not (answer == "0" and any(re.fullmatch(left, str(value), re.S) for left in LEFT_TO_THE_READER))
        }
        taken = [(document, answer) for document, answer in zip(documents, answers) if answer != "0"]
        print(f"{len(cases)} documents, {len(taken)} of them right", file=sys.stderr)
        self.assertFalse(differences, "\n".join(sorted(differences)[:40]))
        self.assertGreater(len(taken), len(answers) // 50)
        for document, answer in taken:
            self.assertEqual(shape(document), shape(json.loads(answer)), f"{document} is printed as {answer}")


if __name__ == "__main__":
    JUDGE, DIRECTORY = sys.argv[1], Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
