"""Keep streams: create, read, change, delete, hold, verify, and say of whom they tell (SSF 1.0 §8.1, §9)."""

from typing import Any

from flask import Response, request

from app.events.streams.refusing import invalid
from app.events.streams.wishes import Terms
from app.ssf.door import answer, issuer, keeper, reader, said
from app.ssf.words import check_repeated, shown, standing, text, wished


def create(tenant: str) -> Response:
    """Begin a stream for the receiver that asks (§8.1.1.1)."""
    office = keeper(tenant)
    wish = wished(said())
    stream = office.create(wish, Terms(office.client, (str(office.client),)))
    return answer(201, shown(stream, issuer(tenant)))


def read(tenant: str) -> Response:
    """Return one stream, or all of the receiver, always as an array (§8.1.1.2)."""
    office = reader(tenant)
    if "stream_id" in request.args:
        return answer(200, shown(office.find(request.args["stream_id"]), issuer(tenant)))
    return answer(200, [shown(stream, issuer(tenant)) for stream in office.all()])


def update(tenant: str) -> Response:
    """Change what is named of a stream (§8.1.1.3)."""
    return _changed(tenant, whole=False)


def replace(tenant: str) -> Response:
    """Let a stream be as it is said, and no more (§8.1.1.4)."""
    return _changed(tenant, whole=True)


def _changed(tenant: str, *, whole: bool) -> Response:
    office, document = keeper(tenant), said()
    stream = office.find(_stream_id(document))
    check_repeated(document, shown(stream, issuer(tenant)))
    wish = wished(document, None if whole else stream)
    return answer(200, shown(office.change(stream.id, wish), issuer(tenant)))


def delete(tenant: str) -> Response:
    """End a stream (§8.1.1.5)."""
    keeper(tenant).delete(_asked_for())
    return answer(204)


def status(tenant: str) -> Response:
    """Return whether a stream is sent (§8.1.2.1)."""
    return answer(200, standing(reader(tenant).find(_asked_for())))


def turn(tenant: str) -> Response:
    """Send, hold or drop (§8.1.2.2)."""
    office, document = keeper(tenant), said()
    wanted = text(document, "status", needed=True) or ""
    return answer(200, standing(office.turn(_stream_id(document), wanted, text(document, "reason"))))


def add_subject(tenant: str) -> Response:
    """Tell of a subject; 200 says nothing of whether it is known (§8.1.3.2)."""
    office, document = keeper(tenant), said()
    office.include(_stream_id(document), _subject(document))
    return answer(200)


def remove_subject(tenant: str) -> Response:
    """Tell of a subject no more (§8.1.3.3)."""
    office, document = keeper(tenant), said()
    office.exclude(_stream_id(document), _subject(document))
    return answer(204)


def verify(tenant: str) -> Response:
    """Send a verification event, soon (§8.1.4.2)."""
    office, document = keeper(tenant), said()
    office.verify(_stream_id(document), text(document, "state"))
    return answer(204)


def _asked_for() -> str:
    if "stream_id" not in request.args:
        raise invalid("Name the stream: ?stream_id=...")
    return request.args["stream_id"]


def _stream_id(document: dict[str, Any]) -> str:
    return text(document, "stream_id", needed=True) or ""


def _subject(document: dict[str, Any]) -> dict[str, Any]:
    subject = document.get("subject")
    if not isinstance(subject, dict) or not isinstance(subject.get("format"), str):
        raise invalid("subject must be an object with a format (RFC 9493).")
    return subject
