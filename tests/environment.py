"""Installs packages from PyPI for the checks, into an environment that is thrown away afterwards."""

import subprocess
import sys
from pathlib import Path


def install(environment: Path, requirements: Path) -> str | None:
    """Installs what a file lists, with pip, or says why it cannot be."""
    pip = [environment / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps"]
    for command in (
        [sys.executable, "-m", "venv", environment],
        [*pip, "--disable-pip-version-check", "--requirement", requirements],
    ):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            return ((done.stderr + done.stdout).strip().splitlines() or ["no reason given"])[-1]
    return None
