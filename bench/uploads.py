#!/usr/bin/env python3
"""How much memory many large uploads at once need.

    cargo build --release && python3 bench/uploads.py target/release/twinspace

Starts the demo on a free port of this machine in a folder of its own, sends 20 videos of 199 MiB at the
same time, samples the resident memory of the server meanwhile, and deletes everything. Needs 8 GiB of disk.
"""

import http.client
import json
import os
import threading
import time

import demo
from demo import resident

AT_ONCE = int(os.environ.get("AT_ONCE", "20"))
MIB = int(os.environ.get("MIB", "199"))


def box(kind, content):
    return (len(content) + 8).to_bytes(4, "big") + kind + content


def head_of_video(size):
    handler = box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    movie = box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", box(b"mdia", handler)))
    head = box(b"ftyp", b"isom\0\0\0\0isom") + movie
    return head + (size - len(head)).to_bytes(4, "big") + b"mdat"


def ask(port, query, variables=None, token=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), headers)
    return json.load(connection.getresponse())["data"]


def upload(port, token, space, outcomes):
    query = "mutation($input: AddMediaInput!) { addMedia(input: $input) { media { bytes } } }"
    variables = {"input": {"twinSpaceId": space, "title": "Large", "file": None, "picturedIds": []}}
    parts = [
        ('name="operations"', json.dumps({"query": query, "variables": variables}).encode()),
        ('name="map"', b'{"0":["variables.input.file"]}'),
    ]
    before = b"".join(
        b"--b\r\nContent-Disposition: form-data; " + name.encode() + b"\r\n\r\n" + text + b"\r\n" for name, text in parts
    )
    before += b'--b\r\nContent-Disposition: form-data; name="0"; filename="v.mp4"\r\n\r\n'
    size = MIB << 20
    head, after = head_of_video(size), b"\r\n--b--\r\n"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=900)
    connection.putrequest("POST", "/graphql")
    for name, value in [
        ("Authorization", "Bearer " + token),
        ("GraphQL-Preflight", "1"),
        ("Content-Type", "multipart/form-data; boundary=b"),
        ("Content-Length", str(len(before) + size + len(after))),
    ]:
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(before + head)
    piece, left = bytes(range(256)) * 1024, size - len(head)
    while left:
        connection.send(piece[:left])
        left -= min(left, len(piece))
    connection.send(after)
    outcomes.append(json.load(connection.getresponse()))


def main():
    flags = ["--account-uploads", str(AT_ONCE), "--media-quota", "16384", "--upload-timeout", "300"]
    with demo.serve(flags) as (port, server):
        sign_in = 'mutation { signIn(input: { email: "zofia@demo.example", password: "twinspace1" }) { token } }'
        token = ask(port, sign_in)["signIn"]["token"]
        mine = "{ viewer { memberships(first: 1) { nodes { twinSpace { id } } } } }"
        space = ask(port, mine, token=token)["viewer"]["memberships"]["nodes"][0]["twinSpace"]["id"]
        baseline, _ = resident(server)
        outcomes, began, samples = [], time.monotonic(), []
        threads = [threading.Thread(target=upload, args=(port, token, space, outcomes)) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            samples.append(resident(server)[0])
            time.sleep(0.1)
        took = time.monotonic() - began
        kept = sum(1 for outcome in outcomes if not outcome.get("errors"))
        for outcome in outcomes:
            if outcome.get("errors"):
                print(outcome["errors"][0])
        time.sleep(2)
        after, peak = resident(server)
        print(f"{kept} of {AT_ONCE} uploads of {MIB} MiB kept in {took:.0f} s")
        print(f"resident: {baseline:.0f} MiB before, {max(samples):.0f} MiB at most ({peak:.0f} by the kernel), "
              f"{after:.0f} MiB after")


main()
