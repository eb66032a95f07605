"""Send a workload's requests over several connections at once, each waiting for its answer before it sends the next."""

from __future__ import annotations

import selectors
from collections import Counter
from dataclasses import dataclass, field
from time import perf_counter

from bench.target import PATIENCE_S, Request, Target
from bench.wire import Answer, BrokenAnswer
from bench.workload import Workload


@dataclass(frozen=True, slots=True)
class Limit:
    """When to stop sending, whichever comes first."""

    requests: int
    seconds: float


@dataclass
class Run:
    """What a run has seen: seconds for each answer, and how often an answer was wrong in which way."""

    latencies: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Drive:
    """One run of a workload on a target."""

    def __init__(self, target: Target, workload: Workload, limit: Limit, connections: int) -> None:
        """Open as many connections as will be used."""
        self._target, self._workload, self._limit = target, workload, limit
        self._lines = [target.line() for _ in range(connections)]
        self._selector = selectors.DefaultSelector()
        self._asked: dict[int, tuple[Request, float]] = {}
        self._sent = 0
        self._run = Run()

    def run(self) -> Run:
        """Send until the limit is reached, wait for what is under way, and close the connections."""
        begun = perf_counter()
        self._deadline = begun + self._limit.seconds
        try:
            for number in range(len(self._lines)):
                self._launch(number)
            while self._asked:
                self._wait()
        finally:
            self._close()
        self._run.seconds = perf_counter() - begun
        return self._run

    def _launch(self, number: int) -> None:
        if self._sent >= self._limit.requests or perf_counter() >= self._deadline:
            return
        request = self._workload.request(number)
        if request is None:
            return
        line = self._lines[number]
        self._sent += 1
        self._selector.register(line.socket, selectors.EVENT_READ, number)
        self._asked[number] = request, perf_counter()
        line.send(self._target.wire(request))

    def _wait(self) -> None:
        ready = self._selector.select(PATIENCE_S)
        if not ready:
            raise TimeoutError(f"{self._target.name} has not answered for {PATIENCE_S:.0f} seconds")
        for key, _ in ready:
            self._land(key.data)

    def _land(self, number: int) -> None:
        line = self._lines[number]
        current = line.socket
        try:
            answer = line.receive()
        except (BrokenAnswer, OSError) as error:
            answer = None
            self._run.wrong[str(error)] += 1
            line.reopen()
        else:
            if answer is None:
                return
        self._selector.unregister(current)
        request, sent = self._asked.pop(number)
        self._run.latencies.append(perf_counter() - sent)
        if answer is not None:
            self._judge(request, answer)
        self._launch(number)

    def _judge(self, request: Request, answer: Answer) -> None:
        wrong = self._workload.wrong(request, answer)
        if wrong:
            self._run.wrong[wrong] += 1

    def _close(self) -> None:
        self._selector.close()
        for line in self._lines:
            line.close()


def drive(target: Target, workload: Workload, limit: Limit, connections: int) -> Run:
    """Run a workload on a target."""
    return Drive(target, workload, limit, connections).run()
