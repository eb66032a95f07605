"""Ring through a message broker: a message names an endpoint that is to be drained, and may get lost or come twice."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from celery import Celery

DRAIN = "scim_lifecycle.drain"
HEALTHY, FAILING = "scim-lifecycle.healthy", "scim-lifecycle.failing"
GOOD_FOR_S = 60
WITHIN_S = 2.0
HEARTBEAT_S = 10
# a message that comes a second time finds the endpoint leased, or nothing due
REDELIVER_AFTER_S = 60


def celery_app(broker_url: str, *, rings: bool) -> Celery:
    """Return Celery with all of it switched off that the database does better: results, retries, a beat, delays."""
    app = Celery("scim-lifecycle", set_as_current=False)
    app.conf.update(
        broker_url=broker_url,
        broker_use_ssl=_tls(broker_url),
        broker_transport_options=_transport(urlsplit(broker_url).scheme, rings=rings),
        broker_connection_timeout=WITHIN_S,
        broker_heartbeat=HEARTBEAT_S,
        result_backend=None,
        task_ignore_result=True,
        task_acks_late=True,
        task_default_queue=HEALTHY,
        task_default_queue_type="quorum",
        task_create_missing_queue_type="quorum",
        task_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    return app


class Doorbells:
    """Ring at endpoints, to be heard by whoever drains."""

    def __init__(self, broker_url: str) -> None:
        """Connect when the first one is rung."""
        self._app = celery_app(broker_url, rings=True)

    def ring(self, tenant_id: int, endpoint_id: str, *, failing: bool) -> None:
        """Ask for an endpoint to be drained; raise OperationalError where the broker takes no message."""
        queue = FAILING if failing else HEALTHY
        self._app.send_task(DRAIN, (tenant_id, endpoint_id), queue=queue, retry=False, expires=GOOD_FOR_S)


def _transport(scheme: str, *, rings: bool) -> Mapping[str, Any]:
    """Return what keeps a dead broker from holding up those who ring."""
    once = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
    if scheme.startswith("amqp"):
        return once | ({"read_timeout": WITHIN_S, "write_timeout": WITHIN_S} if rings else {})
    patience = {"visibility_timeout": REDELIVER_AFTER_S, "socket_connect_timeout": WITHIN_S, "socket_keepalive": True}
    return once | patience | ({"socket_timeout": WITHIN_S} if rings else {})


def _tls(broker_url: str) -> Mapping[str, Any] | None:
    """Return how the broker proves who it is, where its URL asks for TLS."""
    parts = urlsplit(broker_url)
    if parts.scheme == "amqps":
        return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
    if parts.scheme == "rediss":
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_check_hostname": True}
    return None
