"""Write the whole table: `python -m bench.table FILE`, with a peer beside floor and service where users are few."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from bench.__main__ import main as measure
from bench.memory_server import PREFIX
from bench.servers import LOOPBACK, free_port, serving

WHOLE = ("--users", "1000,10000,100000", "--requests", "300", "--rounds", "3", "--seconds", "4", "--minutes", "12")


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def main(file: Path, options: tuple[str, ...]) -> None:
    """Measure all, and write it to FILE; OPTIONS are those of `python -m bench`, and count more than what is usual."""
    with tempfile.TemporaryDirectory(prefix="scim-bench-") as folder:
        port = free_port()
        command = [sys.executable, "-m", "bench.memory_server", str(port), "4"]
        with serving(command, {}, port, Path(folder) / "peer.log") as pid:
            peer = f"scim2-server, in memory=http://{LOOPBACK}:{port}{PREFIX},-,{pid}"
            usual = (*WHOLE, "--peer", peer, "--peer-users", "1000", "--markdown", str(file))
            measure.main([*usual, *options], prog_name="python -m bench")


if __name__ == "__main__":
    sys.exit(main())
