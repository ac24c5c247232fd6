"""Tries the proxies' configurations in deploy/proxy as they are, in front of real servers.

    python3 tests/deploy/proxies.py PROGRAM

Two servers of the demo share a PostgreSQL database and a folder of media. nginx, Caddy and Traefik, which pip
installs, stand before the first, HAProxy before both. Only ports and the place of certificates are replaced.
"""

import base64
import contextlib
import functools
import glob
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from common import CLIENT, HOST, Client, free_ports, running, wait_for
from environment import install

CONFIGURATIONS = os.path.join(HERE, "..", "..", "deploy", "proxy")
SPOOFED = "203.0.113.9"
VIDEO = 32 << 20


@contextlib.contextmanager
def postgres(folder):
    """A throw-away cluster; gives the URL of its database."""
    binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
    user = {"user": "postgres"} if os.geteuid() == 0 else {}
    home = os.path.join(folder, "postgres")
    os.mkdir(home)
    if user:
        shutil.chown(home, "postgres")
    data = os.path.join(home, "data")
    initdb = [f"{binaries}/initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=home, **user)
    server = [f"{binaries}/postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"]
    with running(server, os.path.join(folder, "postgres.log"), cwd=home, **user):
        ready = [f"{binaries}/pg_isready", "-q", "-h", home]
        wait_for("PostgreSQL", lambda: subprocess.run(ready, check=False).returncode == 0)
        yield f"postgres://postgres@localhost/postgres?host={home}"


class Socket:
    """A WebSocket with one subscription, as far as RFC 6455 is needed for it."""

    def __init__(self, client, query, variables):
        self.sock = client.open()
        self.file = self.sock.makefile("rb")
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(
            f"GET /graphql HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        status = self.file.readline()
        assert b" 101 " in status, status
        while self.file.readline() != b"\r\n":
            pass
        self.write({"type": "connection_init", "payload": {"Authorization": f"Bearer {client.token}"}})
        assert self.read()["type"] == "connection_ack"
        self.write({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})

    def write(self, message):
        text = json.dumps(message).encode()
        # A mask of zeros leaves the text as it is.
        self.sock.sendall(struct.pack("!BBH4x", 0x81, 0x80 | 126, len(text)) + text)

    def read(self):
        """The next message of text."""
        while True:
            kind, length = self.file.read(2)
            if length == 126:
                (length,) = struct.unpack("!H", self.file.read(2))
            text = self.file.read(length)
            if kind & 15 == 1:
                return json.loads(text)


def check_requests(client, log):
    """What is public, and that the server knows from whom a request comes."""
    status, headers, _ = client.send("GET", "/readyz")
    assert status == 200 and "max-age=" in headers["Strict-Transport-Security"], (status, headers)
    for path in ("/metrics", "/metrics?x", "/metrics/", "//metrics", "/./metrics", "/x/../metrics", "/%6detrics"):
        status, _, body = client.send("GET", path)
        assert status in (400, 403, 404) and b"twinspace_" not in body, f"the metrics are public at {path}: {status}"
    name = f"try-{client.port}"
    client.ask("{ __typename }", X_Request_Id=name, X_Forwarded_For=SPOOFED)

    def lines():
        with open(log, encoding="utf-8") as file:
            return [line for line in file if name in line]

    wait_for("the line in the log", lines)
    assert CLIENT in lines()[0] and SPOOFED not in lines()[0], lines()


class Stream:
    """One subscription over HTTP, by server-sent events or multipart."""

    def __init__(self, accept, client, query, variables):
        connection = client.begin()
        body = json.dumps({"query": query, "variables": variables})
        token = f"Bearer {client.token}"
        headers = {"Accept": accept, "Authorization": token, "Content-Type": "application/json"}
        connection.request("POST", "/graphql", body, headers)
        self.response = connection.getresponse()
        assert self.response.status == 200, self.response.status

    def read(self):
        """The next response, as a message of a WebSocket."""
        while line := self.response.readline().decode():
            data = json.loads(line[line.index("{") :]) if "{" in line else {}
            if data:
                return {"type": "next", "payload": data.get("payload", data)}
        raise AssertionError("the stream has ended")


LISTENERS = [
    Socket,
    functools.partial(Stream, "text/event-stream"),
    functools.partial(Stream, "multipart/mixed;subscriptionSpec=1.0, application/json"),
]


def check_events(listen, client, space):
    """Events arrive as they happen, on a connection that is quiet in between."""
    query = "subscription($space: ID!) { chatChanged(twinSpaceId: $space) { __typename } }"
    listener = listen(client, query, {"space": space})
    message = "mutation($input: SendChatMessageInput!) { sendChatMessage(input: $input) { message { id } } }"
    # The first may be sent before the other server has subscribed.
    for number in range(3):
        client.ask(message, {"input": {"twinSpaceId": space, "text": f"Message {number}"}})
        time.sleep(0.3)
    event = listener.read()
    assert event["type"] == "next" and event["payload"]["data"]["chatChanged"], event


def video():
    box = lambda kind, content: struct.pack("!I4s", len(content) + 8, kind) + content
    handler = box(b"hdlr", bytes(8) + b"vide" + bytes(13))
    movie = box(b"moov", box(b"mvhd", bytes(100)) + box(b"trak", box(b"mdia", handler)))
    head = box(b"ftyp", b"isom\0\0\0\0isom") + movie
    return head + struct.pack("!I4s", VIDEO - len(head), b"mdat") + bytes(VIDEO - len(head) - 8)


def check_media(client, space, behind):
    """A large file passes through as it comes, and parts of it are had back."""
    mutation = "mutation($input: AddMediaInput!) { addMedia(input: $input) { media { url } } }"
    variables = {"input": {"twinSpaceId": space, "title": "Large", "file": None, "picturedIds": []}}
    parts = [
        b'name="operations"\r\n\r\n' + json.dumps({"query": mutation, "variables": variables}).encode(),
        b'name="map"\r\n\r\n{"0":["variables.input.file"]}',
        b'name="0"; filename="v.mp4"\r\n\r\n' + video(),
    ]
    body = b"".join(b"--b\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--b--\r\n"
    connection = client.begin()
    connection.putrequest("POST", "/graphql")
    connection.putheader("Authorization", f"Bearer {client.token}")
    connection.putheader("GraphQL-Preflight", "1")
    connection.putheader("Content-Type", "multipart/form-data; boundary=b")
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body[: VIDEO // 2])
    # The request for the metrics is in flight itself.
    in_flight = lambda: any(b"in_flight 2" in server.send("GET", "/metrics")[2] for server in behind)
    wait_for("the upload, before all of it is sent,", in_flight, 10)
    connection.send(body[VIDEO // 2 :])
    with connection.getresponse() as response:
        answer = json.loads(response.read())
    assert response.status == 200 and "errors" not in answer, (response.status, answer)
    url = answer["data"]["addMedia"]["media"]["url"]
    assert url.startswith(f"https://{HOST}/media/"), url
    status, headers, part = client.send("GET", url.removeprefix(f"https://{HOST}"), Range="bytes=1000-1999")
    assert status == 206 and len(part) == 1000 and headers["Content-Range"].endswith(f"/{VIDEO}"), (status, headers)


def check_redirect(port):
    status, headers, _ = Client(port).send("GET", "/graphql", Host=HOST)
    assert status in (301, 308) and headers["Location"] == f"https://{HOST}/graphql", (status, headers["Location"])


def configure(name, folder, replaced):
    """A copy of a configuration, in which each of these texts must be and is replaced."""
    with open(os.path.join(CONFIGURATIONS, name), encoding="utf-8") as file:
        text = file.read()
    for old, new in replaced.items():
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def nginx(folder, plain, secure, servers):
    replaced = {
        f"/etc/letsencrypt/live/{HOST}": folder,
        # A machine may have no IPv6.
        "listen [::]:80;": "",
        "listen [::]:443 ssl http2;": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "127.0.0.1:8000": f"127.0.0.1:{servers[0]}",
    }
    site = configure("nginx.conf", folder, replaced)
    main = os.path.join(folder, "main.conf")
    with open(main, "w", encoding="utf-8") as file:
        file.write(
            f"daemon off; pid {folder}/nginx.pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n"
            f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;\n"
            f"scgi_temp_path {folder}/scgi; include {site}; }}\n"
        )
    return ["nginx", "-c", main, "-p", folder, "-e", "stderr"]


def caddy(folder, plain, secure, servers):
    site = "{$PUBLIC_HOST:twinspace.example} {"
    options = f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {secure}\n}}\n"
    # There is no authority here that would sign a certificate.
    certificate = f"\n\ttls {folder}/fullchain.pem {folder}/privkey.pem"
    path = configure("Caddyfile", folder, {site: options + site + certificate})
    variables = [f"PUBLIC_HOST={HOST}", f"SERVER_ADDRESS=127.0.0.1:{servers[0]}"]
    return ["env", *variables, "caddy", "run", "--config", path, "--adapter", "caddyfile"]


def traefik(folder, plain, secure, servers):
    # There is no authority here that would sign a certificate.
    replaced = {"certResolver: letsencrypt": "{}", "127.0.0.1:8000": f"127.0.0.1:{servers[0]}"}
    site = configure("traefik-twinspace.yaml", folder, replaced)
    with open(site, "a", encoding="utf-8") as file:
        file.write(f"tls:\n  certificates:\n    - certFile: {folder}/fullchain.pem\n      keyFile: {folder}/privkey.pem\n")
    replaced = {
        '":80"': f"127.0.0.1:{plain}",
        '":443"': f"127.0.0.1:{secure}",
        # The port in the address to which it redirects, whatever it listens on.
        "to: websecure": 'to: ":443"',
        "/etc/traefik/traefik-twinspace.yaml": site,
        "/var/lib/traefik": folder,
    }
    return [f"{folder}/environment/bin/traefik", f"--configFile={configure('traefik.yaml', folder, replaced)}"]


def haproxy(folder, plain, secure, servers):
    with open(os.path.join(folder, "twinspace.pem"), "w", encoding="ascii") as pem:
        for name in ("fullchain.pem", "privkey.pem"):
            with open(os.path.join(folder, name), encoding="ascii") as part:
                pem.write(part.read())
    replaced = {
        "bind :80": f"bind 127.0.0.1:{plain}",
        "bind :443": f"bind 127.0.0.1:{secure}",
        "/run/haproxy": folder,
        "/etc/haproxy/twinspace.pem": f"{folder}/twinspace.pem",
        "127.0.0.1:8000": f"127.0.0.1:{servers[0]}",
        "127.0.0.1:8001": f"127.0.0.1:{servers[1]}",
    }
    return ["haproxy", "-db", "-f", configure("haproxy.cfg", folder, replaced)]


def check_failover(client, first):
    """A server is stopped, and nobody notices."""
    first.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 3
    asked = 0
    while time.monotonic() < deadline or first.poll() is None:
        client.ask("{ viewer { name } }")
        asked += 1
    assert first.returncode == 0 and asked > 20, (first.returncode, asked)
    return asked


def main():
    absent = [name for name in ("nginx", "caddy", "haproxy", "openssl") if not shutil.which(name)]
    if absent:
        print(f"\n!! NOT TRIED: the proxies. Not installed: {', '.join(absent)}.\n")
        return
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        os.chmod(folder, 0o755)
        certificate = os.path.join(folder, "fullchain.pem")
        make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        make += ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
        make += ["-keyout", os.path.join(folder, "privkey.pem"), "-out", certificate]
        subprocess.run(make, check=True, stderr=subprocess.DEVNULL)

        ports = free_ports(2)
        log = os.path.join(folder, "servers.log")
        environment = {
            **os.environ,
            "TWINSPACE_DATABASE_URL": stack.enter_context(postgres(folder)),
            "TWINSPACE_DATA_DIR": os.path.join(folder, "data"),
            "TWINSPACE_PUBLIC_URL": f"https://{HOST}",
            "TWINSPACE_TRUSTED_PROXIES": "1",
        }
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run([program, "demo", "--no-serve"], check=True, env=environment, **quiet)
        servers, behind = [], []
        for port in ports:
            command = [program, "serve", "--listen", f"127.0.0.1:{port}"]
            servers.append(stack.enter_context(running(command, log, env=environment)))
            behind.append(Client(port))
        for server in behind:
            wait_for("a server", lambda server=server: server.send("GET", "/readyz")[0] == 200, 60)

        home = {**os.environ, "HOME": folder, "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        proxies = [nginx, caddy, traefik, haproxy]
        if problem := install(Path(folder, "environment"), Path(HERE, "requirements.txt")):
            print(f"\n!! NOT TRIED: Traefik. It cannot be installed: {problem}\n")
            proxies.remove(traefik)
        for proxy in proxies:
            name = proxy.__name__
            begun = time.monotonic()
            plain, secure = free_ports(2)
            command = proxy(folder, plain, secure, ports)
            try:
                with running(command, os.path.join(folder, f"{name}.log"), env=home):
                    client = Client(secure, certificate)
                    wait_for(name, lambda client=client: client.send("GET", "/readyz")[0] == 200)
                    check_redirect(plain)
                    check_requests(client, log)
                    client.token = client.ask(
                        'mutation { signIn(input: { email: "zofia@demo.example", password: "twinspace1" }) { token } }'
                    )["signIn"]["token"]
                    mine = client.ask("{ viewer { memberships(first: 1) { nodes { twinSpace { id } } } } }")
                    space = mine["viewer"]["memberships"]["nodes"][0]["twinSpace"]["id"]
                    for listen in LISTENERS:
                        check_events(listen, client, space)
                    check_media(client, space, behind)
                    if proxy is haproxy:
                        asked = check_failover(client, servers[0])
                        print(f"proxies: one of two servers was stopped, and {asked} of {asked} requests succeeded")
            except Exception:
                for written in (f"{name}.log", "servers.log"):
                    with open(os.path.join(folder, written), encoding="utf-8") as file:
                        print(f"-- {written}", file.read()[-3000:], sep="\n")
                raise
            print(f"proxies: {name} passes on addresses, events, uploads and media ({time.monotonic() - begun:.0f} s)")


if __name__ == "__main__":
    main()
