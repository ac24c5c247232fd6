#!/usr/bin/env python3
"""Several instances on PostgreSQL behind HAProxy: restarts, guessers, jobs, a failover, PgBouncer; and bursts.

    cargo build --release && bench/instances.py target/release/twinspace [rolling guesser jobs failover pgbouncer bursts]

Makes a PostgreSQL of its own in a temporary folder, fills it with `twinspace seed`, and starts three instances
behind the configuration in deploy/proxy/haproxy.cfg (without TLS). Prints figures, exits with status 1 if something
is not as docs/operating.md says, and deletes everything. Needs Linux, PostgreSQL with its contrib modules, haproxy,
pgbouncer, and a user `postgres` if it is run as root.
"""

import argparse
import asyncio
import collections
import contextlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "throughput"), str(HERE.parent / "tests" / "deploy")]
import run
from client import Broken, Client, Closed, Refused, Socket, percentile
from common import running, wait_for
from demo import resident
from postbox import Postbox
from proxies import configure
from run import DATABASE, Postgres, Standby, free_port

SETTINGS = {
    "TWINSPACE_TRUSTED_PROXIES": "1",
    "TWINSPACE_CHAT_MESSAGES": "1000000",
    "TWINSPACE_ADDRESS_MAILS": "100000",
    "TWINSPACE_LOG": "warn",
}
SIGN_IN = "mutation($name: String!, $password: String!) { signIn(input: { email: $name, password: $password }) { token } }"
SIGN_IN_PUPIL = SIGN_IN.replace("signIn(", "signInPupil(").replace("email", "username")
MEMBERS = " ".join((HERE / "throughput" / "w1.graphql").read_text().split())
CHANGE_ROLE = " ".join((HERE / "throughput" / "w3.graphql").read_text().split())
SAY = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { message { id } } }"
CHANGED = "subscription($space: ID!) { chatChanged(twinSpaceId: $space) { __typename ... on ChatMessageSent { message { id } } } }"
CHAT = """query($space: ID!, $before: String) { twinSpace(id: $space) {
    chat(last: 100, before: $before) { pageInfo { hasPreviousPage startCursor } nodes { id } } } }"""
INVITE = """mutation($input: InvitePupilsInput!) { invitePupils(input: $input) {
    createdCount rows { username password } credentialSheet } }"""
ADD_MEDIA = "mutation($input: AddMediaInput!) { addMedia(input: $input) { media { id } } }"
# A session for each place in a TwinSpace. For a database that is thrown away: anybody can work out the tokens.
SESSIONS = """insert into session (id, account_id, token_hash, project_id, user_agent, created_at, last_used_at, expires_at)
    select m.id, m.account_id, encode(sha256(convert_to('place-' || m.id, 'UTF8')), 'hex'),
           case when a.kind = 'pupil' then m.project_id end, 'bench', now(), now(), now() + interval '1 day'
    from member m join account a on a.id = m.account_id"""

wrong = []


def check(right, what):
    """Notes what is not as it should be."""
    if not right:
        wrong.append(what)
        print(f"  WRONG: {what}", flush=True)


def say(text):
    print(f"  {text}", flush=True)


class Place:
    """A PostgreSQL with a database from which each scenario gets a copy."""

    def __init__(self, program, folder, share):
        self.program, self.folder, self.share, self.names = os.path.abspath(program), folder, share, 0
        # Later lines count. Three instances, and as many again while they are replaced.
        run.SETTINGS += "max_connections = 200\nautovacuum = on\nshared_buffers = 512MB\n"
        self.pg = Postgres(folder)
        server = run.Server(self.program, self.new_folder("seed"), self.pg.url + DATABASE)
        began = time.monotonic()
        done = subprocess.run([self.program, "seed"], env=server.environment, check=True, capture_output=True, text=True)
        self.password = re.search(r"the password of everybody is (\S+)", done.stdout + done.stderr)[1]
        self.pg.ask(SESSIONS)
        # Otherwise the first round of housekeeping deletes them.
        self.pg.ask("update chat_message set sent_at = now() - interval '30 days'")
        self.pg.ask("vacuum (analyze)")
        print(f"Seeded in {time.monotonic() - began:.0f} s.", flush=True)

    def new_folder(self, name):
        self.names += 1
        path = os.path.join(self.folder, f"{name}-{self.names}")
        os.mkdir(path)
        return path

    def database(self, name):
        """A database with the same contents."""
        self.pg.ask(f"create database {name} template {DATABASE} strategy file_copy", database="postgres")
        return Database(self.pg, name)


class Database:
    """One of the databases, on the server on which it is now."""

    def __init__(self, pg, name):
        self.pg, self.name, self.url = pg, name, pg.url + name

    def ask(self, sql):
        return self.pg.ask(sql, database=self.name)

    def rooms(self, count, least=40, most=120):
        """Active TwinSpaces of about the same size."""
        rows = self.ask(f"""select p.id, min(m.id::text) filter (where m.account_id = p.proposer_id),
                string_agg(m.id::text, ',' order by m.id) filter (where m.role = 'pupil')
            from project p join member m on m.project_id = p.id where p.state = 'active'
            group by p.id having count(*) between {least} and {most} order by p.id limit {count}""")
        return [Room(*row) for row in rows]


class Room:
    """A TwinSpace: who founded it, and its pupils' places."""

    def __init__(self, project, founder, pupils):
        self.id = "twinspace_" + project.replace("-", "")
        self.founder, self.pupils = "place-" + founder, pupils.split(",")

    def tokens(self):
        return ["place-" + pupil for pupil in self.pupils]


