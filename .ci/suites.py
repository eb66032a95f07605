"""Run the independent checks against the real server, started through its command line, on SQLite and on PostgreSQL.

Usage: suites.py SHARED [ROUNDS], where SHARED is the folder with `traffic/` and `suites/`, and ROUNDS tells how often
four tenants at once replay all traffic: thrice unless said otherwise.
"""

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# the tests are no installed package
from judges import conformance, description, sanity, spec_test  # noqa: E402
from served import serving  # noqa: E402
from tally import Tally  # noqa: E402
from traffic import CLIENTS, replay, replay_at_once, universal_logout  # noqa: E402

from tests.postgres import Run  # noqa: E402

REFUSALS = "examples,coverage"  # no database takes part in most of these
PHASES = {"sqlite": f"{REFUSALS},fuzzing,stateful", "postgresql": "fuzzing,stateful"}


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
