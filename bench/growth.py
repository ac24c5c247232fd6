#!/usr/bin/env python3
"""What lists cost in small and in large TwinSpaces, on PostgreSQL or SQLite.

    cargo build --release && bench/growth.py target/release/twinspace --scale 20

Fills a database of its own with `twinspace seed`, whose first TwinSpaces have 50,000, 5,000, 500 and 50
members (fewer below scale 13), starts the server, and measures CPU seconds for 1,000 requests, of the
server and of PostgreSQL, for the same lists in each of them. The last column is what the list costs in
the largest, relative to the smallest: close to 1 if it is flat, where the smallest has as many rows to
show. Needs what bench/throughput/run.py needs.
"""

import argparse
import hashlib
import os
import pathlib
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "throughput"))
from run import DATABASE, Postgres, Server, cpu, json, load

NODES = "nodes { id role lastAccess name school { id name } inviter { id name } }"


def members(arguments):
    return f"twinSpace(id: $id) {{ members({arguments}) {{ totalCount {NODES} }} }}"


# Each is asked in every one of the first TwinSpaces. $after is a cursor deep in the list without it.
LISTS = {
    "members": members("first: 50"),
    "members, deep": members("first: 50, after: $after"),
    "members by name": members("first: 50, orderBy: { field: NAME }"),
    "members, teachers": members("first: 50, filter: { roles: [TEACHER] }"),
    "members, search": members('first: 50, filter: { search: "costa" }'),
    "counts": "twinSpace(id: $id) { memberCounts { total byRole { role count } } }",
    "chat, newest": "twinSpace(id: $id) { chat(last: 50) { nodes { id text sentAt author { name } } } }",
    "pages": "twinSpace(id: $id) { pages(first: 20) { totalCount nodes { id title version } } }",
    "inbox": "viewer { inbox(first: 20) { totalCount nodes { id text from { name } } } }",
}


def projects(arguments, total=""):
    return f"projects(first: 20{arguments}) {{ {total} nodes {{ id title partners(first: 3) {{ nodes {{ person {{ name }} }} }} }} }}"


def teachers(arguments, total=""):
    return f"teachers(first: 20{arguments}) {{ {total} nodes {{ id name school {{ name country }} }} }}"


# What everybody finds on the whole server.
EVERYWHERE = {
    "projects": projects(""),
    "projects, counted": projects("", "totalCount"),
    "projects of a subject, counted": projects(', filter: { subjects: ["art"] }', "totalCount"),
    "projects, search": projects(', filter: { search: "project 77" }'),
    "projects, search, counted": projects(', filter: { search: "project 77" }', "totalCount"),
    "teachers": teachers(""),
    "teachers, counted": teachers("", "totalCount"),
    "teachers of a country, counted": teachers(', filter: { countries: ["ES"] }', "totalCount"),
    "teachers, search": teachers(', filter: { search: "costa 77" }'),
    "teachers, search, counted": teachers(', filter: { search: "costa 77" }', "totalCount"),
}


class Sqlite:
    """A file instead of a PostgreSQL; its CPU time is the server's."""

    def __init__(self, folder):
        self.file = os.path.join(folder, "twinspace.db")
        self.address = f"sqlite:{self.file}"

    def ask(self, sql):
        with sqlite3.connect(self.file) as connection:
            rows = connection.execute(sql).fetchall()
        key = lambda cell: str(uuid.UUID(bytes=cell)) if isinstance(cell, bytes) else str(cell)
        return [[key(cell) for cell in row] for row in rows]

    def key(self, value):
        return f"x'{uuid.UUID(value).hex}'"

    def stop(self):
        pass


class Cluster(Postgres):
    def __init__(self, folder):
        super().__init__(folder)
        self.address = self.url + DATABASE

    def key(self, value):
        return f"'{value}'"


