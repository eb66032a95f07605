"""A leaver leaves: over HTTP, through real processes, on both databases."""

import statistics
from collections.abc import Callable

from tests.flows.conftest import sized
from tests.flows.dump import bytes_of, dump, places
from tests.flows.server import Server, command
from tests.flows.tenants import DEAD, Directory, Host, TenantServed

ROUNDS = sized(1000, 100)


def leave(directory: Directory, host: Host, name: str) -> tuple[float, float]:
    """Let a user come, sign in and be deactivated; return how long the PATCH took, and how long until it showed."""
    user = directory.create(name).body["id"]
    sid = host.sign_in(user).body["sid"]
    assert host.alive(sid)
    patched = directory.patch(user, active=False)
    first = host.introspect(sid)
    assert (patched.status, patched.body["active"]) == (200, False)
    assert (first.status, first.body) == (200, DEAD)
    return patched.answered - patched.asked, first.answered - patched.asked


def test_a_session_is_dead_at_the_first_introspection(
    server: Server, acme: TenantServed, note: Callable[[str], None]
) -> None:
    """When the PATCH has been answered, no process of the server lets the session go on, in any of the rounds."""
    with acme.directory(server.port) as directory, acme.host(server.port) as host:
        times = [leave(directory, host, f"leaver{number}") for number in range(ROUNDS)]
    patches, shown = ([1000 * pair[side] for pair in times] for side in (0, 1))
    note(
        f"{ROUNDS} rounds, none missed; PATCH median {statistics.median(patches):.1f} ms, "
        f"99th percentile {statistics.quantiles(patches, n=100)[98]:.1f} ms; "
        f"from PATCH to refused introspection median {statistics.median(shown):.1f} ms"
    )


def test_a_session_stays_dead_until_nothing_is_left_of_its_user(server: Server, acme: TenantServed) -> None:
    """Reactivated, deleted, purged: the session never lives again, and at the end no personal data is found."""
    name = "grace.hopper"
    with acme.directory(server.port) as directory, acme.host(server.port) as host:
        names = {"givenName": "Gräce", "familyName": "Hopperova"}
        created = directory.create(name, externalId="emp-4711", name=names, displayName="Gr Hopperova")
        user = created.body["id"]
        group = directory.create_group("staff", user).body
        old = host.sign_in(user, client="Laptop-of-Hopperova", device="Firefox-4711").body["sid"]
        directory.patch(user, active=False)
        assert directory.patch(user, active=True).body["active"] is True
        assert host.introspect(old).body == DEAD
        new = host.sign_in(user, token=True).body
        assert host.alive(new["sid"])
        assert host.alive(new["token"])
        assert directory.patch(user, displayName="Gr Hopperova-Byron").status == 200
        assert places(dump(server.database_url, acme.id), name)
        assert directory.delete(user).status == 204
        dead = [old, new["sid"], new["token"]]
        assert [host.introspect(sid).body for sid in dead] == [DEAD] * 3
        assert directory.line.ask("GET", f"{directory.base}/Groups/{group['id']}").body.get("members", []) == []
        assert command(server.database_url, "purge", "--due")["purged"] == 1
        assert [host.introspect(sid).body for sid in dead] == [DEAD] * 3
        assert host.sign_in(user).status == 404
    rows = dump(server.database_url, acme.id)
    wanted = ("grace", "hopper", "byron", "emp-4711", "gräce", "Firefox-4711")
    assert [(text, table) for text in wanted for table in places(rows, text)] == []
    assert user in {row["subject_id"] for row in rows["audit"]}
    if server.database_url.startswith("sqlite"):
        assert [text for text in wanted if text.encode().lower() in bytes_of(server.database_url).lower()] == []