class Instance(run.Server):
    """An instance; those of a scenario share a data folder."""

    def __init__(self, place, url, data, settings):
        super().__init__(place.program, place.new_folder("instance"), url)
        self.environment.update(SETTINGS, TWINSPACE_DATA_DIR=data, **settings)

    async def begin(self):
        await asyncio.to_thread(self.start)

    async def end(self):
        """How long that takes."""
        began = time.monotonic()
        await asyncio.to_thread(self.stop)
        check(self.process.returncode == 0, f"an instance ended with status {self.process.returncode}")
        return time.monotonic() - began

    def complaints(self):
        """What it has logged as an error."""
        with open(self.log.name, encoding="utf-8", errors="replace") as log:
            return [line.strip() for line in log if " ERROR " in line or "panicked" in line]


@contextlib.asynccontextmanager
async def instances(place, url, count=3, **settings):
    data = place.new_folder("data")
    all_of_them = [Instance(place, url, data, settings) for _ in range(count)]
    try:
        await asyncio.gather(*(instance.begin() for instance in all_of_them))
        yield all_of_them
    finally:
        for instance in all_of_them:
            if getattr(instance, "process", None) and instance.process.poll() is None:
                try:
                    await asyncio.to_thread(instance.stop)
                except subprocess.TimeoutExpired:
                    instance.process.kill()
                    check(False, "an instance did not stop within 40 s")
            for line in instance.complaints()[:3]:
                say(f"log: {line[:300]}")


class Front:
    """The entrance before the instances."""

    def __init__(self, port, admin):
        self.port, self.admin = port, admin

    def tell(self, number, state):
        """Says what it is to do with an instance."""
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(self.admin)
            admin.sendall(f"set server twinspace/s{number} state {state}\n".encode())
            answer = admin.recv(1000).decode().strip()
        check(not answer, f"HAProxy says {answer}")


@contextlib.contextmanager
def front(place, behind):
    """HAProxy with the shipped configuration before these instances."""
    folder, port = place.new_folder("haproxy"), free_port()
    servers = "".join(f"  server s{n} 127.0.0.1:{instance.port}\n" for n, instance in enumerate(behind))
    replaced = {
        "/run/haproxy": folder,
        "bind :80\n": f"bind 127.0.0.1:{port}\n",
        "  bind :443 ssl crt /etc/haproxy/twinspace.pem alpn h2,http/1.1 ssl-min-ver TLSv1.2\n": "",
        "  http-request redirect scheme https code 301 unless { ssl_fc }\n": "",
        "  server one 127.0.0.1:8000\n  server two 127.0.0.1:8001\n": servers,
    }
    with running(["haproxy", "-db", "-f", configure("haproxy.cfg", folder, replaced)], os.path.join(folder, "log")):
        wait_for("HAProxy", lambda: connects(port))
        yield Front(port, os.path.join(folder, "admin.sock"))


def connects(port):
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


class Load:
    """Clients that read, change roles and talk until they are stopped, and what became of it."""

    def __init__(self, port, talk, work):
        self.port, self.talk, self.work = port, talk, work
        self.done, self.failed = collections.Counter(), []
        self.times = collections.defaultdict(list)
        self.writes, self.messages, self.roles, self.doubtful, self.changes = [], set(), {}, {}, 0
        self.stopping, self.tasks = False, []

    def begin(self, readers=4, changers=4, talkers=2):
        for _ in range(readers):
            self.start("read", self.reader(Client(self.port, self.talk.founder)), 0.02)
        for pupil in self.work.pupils[:changers]:
            self.start("change", self.changer(Client(self.port, self.work.founder), pupil), 0.05)
        for _ in range(talkers):
            self.start("message", self.talker(Client(self.port, self.talk.founder)), 0.15)

    def start(self, kind, act, pause):
        self.tasks.append(asyncio.create_task(self.again(kind, act, pause)))

    async def again(self, kind, act, pause):
        while not self.stopping:
            began = time.monotonic()
            try:
                await act()
            except (Refused, Broken) as error:
                self.failed.append((time.monotonic(), kind, error))
            else:
                now = time.monotonic()
                self.done[kind] += 1
                self.times[kind].append(now - began)
                if kind != "read":
                    self.writes.append(now)
            await asyncio.sleep(pause)

    async def end(self):
        self.stopping = True
        await asyncio.gather(*self.tasks)

    def reader(self, client):
        async def act():
            answer = await client.ask(MEMBERS, id=self.talk.id, first=50, after=None)
            assert answer["twinSpace"]["members"]["totalCount"] >= len(self.talk.pupils)

        return act

    def changer(self, client, pupil):
        async def act():
            role = "PUPIL" if self.roles.get(pupil) == "VISITOR" else "VISITOR"
            # If the last try failed, this one may change nothing.
            certain = pupil not in self.doubtful
            self.doubtful[pupil] = role
            await client.ask(CHANGE_ROLE, id="member_" + pupil.replace("-", ""), role=role)
            self.roles[pupil] = role
            self.changes += certain
            del self.doubtful[pupil]

        return act

    def talker(self, client):
        async def act():
            said = {"twinSpaceId": self.talk.id, "text": f"Message {self.done['message']}"}
            self.messages.add((await client.ask(SAY, input=said))["sendChatMessage"]["message"]["id"])

        return act

    def count(self):
        return sum(self.done.values()) + len(self.failed)

    def lost(self, database):
        """What was acknowledged and is not there."""
        rows = database.ask("select 'chat_' || replace(id::text, '-', '') from chat_message")
        lost = self.messages - {row[0] for row in rows}
        roles = dict(database.ask("select id, upper(role) from member"))
        changed = [pupil for pupil, role in self.roles.items() if roles[pupil] not in (role, self.doubtful.get(pupil))]
        acts = int(database.ask("select count(*) from audit where act = 'member_role_changed' and at > now() - interval '1 hour'")[0][0])
        check(acts >= self.changes, f"{self.changes} changes of roles acknowledged, {acts} in the log")
        return len(lost) + len(changed)


