"""Measure how long it takes until nobody who was let go gets in, and count what was undone; no label names a tenant."""

from prometheus_client import Counter, Histogram

TIME_TO_REVOKE = Histogram(
    "scim_time_to_revoke_seconds",
    "Time from the request that ends somebody's access to the commit from which on it is refused.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
COLLISIONS = Counter(
    "scim_transactions_undone_total",
    "Transactions that the database undid because of others, by what became of them: repeated or refused.",
    ("then",),
)


def revoked(count: int, seconds: float) -> None:
    """Note that so many users lost access, so long after it was asked."""
    for _ in range(count):
        TIME_TO_REVOKE.observe(seconds)
