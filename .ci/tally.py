"""Run the independent checks as commands, and count what they say of themselves."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Tally:
    """What has passed and failed so far."""

    passed: int = 0
    failed: int = 0

    def add(self, title: str, passed: int, failed: int, output: str) -> None:
        """Count a suite, and show what it said if it failed."""
        self.passed += passed
        self.failed += failed
        print(f"{'FAIL' if failed else 'ok  '} {title}: {passed} passed, {failed} failed", flush=True)
        if failed:
            print(output, flush=True)


def run(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command without input and keep what it says."""
    return subprocess.run(
        command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600, **options
    )


def count(title: str, done: subprocess.CompletedProcess[str], pattern: str, tally: Tally) -> None:
    """Read a suite's own summary; one that does not say it, or ends otherwise than it says, has failed."""
    found = re.search(pattern, done.stdout)
    numbers = {name: int(value) for name, value in (found.groupdict() if found else {}).items() if value}
    passed = numbers.get("passed", 0)
    failed = numbers.get("failed", numbers.get("total", passed) - passed)
    if skipped := numbers.get("skipped"):
        title += f" ({skipped} skipped)"
    unexplained = not found or (done.returncode != 0 and failed == 0)
    tally.add(title, passed, failed + unexplained, done.stdout + done.stderr)
