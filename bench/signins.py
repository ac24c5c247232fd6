#!/usr/bin/env python3
"""How much memory many sign-ins at once need, and what is left of it a minute later.

    cargo build --release && python3 bench/signins.py target/release/twinspace

Starts the demo on a free port of this machine in a folder of its own, signs in 200 times at the same time,
samples the resident memory of the server meanwhile and after, and deletes everything.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

AT_ONCE = int(os.environ.get("AT_ONCE", "200"))
ROUNDS = int(os.environ.get("ROUNDS", "2"))
PAUSE = int(os.environ.get("PAUSE", "60"))
SIGN_IN = 'mutation { signIn(input: { email: "zofia@demo.example", password: "twinspace1" }) { token } }'


def sign_in(port, outcomes):
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/graphql", json.dumps({"query": SIGN_IN}), {"Content-Type": "application/json"})
    answer = json.load(connection.getresponse())
    outcomes.append((time.monotonic() - began, answer.get("errors")))


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        fields = dict(line.split(":", 1) for line in status)
    return int(fields["VmRSS"].split()[0]) / 1024


def main():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="twinspace-bench-")
    there = ["--data-dir", folder, "--listen", f"127.0.0.1:{port}"]
    limits = ["--account-tries", "100000", "--address-tries", "100000"]
    with open(os.path.join(folder, "log"), "w") as log:
        # Making the demo leaves memory behind that signing in does not need.
        subprocess.run([sys.argv[1], "demo", "--no-serve", *there], stdout=log, stderr=log, check=True)
        server = subprocess.Popen([sys.argv[1], "demo", *there, *limits], stdout=log, stderr=log)
    try:
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.2)
        sign_in(port, [])
        time.sleep(10)
        print(f"before: {resident(server.pid):.0f} MiB")
        for number in range(1, ROUNDS + 1):
            outcomes, began, samples = [], time.monotonic(), []
            threads = [threading.Thread(target=sign_in, args=(port, outcomes)) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                samples.append(resident(server.pid))
                time.sleep(0.02)
            took = time.monotonic() - began
            refused = [errors for _, errors in outcomes if errors]
            time.sleep(PAUSE)
            print(f"round {number}: {AT_ONCE - len(refused)} of {AT_ONCE} signed in within {took:.1f} s; "
                  f"{max(samples):.0f} MiB at most, {resident(server.pid):.0f} MiB after {PAUSE} s")
            if refused:
                print(refused[0])
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(folder)


main()
