"""Logout clients from the command line."""

from functools import partial

import pytest
from click.testing import CliRunner

from app.cli import main
from tests.cli import acme

URI = "https://app.example.com/logout"
pytestmark = pytest.mark.usefixtures("at_acme")
run = partial(acme.run, "logout-client")


def test_a_client_is_registered_listed_and_deleted() -> None:
    """What was registered is printed in the names of OpenID Connect."""
    told = run("create", "--client-id", "web", "--uri", URI, "--session-required")
    assert (told["client_id"], told["backchannel_logout_uri"], told["state"]) == ("web", URI, "enabled")
    assert told["backchannel_logout_session_required"] is True
    assert run("list") == [told]
    assert "web" in CliRunner().invoke(main, ["logout-client", "list", "--tenant", "acme"]).stdout
    assert run("resume", "--id", told["id"]) == told
    assert "registered already" in run("create", "--client-id", "web", "--uri", URI, fails=4)
    assert run("delete", "--id", told["id"]) == {"deleted": told["id"]}
    assert "no such logout client" in run("delete", "--id", told["id"], fails=3)


def test_an_address_inside_is_refused() -> None:
    """Nothing is registered."""
    assert run("create", "--client-id", "web", "--uri", "http://10.0.0.1/", fails=2)
    assert run("list") == []