class Subscriber:
    """Keeps the messages of a chat room as docs/clients.md says: subscribes, then loads what is there, and loads again
    when it has reconnected or is told that it has missed something."""

    def __init__(self, port, room, token):
        self.port, self.room, self.token = port, room, token
        self.known, self.loads, self.events, self.gaps = set(), 0, 0, 0
        self.endings = collections.Counter()
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.run())

    async def run(self):
        while True:
            try:
                await self.listen()
            except (Closed, Broken, Refused, OSError) as error:
                self.endings[getattr(error, "code", None) or getattr(error, "status", None) or type(error).__name__] += 1
                await asyncio.sleep(random.uniform(0.2, 1))

    def load(self, socket, before=None):
        self.loads += 1
        socket.subscribe(f"load-{self.loads}", CHAT, space=self.room.id, before=before)

    async def listen(self):
        socket = await Socket.open(self.port, self.token)
        try:
            socket.subscribe("chat", CHANGED, space=self.room.id)
            self.load(socket)
            while True:
                message = await socket.read()
                if message["type"] == "error" or message["type"] == "complete" and message["id"] == "chat":
                    raise Broken(str(message))
                if message["type"] != "next":
                    continue
                if errors := message["payload"].get("errors"):
                    raise Refused(errors[0], 200)
                self.take(socket, message["payload"]["data"])
        finally:
            socket.close()

    def take(self, socket, data):
        if event := data.get("chatChanged"):
            if event["__typename"] == "ChangesMissed":
                self.gaps += 1
                self.load(socket)
            elif event["__typename"] == "ChatMessageSent":
                self.events += 1
                self.known.add(event["message"]["id"])
        else:
            page = data["twinSpace"]["chat"]
            self.known.update(node["id"] for node in page["nodes"])
            if page["pageInfo"]["hasPreviousPage"]:
                self.load(socket, page["pageInfo"]["startCursor"])
            else:
                self.ready.set()


async def subscribers(port, room, count):
    some = [Subscriber(port, room, token) for token in room.tokens()[:count]]
    await asyncio.wait_for(asyncio.gather(*(one.ready.wait() for one in some)), 60)
    return some


async def all_told(some, messages):
    """How many messages subscribers do not know in the end."""
    deadline = time.monotonic() + 60
    while (missing := sum(len(messages - one.known) for one in some)) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    for one in some:
        one.task.cancel()
    await asyncio.gather(*(one.task for one in some), return_exceptions=True)
    return missing


async def rolling(place):
    """The instances are restarted one after the other, twice, and nobody notices."""
    database = place.database("rolling")
    talk, work = database.rooms(2)
    async with instances(place, database.url) as three:
        with front(place, three) as entrance:
            # What happens if nobody tells HAProxy: a request may be under way on an idle connection that is being closed.
            untold = Load(entrance.port, talk, work)
            untold.begin()
            for instance in three:
                await asyncio.sleep(4)
                await instance.end()
                await instance.begin()
            await asyncio.sleep(4)
            await untold.end()
            say(f"without a word to HAProxy: {len(three)} restarts, {len(untold.failed)} of {untold.count()} requests failed: "
                f"{collections.Counter(f'{kind}: {error}'[:80] for _, kind, error in untold.failed)}")

            listening = await subscribers(entrance.port, talk, 30)
            load = Load(entrance.port, talk, work)
            load.begin()
            stops = []
            for _ in range(2):
                for number, instance in enumerate(three):
                    await asyncio.sleep(2)
                    entrance.tell(number, "drain")
                    await asyncio.sleep(2)
                    stops.append(await instance.end())
                    await instance.begin()
                    entrance.tell(number, "ready")
                    # Until HAProxy has asked again.
                    await asyncio.sleep(3)
            await load.end()
            missing = await all_told(listening, load.messages)
            lost = load.lost(database)
    endings = sum((one.endings for one in listening), collections.Counter())
    say(f"drained first: {len(stops)} restarts, {max(stops):.1f} s at most to stop; {load.done['read']} reads, {load.done['change']} changes of "
        f"roles and {load.done['message']} messages: {len(load.failed)} of {load.count()} requests failed, {lost} of those acknowledged lost")
    say(f"members page: p50 {percentile(load.times['read'], 0.5):.0f} ms, p99 {percentile(load.times['read'], 0.99):.0f} ms, "
        f"{percentile(load.times['read'], 1):.0f} ms at most")
    say(f"30 subscribers: {sum(endings.values())} times reconnected {dict(endings)}, {sum(one.gaps for one in listening)} times told "
        f"of a gap, {missing} of {30 * len(load.messages)} messages unknown in the end")
    for _, kind, error in load.failed[:5]:
        say(f"failed: {kind}: {error}")
    check(not load.failed, "requests failed")
    check(not lost and not missing, "messages or changes were lost")
    check(set(endings) <= {1001}, f"sockets ended with {dict(endings)}")
    check(load.done["read"] > 300 and load.done["message"] > 50, "there was hardly any load")


async def tries(ports, name, restart=None):
    """How many wrong passwords are looked at before the account is locked; the instances are asked in turn."""
    looked_at = 0
    for number in range(30):
        if restart and number == 5:
            await restart()
        client = Client(ports[number % len(ports)])
        try:
            await client.ask(SIGN_IN, name=name, password=f"wrong{number}word")
        except Refused as error:
            if error.code == "RATE_LIMITED":
                return looked_at
            assert error.code == "INVALID_CREDENTIALS", error
            looked_at += 1
        finally:
            client.close()
    return looked_at


