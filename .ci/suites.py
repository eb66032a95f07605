"""Run the independent checks against the real server, started through its command line, on SQLite and on PostgreSQL.

Usage: suites.py SHARED [ROUNDS], where SHARED is the folder with `traffic/` and `suites/`, and ROUNDS tells how often
four tenants at once replay all traffic: thrice unless said otherwise.
"""

import io
import json
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# the tests are no installed package
from tests.identity.oauth_clients import public, rsa  # noqa: E402
from tests.postgres import Run  # noqa: E402
from tests.transcripts import universal_logout as pack  # noqa: E402

PATIENCE = 60
CLIENTS = ("okta", "entra", "onelogin")
TENANTS = 4
VERDICT = r"(?m)^(SUCCESS|COMPLIANT|ACCEPTABLE|DEVIATION|ERROR|CRITICAL|SKIPPED)(?= )"
# It writes an empty object to an extension of which nothing can be written, and expects to read an empty object.
NOTHING_TO_WRITE = (
    "PATCH modify() returned unexpected value for 'urn:scim-lifecycle:params:scim:schemas:extension:lifecycle:2.0:User'"
)
FULL_USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "first.user@example.com",
    "name": {"givenName": "First", "familyName": "User", "formatted": "First User"},
    "displayName": "First User",
    "emails": [{"value": "first.user@example.com", "type": "work", "primary": True}],
    "active": True,
}
GROUP = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Described"}
UNCOUNTED = ("CONNECTION_RATE", "TENANT_RATE", "FAILURES_PER_MINUTE")  # suites send as fast as they can, tokens or none
REFUSALS = "examples,coverage"  # no database takes part in most of these
PHASES = {"sqlite": f"{REFUSALS},fuzzing,stateful", "postgresql": "fuzzing,stateful"}


@dataclass
class Tally:
    """What has passed and failed so far."""

    passed: int = 0
    failed: int = 0

    def add(self, title: str, passed: int, failed: int, output: str) -> None:
        """Count a suite, and show what it said if it failed."""
        self.passed += passed
        self.failed += failed
        print(f"{'FAIL' if failed else 'ok  '} {title}: {passed} passed, {failed} failed", flush=True)
        if failed:
            print(output, flush=True)