def spaces(database):
    """The first TwinSpaces, largest first: size, ID and the token of a founder."""
    found = []
    for n in range(4):
        [[project, account]] = database.ask(f"select id, proposer_id from project where title = 'Project {n}'")
        [[size]] = database.ask(f"select count(*) from member where project_id = {database.key(project)}")
        token = f"growth-{n}"
        hashed = hashlib.sha256(token.encode()).hexdigest()
        now = "'2030-01-01 00:00:00+00:00'"
        database.ask(
            "insert into session (id, account_id, token_hash, user_agent, created_at, last_used_at, expires_at) "
            f"values ({database.key(str(uuid.UUID(int=n + 1)))}, {database.key(account)}, '{hashed}', '', {now}, {now}, {now})"
        )
        found.append((int(size), "twinspace_" + project.replace("-", ""), token))
    return found


def deep(server, space, token):
    """A cursor nine tenths into the members."""
    query = "query($id: ID!, $after: String) { twinSpace(id: $id) { members(first: 100, after: $after) { totalCount pageInfo { endCursor } } } }"
    after, seen = None, 0
    while True:
        page = server.ask(json.dumps({"query": query, "variables": {"id": space, "after": after}}), token)["twinSpace"]["members"]
        if after is not None and seen + 200 > 0.9 * page["totalCount"]:
            return after
        if seen + 100 >= page["totalCount"]:
            return page["pageInfo"]["endCursor"] if after is None else after
        after, seen = page["pageInfo"]["endCursor"], seen + 100


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default="target/release/twinspace")
    parser.add_argument("--scale", type=int, default=1)
    parser.add_argument("--sqlite", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Sqlite(folder) if options.sqlite else Cluster(folder)
        server = Server(options.program, folder, database.address)
        try:
            began = time.monotonic()
            seed = [options.program, "seed", "--scale", str(options.scale)]
            subprocess.run(seed, env=server.environment, check=True)
            print(f"\nSeeded in {time.monotonic() - began:.0f} s.", flush=True)
            places = spaces(database)
            if not options.sqlite:
                database.ask("vacuum (analyze)")
            server.start()
            try:
                measure(options, folder, database, server, places)
            finally:
                server.stop()
        finally:
            database.stop()


def measure(options, folder, database, server, places):
    own = lambda: cpu(server.process) + (0 if options.sqlite else cpu(database.process))

    def cost(selection, space, token, after):
        declared = [part for part in ("$id: ID!", "$after: String") if part.split(":")[0] in selection]
        query = f"query({', '.join(declared)}) {{ {selection} }}" if declared else f"{{ {selection} }}"
        body = json.dumps({"query": query, "variables": {"id": space, "after": after}})
        server.ask(body, token)
        rounds = []
        for _ in range(options.rounds):
            before = own()
            done = load(server, [(body, token)], folder, options.connections, options.seconds, 0)[0]
            rounds.append(1000 * (own() - before) / done)
        return statistics.median(rounds)

    cursors = [deep(server, space, token) for _, space, token in places]
    sizes = " | ".join(f"{size:,} members" for size, _, _ in places)
    print(f"\nCPU s for 1,000 requests, {options.connections} connections, median of {options.rounds}\n")
    print(f"| | {sizes} | largest / smallest |\n|---|{'--:|' * (len(places) + 1)}", flush=True)
    for name, selection in LISTS.items():
        costs = [cost(selection, space, token, after) for (_, space, token), after in zip(places, cursors)]
        print(f"| {name} | {' | '.join(f'{each:.2f}' for each in costs)} | {costs[0] / costs[-1]:.2f} |", flush=True)
    [[people]] = database.ask("select count(*) from account")
    [[all_projects]] = database.ask("select count(*) from project")
    print(f"\n| with {int(people):,} people and {int(all_projects):,} projects | |\n|---|--:|", flush=True)
    _, space, token = places[-1]
    for name, selection in EVERYWHERE.items():
        print(f"| {name} | {cost(selection, space, token, None):.2f} |", flush=True)


if __name__ == "__main__":
    main()