async def held(port, token, most):
    """How many WebSockets an account has on one instance before it is turned away, or five more than `most`."""
    sockets, told = [], None
    try:
        for _ in range(most + 5):
            try:
                sockets.append(await Socket.open(port, token))
            except Closed as error:
                told = error.code
                break
    except BaseException:
        for socket in sockets:
            socket.close()
        raise
    return sockets, told


async def upload(port, room):
    """Begins an upload. Gives the client and whether it was let in: the rest is not sent."""
    client = Client(port, room.founder)
    await client.open()
    variables = {"input": {"twinSpaceId": room.id, "title": "Large", "file": None, "picturedIds": []}}
    parts = [
        b'name="operations"\r\n\r\n' + json.dumps({"query": ADD_MEDIA, "variables": variables}).encode(),
        b'name="map"\r\n\r\n{"0":["variables.input.file"]}',
        b'name="0"; filename="v.mp4"\r\n\r\n' + bytes(1000),
    ]
    body = b"".join(b"--b\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts)
    headers = {"GraphQL-Preflight": "1", "Content-Type": "multipart/form-data; boundary=b"}
    client.writer.write(client.head("POST", "/graphql", 1 << 20, headers) + body)
    try:
        # One that is refused waits a second for more of what is being sent.
        status, answer = await asyncio.wait_for(client.answer(), 3)
    except asyncio.TimeoutError:
        return client, None
    return client, (status, json.loads(answer)["errors"][0]["extensions"]["code"])


async def guesser(place):
    """What the limits of an account are with three instances."""
    database = place.database("guesser")
    room = database.rooms(1)[0]
    name = "teacher.{}@seed.example".format
    # Tries are counted per password hash, and all of these people have the same.
    database.ask(f"update account set password_hash = overlay(password_hash placing split_part(split_part(email, '.', 2), '@', 1) "
                 f"from length(password_hash) - 8) where email in ({', '.join(repr(name(n)) for n in range(100, 104))})")
    async with instances(place, database.url) as three:
        ports = [instance.port for instance in three]

        async def restart():
            for instance in three:
                await instance.end()
                await instance.begin()

        one, several = await tries(ports[:1], name(100)), await tries(ports, name(101))
        after = await tries(ports, name(102), restart)
        attempts = [tries(ports[n % 3 :] + ports[: n % 3], name(103)) for n in range(12)]
        at_once = sum(await asyncio.gather(*attempts))
        say(f"wrong passwords before an account is locked: {one} on one instance, {several} on three, {after} with a restart of all "
            f"in between, {at_once} by twelve at once on three")
        check(one == several == after == at_once == 10, "the tries for an account are not 10")
        found = []
        for port in ports:
            found.append(await held(port, room.founder, 8 if port == ports[0] else 20))
            # They tell each other within a moment.
            await asyncio.sleep(1)
        counts = [len(sockets) for sockets, _ in found]
        say(f"WebSockets of an account: {' + '.join(map(str, counts))} on three instances; one more is closed with {found[-1][1]}")
        check(sum(counts) == 20, "WebSockets are not limited per account on all instances together")
        check(found[-1][1] == 1013, "the 21st WebSocket is not closed with 1013")
        for sockets, _ in found:
            for socket in sockets:
                socket.close()

        begun = [await upload(port, room) for port in ports for _ in range(5)]
        refused = [said for _, said in begun if said]
        say(f"uploads in progress of an account: {len(begun) - len(refused)} on three instances; one more is refused with {refused[:1]}")
        check(len(begun) - len(refused) == 4 and len(set(refused)) == 1, "uploads are not limited to 4 per account on all instances together")
        for client, _ in begun:
            client.close()

        # A session that ends on one instance ends on all.
        client = Client(ports[0])
        client.token = (await client.ask(SIGN_IN, name=name(104), password=place.password))["signIn"]["token"]
        sockets = [await Socket.open(port, client.token) for port in ports]
        began = time.monotonic()
        await client.ask("mutation { signOut { __typename } }")
        codes = []
        for socket in sockets:
            try:
                await asyncio.wait_for(socket.read(), 10)
            except Closed as closed:
                codes.append(closed.code)
        say(f"signed out on one instance: the sockets on all three were closed with {codes} within {time.monotonic() - began:.2f} s")
        check(codes == [4403] * 3, "a session goes on on another instance")

        await tries(ports[:1], name(104))
        try:
            await Client(ports[2]).ask(SIGN_IN, name=name(104), password=place.password)
            check(False, "the right password is accepted on another instance while the account is locked")
        except Refused as error:
            check(error.code == "RATE_LIMITED" and error.retry_after > 0, f"{error}")


async def jobs(place):
    """Mails are sent once, also when instances are replaced, and housekeeping does everything once."""
    database = place.database("jobs")
    postbox, port = Postbox(pause=0.05), free_port()
    smtp = await asyncio.start_server(postbox.serve, "127.0.0.1", port)
    count = 300
    async with instances(place, database.url, TWINSPACE_SMTP_URL=f"smtp://127.0.0.1:{port}") as three:
        began = time.monotonic()

        async def ask(number):
            client = Client(three[number % 3].port)
            await client.ask(f'mutation {{ requestPasswordReset(input: {{ email: "teacher.{number}@seed.example" }}) {{ accepted }} }}')
            client.close()

        for some in range(0, count, 30):
            await asyncio.gather(*(ask(number) for number in range(some + 1, some + 31)))
            if some == 150:
                restarts = asyncio.gather(*(instance.end() for instance in three[1:]))
                await restarts
                await asyncio.gather(*(instance.begin() for instance in three[1:]))
        while int(database.ask("select count(*) from mail")[0][0]) and time.monotonic() - began < 150:
            await asyncio.sleep(0.5)
        took = time.monotonic() - began
        await asyncio.sleep(3)
        people = {to for to, _ in postbox.mails}
        ids = {re.search(r"(?im)^message-id: *(\S+)", text)[1] for _, text in postbox.mails}
        say(f"{count} mails requested from three instances, two of them restarted meanwhile: {len(postbox.mails)} arrived at {len(people)} "
            f"people, {len(ids)} different, after {took:.0f} s")
        check(len(postbox.mails) == len(people) == len(ids) == count, "mails were not delivered once each")
    smtp.close()

    transfers = 300
    database.ask(f"""insert into custody_transfer (id, kind, project_id, pupil_id, from_id, to_id, state, began_at, due_at)
        select gen_random_uuid(), 'offer', project_id, account_id, custodian_id, proposer_id, 'pending', now() - interval '15 days',
               now() - interval '1 day'
        from (select distinct on (m.account_id) m.account_id, m.project_id, a.custodian_id, p.proposer_id
              from member m join account a on a.id = m.account_id join project p on p.id = m.project_id
              where m.role = 'pupil' and p.state = 'active' and a.custodian_id <> p.proposer_id order by m.account_id, m.id) due
        limit {transfers}""")
    old = "now() - interval '100 days'"
    database.ask(f"update session set last_used_at = {old}, expires_at = {old} where user_agent = 'bench'")
    database.ask("insert into rate_limit select 'bench-' || n, 1 from generate_series(1, 20000) n")
    database.ask(f"update chat_message set sent_at = {old}")
    count_old = """select (select count(*) from session where user_agent = 'bench'), (select count(*) from chat_message),
        (select count(*) from rate_limit where key like 'bench-%'),
        (select count(*) from custody_transfer where state = 'pending')"""
    [before] = database.ask(count_old)
    began = time.monotonic()
    # Their first rounds begin at the same time.
    async with instances(place, database.url) as three:
        while any(int(left) for left in database.ask(count_old)[0]) and time.monotonic() - began < 150:
            await asyncio.sleep(0.5)
        [left] = database.ask(count_old)
        took = time.monotonic() - began
        await asyncio.sleep(2)
        complaints = [line for instance in three for line in instance.complaints()]
    acts = dict(database.ask("select act, count(*) from audit where at > now() - interval '1 hour' and act like 'custody%' group by 1"))
    say(f"housekeeping of three instances at once: {', '.join(before)} sessions, messages, counts and offers of custody had expired; "
        f"{', '.join(left)} are left after {took:.0f} s; log entries: {acts}; errors logged: {len(complaints)}")
    check(not any(int(number) for number in left), "housekeeping did not finish")
    check(sum(map(int, acts.values())) == transfers, "offers of custody did not end once each")
    check(not complaints, "housekeeping failed on some instance")


@contextlib.contextmanager
def wire(place, primary, standby):
    """HAProxy before the two: to the standby only if the primary is not there. Gives its port."""
    folder, port = place.new_folder("wire"), free_port()
    path = os.path.join(folder, "haproxy.cfg")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""global
  log stdout format raw local0 warning
defaults
  mode tcp
  log global
  timeout connect 2s
  timeout client 1h
  timeout server 1h
listen postgresql
  bind 127.0.0.1:{port}
  default-server check inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
  server primary 127.0.0.1:{primary.port}
  server standby 127.0.0.1:{standby.port} backup
""")
    with running(["haproxy", "-db", "-f", path], os.path.join(folder, "log")):
        wait_for("HAProxy", lambda: connects(port))
        yield port


def children(process):
    """The processes that a process has started."""
    return [int(pid) for pid in subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()]


def kill(process):
    """A machine fails: the process and those it has started are gone at once."""
    processes = [process.pid, *children(process)]
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


async def failover(place):
    """The primary is killed, and the standby promoted in its place. This scenario is the last on its PostgreSQL."""
    database = place.database("failover")
    talk, work = database.rooms(2)
    standby = Standby(place.pg, place.new_folder("standby"))
    try:
        place.pg.ask("alter system set synchronous_standby_names = 'standby'", database="postgres")
        place.pg.ask("select pg_reload_conf()", database="postgres")
        state = "select sync_state from pg_stat_replication"
        wait_for("the synchronous standby", lambda: place.pg.ask(state, database="postgres") == [["sync"]], 60)
        with wire(place, place.pg, standby) as through:
            async with instances(place, f"postgres://postgres@127.0.0.1:{through}/{database.name}") as three:
                with front(place, three) as entrance:
                    await fail_over(place, database, standby, entrance.port, talk, work)
    finally:
        standby.stop()


async def fail_over(place, database, standby, port, talk, work):
    listening = await subscribers(port, talk, 30)
    load = Load(port, talk, work)
    load.begin()
    await asyncio.sleep(5)

    # Without its only standby the primary acknowledges nothing, and reading goes on.
    paused = [standby.process.pid, *children(standby.process)]
    for pid in paused:
        os.kill(pid, signal.SIGSTOP)
    await asyncio.sleep(1)
    counted = collections.Counter(load.done)
    await asyncio.sleep(25)
    alone = load.done - counted
    for pid in paused:
        os.kill(pid, signal.SIGCONT)
    await asyncio.sleep(5)
    told, load.failed = load.failed, []
    codes = collections.Counter(f"{kind}: {getattr(error, 'code', error)}" for _, kind, error in told)
    say(f"while the standby did not respond for 25 s: {alone['read']} reads, {alone['change'] + alone['message']} writes; failed: {dict(codes)}")
    check(alone["read"] > 200, "nothing could be read without the standby")
    check(alone["change"] + alone["message"] == 0, "something was acknowledged without the standby")
    check(set(codes) <= {"change: TIMEOUT", "message: TIMEOUT", "change: UNAVAILABLE", "message: UNAVAILABLE"}, f"failed: {dict(codes)}")

    gaps = [one.gaps + sum(one.endings.values()) for one in listening]
    killed = time.monotonic()
    kill(place.pg.process)
    await asyncio.sleep(3)
    counted = collections.Counter(load.done)
    await asyncio.sleep(3)
    say(f"from 3 to 6 s after the primary was killed, when HAProxy leads to the standby: {load.done['read'] - counted['read']} reads")
    promoted = time.monotonic()
    await asyncio.to_thread(standby.promote)
    database.pg = standby
    await asyncio.sleep(12)
    await load.end()
    missing = await all_told(listening, load.messages)
    lost = load.lost(database)
    back = next((at for at in load.writes if at > promoted), None)
    late = [at for at, *_ in load.failed]
    errors = collections.Counter(error.code if isinstance(error, Refused) else error.status or str(error)[:40] for _, _, error in load.failed)
    check(back is not None, "nothing was written after the failover")
    if back is not None:
        say(f"the primary was killed, and the standby promoted {promoted - killed:.1f} s later: the first write {back - killed:.1f} s after "
            f"the kill, {back - promoted:.1f} s after the promotion began; the last failure {max(late) - killed:.1f} s after the kill")
        check(back - promoted < 8, "it took long to write again")
    told = sum(one.gaps + sum(one.endings.values()) > before for one, before in zip(listening, gaps))
    reads = [at - killed for at, kind, _ in load.failed if kind == "read"]
    say(f"{load.done['read']} reads, {load.done['change']} changes of roles, {load.done['message']} messages; failed meanwhile: {dict(errors)}, "
        f"{len(reads)} of them reads, the last {max(reads, default=0):.1f} s after the kill; "
        f"{lost} of those acknowledged lost")
    endings = sum((one.endings for one in listening), collections.Counter())
    say(f"{told} of 30 subscribers were told of a gap ({sum(one.gaps for one in listening)} events, sockets closed: {dict(endings)}); {missing} "
        f"messages unknown in the end")
    check(not lost and not missing, "something acknowledged was lost")
    check(told == 30, "subscribers were not told of a gap")
    check(set(errors) <= {"UNAVAILABLE", "TIMEOUT", 503}, f"errors that do not say that one can try again: {dict(errors)}")


def pooler(place, options, database, mode):
    """PgBouncer before the database; gives its port."""
    folder, port = place.new_folder("pgbouncer"), free_port()
    version = tuple(map(int, re.search(r"(\d+)\.(\d+)", subprocess.run([options.pgbouncer, "--version"], capture_output=True, text=True).stdout).groups()))
    users = os.path.join(folder, "users")
    with open(users, "w", encoding="utf-8") as file:
        file.write('"postgres" ""\n')
    path = os.path.join(folder, "pgbouncer.ini")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"""[databases]
{database.name} = host=127.0.0.1 port={place.pg.port} dbname={database.name}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {users}
pool_mode = {mode}
default_pool_size = {20 if mode == "transaction" else 100}
max_client_conn = 500
ignore_startup_parameters = extra_float_digits
""")
        if version >= (1, 21):
            file.write("max_prepared_statements = 200\n")
    return running([options.pgbouncer, path], os.path.join(folder, "log"), cwd=folder, **place.pg.user), port, version


async def pgbouncer(place, options):
    """The instances connect through PgBouncer."""
    help_text = subprocess.run([place.program, "--help"], capture_output=True, text=True).stdout
    direct = "--database-direct-url" in help_text
    for mode in ("session", "transaction"):
        database = place.database(f"pgbouncer_{mode}")
        started, port, version = pooler(place, options, database, mode)
        name = f"PgBouncer {'.'.join(map(str, version))}, {mode} mode"
        settings = {}
        # Instances do not set up pooled connections one by one.
        for setting in ("lock_timeout = '5s'", "idle_in_transaction_session_timeout = '1min'", "random_page_cost = 1.1"):
            place.pg.ask(f"alter database {database.name} set {setting}", database="postgres")
        if mode == "transaction":
            if not direct or version < (1, 21):
                say(f"{name}: NOT TRIED, because {'it is older than 1.21' if direct else 'the server has no URL for direct connections'}")
                continue
            settings["TWINSPACE_DATABASE_DIRECT_URL"] = database.url
        with started:
            wait_for("PgBouncer", lambda: connects(port))
            async with instances(place, f"postgres://postgres@127.0.0.1:{port}/{database.name}", **settings) as three:
                with front(place, three) as entrance:
                    await pooled(database, three, entrance, name)


async def pooled(database, three, entrance, name):
    talk, work = database.rooms(2)
    listening = await subscribers(entrance.port, talk, 30)
    load = Load(entrance.port, talk, work)
    load.begin(readers=16, changers=8)
    await asyncio.sleep(5)
    connections = int(database.ask(f"select count(*) from pg_stat_activity where datname = '{database.name}'")[0][0]) - 1
    entrance.tell(0, "drain")
    await asyncio.sleep(2)
    await three[0].end()
    await three[0].begin()
    entrance.tell(0, "ready")
    await asyncio.sleep(5)
    await load.end()
    missing, lost = await all_told(listening, load.messages), load.lost(database)
    say(f"{name}: {connections} connections of PostgreSQL for three instances; {sum(load.done.values())} requests, {len(load.failed)} failed, "
        f"{lost} of those acknowledged lost; {missing} messages unknown to subscribers, {sum(one.gaps for one in listening)} gaps; members page "
        f"p99 {percentile(load.times['read'], 0.99):.0f} ms")
    for _, kind, error in load.failed[:3]:
        say(f"failed: {kind}: {error}")
    check(not load.failed and not lost and not missing, f"{name} does not work")


class Readers:
    """Four who read a page of members again and again, with a pause of 20 ms."""

    def __init__(self, port, rooms):
        self.load = Load(port, rooms[0], rooms[0])
        for room in rooms[:4]:
            other = Load(port, room, room)
            self.load.start("read", other.reader(Client(port, room.founder)), 0.02)

    async def over(self, seconds):
        self.take()
        await asyncio.sleep(seconds)
        return self.take()

    def take(self):
        """The times since this was asked last."""
        times, self.load.times["read"] = self.load.times["read"], []
        return times

    async def end(self):
        await self.load.end()
        check(not self.load.failed, f"pages could not be read: {self.load.failed[:1]}")


def compare(quiet, meanwhile):
    before, after = percentile(quiet, 0.99), percentile(meanwhile, 0.99)
    return f"members page p99 {before:.1f} ms quiet, {after:.1f} ms meanwhile ({after / before:.1f} times), p50 {percentile(quiet, 0.5):.1f} and {percentile(meanwhile, 0.5):.1f} ms"


async def bursts(place):
    """A school signs in, classes are invited, and thousands are connected, with one instance."""
    database = place.database("bursts")
    rooms = database.rooms(64, 20, 200)
    large = database.rooms(1, 2000, 100000)[0]
    check(len(rooms) == 64, "there are too few TwinSpaces")
    teachers, people, clients = (int(place.share * all_of_them) for all_of_them in (64, 500, 5000))
    async with instances(place, database.url, 1, TWINSPACE_HEADER_TIMEOUT="600", TWINSPACE_SOCKET_PULSE="60") as [server]:
        # One class after the other: all whom the seed has made share a password and its hash, and would wait in one line.
        pupils = []
        for number, room in enumerate(rooms[: people // 30 + 1]):
            answer = await Client(server.port, room.founder).ask(INVITE, input=of_class(number, room, "calm"))
            pupils += [(row["username"], row["password"]) for row in answer["invitePupils"]["rows"]]
        readers = Readers(server.port, rooms)
        await readers.over(5)
        quiet = await readers.over(15)
        await school(server, readers, quiet, 60, pupils[:people])
        await school(server, readers, quiet, 0, pupils[:people])
        await asyncio.sleep(5)
        await classes(server, readers, quiet, rooms[:teachers])
        await asyncio.sleep(5)
        await idle(server, readers, quiet, clients)
        await asyncio.sleep(5)
        await sockets(server, readers, quiet, large, clients)
        await readers.end()


async def patiently(act, again):
    """Tries again, up to six times, if the server says that this may help."""
    for left in reversed(range(6)):
        try:
            return await act()
        except Refused as error:
            again[error.code] += 1
            if error.code not in ("UNAVAILABLE", "TIMEOUT") or not left:
                raise
            await asyncio.sleep(error.retry_after or random.uniform(1, 3))


async def school(server, readers, quiet, within, pupils):
    """Pupils sign in at random moments within so many seconds."""
    times, again, dice, before = [], collections.Counter(), random.Random(7), resident(server.process)[0]

    async def pupil(name, password):
        await asyncio.sleep(dice.uniform(0, within))
        client, began = Client(server.port), time.monotonic()
        answer = await patiently(lambda: client.ask(SIGN_IN_PUPIL, name=name, password=password), again)
        assert answer["signInPupil"]["token"]
        times.append(time.monotonic() - began)
        client.close()

    readers.take()
    began = time.monotonic()
    peak = asyncio.create_task(highest(server))
    outcomes = await asyncio.gather(*(pupil(*one) for one in pupils), return_exceptions=True)
    took = time.monotonic() - began
    meanwhile = readers.take()
    peak.cancel()
    failed = [outcome for outcome in outcomes if outcome]
    how = f"within {within} s" if within else "at once"
    say(f"{len(pupils)} sign in {how}: {len(times)} signed in, all after {took:.1f} s, p50 {percentile(times, 0.5):.0f} ms, p99 {percentile(times, 0.99):.0f} ms; "
        f"told to try again: {dict(again)}; {compare(quiet, meanwhile)}; memory {before:.0f} MiB before, {max(memory[server.port]):.0f} MiB at most")
    check(not failed, f"{len(failed)} sign-ins failed: {failed[:1]}")


memory = {}


async def highest(server):
    """Samples the memory until it is cancelled."""
    memory[server.port] = [resident(server.process)[0]]
    while True:
        await asyncio.sleep(0.1)
        memory[server.port].append(resident(server.process)[0])


def of_class(number, room, key):
    """What invites a class of 30, with names that only it has."""
    letters = lambda n: chr(97 + n % 26) + chr(97 + n // 26)
    rows = [{"givenName": f"{key}{letters(n)}", "familyName": f"F{letters(number)}"} for n in range(30)]
    return {"twinSpaceId": room.id, "rows": rows, "consentGivenBy": "GUARDIAN", "idempotencyKey": key}


async def classes(server, readers, quiet, rooms):
    """Teachers invite a class of 30 each, at the same moment; they try again if they are told to."""
    again, times, sheets = collections.Counter(), [], 0
    before = resident(server.process)[0]

    async def teacher(number, room):
        nonlocal sheets
        client, began = Client(server.port, room.founder), time.monotonic()
        sent = of_class(number, room, "burst")
        answer = (await patiently(lambda: client.ask(INVITE, input=sent), again))["invitePupils"]
        assert answer["createdCount"] == 30, answer
        sheets += answer["credentialSheet"] is not None
        times.append(time.monotonic() - began)

    readers.take()
    began = time.monotonic()
    peak = asyncio.create_task(highest(server))
    outcomes = await asyncio.gather(*(teacher(n, room) for n, room in enumerate(rooms)), return_exceptions=True)
    took = time.monotonic() - began
    meanwhile = readers.take()
    peak.cancel()
    failed = [outcome for outcome in outcomes if outcome]
    say(f"{len(rooms)} teachers invite 30 pupils each at once: {len(times)} classes with {sheets} sheets of passwords, the first after {min(times, default=0):.1f} s, all after "
        f"{took:.1f} s; told to try again: {dict(again)}; {compare(quiet, meanwhile)}; memory {before:.0f} MiB before, "
        f"{max(memory[server.port]):.0f} MiB at most")
    check(not failed and len(times) == sheets == len(rooms), f"{len(failed)} classes were not invited: {failed[:1]}")


async def many(make, count):
    """Does this many times, fifty at a time."""
    gate = asyncio.Semaphore(50)

    async def one(number):
        async with gate:
            return await make(number)

    return await asyncio.gather(*(one(number) for number in range(count)))


async def idle(server, readers, quiet, count):
    before = resident(server.process)[0]

    async def connect(_):
        client = Client(server.port)
        await client.ask("{ __typename }")
        return client

    began = time.monotonic()
    clients = await many(connect, count)
    took = time.monotonic() - began
    meanwhile = await readers.over(15)
    after = resident(server.process)[0]
    say(f"{count} idle connections, opened in {took:.0f} s: {after - before:.0f} MiB, {1024 * (after - before) / count:.1f} KiB each; {compare(quiet, meanwhile)}")
    for client in clients[:50] + clients[-50:]:
        await client.ask("{ __typename }")
    for client in clients:
        client.close()


async def sockets(server, readers, quiet, room, count):
    """WebSockets with a subscription each, of the members of a large TwinSpace, who have up to two."""
    before, tokens = resident(server.process)[0], room.tokens()
    received = asyncio.Queue()

    async def connect(number):
        socket = await Socket.open(server.port, tokens[number % len(tokens)])
        socket.subscribe("chat", CHANGED, space=room.id)
        # Answered on the same connection: it is there, and what it has been sent before has been taken up.
        socket.subscribe("ping", "{ __typename }")
        while (await socket.read()).get("id") != "ping":
            pass
        return socket

    async def listen(socket):
        while True:
            message = await socket.read()
            if message["type"] == "next" and message["id"] == "chat":
                received.put_nowait((time.monotonic(), message["payload"]["data"]["chatChanged"]["__typename"]))

    began = time.monotonic()
    opened = await many(connect, count)
    took = time.monotonic() - began
    tasks = [asyncio.create_task(listen(socket)) for socket in opened]
    meanwhile = await readers.over(15)
    after = resident(server.process)[0]
    say(f"{count} WebSockets with a subscription, opened in {took:.0f} s: {after - before:.0f} MiB, {1024 * (after - before) / count:.1f} KiB each; "
        f"{compare(quiet, meanwhile)}")
    teacher, lasts, events = Client(server.port, room.founder), [], 0
    readers.take()
    for number in range(5):
        began = time.monotonic()
        await teacher.ask(SAY, input={"twinSpaceId": room.id, "text": f"Message {number}"})
        for _ in range(count):
            try:
                at, kind = await asyncio.wait_for(received.get(), 20)
            except asyncio.TimeoutError:
                break
            events += kind == "ChatMessageSent"
        lasts.append(at - began)
        await asyncio.sleep(1)
    say(f"5 chat messages to all of them: {events} of {5 * count} events received, the last {statistics.median(lasts):.1f} s after it was sent (median); "
        f"{compare(quiet, readers.take())}")
    check(events == 5 * count, "subscribers missed messages")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for socket in opened:
        socket.close()


# The failover leaves nothing behind, and comes last.
SCENARIOS = {"rolling": rolling, "guesser": guesser, "jobs": jobs, "pgbouncer": pgbouncer, "bursts": bursts, "failover": failover}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", default="target/release/twinspace")
    parser.add_argument("scenarios", nargs="*", metavar="scenario", help="all of them if none is named")
    parser.add_argument("--pgbouncer", default="pgbouncer", help="the program; transaction mode needs 1.21 or later")
    parser.add_argument("--share", type=float, default=1, help="of the people in bursts, to try the script: 0.1 is 50 pupils")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"unknown: {', '.join(unknown)}")
    if absent := [name for name in ("haproxy", options.pgbouncer) if not shutil.which(name)]:
        sys.exit(f"Not installed: {', '.join(absent)}.")
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if most < 12000:
        sys.exit(f"5,000 connections need 12,000 open files, and the limit is {most}: ulimit -Hn.")
    with tempfile.TemporaryDirectory() as folder:
        place = Place(options.program, folder, options.share)
        try:
            for name, scenario in SCENARIOS.items():
                if not options.scenarios or name in options.scenarios:
                    began = time.monotonic()
                    print(f"\n{name}: {scenario.__doc__.splitlines()[0]}", flush=True)
                    try:
                        asyncio.run(scenario(place, options) if scenario is pgbouncer else scenario(place))
                    except (AssertionError, Broken, Closed, Refused, TimeoutError) as error:
                        check(False, f"{name} ended with {type(error).__name__}: {error}")
                    print(f"  ({time.monotonic() - began:.0f} s)", flush=True)
        finally:
            if place.pg.process.poll() is None:
                place.pg.stop()
    if wrong:
        sys.exit(f"\n{len(wrong)} wrong: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
