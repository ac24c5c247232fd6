"""A mail server for tests: accepts every mail."""

import asyncio
import contextlib
import os


class Postbox:
    """Keeps who gets what, in a folder as well if it has one, and takes as long as it is told to."""

    def __init__(self, folder=None, pause=0):
        self.mails, self.folder, self.pause = [], folder, pause

    async def serve(self, reader, writer):
        """Serves one connection."""
        writer.write(b"220 ready\r\n")
        to = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    text = (await reader.readuntil(b"\r\n.\r\n")).decode(errors="replace")
                    await asyncio.sleep(self.pause)
                    self.keep(to, text)
                elif verb == b"RCPT":
                    to = line.decode().split("<")[1].split(">")[0]
                elif verb == b"QUIT":
                    break
                if verb in (b"EHLO", b"HELO"):
                    writer.write(b"250-postbox\r\n250 8BITMIME\r\n")
                else:
                    writer.write(b"250 ok\r\n")
        writer.close()

    def keep(self, to, text):
        self.mails.append((to, text))
        if self.folder:
            path = os.path.join(self.folder, f"{len(self.mails):04}.eml")
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(text)
