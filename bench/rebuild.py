#!/usr/bin/env python3
"""How long cargo takes to rebuild after a change of one file: the server, and the tests.

    bench/rebuild.py [ROUNDS]

Each change is another function at the end of the file, which is taken away afterwards. Run it when nothing else runs.
"""

import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHANGES = {
    "a cell of the permission table": "policy/src/lib.rs",
    "a column": "entity/src/member.rs",
    "an act": "domain/src/members/member.rs",
    "a resolver": "src/graphql/members/member.rs",
    "a test": "tests/it/members/member.rs",
}
BUILDS = {
    "server": ["cargo", "build", "--bin", "twinspace"],
    "server and tests": ["cargo", "test", "--no-run", "--workspace"],
}


def build(command):
    began = time.monotonic()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.monotonic() - began


def changed(path, number, command):
    before = path.read_text()
    try:
        path.write_text(f"{before}\n/// For a measurement.\npub fn measured() -> u32 {{\n    {number}\n}}\n")
        return build(command)
    finally:
        path.write_text(before)


def main():
    # What is changed is put back in any case.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(f"seconds, the median of {rounds}; {', '.join(BUILDS)}")
    for what, path in CHANGES.items():
        medians = []
        for command in BUILDS.values():
            build(command)
            times = [changed(ROOT / path, number, command) for number in range(rounds)]
            medians.append(statistics.median(times))
        print(f"{what:32}" + "".join(f"{median:8.1f}" for median in medians), flush=True)


if __name__ == "__main__":
    main()
