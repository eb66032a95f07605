"""Refuse for the endpoints that are told of events."""

from app.lifecycle.refusals.kinds import Code, Conflict, Missing


def too_many_webhooks(most: int) -> Conflict:
    """Refuse one more endpoint."""
    detail = f"There are {most} webhooks, as many as a tenant may have. Delete one, then retry."
    return Conflict(Code.TOO_MANY_WEBHOOKS, detail, guard="webhooks", remedies=("delete_webhook",))


def unknown_webhook() -> Missing:
    """Refuse because there is no such endpoint."""
    return Missing(Code.UNKNOWN_WEBHOOK, "There is no such webhook.", guard="webhooks", retryable=False)


def unknown_delivery(delivery_id: str) -> Missing:
    """Refuse because the endpoint was never to be told that."""
    detail = f"There is no delivery {delivery_id} of this webhook."
    return Missing(Code.UNKNOWN_DELIVERY, detail, guard="webhooks", retryable=False)
