"""Measure how long a decision takes for a typical user under each preset: `python -m bench.decide`."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

from app.lifecycle.commands import Actor, Command, Deactivate, Delete, Reactivate
from app.lifecycle.decide import decide
from app.lifecycle.policy import PRESETS, TenantPolicy
from app.lifecycle.states import State
from app.lifecycle.subject import Held, Subject, WorkCount

BOUND_US = 50.0
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
PROVIDER = Actor("connection", "okta", "Okta", "scim")
HOST = Actor("api", "host", "Host application", "api")
RUNS, ROUNDS = 50, 300
COMMANDS: dict[str, Command] = {
    "deactivate": Deactivate(PROVIDER),
    "reactivate": Reactivate(PROVIDER),
    "delete": Delete(HOST, "leaver", confirmed=True),
}


def typical(policy: TenantPolicy, state: State) -> Subject:
    """Return a user with two roles, an entitlement of each pool, and ten things of each type of work in two states."""
    return Subject(
        id="01a2075b-9567-7101-b410-fa35481b3b45",
        state=state,
        reason="scim" if state is State.INACTIVE else None,
        deactivated_at=NOW - timedelta(days=40) if state is State.INACTIVE else None,
        roles=frozenset({"contributor", "reader"}),
        work=tuple(WorkCount(type_, each, None, 10) for type_ in policy.work for each in ("created", "completed")),
        held=tuple(Held(pool, "ES") for pool in policy.entitlements) if state is State.ACTIVE else (),
    )


def measured(preset: str, action: str) -> float:
    """Return the microseconds of one decision: the best of many rounds, since all else is the machine's noise."""
    policy = TenantPolicy.preset(preset)
    subject = typical(policy, State.INACTIVE if action == "reactivate" else State.ACTIVE)
    command = COMMANDS[action]
    return best(lambda: decide(command, subject, policy, NOW))


def best(deed: Callable[[], object]) -> float:
    """Return the microseconds that a deed takes."""
    gc.disable()
    try:
        return min(_round(deed) for _ in range(ROUNDS)) / RUNS * 1e6
    finally:
        gc.enable()


def _round(deed: Callable[[], object]) -> float:
    began = perf_counter()
    for _ in range(RUNS):
        deed()
    return perf_counter() - began


def main() -> int:
    """Print a table, and return 1 when a decision took too long."""
    found = {preset: {action: measured(preset, action) for action in COMMANDS} for preset in PRESETS}
    print("preset".ljust(14), *(action.rjust(12) for action in COMMANDS))
    for preset, times in found.items():
        print(preset.ljust(14), *(f"{time:9.1f} us" for time in times.values()))
    return int(any(time > BOUND_US for times in found.values() for time in times.values()))


if __name__ == "__main__":
    raise SystemExit(main())
