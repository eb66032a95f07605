"""The way out: what was vetted is what is connected to, and nothing is followed, trusted or awaited beyond limits."""

import socket
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from app.outbound import (
    DestinationRefusedError,
    Destinations,
    Limits,
    NoAnswerError,
    Outbound,
    TimedOutError,
    UnreachableError,
    UnusableAnswerError,
)
from tests.outbound.servers import Authority, Received, Receiver, receiving

Making = Callable[..., Outbound]
LOOPBACK = Destinations.of(["127.0.0.0/8:*"], (443,))
BRIEF = Limits(connect=0.5, read=0.3, total=0.6, body=1000)


class Names:
    """A resolver that gives each time the next answer it was told, and the last one ever after."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, port: int, **_: Any) -> list[Any]:  # noqa: D102
        self.asked += 1
        addresses = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def way_out() -> Iterator[Making]:
    """Make clients that are closed in the end."""
    made: list[Outbound] = []

    def make(*given: Any, **named: Any) -> Outbound:
        made.append(Outbound(*given, **named))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Run a server without TLS."""
    with receiving() as running:
        yield running


def test_a_request_arrives_as_it_was_meant(receiver: Receiver, way_out: Making) -> None:
    """Method, path, headers and body arrive; the answer comes back with its headers in lower case."""
    receiver.answering = lambda _: (418, {"Retry-After": "7"}, b"no coffee")
    answer = way_out(LOOPBACK).send("POST", f"{receiver.url}?a=b", headers={"X-Id": "1"}, body=b"{}")
    assert (answer.status, answer.headers["retry-after"], answer.body, answer.whole) == (418, "7", b"no coffee", True)
    assert receiver.received[0].method == "POST"
    assert receiver.received[0].path == "/hook?a=b"
    assert receiver.received[0].body == b"{}"
    sent = receiver.received[0].headers
    assert (sent["host"], sent["x-id"]) == (f"127.0.0.1:{receiver.port}", "1")


def test_a_name_that_changes_between_check_and_connect_gains_nothing(receiver: Receiver, way_out: Making) -> None:
    """The name is resolved once; that it leads inside a moment later is never noticed."""
    names = Names(["8.8.8.8"], ["127.0.0.1"])
    outbound = way_out(Destinations.of((), (443, receiver.port)), resolve=names, limits=BRIEF)
    with pytest.raises((UnreachableError, TimedOutError)):
        outbound.send("GET", f"https://rebind.example:{receiver.port}/")
    assert (names.asked, receiver.connections) == (1, 0)
    with pytest.raises(DestinationRefusedError, match=r"rebind\.example:\d+ is 127\.0\.0\.1, which is not a public"):
        outbound.send("GET", f"https://rebind.example:{receiver.port}/")
    assert receiver.connections == 0


def test_an_open_connection_is_not_used_for_a_name_that_moved(receiver: Receiver, way_out: Making) -> None:
    """Each request is vetted anew; what was kept open for the old address does not help the new one."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    outbound = way_out(LOOPBACK, resolve=names)
    url = f"http://moving.example:{receiver.port}/"
    assert outbound.send("GET", url).status == 200
    with pytest.raises(DestinationRefusedError):
        outbound.send("GET", url)
    assert len(receiver.received) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(receiver: Receiver, status: int, way_out: Making) -> None:
    """A redirect is an answer like any other, wherever it points."""
    with receiving() as inside:
        receiver.answering = lambda _: (status, {"Location": inside.url}, b"")
        assert way_out(LOOPBACK).send("POST", receiver.url, body=b"x").status == status
        assert inside.received == []


def test_no_proxy_of_the_environment_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, way_out: Making
) -> None:
    """What HTTP_PROXY says is for other programs."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert way_out(LOOPBACK).send("GET", receiver.url).status == 200


def test_a_connection_is_used_again(receiver: Receiver, way_out: Making) -> None:
    """Requests to one server share a connection while it is kept open, and none is lost when it is not."""
    outbound = way_out(LOOPBACK)
    for _ in range(3):
        outbound.send("POST", receiver.url, body=b"x")
    assert (len(receiver.received), receiver.connections) == (3, 1)
    receiver.answering = lambda _: (200, {"Connection": "close"}, b"")
    for _ in range(3):
        assert outbound.send("POST", receiver.url, body=b"x").status == 200
    assert len(receiver.received) == 6


def test_the_certificate_must_be_the_names(tmp_path: Path, way_out: Making) -> None:
    """The address is connected to, the name is what the certificate must prove."""
    authority = Authority(tmp_path)
    with receiving(context=authority.serving("hooks.example")) as receiver:
        outbound = way_out(LOOPBACK, resolve=Names(["127.0.0.1"]), context=authority.trusting())
        assert outbound.send("GET", f"https://hooks.example:{receiver.port}/").status == 200
        assert receiver.received[0].headers["host"] == f"hooks.example:{receiver.port}"
        with pytest.raises(UnreachableError, match="certificate"):
            outbound.send("GET", f"https://other.example:{receiver.port}/")
        with pytest.raises(UnreachableError, match="certificate"):
            way_out(LOOPBACK, resolve=Names(["127.0.0.1"])).send("GET", f"https://hooks.example:{receiver.port}/")
        assert len(receiver.received) == 1


