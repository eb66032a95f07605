"""Refuse for the endpoints that are told of events."""

from app.lifecycle.refusals.kinds import Code, Conflict, Missing


def too_many_webhooks(most: int) -> Conflict:
    """Refuse one more endpoint."""
    detail = f"There are {most} webhooks, as many as a tenant may have. Delete one, then retry."
    return Conflict(Code.TOO_MANY_WEBHOOKS, detail, guard="webhooks", remedies=("delete_webhook",))


def unknown_webhook() -> Missing:
    """Refuse because there is no such endpoint."""
    return Missing(Code.UNKNOWN_WEBHOOK, "There is no such webhook.", guard="webhooks", retryable=False)


def too_many_logout_clients(most: int) -> Conflict:
    """Refuse one more client."""
    detail = f"There are {most} logout clients, as many as a tenant may have. Delete one, then retry."
    remedies = ("delete_logout_client",)
    return Conflict(Code.TOO_MANY_LOGOUT_CLIENTS, detail, guard="logout_clients", remedies=remedies)


def logout_client_taken(client_id: str) -> Conflict:
    """Refuse to register a client twice."""
    detail = f"The client {client_id} is registered already; change it instead."
    return Conflict(Code.LOGOUT_CLIENT_TAKEN, detail, guard="logout_clients", retryable=False)


def unknown_logout_client() -> Missing:
    """Refuse because there is no such client."""
    detail = "There is no such logout client."
    return Missing(Code.UNKNOWN_LOGOUT_CLIENT, detail, guard="logout_clients", retryable=False)


def unknown_delivery(delivery_id: str) -> Missing:
    """Refuse because the endpoint was never to be told that."""
    detail = f"There is no delivery {delivery_id} to this endpoint."
    return Missing(Code.UNKNOWN_DELIVERY, detail, guard="webhooks", retryable=False)
