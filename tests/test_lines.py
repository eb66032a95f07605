"""The lines of requests: at once, or several in one write."""

import json
from contextlib import redirect_stderr

from flask import Flask

from app.lines import EXTENSION, MOST_BYTES, Lines, keep_writing


class Written(list[str]):
    """What was written, one entry a write."""

    def write(self, text: str) -> int:
        """Take a piece."""
        self.append(text)
        return len(text)

    def flush(self) -> None:
        """Hold nothing back."""


def gathering() -> Lines:
    """Return lines that wait for somebody to write them."""
    lines = Lines()
    lines.gathers = True
    return lines


def test_a_line_is_written_at_once() -> None:
    """Whoever serves without our server loses none."""
    lines, written = Lines(), Written()
    with redirect_stderr(written):
        lines.tell(b"one")
        lines.tell(b"two")
    assert written == ["one\n", "two\n"]


def test_lines_that_wait_leave_together_and_whole() -> None:
    """A pipe takes each write in one piece, so that no line stands inside that of another process."""
    lines, written = gathering(), Written()
    told = [json.dumps({"path": "é" * (number % 70)}, ensure_ascii=False) for number in range(400)]
    with redirect_stderr(written):
        for line in told:
            lines.tell(line.encode())
        assert written == []
        lines.write()
    assert "".join(written).splitlines() == told
    assert all(piece.endswith("\n") and len(piece.encode()) <= MOST_BYTES for piece in written)
    assert len(written) < len(told) / 10


def test_a_line_longer_than_a_piece_is_written_alone() -> None:
    """It cannot be written in one piece, but it need not tear others apart."""
    lines, written = gathering(), Written()
    with redirect_stderr(written):
        for line in (b"short", b"x" * (MOST_BYTES + 1), b"short"):
            lines.tell(line)
        lines.write()
    assert [len(piece) for piece in written] == [6, MOST_BYTES + 2, 6]


def test_the_last_lines_are_written_when_a_server_ends() -> None:
    """What is returned writes what still waits."""
    app = Flask("lines")
    app.extensions[EXTENSION] = lines = Lines()
    written = Written()
    with redirect_stderr(written):
        end = keep_writing(app)
        lines.tell(b"last")
        end()
    assert "".join(written) == "last\n"
