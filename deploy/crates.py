"""The crates that are part of the program."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def cargo(*arguments):
    return subprocess.check_output(["cargo", *arguments], cwd=ROOT, text=True)


def host():
    """The target for which is built here."""
    versions = subprocess.check_output(["rustc", "-vV"], text=True)
    return next(line.split()[1] for line in versions.splitlines() if line.startswith("host: "))


def part_of_the_program():
    """Names and versions, without what only builds or tests it."""
    tree = cargo("tree", "--locked", "--edges", "normal", "--target", host(), "--prefix", "none", "--format", "{p}")
    return {(name, version.removeprefix("v")) for name, version, *_ in map(str.split, filter(None, tree.splitlines()))}
