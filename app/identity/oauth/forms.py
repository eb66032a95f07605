"""Read the form of a request to the authorization server."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import g, request

from app.bodies import BodyTooLarge, read_body
from app.identity.oauth.refusing import OAuthRefused, invalid_request

MAX_FORM_BYTES = 64 * 1024
MAX_FIELDS = 32
FORM = "application/x-www-form-urlencoded"


def form() -> Mapping[str, str]:
    """Return the parameters, none of which may be repeated; those without a value are left out (RFC 6749 §3.2).

    They are read once a request: whoever asks again gets, or is refused, the same.
    """
    if "form" not in g:
        try:
            g.form = _read()
        except (OAuthRefused, BodyTooLarge) as refused:
            g.form = refused
    if isinstance(g.form, Exception):
        raise g.form
    found: Mapping[str, str] = g.form
    return found


def _read() -> Mapping[str, str]:
    if request.mimetype != FORM:
        raise invalid_request(f"Send the parameters as {FORM}.")
    body = read_body(MAX_FORM_BYTES)
    try:
        pairs = parse_qsl(body.decode(), errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise invalid_request("The form cannot be read.") from error
    parameters = dict(pairs)
    if len(parameters) < len(pairs):
        raise invalid_request("Send each parameter once.")
    return parameters


def required(parameters: Mapping[str, str], name: str) -> str:
    """Return a parameter that must be there."""
    if name not in parameters:
        raise invalid_request(f"Send the parameter {name} once.")
    return parameters[name]
