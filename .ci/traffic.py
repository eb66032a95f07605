"""Replay what identity providers send."""

import io
import json
import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from served import Server, created, posted
from tally import Tally, count, run

from tests.identity.oauth_clients import public, rsa
from tests.transcripts import universal_logout as pack

CLIENTS = ("okta", "entra", "onelogin")
TENANTS = 4


def replay(server: Server, shared: Path, dialect: str, tally: Tally) -> None:
    """Replay what an identity provider sends, with another tenant's token at hand."""
    ((base, token),) = server.connect(dialect, dialect)
    ((_, other),) = server.connect(f"{dialect}-other", dialect)
    script, traffic = shared / "traffic" / "replay.py", shared / "traffic" / f"{dialect}.json"
    done = run(sys.executable, script, "--base", base, "--var", f"token={token}", "--var", f"token_b={other}", traffic)
    count(f"traffic of {dialect}", done, r"(?P<passed>\d+) ok, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped", tally)


def universal_logout(server: Server, shared: Path, tally: Tally) -> None:
    """Replay Okta's Universal Logout, with an application that asks at each request."""
    ((base, token),) = server.connect("logout", "okta")
    tenant_url, keys = base.removesuffix("/scim/v2"), server.folder / "okta-keys.json"
    keys.write_text(json.dumps(public(rsa())))
    options = ["--tenant", "logout", "--name", "okta suite", "--issuer", pack.ORG, "--client-id", pack.CLIENT_ID]
    server.command("connection", "sign-on", *options, "--jwks", str(keys), "--json")
    issued = server.command("api-token", "create", "--tenant", "logout", "--name", "suite", "--json")
    host = {"Authorization": f"Bearer {json.loads(issued)['token']}"}
    user = created(base, token, "Users", pack.USER)
    begun = posted(f"{tenant_url}/api/v1/users/{user}/sessions", b"{}", {**host, "Content-Type": "application/json"})

    def ask(shown: str) -> dict[str, Any]:
        return posted(f"{tenant_url}/oauth/introspect", f"token={shown}".encode(), host)

    replayer = runpy.run_path(str(shared / "traffic" / "replay.py"))
    known = pack.known(tenant_url, token, begun["sid"], int(time.time()))
    with redirect_stdout(io.StringIO()) as said:
        failed = replayer["run_file"](
            str(shared / "traffic" / f"{pack.PACK}.json"), known, pack.probing(replayer["Http"](base), ask)
        )
    done = subprocess.CompletedProcess([], int(failed > 0), said.getvalue(), "")
    count("Okta Universal Logout", done, r"(?P<passed>\d+) ok, (?P<failed>\d+) failed, (?P<skipped>\d+) skipped", tally)


def replay_at_once(server: Server, shared: Path, rounds: int, tally: Tally) -> None:
    """Replay all traffic again and again, by four tenants at once."""
    script, traffic = shared / "traffic" / "replay.py", shared / "traffic"
    with ThreadPoolExecutor(TENANTS) as threads:
        made = list(threads.map(lambda place: server.connect(f"tenant-{place}", *CLIENTS), range(TENANTS)))

        def play(connections: list[tuple[str, str]]) -> list[subprocess.CompletedProcess[str]]:
            spoken = list(zip(CLIENTS, connections, strict=True))
            return [
                run(sys.executable, script, "--base", base, "--var", f"token={token}", traffic / f"{client}.json")
                for _ in range(rounds)
                for client, (base, token) in spoken
            ]

        done = [each for listed in threads.map(play, made) for each in listed]
    failed = [each.stdout + each.stderr for each in done if each.returncode]
    title = f"all traffic, {rounds} times over, by {TENANTS} tenants at once"
    tally.add(title, len(done) - len(failed), len(failed), "\n".join(failed))
