"""Let others judge the server: Okta's SPEC test, scim2-tester, scim-sanity and schemathesis."""

import re
import shutil
import sys
from pathlib import Path

from served import Server, created
from tally import Tally, count, run

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


def by_verdict(split: list[str]) -> dict[str, list[str]]:
    """Group what follows each verdict under it."""
    groups: dict[str, list[str]] = {}
    for verdict, text in zip(split[::2], split[1::2], strict=True):
        groups.setdefault(verdict, []).append(text)
    return groups
