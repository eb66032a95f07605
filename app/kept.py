"""Keep a secret in a file that only its owner reads."""

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


def kept(path: Path, make: Callable[[], str]) -> str:
    """Return the text of a file, made once however many ask at the same time; raise OSError where that cannot be."""
    if not path.exists():
        _create(path, make())
    return path.read_text(encoding="ascii").strip()


def _create(path: Path, text: str) -> None:
    """Write a file whole or not at all, and keep one that is there already."""
    handle, draft = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text + "\n")
    with suppress(FileExistsError):
        os.link(draft, path)
    Path(draft).unlink()
