#!/usr/bin/env python3
"""How much memory many sign-ins at once need, and what is left of it a minute later.

    cargo build --release && python3 bench/signins.py target/release/twinspace

Starts the demo on a free port of this machine in a folder of its own, signs in 200 times at the same time,
samples the resident memory of the server meanwhile and after, and deletes everything.
"""

import http.client
import json
import os
import threading
import time

import demo
from demo import resident

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


def main():
    with demo.serve(["--account-tries", "100000", "--address-tries", "100000"], made_before=True) as (port, server):
        sign_in(port, [])
        time.sleep(10)
        print(f"before: {resident(server)[0]:.0f} MiB")
        for number in range(1, ROUNDS + 1):
            outcomes, began, samples = [], time.monotonic(), []
            threads = [threading.Thread(target=sign_in, args=(port, outcomes)) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            while any(thread.is_alive() for thread in threads):
                samples.append(resident(server)[0])
                time.sleep(0.02)
            took = time.monotonic() - began
            refused = [errors for _, errors in outcomes if errors]
            time.sleep(PAUSE)
            print(f"round {number}: {AT_ONCE - len(refused)} of {AT_ONCE} signed in within {took:.1f} s; "
                  f"{max(samples):.0f} MiB at most, {resident(server)[0]:.0f} MiB after {PAUSE} s")
            if refused:
                print(refused[0])


main()
