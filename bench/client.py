"""A client of the server for benchmarks: HTTP/1.1 and WebSockets with asyncio, on one connection each."""

import asyncio
import base64
import json
import os
import struct

HOST = "twinspace.example"
PATIENCE = 60


class Refused(Exception):
    """The server answered with an error, which says what is wrong."""

    def __init__(self, error, status):
        extensions = error.get("extensions", {})
        self.code, self.retry_after = extensions.get("code"), extensions.get("retryAfter")
        self.status = status
        super().__init__(f"{status} {self.code}: {error['message']}")


class Broken(Exception):
    """There was no answer of the server: the connection ended, or a proxy answered in its place."""

    def __init__(self, what, status=None):
        self.status = status
        super().__init__(what)


class Closed(Exception):
    """The server has closed the WebSocket."""

    def __init__(self, code, reason=""):
        self.code = code
        super().__init__(f"{code} {reason}")


class Client:
    """A connection that is kept, and opened again when the other side has closed it between two requests."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token
        self.reader = self.writer = None

    async def open(self):
        self.close()
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    def close(self):
        if self.writer:
            self.writer.close()
            self.reader = self.writer = None

    def head(self, method, path, length, headers):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {length}"]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode()

    async def send(self, method, path, body=b"", **headers):
        """The status and the body."""
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            if self.reader is None or self.reader.at_eof():
                await self.open()
            self.writer.write(self.head(method, path, len(body), headers) + body)
            return await asyncio.wait_for(self.answer(), PATIENCE)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Broken(f"{type(error).__name__}: {error}") from error

    async def answer(self):
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        status = int(head[0].split()[1])
        fields = dict(line.split(": ", 1) for line in head[1:] if line)
        if fields.get("transfer-encoding") == "chunked":
            parts = []
            while size := int(await self.reader.readline(), 16):
                parts.append((await self.reader.readexactly(size + 2))[:-2])
            await self.reader.readline()
            body = b"".join(parts)
        elif "content-length" in fields:
            body = await self.reader.readexactly(int(fields["content-length"]))
        else:
            body = await self.reader.read()
        if fields.get("connection") == "close":
            self.close()
        return status, body

    async def ask(self, query, **variables):
        """What the server answers; an error is raised."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        return self.judge(*await self.send("POST", "/graphql", body, Content_Type="application/json"))

    @staticmethod
    def judge(status, body):
        try:
            answer = json.loads(body)
        except ValueError:
            raise Broken(f"{status} without an answer of the server: {body[:80]!r}", status) from None
        if answer.get("errors"):
            raise Refused(answer["errors"][0], status)
        return answer["data"]


class Socket:
    """A WebSocket (RFC 6455, as far as it is needed) with the protocol graphql-transport-ws."""

    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def open(cls, port, token):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        self = cls(reader, writer)
        try:
            key = base64.b64encode(os.urandom(16)).decode()
            writer.write(
                f"GET /graphql HTTP/1.1\r\nHost: {HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
            )
            status = int((await self.within(reader.readuntil(b"\r\n\r\n"))).split()[1])
            if status != 101:
                raise Broken(f"{status} instead of a WebSocket", status)
            self.write({"type": "connection_init", "payload": {"Authorization": f"Bearer {token}"}})
            assert (await self.within(self.read()))["type"] == "connection_ack"
        except BaseException:
            writer.close()
            raise
        return self

    @staticmethod
    async def within(what):
        try:
            return await asyncio.wait_for(what, PATIENCE)
        except (asyncio.IncompleteReadError, asyncio.TimeoutError, OSError) as error:
            raise Broken(f"{type(error).__name__}: {error}") from error

    def frame(self, kind, content):
        # A mask of zeros leaves the content as it is.
        length = struct.pack("!B", 0x80 | len(content)) if len(content) < 126 else struct.pack("!BH", 0xFE, len(content))
        self.writer.write(bytes([0x80 | kind]) + length + bytes(4) + content)

    def write(self, message):
        self.frame(1, json.dumps(message).encode())

    def subscribe(self, name, query, **variables):
        """Begins an operation."""
        self.write({"type": "subscribe", "id": name, "payload": {"query": query, "variables": variables}})

    async def read(self):
        """The next message."""
        try:
            while True:
                kind, length = await self.reader.readexactly(2)
                if length == 126:
                    (length,) = struct.unpack("!H", await self.reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
                content = await self.reader.readexactly(length)
                match kind & 15:
                    case 1:
                        message = json.loads(content)
                        if message["type"] != "ping":
                            return message
                        self.write({"type": "pong"})
                    case 8:
                        code = struct.unpack("!H", content[:2])[0] if content else 1005
                        raise Closed(code, content[2:].decode())
                    case 9:
                        self.frame(10, content)
        except (asyncio.IncompleteReadError, OSError) as error:
            raise Closed(1006, f"{type(error).__name__}") from error

    def close(self):
        self.writer.close()


def percentile(times, share):
    """In milliseconds."""
    times = sorted(times)
    return 1000 * times[min(len(times) - 1, int(len(times) * share))] if times else float("nan")
