"""Runs the story of README.md as a reader would, and compares the answers that it shows.

    python3 tests/readme/run.py PROGRAM

Blocks marked `sh run` become one bash script, run in a fresh folder. An `answer` block shows the last
line that the block before it printed, as JSON; or, as text, all of its lines.
"""

import json
import os
import re
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
README = os.path.join(HERE, "..", "..", "README.md")
MARK = "-- end of block --"


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def story(port, until=None):
    """The blocks to run, with this port, and the answers by their blocks; until the text says this."""
    with open(README, encoding="utf-8") as file:
        text = file.read()
    if until:
        assert until in text, f"README.md does not say {until!r}"
        text = text[: text.index(until)]
    runs, answers = [], {}
    for kind, mark, body in re.findall(r"^```(\w+) (run|answer)\n(.*?)^```$", text, re.M | re.S):
        if mark == "run":
            runs.append(body.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
        else:
            answers[len(runs) - 1] = (kind, body)
    if not runs or not answers:
        sys.exit("README.md has no story")
    return runs, answers


def tell(runs, answers, folder, environment):
    """Runs the blocks, and compares the answers."""
    script = "set -euo pipefail\ntrap 'kill ${server:-} 2>/dev/null || true' EXIT\n"
    script += "".join(f"{run}\necho '{MARK}'\n" for run in runs)
    done = subprocess.run(
        ["bash", "-c", script],
        stdin=subprocess.DEVNULL,
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    printed = done.stdout.split(f"{MARK}\n")[:-1]
    if done.returncode or len(printed) != len(runs):
        print(done.stdout, done.stderr, sep="\n")
        log = os.path.join(folder, "story.log")
        if os.path.exists(log):
            with open(log, encoding="utf-8") as file:
                print(file.read()[-4000:])
        sys.exit(f"README.md: block {len(printed) + 1} of {len(runs)} failed")

    wrong = 0
    for index, (kind, expected) in answers.items():
        lines = printed[index].strip().splitlines()
        if kind == "json":
            fits = json.loads(lines[-1]) == json.loads(expected)
        else:
            fits = lines == expected.strip().splitlines()
        if not fits:
            wrong += 1
            print(f"README.md shows\n{expected}and the server answers\n{printed[index]}")
    if wrong:
        sys.exit(f"README.md: {wrong} of {len(answers)} answers are not as shown")


def main():
    program = os.path.abspath(sys.argv[1])
    port = free_port()
    runs, answers = story(port)
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(f"{folder}/target/debug")
        os.symlink(program, f"{folder}/target/debug/twinspace")
        tell(runs, answers, folder, {"TWINSPACE_LISTEN": f"127.0.0.1:{port}"})
    print(f"README.md: {len(runs)} blocks run, {len(answers)} answers as shown")


if __name__ == "__main__":
    main()
