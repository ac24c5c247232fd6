#!/usr/bin/env python3
"""Checks the dependencies against deny.toml without a network: licences, sources, bans.

Reads `cargo metadata` of the lockfile. `cargo deny check` does the same and knows the advisories
too; this needs nothing but Python 3.11 and no minutes of compiling.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def allowed(expression: str, licences: set[str]) -> bool:
    """Whether an SPDX expression can be satisfied; the old `A/B` means `A OR B`."""
    text = expression.replace("/", " OR ")
    tokens = re.findall(r"[()]|[\w.+-]+(?: WITH [\w.-]+)?", text)

    def either() -> bool:
        value = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            value |= both()
        return value

    def both() -> bool:
        value = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            value &= one()
        return value

    def one() -> bool:
        token = tokens.pop(0)
        if token != "(":
            return token in licences
        value = either()
        tokens.pop(0)
        return value

    return either()


def problems(packages: list[dict], rules: dict) -> list[str]:
    """One line for each rule that a package breaks."""
    licences = set(rules["licenses"]["allow"])
    registries = {f"registry+{url}" for url in rules["sources"]["allow-registry"]}
    versions = defaultdict(set)
    found = []
    for package in packages:
        name = f"{package['name']} {package['version']}"
        versions[package["name"]].add(package["version"])
        licence = package["license"]
        if not licence:
            found.append(f"{name} names no licence")
        elif not allowed(licence, licences):
            found.append(f"{name} has the licence {licence}")
        if package["source"] and package["source"] not in registries:
            found.append(f"{name} comes from {package['source']}")
    for rule in rules["bans"]["deny"]:
        crate = rule["crate"]
        if rule.get("deny-multiple-versions"):
            if len(versions[crate]) > 1:
                found.append(f"{crate} is there {len(versions[crate])} times: {', '.join(sorted(versions[crate]))}")
        elif versions[crate]:
            found.append(f"{crate} is banned")
    return found


def main() -> int:
    """Reads, checks, tells."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--all-features"]
    packages = json.loads(subprocess.check_output(command, cwd=ROOT))["packages"]
    found = problems(packages, rules)
    for problem in found:
        print(f"dependencies: {problem}", file=sys.stderr)
    print(f"dependencies: {len(packages)} packages, {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
