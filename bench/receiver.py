"""Receive signals as a receiver does: over TLS, each verified by a library that shares no code with the service."""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any

import jwt

from bench.servers import LOOPBACK

TAKEN = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Receiver:
    """Note when each SET was held and found good; ``times`` has the moments of each ``jti``."""

    issuer: str
    audience: str
    keys: dict[str, jwt.PyJWK] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
                length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
                body = await reader.readexactly(length)
                writer.write(self._told() if head.startswith("get ") else self._taken(body))
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            writer.close()

    def _taken(self, body: bytes) -> bytes:
        try:
            claims = self._verified(body.decode())
        except (jwt.PyJWTError, LookupError) as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            return REFUSED
        self.times.setdefault(claims["jti"], []).append(time.time())
        return TAKEN

    def _verified(self, token: str) -> dict[str, Any]:
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in self.keys:
            with urllib.request.urlopen(f"{self.issuer}/jwks.json", timeout=10) as answer:
                self.keys = {key["kid"]: jwt.PyJWK(key) for key in json.load(answer)["keys"]}
        return jwt.decode(token, self.keys[kid], algorithms=["RS256"], audience=self.audience, issuer=self.issuer)

    def _told(self) -> bytes:
        content = json.dumps({"times": self.times, "wrong": self.wrong}).encode()
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content)


async def main(port: int, certificate: str, issuer: str, audience: str) -> None:
    """Serve until the process ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server = await asyncio.start_server(Receiver(issuer, audience).serve, LOOPBACK, port, ssl=context)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *sys.argv[2:5]))
