"""Bodies: whole, or refused; never truncated."""

import io

import pytest
from flask import Flask
from flask.ctx import RequestContext

from app.bodies import BodyTooLarge, read_body


class Trickle(io.BytesIO):
    """A body that comes in small pieces."""

    def read(self, size: int | None = -1) -> bytes:
        """Return at most seven bytes."""
        return super().read(7 if size is None or size < 0 else min(size, 7))


@pytest.mark.parametrize("length", [0, 1, 99, 100])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_body_up_to_the_limit_is_read_whole(length: int, chunked: bool) -> None:
    """The limit itself is still allowed, however the body arrives."""
    with asked(length, chunked=chunked):
        assert read_body(100) == b"x" * length


@pytest.mark.parametrize("length", [101, 200_000])
@pytest.mark.parametrize("chunked", [True, False])
def test_a_larger_body_is_refused(length: int, chunked: bool) -> None:
    """One byte more is 413, also where no Content-Length tells it beforehand."""
    with asked(length, chunked=chunked), pytest.raises(BodyTooLarge) as raised:
        read_body(100)
    assert (raised.value.code, raised.value.limit) == (413, 100)


def asked(length: int, *, chunked: bool) -> RequestContext:
    """Return the context of a request with a body."""
    stream = Trickle(b"x" * length)
    told = {"wsgi.input_terminated": True} if chunked else {"CONTENT_LENGTH": str(length)}
    return Flask(__name__).test_request_context("/", method="POST", environ_overrides={"wsgi.input": stream, **told})
