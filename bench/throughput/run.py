#!/usr/bin/env python3
"""Requests each second, latency and CPU seconds of the server, on PostgreSQL or with the same rows on SQLite.

    cargo build --release && bench/throughput/run.py target/release/twinspace

Makes a PostgreSQL of its own in a temporary folder, fills it, starts the server on a free port, checks
that the answers are right, measures, and deletes everything. Needs Linux, PostgreSQL with its contrib
modules, wrk, and a user `postgres` if it is run as root. Options: --sqlite, --replica, --rounds,
--seconds, --connections, --workloads; PGBIN says where initdb is.
"""

import argparse
import glob
import json
import os
import pathlib
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
SPEC = json.loads((HERE / "contestant.json").read_text())
TICK = os.sysconf("SC_CLK_TCK")
DATABASE = SPEC["database"]
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 50
shared_buffers = 1GB
random_page_cost = 1.1
max_wal_size = 4GB
jit = off
autovacuum = off
shared_preload_libraries = 'pg_stat_statements'
pg_stat_statements.track_utility = on
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Cluster:
    """A PostgreSQL of one's own, in a folder."""

    def __init__(self, folder, name):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin")) or [os.path.dirname(shutil.which("initdb") or "")]
        self.bin = os.environ.get("PGBIN", found[-1])
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/"
        self.data = os.path.join(folder, name)
        os.mkdir(self.data, 0o700)
        # It does not run as root.
        self.user = {"user": "postgres"} if os.geteuid() == 0 else {}
        if self.user:
            os.chmod(folder, 0o755)
            shutil.chown(self.data, "postgres")
        self.quiet = dict(stdout=subprocess.DEVNULL, cwd=self.data, **self.user)

    def tool(self, name, *arguments):
        return [f"{self.bin}/{name}", *arguments]

    def start(self, settings=""):
        with open(os.path.join(self.data, "postgresql.conf"), "a") as f:
            f.write(f"{settings}\nport = {self.port}\nunix_socket_directories = '{self.data}'\n")
        self.process = subprocess.Popen(self.tool("postgres", "-D", self.data), stderr=subprocess.DEVNULL, **self.quiet)
        ready = self.tool("pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port))
        for _ in range(600):
            if subprocess.run(ready).returncode == 0:
                return
            time.sleep(0.1)
        sys.exit("PostgreSQL did not start.")

    def psql(self, *arguments, database=DATABASE):
        command = self.tool("psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.url + database)
        done = subprocess.run([*command, *arguments], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return [line.split("\t") for line in done.stdout.splitlines()]

    def ask(self, sql, database=DATABASE):
        return self.psql("-c", sql, database=database)

    def stop(self):
        self.process.send_signal(2)
        self.process.wait(30)


class Postgres(Cluster):
    """A PostgreSQL that is thrown away; on the disk, so that commits cost what they cost."""

    def __init__(self, folder):
        super().__init__(folder, "postgres")
        initdb = self.tool("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        subprocess.run(initdb, check=True, **self.quiet)
        self.start(SETTINGS)
        self.ask(f"create database {DATABASE}", database="postgres")
        self.ask("create schema stat; create extension pg_stat_statements schema stat")


class Standby(Cluster):
    """A copy of a PostgreSQL that follows it."""

    def __init__(self, primary, folder):
        super().__init__(folder, "standby")
        source = f"host=127.0.0.1 port={primary.port} user=postgres application_name=standby"
        copy = self.tool("pg_basebackup", "-D", self.data, "-d", source, "-R", "-X", "stream", "-c", "fast")
        subprocess.run(copy, check=True, stderr=subprocess.DEVNULL, **self.quiet)
        self.start()

    def promote(self):
        promote = self.tool("pg_ctl", "promote", "-D", self.data, "-w")
        subprocess.run(promote, check=True, stderr=subprocess.DEVNULL, **self.quiet)


class Server:
    def __init__(self, program, folder, url):
        self.port = free_port()
        self.environment = dict(os.environ, TWINSPACE_DATABASE_URL=url, TWINSPACE_DATA_DIR=os.path.join(folder, "data"))
        self.program = program
        self.log = open(os.path.join(folder, "log"), "w")

    def run(self, *arguments):
        subprocess.run([self.program, *arguments], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def start(self):
        command = [self.program, "serve", "--listen", f"127.0.0.1:{self.port}"]
        self.process = subprocess.Popen(command, env=self.environment, stdout=self.log, stderr=self.log)
        for _ in range(200):
            try:
                return self.ask('{"query":"{ __typename }"}', "")
            except OSError:
                time.sleep(0.1)
        sys.exit("The server did not start: " + open(self.log.name).read())

    def ask(self, body, token):
        headers = {"content-type": "application/json"}
        if token:
            headers["authorization"] = "Bearer " + token
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/graphql", body.encode(), headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        if "errors" in answer:
            sys.exit(f"{body}\n{answer['errors']}")
        return answer["data"]

    def stop(self):
        self.process.terminate()
        self.process.wait(40)


def requests(pg, workload):
    """What is sent, in an order that is the same at each run: bodies and tokens."""
    dice = random.Random(7)
    query = " ".join((HERE / f"{workload}.graphql").read_text().split())
    body = lambda variables: json.dumps({"query": query, "variables": variables}, separators=(",", ":"))
    if workload == "w4":
        return [(body({}), "")]
    keys = pg.ask(SPEC["sql"][{"w1": "projects", "w2": "viewers", "w3": "memberships"}[workload]])
    dice.shuffle(keys)
    if workload == "w1":
        return [(body({"id": key, "first": 50, "after": None}), token) for key, token in keys]
    if workload == "w2":
        return [(body({}), token) for _, token in keys]
    # Each has a role now that it does not have: every request changes something.
    roles = dict(pg.ask("select replace(id::text, '-', ''), upper(role) from member where role in ('pupil', 'visitor')"))
    other = {"PUPIL": "VISITOR", "VISITOR": "PUPIL"}
    return [(body({"id": key, "role": other[roles[bare(key)]]}), token) for key, token in keys]


def bare(key):
    return key.split("_")[1]


def check(pg, server, sqlite):
    """Some answers say what the database says."""
    for body, token in requests(pg, "w1")[:3]:
        space = server.ask(body, token)["twinSpace"]
        rows = pg.ask(f"""select a.name, upper(m.role), s.name, i.name from member m join account a on a.id = m.account_id
            left join school s on s.id = a.school_id left join account i on i.id = m.inviter_id
            where m.project_id = '{bare(space["id"])}' order by m.id""")
        name = lambda of: (of or {}).get("name", "")
        nodes = [[n["name"], n["role"], name(n["school"]), name(n["inviter"])] for n in space["members"]["nodes"]]
        assert nodes == rows[:50] and space["members"]["totalCount"] == len(rows), space
    for body, token in requests(pg, "w2")[:3]:
        viewer = server.ask(body, token)["viewer"]
        assert len(viewer["memberships"]["nodes"]) == 20 < viewer["memberships"]["totalCount"]
        for node in viewer["memberships"]["nodes"]:
            space = node["twinSpace"]
            project = bare(space["id"])
            counts = pg.ask(f"select upper(role), count(*) from member where project_id = '{project}' group by 1 order by 1")
            told = [[c["role"], str(c["count"])] for c in space["memberCounts"]["byRole"] if c["count"]]
            assert sorted(told) == counts, (told, counts)
            partners = pg.ask(f"""select a.name from partner p join account a on a.id = p.account_id
                where p.project_id = '{project}' order by p.id limit 3""")
            assert [[p["person"]["name"]] for p in space["project"]["partners"]["nodes"]] == partners
    for body, token in requests(pg, "w3")[:3]:
        member = server.ask(body, token)["changeMemberRole"]["member"]
        wanted = json.loads(body)["variables"]["role"]
        if sqlite:
            query = f'{{ node(id: "{member["id"]}") {{ ... on Member {{ role }} }} }}'
            kept = server.ask(json.dumps({"query": query}), token)["node"]["role"]
        else:
            kept = pg.ask(f"select upper(role) from member where id = '{bare(member['id'])}'")[0][0]
        assert kept == member["role"] == wanted


def statements(pg, server, sent):
    """SQL statements of a request; beginning and ending a transaction are two."""
    for body, token in sent[50:100]:
        server.ask(body, token)
    time.sleep(0.5)
    pg.ask("select stat.pg_stat_statements_reset()")
    for body, token in sent[:50]:
        server.ask(body, token)
    return int(pg.ask(f"""select coalesce(sum(calls), 0) from stat.pg_stat_statements s join pg_database d on d.oid = s.dbid
        where datname = '{DATABASE}' and query not like '%pg_stat_statements%'""")[0][0]) / 50


def cpu(process):
    """Seconds that a process and its children have taken."""
    ticks = 0
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            text = open(stat).read()
        except OSError:
            continue
        fields = text[text.rindex(")") + 2 :].split()
        if int(stat.split("/")[2]) == process.pid:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == process.pid:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / TICK


def load(server, sent, folder, connections, seconds, start):
    file = os.path.join(folder, "requests")
    with open(file, "w") as f:
        f.writelines(f"{body}\t{token}\n" for body, token in sent)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "-s", str(HERE / "requests.lua")]
    command += [f"http://127.0.0.1:{server.port}", "--", file, str(start)]
    output = subprocess.run(command, capture_output=True, text=True).stdout
    result = [line for line in output.splitlines() if line.startswith("RESULT")]
    if not result:
        sys.exit("wrk: " + output)
    done, micros, errors, p50, p99 = map(int, result[0].split()[1:])
    if errors:
        sys.exit(f"{errors} of {done} requests failed")
    return done, done / micros * 1e6, p50 / 1000, p99 / 1000


def measure(pg, server, workload, folder, connections, seconds, standby=None):
    sent = requests(pg, workload)
    start = 0 if workload == "w3" else random.randrange(len(sent))
    processes = [part.process for part in (server, pg, standby) if part]
    before = [cpu(process) for process in processes]
    done, rate, p50, p99 = load(server, sent, folder, connections, seconds, start)
    if workload == "w3" and done > len(sent):
        sys.exit("Fewer members than requests: some changed nothing. Measure for fewer seconds.")
    spent = [1000 * (cpu(process) - was) / done for process, was in zip(processes, before)]
    return rate, p50, p99, *spent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default="target/release/twinspace")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--sqlite", action="store_true")
    where.add_argument("--replica", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--connections", default="1,16,64")
    parser.add_argument("--workloads", default="w1,w2,w3,w4")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        pg = Postgres(folder)
        server = Server(options.program, folder, pg.url + DATABASE)
        standby = None
        try:
            server.run("migrate")
            pg.psql("-f", str(HERE / "source.sql"), "-f", str(HERE / "fill.sql"))
            if options.sqlite:
                # PostgreSQL stays, to say what to ask for and what the answers should be.
                to = "sqlite:" + os.path.join(folder, "twinspace.db")
                server.run("copy", "--from", pg.url + DATABASE, "--database-url", to)
                server.environment["TWINSPACE_DATABASE_URL"] = to
            if options.replica:
                pg.ask("vacuum analyze")
                standby = Standby(pg, folder)
                server.environment["TWINSPACE_DATABASE_REPLICA_URL"] = standby.url + DATABASE
            server.start()
            try:
                check(pg, server, options.sqlite)
                columns = ["connections", "requests/s", "p50 ms", "p99 ms", "CPU s/1,000: server", "PostgreSQL"]
                columns += ["standby"] if standby else []
                print(f"The answers are right.\n\n| | {' | '.join(columns)} | statements |")
                print("|---" * (len(columns) + 2) + "|", flush=True)
                for workload in options.workloads.split(","):
                    sent = requests(pg, workload)
                    each = "" if options.sqlite else f"{statements(pg, server, sent):.1f}"
                    load(server, sent, folder, 16, 3, 100)
                    for connections in options.connections.split(","):
                        rounds = []
                        for _ in range(options.rounds):
                            pg.ask("vacuum member")
                            rounds.append(measure(pg, server, workload, folder, connections, options.seconds, standby))
                        rate, p50, p99, *spent = (statistics.median(column) for column in zip(*rounds))
                        spent = " | ".join(f"{seconds:.3f}" for seconds in spent)
                        print(f"| {workload} | {connections} | {rate:.0f} | {p50:.2f} | {p99:.2f} | {spent} | {each} |", flush=True)
            finally:
                server.stop()
        finally:
            if standby:
                standby.stop()
            pg.stop()


if __name__ == "__main__":
    main()
