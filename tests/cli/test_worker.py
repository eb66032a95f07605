"""The commands that tell events: what they refuse before they start."""

import subprocess

import pytest

from tests.flows.hands import CELERY
from tests.flows.server import CLI, ROOT, environment


def refused(url: str, command: tuple[str, ...], broker_url: str) -> str:
    """Run a command that must fail, and return what it says."""
    env = environment(url) | {"SCIM_LIFECYCLE_BROKER_URL": broker_url}
    done = subprocess.run([*CLI, *command], cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode in {1, 2}, done.stderr
    return done.stderr


@pytest.mark.parametrize("command", {CELERY[0], CELERY[-1]})
def test_a_broker_is_refused_on_sqlite(sqlite_url: str, command: tuple[str, ...]) -> None:
    """One file on one machine has nobody to share the work with."""
    assert "needs PostgreSQL" in refused(sqlite_url, command, "redis://127.0.0.1/0")


@pytest.mark.parametrize(("broker_url", "said"), [("", "Set SCIM_LIFECYCLE_BROKER_URL"), ("http://x", "takes amqp://")])
def test_a_broker_has_to_be_named(broker_url: str, said: str) -> None:
    """The variable that is missing or wrong is named, before anything is connected to."""
    assert said in refused("postgresql://nobody@127.0.0.1:1/none", CELERY[0], broker_url)
