"""The lines of requests on standard error: at once, or several in one write.

Each write lets another thread go on, and waits until that one stops again: at full load it costs more than the line.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable

from flask import Flask

from app.beside import every

EXTENSION = "scim-lifecycle-lines"
INTERVAL_S = 0.2
MOST_BYTES = 4096
"""What a pipe takes in one piece (PIPE_BUF), so that processes do not write into each other's lines."""


class Lines:
    """Write lines at once, until somebody keeps writing those that wait."""

    def __init__(self) -> None:
        """Write to standard error."""
        self.gathers = False
        self._waiting: deque[bytes] = deque()

    def tell(self, line: bytes) -> None:
        """Write a line, or let it wait for the others."""
        self._waiting.append(line + b"\n")
        if not self.gathers:
            self.write()

    def write(self) -> None:
        """Write what waits, whole lines at a time."""
        piece = b""
        while self._waiting:
            line = self._waiting.popleft()
            if piece and len(piece) + len(line) > MOST_BYTES:
                sys.stderr.write(piece.decode())
                piece = b""
            piece += line
        if piece:
            sys.stderr.write(piece.decode())


def keep_writing(app: Flask) -> Callable[[], None]:
    """Write the lines of requests together from now on, and return what writes the last of them."""
    lines: Lines = app.extensions[EXTENSION]
    lines.gathers = True
    every(INTERVAL_S, lines.write, "lines")
    return lines.write
