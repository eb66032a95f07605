"""Count deliveries; no label names a tenant or an endpoint."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("scim_delivery_attempts_total", "Tries to tell an event.", ("result",))
RINGS_REPEATED = Counter("scim_rings_repeated_total", "Rings through the broker at which nobody had come.")
DEAD_LETTERS = Counter("scim_delivery_dead_total", "Events that were given up for an endpoint.")
LATENCY = Histogram(
    "scim_delivery_seconds",
    "Time from the change to the receiver's success.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 300, 3600, 86400),
)
TIME_TO_TELL = Histogram(
    "scim_time_to_tell_revocation_seconds",
    "Time from the end of somebody's access to the success of each receiver that is told of it.",
    ("kind",),
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 60, 300, 3600, 86400),
)
BACKLOG = Gauge("scim_outbox_pending", "Deliveries that wait.", multiprocess_mode="max")
OLDEST = Gauge("scim_outbox_oldest_age_seconds", "Age of the oldest that waits.", multiprocess_mode="max")
