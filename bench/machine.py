"""Say when, on what and with which versions was measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.postgres import find_source

LIBRARIES = ("flask", "sqlalchemy", "psycopg", "gunicorn", "scim2-models", "scim2-server", "pydantic", "orjson")
ROOT = Path(__file__).parents[1]


def facts() -> dict[str, str]:
    """Return what a reader needs to judge the figures."""
    source = find_source()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {_processor()}, {platform.system()} {platform.release()}",
        "load": f"{os.getloadavg()[0]:.1f} at the start",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "PostgreSQL": source.label if source else "none",
        "libraries": ", ".join(f"{name} {_version(name)}" for name in LIBRARIES),
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def _commit() -> str:
    """Return the commit, and whether the application differs from it."""
    try:
        commit = _git("rev-parse", "--short", "HEAD")
        return commit + (" and changes" if _git("status", "--porcelain", "app") else "")
    except (OSError, subprocess.CalledProcessError):
        return "none"


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
