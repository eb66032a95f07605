"""Measure floor and service side by side: `python -m bench`."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import FrameType
from typing import Any

import click
import orjson

from bench.catalogue import UnknownWorkload, chosen
from bench.databases import KINDS, Databases
from bench.machine import facts
from bench.measure import Load
from bench.peers import NotAPeer, Peer, peer
from bench.report import report
from bench.sitting import MOST_CONNECTIONS, Cell, Plan, Room, sit


class Listed(click.ParamType[list[str]]):
    """Several values, separated by commas."""

    name = "A,B,..."

    def convert(self, value: Any, _param: click.Parameter | None, _ctx: click.Context | None) -> list[str]:
        """Split at the commas."""
        return value if isinstance(value, list) else [each for each in str(value).split(",") if each]


@click.command(context_settings={"show_default": True, "max_content_width": 100})
@click.option("--users", type=Listed(), default="1000,10000", help="How many users, in one sitting each.")
@click.option("--workloads", type=Listed(), default="", help="Which ones, such as W2,W6/1000,S1; all unless given.")
@click.option("--databases", type=Listed(), default=",".join(KINDS), help="Which databases.")
@click.option("--rounds", type=click.IntRange(1, 20), default=3, help="How often; the smallest figure counts.")
@click.option("--requests", type=click.IntRange(1, 20_000), default=1000, help="A run; costly workloads ask fewer.")
@click.option("--connections", type=click.IntRange(1, MOST_CONNECTIONS), default=4, help="Requests at once.")
@click.option("--threads", type=click.IntRange(1, 64), default=4, help="Of the one process of each server.")
@click.option("--seconds", type=click.FloatRange(0.1, 600), default=20.0, help="A run, at most.")
@click.option("--minutes", type=click.FloatRange(0.1, 230), default=120.0, help="All of it; no run begins later.")
@click.option("--log-level", default="info", help="What the service logs; a line a request is what is shipped.")
@click.option("--peer", "peers", multiple=True, metavar="NAME=URL,TOKEN[,PID]", help="Another SCIM server here.")
@click.option("--peer-users", type=click.IntRange(1), default=100_000, help="Peers take part up to so many users.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Append each run to FILE, as JSON.")
@click.option("--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables to FILE too.")
def main(users: list[str], workloads: list[str], databases: list[str], **options: Any) -> None:
    """Measure what a request costs the processors, in milliseconds: the floor, the service, and the ratio."""
    signal.signal(signal.SIGTERM, stop)
    plan = _plan(workloads, options)
    peers = _peers(options["peers"])
    sizes = sorted({int(each) for each in users if each.isdecimal() and int(each) > 0})
    if not sizes or not set(databases) <= set(KINDS):
        raise click.UsageError(f"--users takes numbers, --databases takes {' and '.join(KINDS)}.")
    told = facts()
    cells = []
    for cell in _measured(plan, databases, sizes, peers, options["peer_users"]):
        cells.append(cell)
        _note(cell, told, options["out"])
    text = f"{_preface(told, plan)}\n\n{report(cells)}\n"
    click.echo(text)
    if options["markdown"]:
        options["markdown"].write_text(text, encoding="utf-8")
    if any(cell.failure or (cell.measurement and cell.measurement.wrong) for cell in cells):
        sys.exit(1)


def _plan(workloads: list[str], options: dict[str, Any]) -> Plan:
    load = Load(options["requests"], options["connections"], options["seconds"])
    until = time.monotonic() + 60 * options["minutes"]
    try:
        return Plan(chosen(workloads), load, options["rounds"], options["threads"], options["log_level"], until)
    except UnknownWorkload as error:
        raise click.UsageError(str(error)) from error


def _peers(given: tuple[str, ...]) -> list[Peer]:
    try:
        return [peer(text) for text in given]
    except NotAPeer as error:
        raise click.UsageError(str(error)) from error


def _measured(plan: Plan, databases: list[str], sizes: list[int], peers: list[Peer], peer_users: int) -> Iterator[Cell]:
    """Yield the runs of all sittings; peers keep their users from one to the next."""
    with tempfile.TemporaryDirectory(prefix="scim-bench-") as folder, closing(Databases(Path(folder))) as lent:
        room = Room(lent, Path(folder), plan)
        targets = [each.target() for each in peers]
        for users in sizes:
            for database in databases:
                click.echo(f"{database}, {users:,} users: filling", err=True)
                yield from sit(room, database, users, targets if users <= peer_users else [])


def _note(cell: Cell, told: dict[str, str], out: Path | None) -> None:
    measured = cell.measurement.told() if cell.measurement else {}
    facts_of = {name: getattr(cell, name) for name in ("database", "users", "workload", "side", "round", "failure")}
    seen = cell.failure or measured.get("wrong") or ""
    cost = measured.get("cpu_ms")
    click.echo(f"{cell.workload:9} {cell.side:8} {cell.round}  {cost or 0:9.3f} ms  {seen}", err=True)
    if out:
        with out.open("ab") as file:
            file.write(orjson.dumps({**facts_of, **measured, "at": told}) + b"\n")


def _preface(told: dict[str, str], plan: Plan) -> str:
    how = (
        f"Milliseconds of processor time a request, server and database together; the smallest of {plan.rounds} rounds "
        f"of {plan.load.requests} requests over {plan.load.connections} connections; "
        f"one gunicorn process with {plan.threads} threads; the service logs at {plan.log_level}."
    )
    return "\n".join([how, "", *(f"- {name}: {value}" for name, value in told.items())])


def stop(_signal: int, _frame: FrameType | None) -> None:
    """Leave through the door, so that every server is stopped on the way."""
    sys.exit(143)


if __name__ == "__main__":
    main()
