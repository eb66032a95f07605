"""Turn streams into the words of SSF 1.0 §8.1.1, and those of a receiver into a wish."""

from typing import Any

from app.db.endpoints import ENABLED, Endpoint
from app.events.streams.channel import POLL, PUSH, REQUESTED
from app.events.streams.office import LEAST_INTERVAL
from app.events.streams.refusing import invalid
from app.events.streams.signals import SUPPORTED
from app.events.streams.wishes import LONGEST_TEXT, MOST_EVENTS, Delivering, Wish

METHODS = {"urn:ietf:rfc:8935": PUSH, "urn:ietf:rfc:8936": POLL}
URNS = {kind: urn for urn, kind in METHODS.items()}
OURS = ("iss", "aud", "events_supported", "events_delivered", "min_verification_interval")
"""What a receiver may repeat, and not change."""
TOLD = {"delivery", "events_requested", "description"}


def shown(stream: Endpoint, issuer: str) -> dict[str, Any]:
    """Return the configuration of a stream; its authorization_header stays with us."""
    url = stream.url if stream.kind == PUSH else f"{issuer}/ssf/streams/{stream.id}/poll"
    description = stream.options["description"]
    return {
        "stream_id": stream.id,
        "iss": issuer,
        "aud": stream.options["aud"],
        "delivery": {"method": URNS[stream.kind], "endpoint_url": url},
        "events_supported": list(SUPPORTED),
        "events_requested": stream.options["requested"],
        "events_delivered": list(stream.types),
        "min_verification_interval": int(LEAST_INTERVAL.total_seconds()),
        **({} if description is None else {"description": description}),
    }


def standing(stream: Endpoint) -> dict[str, Any]:
    """Return the status of a stream; one that failed is held, not dropped."""
    if stream.state_reason in {None, REQUESTED}:
        reason, status = stream.options.get("reason"), stream.state
    else:
        reason, status = stream.state_reason, "paused"
    return {"stream_id": stream.id, "status": status, **({"reason": reason} if reason and status != ENABLED else {})}


def check_repeated(said: dict[str, Any], current: dict[str, Any]) -> None:
    """Refuse other values of what is not the receiver's to say (SSF 1.0 §8.1.1.3)."""
    for name in OURS:
        if name in said and _comparable(said[name]) != _comparable(current[name]):
            raise invalid(f"{name} is set by the transmitter; leave it out, or repeat it as it is.")


def wished(said: dict[str, Any], stream: Endpoint | None = None) -> Wish:
    """Return what a receiver says; of a stream that is there, what it leaves out stays as it is."""
    old = Wish() if stream is None else _present(stream)
    return Wish(
        delivering=_delivering(said["delivery"], old.delivering) if "delivery" in said else old.delivering,
        requested=_requested(said["events_requested"]) if "events_requested" in said else old.requested,
        description=text(said, "description") if "description" in said else old.description,
    )


def text(said: dict[str, Any], name: str, *, needed: bool = False) -> str | None:
    """Return a text that was said."""
    value = said.get(name)
    if value is None and not needed:
        return None
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value or (needed and not value):
        raise invalid(f"{name} must be text of at most {LONGEST_TEXT} characters.")
    return value


def _present(stream: Endpoint) -> Wish:
    delivering = Delivering(stream.kind, stream.url)
    return Wish(delivering, tuple(stream.options["requested"]), stream.options["description"])


def _delivering(said: Any, old: Delivering) -> Delivering:
    """Read how to deliver; the address of a poll is ours, whatever was said of it."""
    if not isinstance(said, dict):
        raise invalid("delivery must be an object with a method.")
    kind = METHODS.get(said.get("method", URNS[old.kind]))
    if kind is None:
        raise invalid(f"The delivery method is one of {', '.join(METHODS)}.")
    if kind == POLL:
        return Delivering(POLL)
    url = text(said, "endpoint_url") or (old.url if old.kind == PUSH else "")
    return Delivering(PUSH, url, text(said, "authorization_header"))


def _requested(said: Any) -> tuple[str, ...]:
    """Read what is asked for; what is unknown is kept and never delivered."""
    if not isinstance(said, list) or len(said) > MOST_EVENTS or not all(_is_uri(one) for one in said):
        raise invalid(f"events_requested must be an array of at most {MOST_EVENTS} event type URIs.")
    return tuple(dict.fromkeys(said))


def _is_uri(one: Any) -> bool:
    return isinstance(one, str) and ":" in one and len(one) <= LONGEST_TEXT and one.isprintable()


def _comparable(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, list) else value
