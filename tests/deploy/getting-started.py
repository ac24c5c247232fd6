"""Tells how long it takes from a program that is built to a TwinSpace that is served, in README.md's three ways.

    python3 tests/deploy/getting-started.py PROGRAM

As a container image, from a Debian package and by itself, with nothing but a mail server: the program is started,
an administrator is made and the set-up examined, and then the story of README.md is told until the TwinSpace is
open. Two teachers register, follow the links that are mailed to them and found a project, and the officers of two
support services approve it. What is built, and what people would read, type and click, is not in the figures.
"""

import asyncio
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time

from common import Client, free_ports, running, wait_for
from postbox import Postbox

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "readme"))
import run as readme

STORY_ENDS = "**A collaborator and a visitor are invited**"
TEACHERS = {"zofia@example.org", "angel@example.org"}
# What starts the server, in which the story is told by others.
START = re.compile(r"^PATH=.*^sleep 3$", re.M | re.S)


async def receive(postbox, port, ready):
    async with await asyncio.start_server(postbox.serve, "127.0.0.1", port) as server:
        ready.set()
        await server.serve_forever()


def story(name, port, mail_port, began, command):
    """Sets up a server that has been started, with the command for its program, and tells the story."""
    started = time.time() - began
    with tempfile.TemporaryDirectory() as folder:
        mails, programs = os.path.join(folder, "story", "mail"), os.path.join(folder, "bin")
        os.makedirs(mails)
        os.mkdir(programs)
        twinspace = os.path.join(programs, "twinspace")
        with open(twinspace, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        os.chmod(twinspace, 0o755)
        postbox, ready = Postbox(mails), threading.Event()
        threading.Thread(target=asyncio.run, args=(receive(postbox, mail_port, ready),), daemon=True).start()
        assert ready.wait(10), "the mail server does not start"

        add = ["admin", "add", "--email", "ada@school.example", "--name", "Ada Admin"]
        for arguments in (add, ["doctor"]):
            done = subprocess.run([twinspace, *arguments], capture_output=True, text=True, check=False)
            assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        runs, answers = readme.story(port, STORY_ENDS)
        runs[0], found = START.subn("", runs[0])
        assert found == 1, "README.md starts the server in another way"
        readme.tell(runs, answers, folder, {"PATH": f"{programs}:{os.environ['PATH']}"})
        told = {to for to, _ in postbox.mails}
        assert told >= TEACHERS, f"mails were delivered to {told}"
    print(f"getting started, {name}: served after {started:.1f} s, the TwinSpace after {time.time() - began:.1f} s", flush=True)


def main():
    program = os.path.abspath(sys.argv[1])
    others = {name: value for name, value in os.environ.items() if not name.startswith("TWINSPACE_")}
    for name in ("image", "package", "program"):
        port, mail_port = free_ports(2)
        settings = {"TWINSPACE_LISTEN": f"127.0.0.1:{port}", "TWINSPACE_SMTP_URL": f"smtp://127.0.0.1:{mail_port}"}
        with tempfile.TemporaryDirectory() as folder:
            environment = {**others, **settings}
            if name != "program":
                told = [sys.executable, os.path.abspath(__file__), "--story", name, str(port), str(mail_port)]
                subprocess.run([os.path.join(HERE, f"{name}.sh"), program, *told], env=environment, check=True)
                continue
            environment["TWINSPACE_DATA_DIR"] = os.path.join(folder, "data")
            began = time.time()
            with running([program, "serve"], os.path.join(folder, "log"), env=environment):
                wait_for("the server", lambda: Client(port).send("GET", "/readyz")[0] == 200)
                command = ["env", f"TWINSPACE_DATA_DIR={folder}/data", *(f"{key}={value}" for key, value in settings.items())]
                story(name, port, mail_port, began, [*command, program])


if sys.argv[1] == "--story":
    # Within image.sh or package.sh, which say when they began, and how the program is run there.
    name, port, mail_port, began, *command = sys.argv[2:]
    story(name, int(port), int(mail_port), float(began), command)
else:
    main()