def test_the_second_address_is_tried_where_the_first_is_dead(receiver: Receiver, way_out: Making) -> None:
    """A host with several vetted addresses is reached by any of them."""
    with socket.socket() as mute:
        mute.bind(("127.0.0.2", receiver.port))
        outbound = way_out(LOOPBACK, resolve=Names(["127.0.0.2", "127.0.0.1"]))
        assert outbound.send("GET", f"http://two.example:{receiver.port}/").status == 200


def test_a_long_answer_is_cut(receiver: Receiver, way_out: Making) -> None:
    """No more is read than the limit allows, and the answer says so."""
    receiver.answering = lambda _: (200, {}, b"x" * 100_000)
    answer = way_out(LOOPBACK, BRIEF).send("GET", receiver.url)
    assert (len(answer.body), answer.whole) == (1000, False)


def test_a_compressed_answer_is_not_unpacked(receiver: Receiver, way_out: Making) -> None:
    """What could grow a thousandfold stays as it came."""
    receiver.answering = lambda _: (200, {"Content-Encoding": "gzip"}, b"\x1f\x8bwhatever")
    assert way_out(LOOPBACK).send("GET", receiver.url).body == b"\x1f\x8bwhatever"


def _drip(listening: socket.socket) -> None:
    """Answer the first request with a header that never ends, a byte now and then."""
    connection, _ = listening.accept()
    with connection, suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            connection.settimeout(0.05)
            with suppress(TimeoutError):
                if not connection.recv(1000):
                    return
            connection.sendall(b"x")


def test_an_answer_that_drips_is_cut_at_the_deadline(way_out: Making) -> None:
    """A server that sends a byte before each timeout still cannot hold a worker for longer than the total."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=_drip, args=(listening,), daemon=True)
        thread.start()
        with pytest.raises(TimedOutError):
            way_out(LOOPBACK, BRIEF).send("GET", f"http://127.0.0.1:{listening.getsockname()[1]}/")
        thread.join(5)
        assert not thread.is_alive()


def test_a_server_that_says_nothing_is_not_awaited(receiver: Receiver, way_out: Making) -> None:
    """The answer must begin within the time for reading."""

    def hang(_received: Received) -> tuple[int, dict[str, str], bytes]:
        receiver.over.wait(5)
        return 200, {}, b""

    receiver.answering = hang
    with pytest.raises(TimedOutError):
        way_out(LOOPBACK, BRIEF).send("GET", receiver.url)


def test_what_is_not_http_is_no_answer(way_out: Making) -> None:
    """A server that hangs up or talks nonsense is told from one that answers."""
    with receiving() as receiver:
        receiver.answering = lambda _: (200, {"Content-Length": "5"}, b"")
        with pytest.raises((NoAnswerError, TimedOutError)):
            way_out(LOOPBACK, BRIEF).send("GET", receiver.url)


def test_nobody_there_is_said_to_the_operator_and_not_to_the_tenant(receiver: Receiver, way_out: Making) -> None:
    """The message names address and cause; what a tenant reads is the same for each of them."""
    with pytest.raises(UnreachableError, match=r"127\.0\.0\.1: .*refused") as refused:
        way_out(LOOPBACK).send("GET", "http://127.0.0.1:1/")
    with pytest.raises(DestinationRefusedError, match=r"10\.0\.0\.1.*OUTBOUND_ALLOW") as private:
        way_out(resolve=Names(["10.0.0.1"])).send("GET", "https://intranet.example/")
    with pytest.raises(UnreachableError, match="no address") as unknown:
        way_out(resolve=Names([])).send("GET", "https://nowhere.example/")
    told = {(error.value.code, error.value.told) for error in (refused, private, unknown)}
    assert told == {("unreachable", "The server cannot be reached.")}


def test_a_json_document_is_fetched_whole_or_not_at_all(receiver: Receiver, way_out: Making) -> None:
    """Keys and metadata are what 200 and JSON say, within the limit."""
    outbound = way_out(LOOPBACK, BRIEF)
    receiver.answering = lambda _: (200, {}, b'{"keys": []}')
    assert outbound.fetch_json(receiver.url) == {"keys": []}
    for status, body in [(404, b"{}"), (302, b"{}"), (200, b"not json"), (200, b'"' + b"x" * 2000 + b'"')]:
        receiver.answering = lambda _, s=status, b=body: (s, {}, b)  # type: ignore[misc]
        with pytest.raises(UnusableAnswerError):
            outbound.fetch_json(receiver.url)