@dataclass(frozen=True)
class Server:
    """A running server and the command line that looks after it."""

    environment: dict[str, str]
    folder: Path

    def command(self, *arguments: str) -> str:
        """Run `scim-lifecycle` and return what it printed."""
        done = run("scim-lifecycle", *arguments, env=self.environment, cwd=self.folder)
        if done.returncode:
            raise SystemExit(f"scim-lifecycle {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def connect(self, tenant: str, *dialects: str) -> list[tuple[str, str]]:
        """Make a tenant with a connection of each dialect, and return their base URLs and tokens."""
        self.command("tenant", "create", tenant, "--json")
        return [self._connection(tenant, dialect) for dialect in dialects]

    def _connection(self, tenant: str, dialect: str) -> tuple[str, str]:
        options = ["--tenant", tenant, "--name", f"{dialect} suite", "--dialect", dialect, "--json"]
        made = json.loads(self.command("connection", "create", *options))
        return made["base_url"], made["token"]


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command without input and keep what it says."""
    return subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, **options
    )


@contextmanager
def serving(database_url: str, folder: Path, tally: Tally) -> Iterator[Server]:
    """Serve on a free port with an upgraded database; a traceback in the log or an unclean end is a failure."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    url = f"http://127.0.0.1:{port}"
    ours = {"SCIM_LIFECYCLE_DATABASE_URL": database_url, "SCIM_LIFECYCLE_PUBLIC_URL": url}
    ours |= {f"SCIM_LIFECYCLE_THROTTLE_{each}": "0" for each in UNCOUNTED}
    server = Server({**os.environ, **ours}, folder)
    server.command("db", "upgrade")
    command = ["scim-lifecycle", "serve", "--host", "127.0.0.1", "--port", port, "--workers", "2", "--threads", "4"]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=server.environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        try:
            wait_until_ready(url, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGTERM)
            status = process.wait(PATIENCE)
    said = log.read_text(errors="replace")
    place = said.find("Traceback")
    clean = status == 0 and place < 0
    told = said[-20_000:] if place < 0 else said[max(place - 500, 0) :][:20_000]
    tally.add(f"the server ends with {status} and logs no traceback", int(clean), int(not clean), told)


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the server answers `/readyz`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit(f"the server was not ready within {PATIENCE} s:\n{log.read_text(errors='replace')}")


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


def posted(url: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    """Post a body, and return the JSON that is answered."""
    with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
        document: dict[str, Any] = json.load(answer)
    return document


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


def spec_test(server: Server, shared: Path, tally: Tally) -> None:
    """Run Okta's SPEC test, which wants one full user to be there."""
    ((base, token),) = server.connect("okta-spec", "okta")
    created(base, token, "Users", FULL_USER)
    suite = shared / "suites" / "okta"
    done = run(sys.executable, suite / "runscope.py", suite / "spec-test.json", base, f"Bearer {token}")
    count("Okta's SPEC test", done, r"(?P<passed>\d+)/(?P<total>\d+) assertions passed", tally)


def conformance(server: Server, tally: Tally) -> None:
    """Run scim2-tester on a strict connection."""
    ((base, token),) = server.connect("strict", "strict")
    scim2 = shutil.which("scim2") or "scim2"
    done = run(scim2, "--url", base, "--header", f"Authorization: Bearer {token}", "test", "-v", cwd=server.folder)
    verdicts = re.split(VERDICT, re.sub(r"\x1b\[[\d;]*m", "", done.stdout))[1:]
    told = {verdict: [text[:600].rstrip() + "\n" for text in texts] for verdict, texts in by_verdict(verdicts).items()}
    intended = [text for text in told.get("ERROR", []) if NOTHING_TO_WRITE in text]
    failed = len(told.get("ERROR", [])) + len(told.get("CRITICAL", [])) - len(intended)
    passed = sum(len(told.get(verdict, [])) for verdict in ("SUCCESS", "COMPLIANT", "ACCEPTABLE"))
    unexplained = not verdicts or (done.returncode != 0 and set(told) == {"SUCCESS"})
    others = "".join(f"{verdict}{text}" for verdict in sorted(set(told) - {"SUCCESS"}) for text in told[verdict])
    tally.add(f"scim2-tester ({len(intended)} intended)", passed, failed + unexplained, done.stderr)
    print(others, end="", flush=True)


def sanity(server: Server, tally: Tally) -> None:
    """Run scim-sanity, which adds a member that does not exist: strict refuses it, so that a lenient dialect is asked.

    It skips its agents, a draft's resource types that are not served here.
    """
    ((base, token),) = server.connect("sanity", "onelogin")
    done = run("scim-sanity", "probe", base, "--token", token, "--i-accept-side-effects", cwd=server.folder)
    count(
        "scim-sanity",
        done,
        r"(?P<passed>\d+) passed(?:, (?P<failed>\d+) failed)?(?:, (?P<skipped>\d+) skipped)?",
        tally,
    )


def description(server: Server, tally: Tally, phases: str) -> None:
    """Run schemathesis on the description that the server serves."""
    ((base, token),) = server.connect("described", "strict")
    here, origin = Path(__file__).parent, base.partition("/t/")[0]
    command: list[str | Path] = ["schemathesis", "--config-file", here / "schemathesis.toml", "run", "--no-color"]
    command += [f"{origin}/openapi/scim.json", "--url", base, "--header", f"Authorization: Bearer {token}"]
    command += ["--phases", phases, "--max-examples", "5"]
    known = {"SCIM_USER_ID": created(base, token, "Users", FULL_USER)}
    known["SCIM_GROUP_ID"] = created(base, token, "Groups", GROUP)
    done = run(*command, env={**server.environment, **known, "PYTHONPATH": str(here)}, cwd=server.folder)
    told = re.search(r"Test cases:\s+(\d+) generated(?:, (\d+) found)?", done.stdout)
    cases, failed = (int(number or 0) for number in told.groups()) if told else (0, 0)
    unexplained = not cases or (done.returncode != 0 and not failed)
    tally.add(f"schemathesis ({phases})", cases - failed, failed + unexplained, done.stdout + done.stderr)


def created(base: str, token: str, endpoint: str, body: dict[str, Any]) -> str:
    """Create a resource, and return its id."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    return str(posted(f"{base}/{endpoint}", json.dumps(body).encode(), headers)["id"])


def by_verdict(split: list[str]) -> dict[str, list[str]]:
    """Group what follows each verdict under it."""
    groups: dict[str, list[str]] = {}
    for verdict, text in zip(split[::2], split[1::2], strict=True):
        groups.setdefault(verdict, []).append(text)
    return groups


def count(title: str, done: subprocess.CompletedProcess[str], pattern: str, tally: Tally) -> None:
    """Read a suite's own summary; one that does not say it, or ends otherwise than it says, has failed."""
    found = re.search(pattern, done.stdout)
    numbers = {name: int(value) for name, value in (found.groupdict() if found else {}).items() if value}
    passed = numbers.get("passed", 0)
    failed = numbers.get("failed", numbers.get("total", passed) - passed)
    if skipped := numbers.get("skipped"):
        title += f" ({skipped} skipped)"
    unexplained = not found or (done.returncode != 0 and failed == 0)
    tally.add(title, passed, failed + unexplained, done.stdout + done.stderr)


def check(database_url: str, shared: Path, rounds: int, tally: Tally) -> None:
    """Run every suite on one database."""
    with tempfile.TemporaryDirectory(prefix="scim-suites-") as folder:
        url = database_url or f"sqlite:///{folder}/scim.db"
        print(f"-- {url.partition(':')[0]}", flush=True)
        with serving(url, Path(folder), tally) as server:
            for dialect in CLIENTS:
                replay(server, shared, dialect, tally)
            universal_logout(server, shared, tally)
            replay_at_once(server, shared, rounds, tally)
            spec_test(server, shared, tally)
            conformance(server, tally)
            sanity(server, tally)
            description(server, tally, PHASES[url.partition(":")[0].partition("+")[0]])


def main(shared: Path, rounds: int = 3) -> int:
    """Check SQLite, then PostgreSQL, and print the sum in one line."""
    tally = Tally()
    check("", shared, rounds, tally)
    run_ = Run.begin()
    try:
        with run_.database() as url:
            check(url, shared, rounds, tally)
    finally:
        run_.end()
    print(f"{tally.passed} passed, {tally.failed} failed", flush=True)
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), *map(int, sys.argv[2:])))
