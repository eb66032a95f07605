"""The PostgreSQL that the tests run on is a real one, and the application's role is held to its rules."""

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.postgres import ROLE, PostgresMissingError, Run, Source, find_source, main

pytestmark = pytest.mark.skipif(find_source() is None, reason=str(PostgresMissingError.__doc__))
ROOT = Path(__file__).parent.parent


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect as the application would."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, autocommit=True)


def test_the_application_role_is_no_superuser(run: Run) -> None:
    """The role in the URL owns its database, and can neither bypass row-level security nor create roles."""
    query = "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    with run.database() as url, closing(connect(url)) as connection:
        assert connection.execute(query).fetchone() == (ROLE, False)
        assert connection.execute("SHOW is_superuser").fetchone() == ("off",)
        connection.execute("CREATE TABLE seen (id int PRIMARY KEY)")


def test_row_level_security_bites(run: Run) -> None:
    """A forced policy hides rows from the application's role."""
    with run.database() as url, closing(connect(url)) as connection:
        connection.execute("CREATE TABLE seen AS SELECT 1 AS tenant_id")
        connection.execute("ALTER TABLE seen ENABLE ROW LEVEL SECURITY")
        connection.execute("ALTER TABLE seen FORCE ROW LEVEL SECURITY")
        assert connection.execute("SELECT count(*) FROM seen").fetchone() == (0,)


def test_a_copy_of_a_template_is_apart(run: Run) -> None:
    """A database made from a template has its rows, and writing to it changes neither template nor sibling."""
    with run.database() as template:
        with closing(connect(template)) as connection:
            connection.execute("CREATE TABLE seen AS SELECT 1 AS id")
        name = make_url(template).database or ""
        with run.database(name) as one, run.database(name) as two:
            with closing(connect(one)) as connection:
                connection.execute("DELETE FROM seen")
            with closing(connect(two)) as connection:
                assert connection.execute("SELECT count(*) FROM seen").fetchone() == (1,)


def test_a_database_is_dropped_under_a_forgotten_connection(run: Run) -> None:
    """A test that leaks a connection does not keep its database alive."""
    with run.database() as url:
        leaked = connect(url)
    with pytest.raises(psycopg.OperationalError):
        leaked.execute("SELECT 1")
    leaked.close()


def test_work_is_done_once_a_run(run: Run) -> None:
    """What one process of the run has made, the next ones are given."""
    mark = os.urandom(8).hex()
    assert run.once(mark, lambda: "first") == "first"
    assert Run.join(str(run.directory)).once(mark, lambda: "second") == "first"


def test_without_a_server_the_remedy_is_said(tmp_path: Path) -> None:
    """Asking for the server where there is none names what to install or set."""
    with pytest.raises(PostgresMissingError, match="TEST_DATABASE_URL"):
        _ = Run(tmp_path, None).admin


def test_a_given_url_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TEST_DATABASE_URL` comes before every installed server, and its password is never shown."""
    monkeypatch.setenv("TEST_DATABASE_URL", "postgresql+psycopg://me:secret@db.example/postgres")
    source = find_source()
    assert source is not None
    assert source.url == "postgresql+psycopg://me:secret@db.example/postgres"
    assert "secret" not in source.label


def test_a_run_on_a_given_server_leaves_nothing(run: Run) -> None:
    """A run on somebody else's server drops its databases at its end, template included."""
    url = run.admin.render_as_string(hide_password=False)
    guest = Run.begin()
    guest.source = Source("the server of the outer run", url=url)
    guest.template(lambda _: None)
    guest.create(f"{guest.prefix}_leaked")
    guest.end()
    with closing(connect(url)) as connection:
        left = connection.execute("SELECT 1 FROM pg_database WHERE starts_with(datname, %s)", [guest.prefix]).fetchall()
    assert left == []


@pytest.mark.slow
def test_the_command_lends_an_empty_database(capfd: pytest.CaptureFixture[str]) -> None:
    """`python -m tests.postgres run -- CMD` gives CMD a database URL and answers with its exit status."""
    script = "import os; print(os.environ['SCIM_LIFECYCLE_DATABASE_URL']); raise SystemExit(7)"
    assert main(["run", "--", sys.executable, "-c", script]) == 7
    assert capfd.readouterr().out.startswith(f"postgresql+psycopg://{ROLE}:")


def test_the_command_says_how_it_is_called(capfd: pytest.CaptureFixture[str]) -> None:
    """A wrong call of the command is answered with its usage."""
    assert main(["run"]) == 2
    assert "usage:" in capfd.readouterr().err


@pytest.mark.slow
def test_a_killed_run_leaves_no_server() -> None:
    """The reaper stops the server and clears the folder even when the run is killed outright."""
    script = "import os, signal; from tests.postgres import Run; r = Run.begin(); r.source.url or r.admin; "
    script += "print(r.directory, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    killed = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    directory = Path(killed.stdout.strip())
    assert killed.returncode == -9
    deadline = time.monotonic() + 20
    while directory.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not directory.exists()
