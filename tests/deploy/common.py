"""What the tests of how the server is run have in common."""

import contextlib
import http.client
import json
import socket
import ssl
import subprocess
import time

HOST = "twinspace.example"
# Not the address from which proxies connect to the servers.
CLIENT = "127.0.0.2"


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [str(sock.getsockname()[1]) for sock in sockets]
    for sock in sockets:
        sock.close()
    return ports


def wait_for(what, ready, seconds=30):
    for _ in range(seconds * 20):
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ready():
                return
        time.sleep(0.05)
    raise AssertionError(f"{what} is not there after {seconds} s")


@contextlib.contextmanager
def running(command, log, **options):
    with open(log, "ab") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


class Client:
    """A client of the servers, directly or through a proxy with TLS."""

    def __init__(self, port, certificate=None):
        self.port = int(port)
        self.tls = certificate and ssl.create_default_context(cafile=certificate)
        self.token = None

    def open(self):
        """A connection from an address of its own."""
        sock = socket.create_connection(("127.0.0.1", self.port), 10, (CLIENT, 0))
        return self.tls.wrap_socket(sock, server_hostname=HOST) if self.tls else sock

    def begin(self):
        connection = http.client.HTTPConnection(HOST)
        connection.sock = self.open()
        return connection

    def send(self, method, path, body=None, **headers):
        connection = self.begin()
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        with response:
            return response.status, response.headers, response.read()

    def ask(self, query, variables=None, **headers):
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"query": query, "variables": variables})
        status, _, answer = self.send("POST", "/graphql", body, Content_Type="application/json", **headers)
        assert status == 200 and "errors" not in json.loads(answer), (status, answer)
        return json.loads(answer)["data"]
