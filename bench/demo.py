"""The demo, served in a folder of its own for as long as something is measured."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time


@contextlib.contextmanager
def serve(flags, made_before=False):
    """Serves the demo on a free port of this machine with these flags; gives the port and the process.

    Making the demo needs memory of its own. Made before, it is made by another process.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="twinspace-bench-")
    command = [sys.argv[1], "demo", "--data-dir", folder, "--listen", f"127.0.0.1:{port}"]
    with open(os.path.join(folder, "log"), "w") as log:
        if made_before:
            subprocess.run([*command, "--no-serve"], stdout=log, stderr=log, check=True)
        server = subprocess.Popen([*command, *flags], stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        yield port, server
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(folder)


def resident(process):
    """How much memory a process has, and had at most, in MiB."""
    with open(f"/proc/{process.pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return [int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]
