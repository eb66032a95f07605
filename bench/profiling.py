"""Show where the service's time goes: `python -m bench.profiling W2 W4`, in this process, without a server."""

from __future__ import annotations

import cProfile
import io
import pstats
import tempfile
from contextlib import ExitStack, closing, redirect_stderr
from pathlib import Path
from time import process_time
from typing import Any

import click

from bench.catalogue import UnknownWorkload, chosen
from bench.databases import KINDS, Databases, settle
from bench.in_process import InProcess
from bench.seed import ServiceStock
from bench.sitting import SERVICE, fill
from bench.workload import Workload


def profiled(target: InProcess, kind: type[Workload], requests: int) -> pstats.Stats:
    """Profile a workload after a warm-up; a wrong answer is an error."""
    workload = kind.of(target, 1, 2 * requests)
    workload.prepare()
    profile = cProfile.Profile(process_time)  # waiting for a disk costs no processor
    for turn in range(2 * requests):
        request = workload.request(0)
        if request is None:
            break
        environ = target.environ(request)
        answer = profile.runcall(target.answer, environ) if turn >= requests else target.answer(environ)
        if wrong := workload.wrong(request, answer):
            raise RuntimeError(wrong)
    workload.finish()
    return pstats.Stats(profile)


@click.command(context_settings={"show_default": True})
@click.argument("names", nargs=-1, metavar="WORKLOAD...")
@click.option("--users", type=click.IntRange(1), default=1000)
@click.option("--database", type=click.Choice(KINDS), default="sqlite")
@click.option("--requests", type=click.IntRange(1), default=200, help="As many again warm up.")
@click.option("--sort", type=click.Choice(["tottime", "cumtime"]), default="tottime")
@click.option("--lines", type=click.IntRange(1), default=15)
def main(names: tuple[str, ...], users: int, database: str, requests: int, **shown: Any) -> None:
    """Profile the service's answers to workloads, such as W2, W4 or W6/1000."""
    try:
        workloads = chosen(names)
    except UnknownWorkload as error:
        raise click.UsageError(str(error)) from error
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scim-bench-")))
        databases = stack.enter_context(closing(Databases(folder)))
        url = stack.enter_context(databases.one(database, "profiled"))
        stock = stack.enter_context(closing(ServiceStock(url)))
        stack.enter_context(redirect_stderr(stack.enter_context((folder / "log").open("w"))))
        target = InProcess.of(SERVICE, stock.app, stock.doors(), stock)
        fill(target, users)
        settle(url)
        for name, kind in workloads.items():
            if kind.fits(target, users):
                asked = max(1, round(requests * kind.share))
                _tell(name, profiled(target, kind, asked), asked, **shown)


def _tell(name: str, stats: pstats.Stats, requests: int, sort: str, lines: int) -> None:
    told = io.StringIO()
    stats.stream = told  # type: ignore[attr-defined]
    stats.sort_stats(sort).print_stats(lines)
    each = 1000 * stats.total_tt / requests  # type: ignore[attr-defined]
    click.echo(f"== {name}: {requests} requests, {each:.2f} CPU ms each under the profiler{told.getvalue().rstrip()}\n")


if __name__ == "__main__":
    main()
