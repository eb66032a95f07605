"""The Shared Signals surface of each tenant: its routes, on one page."""

from flask import Blueprint

from app.application import mount
from app.ssf import configuration, door, polling, receiving, streams

blueprint = Blueprint("ssf", __name__)
door.install(blueprint)

ROUTES = (
    ("GET", "/.well-known/ssf-configuration/t/<tenant>", configuration.show),
    ("POST", "/t/<tenant>/ssf/streams", streams.create),
    ("GET", "/t/<tenant>/ssf/streams", streams.read),
    ("PATCH", "/t/<tenant>/ssf/streams", streams.update),
    ("PUT", "/t/<tenant>/ssf/streams", streams.replace),
    ("DELETE", "/t/<tenant>/ssf/streams", streams.delete),
    ("GET", "/t/<tenant>/ssf/status", streams.status),
    ("POST", "/t/<tenant>/ssf/status", streams.turn),
    ("POST", "/t/<tenant>/ssf/subjects:add", streams.add_subject),
    ("POST", "/t/<tenant>/ssf/subjects:remove", streams.remove_subject),
    ("POST", "/t/<tenant>/ssf/verify", streams.verify),
    ("POST", "/t/<tenant>/ssf/streams/<stream_id>/poll", polling.poll),
    ("POST", "/t/<tenant>/ssf/receive", receiving.receive),
)
mount(blueprint, ROUTES)
