"""HTTP/1.1 over kept connections, cheap enough to leave the cores to the servers."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_CLOSING = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_END_OF_HEAD = b"\r\n\r\n"
_END_OF_CHUNKS = b"0\r\n\r\n"
WITHOUT_BODY = frozenset({204, 304})
PIECE = 1 << 18


class BrokenAnswer(Exception):  # noqa: N818 - it is the answer that is broken
    """What came back is no whole HTTP answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; ``head`` is the status line and the headers."""

    status: int
    head: bytes
    body: bytes


class Reader:
    """Gather the pieces of one answer after the other; none is sent before the last one was read."""

    def __init__(self) -> None:
        self._gathered = bytearray()
        self._head = b""

    def feed(self, piece: bytes) -> Answer | None:
        """Take what came in, and return the answer once it is whole."""
        self._gathered += piece
        if not self._head and not self._read_head():
            return None
        status = self._status()
        body = b"" if status in WITHOUT_BODY else self._body()
        if body is None:
            return None
        answer = Answer(status, self._head, body)
        self._gathered.clear()
        self._head = b""
        return answer

    def _read_head(self) -> bool:
        head, end, rest = self._gathered.partition(_END_OF_HEAD)
        if end:
            self._head, self._gathered = bytes(head), rest
        return bool(end)

    def _status(self) -> int:
        found = _STATUS.match(self._head)
        if found is None:
            raise BrokenAnswer(f"no HTTP status in {self._head[:60]!r}")
        return int(found[1])

    def _body(self) -> bytes | None:
        if found := _LENGTH.search(self._head):
            return bytes(self._gathered) if len(self._gathered) >= int(found[1]) else None
        if _CHUNKED.search(self._head) is None:
            raise BrokenAnswer("an answer without Content-Length")
        return unchunked(self._gathered) if self._gathered.endswith(_END_OF_CHUNKS) else None


def unchunked(text: bytearray) -> bytes | None:
    """Return what the chunks of a body hold, None if the last one is missing (RFC 9112 §7.1)."""
    chunks: list[bytes] = []
    at = 0
    while (end := text.find(b"\r\n", at)) >= 0:
        size = int(text[at:end].partition(b";")[0], 16)
        if size == 0:
            return b"".join(chunks)
        chunks.append(bytes(text[end + 2 : end + 2 + size]))
        at = end + 2 + size + 2
    return None


class Line:
    """One connection; it is opened anew after a server has asked to close it."""

    def __init__(self, address: tuple[str, int], patience_s: float) -> None:
        self._address = address
        self._patience_s = patience_s
        self._open()

    def _open(self) -> None:
        self.socket = socket.create_connection(self._address, self._patience_s)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = Reader()

    def send(self, wire: bytes) -> None:
        """Send a request."""
        self.socket.sendall(wire)

    def receive(self) -> Answer | None:
        """Read what has come in, and return the answer once it is whole."""
        piece = self.socket.recv(PIECE)
        if not piece:
            raise BrokenAnswer("the server closed the connection")
        answer = self._reader.feed(piece)
        if answer is not None and _CLOSING.search(answer.head):
            self.reopen()
        return answer

    def ask(self, wire: bytes) -> Answer:
        """Send a request and wait for its answer."""
        self.send(wire)
        while (answer := self.receive()) is None:
            pass
        return answer

    def reopen(self) -> None:
        """Begin again on a new connection."""
        self.close()
        self._open()

    def close(self) -> None:
        """Close the connection."""
        self.socket.close()
