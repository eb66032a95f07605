"""What is measured is what was asked for."""

import subprocess
import sys
import time

import pytest

from bench.catalogue import ON_GROUPS, ON_USERS, SHOWN, UnknownWorkload, chosen, family, workloads
from bench.measure import Load
from bench.peers import NotAPeer, peer
from bench.processes import cpu_seconds, descended
from bench.report import targets


def test_a_family_means_all_its_sizes() -> None:
    """`W6` is every size of it, `W6/10` that one, and nothing is everything."""
    assert list(chosen(["W6"])) == ["W6/10", "W6/1000", "W6/10000", "W6/100000"]
    assert list(chosen(["W6/10", "W2"])) == ["W2", "W6/10"]
    assert chosen([]).keys() == workloads().keys()


def test_an_unknown_name_is_refused() -> None:
    """A slip of the pen does not measure nothing."""
    with pytest.raises(UnknownWorkload, match="W99"):
        chosen(["W2", "W99"])


def test_every_workload_has_a_place_and_a_target() -> None:
    """No workload is forgotten by the tables."""
    families = {family(name) for name in workloads()}
    assert families == set(SHOWN) == set(ON_USERS) | set(ON_GROUPS) == targets("times_the_floor").keys()
    assert targets("growth").keys() <= families


def test_costly_workloads_ask_less() -> None:
    """A share of the requests is enough, but one for each connection."""
    load = Load(requests=1000, connections=4)
    assert (load.limit(1.0).requests, load.limit(0.03).requests, load.limit(0.0001).requests) == (1000, 30, 4)


def test_a_peer_is_named_by_its_url() -> None:
    """The token may be empty; without a process its time stays unknown."""
    found = peer("other=http://127.0.0.1:9000/scim/v2/,secret,42")
    assert (found.name, found.port, found.prefix, found.token, found.pid) == ("other", 9000, "/scim/v2", "secret", 42)
    assert peer("other=http://localhost:9000,").pid is None


@pytest.mark.parametrize(
    "text", ["other", "other=127.0.0.1:9000,t", "o=http://scim.example.com/v2,t", "o=http://10.0.0.1,t"]
)
def test_only_servers_of_this_machine_are_asked(text: str) -> None:
    """The benchmark loads nobody else's server."""
    with pytest.raises(NotAPeer):
        peer(text)


def test_a_tree_is_all_that_descends_from_its_roots() -> None:
    """Children of children count, parents and strangers do not."""
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 21: 20}
    assert descended([10], parents) == {10, 11, 12}
    assert descended([11, 21], parents) == {11, 12, 21}
    assert descended([], parents) == set()


def test_the_time_of_a_child_is_counted_while_it_lives_and_after() -> None:
    """A process that ends takes nothing away from its tree."""
    script = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(9_000_000))']); print(1, flush=True)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", f"{script}; input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        before = cpu_seconds([child.pid])
        assert child.stdout
        child.stdout.readline()
        time.sleep(0.05)
        assert cpu_seconds([child.pid]) - before > 0.05
        child.communicate(b"\n")
    assert cpu_seconds([child.pid]) == 0.0
