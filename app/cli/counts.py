"""Lend processes a folder in which they count together."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a heartbeat on a disk would make a busy disk look like a dead worker
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_counts() -> Iterator[None]:
    """Name the folder where the library of the counts looks for it, unless somebody has."""
    if os.environ.get(MULTIPROCESS):
        yield
        return
    folder = tempfile.mkdtemp(prefix="scim-lifecycle-metrics-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None)
    os.environ[MULTIPROCESS], owner = folder, os.getpid()
    try:
        yield
    finally:
        # a forked worker that ends leaves through here too
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)
