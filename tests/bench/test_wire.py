"""HTTP answers are read whole, in whatever pieces they come."""

import pytest

from bench.wire import Answer, BrokenAnswer, Reader, unchunked

PLAIN = b'HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{"id":"ada"'
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=1\r\n world\r\n0\r\n\r\n"
EMPTY = b"HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n"


def fed(text: bytes, size: int) -> list[Answer]:
    """Return the answers that a reader finds in a text that comes in pieces of a size."""
    reader = Reader()
    answers = (reader.feed(text[start : start + size]) for start in range(0, len(text), size))
    return [answer for answer in answers if answer is not None]


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("text", "status", "body"),
    [(PLAIN, 200, b'{"id":"ada"'), (CHUNKED, 200, b"hello world"), (EMPTY, 204, b"")],
)
def test_an_answer_is_whole_once_its_last_piece_is_in(text: bytes, status: int, body: bytes, size: int) -> None:
    """A body is measured by its length, by its chunks, or is none."""
    (answer,) = fed(text, size)
    assert (answer.status, answer.body) == (status, body)


def test_one_answer_follows_the_other() -> None:
    """Nothing of an answer is left over for the next one."""
    reader = Reader()
    bodies = [answer.body for text in (PLAIN, CHUNKED, EMPTY, PLAIN) if (answer := reader.feed(text))]
    assert bodies == [b'{"id":"ada"', b"hello world", b"", b'{"id":"ada"']


@pytest.mark.parametrize("text", [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"])
def test_what_cannot_be_measured_is_no_answer(text: bytes) -> None:
    """Another protocol, or a body whose end nobody can know, is said to be broken."""
    with pytest.raises(BrokenAnswer):
        Reader().feed(text)


def test_chunks_that_look_like_the_end_are_not_the_end() -> None:
    """A chunk may hold what the last chunk looks like."""
    text = bytearray(b"5\r\n0\r\n\r\n")
    assert unchunked(text) is None
    assert unchunked(text + b"\r\n0\r\n\r\n") == b"0\r\n\r\n"
