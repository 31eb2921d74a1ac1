#!/usr/bin/env python3
"""What the code is like, in numbers: for the table in benches/README.md. Usage: house.py [FOLDER]"""

import pathlib
import re
import statistics
import sys

# Compiled for tests alone.
TEST_FILES = {"tests.rs", "fake.rs", "oracle.rs", "reader_oracle.rs", "sample.rs", "scale.rs", "testing.rs"}
WORDS = r"\b(said|told|whose|nobody|somebody|anew|heard|aloud|are together)\b"

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
files = [path for folder in ("src", "crates") for path in sorted((root / folder).rglob("*.rs")) if not {"target", "proto"} & set(path.parts)]
lines, code, comments, tests, words = [], 0, 0, 0, 0
for path in files:
    text = path.read_text()
    words += len(re.findall(WORDS, text, re.IGNORECASE))
    lines.append(text.count("\n"))
    if path.name in TEST_FILES or "tests" in path.parts:
        tests += text.count("\n")
        continue
    product, _, test = text.partition("#[cfg(test)]\nmod ")
    tests += test.count("\n")
    for line in product.splitlines():
        comments += line.lstrip().startswith("//")
        code += bool(line.strip()) and not line.lstrip().startswith("//")
lock = (root / "Cargo.lock").read_text()
print(f"files                  {len(files)}")
print(f"lines                  {sum(lines)}")
print(f"  code                 {code}")
print(f"  comments             {comments}")
print(f"  unit tests           {tests}")
print(f"lines a file, median   {statistics.median(lines):.0f}")
print(f"lines a file, p90      {statistics.quantiles(lines, n=10)[8]:.0f}")
print(f"crates in Cargo.lock   {lock.count('[[package]]')}")
print(f"words of the list      {words}")
