"""The chain of the audit trail: whole as long as nobody touches it, and whatever is touched is named."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.lifecycle.chain import GENESIS, SEALED, Flaw, Head, Link, flaws, sealed

Entry = dict[str, object]
values = st.one_of(st.none(), st.text(max_size=8), st.integers(0, 9))
entries = st.lists(st.fixed_dictionaries(dict.fromkeys(SEALED, values)), max_size=8).map(
    lambda found: [{**entry, "id": f"e{number}"} for number, entry in enumerate(found, 1)]
)


def chain(found: list[Entry]) -> list[Link]:
    """Seal entries one behind the other."""
    links, previous = [], GENESIS
    for position, entry in enumerate(found, 1):
        previous = sealed(previous, entry)
        links.append(Link(position, str(entry["id"]), previous, entry))
    return links


def head_of(links: list[Link]) -> Head:
    """Return where a chain ends."""
    return Head(links[-1].position, links[-1].hash) if links else Head()


SIX = chain([{"id": f"e{number}", "action": f"a{number}"} for number in range(1, 7)])
HEAD = head_of(SIX)


def found(links: list[Link], *known: Head) -> list[Flaw]:
    """Return what is wrong with a chain that should end as the one of six does."""
    return list(flaws(links, known or [HEAD]))


@given(entries)
def test_a_chain_that_nobody_touched_is_whole(given_entries: list[Entry]) -> None:
    """The chain always verifies, whatever is written, also against an anchor at each of its places."""
    links = chain(given_entries)
    anchors = [Head(link.position, link.hash) for link in links]
    assert list(flaws(links, [head_of(links), *anchors])) == []


@given(entries.filter(bool), st.data())
def test_whatever_is_changed_in_an_entry_is_found(given_entries: list[Entry], data: st.DataObject) -> None:
    """Each value of each entry is sealed."""
    links = chain(given_entries)
    at, name = data.draw(st.integers(0, len(links) - 1)), data.draw(st.sampled_from(SEALED))
    entry = dict(links[at].entry or {})
    entry[name] = data.draw(values.filter(lambda value: value != entry[name] or type(value) is not type(entry[name])))
    links[at] = replace(links[at], entry=entry)
    assert Flaw("altered", at + 1, f"e{at + 1}") in flaws(links, [head_of(links)])


def test_an_altered_entry_is_named_alone() -> None:
    """Those behind it are as they were sealed."""
    assert found([*SIX[:2], replace(SIX[2], entry={"id": "e3", "action": "x"}), *SIX[3:]]) == [Flaw("altered", 3, "e3")]


def test_a_removed_entry_is_named() -> None:
    """Whether the entry alone is gone, or its place too."""
    assert found([*SIX[:2], replace(SIX[2], entry=None), *SIX[3:]]) == [Flaw("removed", 3, "e3")]
    assert found([*SIX[:2], *SIX[4:]]) == [Flaw("removed", 3, None), Flaw("removed", 4, None)]


def test_removing_the_end_is_found() -> None:
    """The chain has to reach where it ended."""
    assert found(SIX[:4]) == [Flaw("cut", 6, None)]
    assert found([]) == [Flaw("cut", 6, None)]


def test_swapped_entries_are_told_as_such() -> None:
    """Each is as it was written, in the place of the other."""
    second, fifth = replace(SIX[1], entry=SIX[4].entry), replace(SIX[4], entry=SIX[1].entry)
    told = found([SIX[0], second, *SIX[2:4], fifth, SIX[5]])
    assert told == [Flaw("reordered", 2, "e2"), Flaw("reordered", 5, "e5")]


def test_an_inserted_entry_is_named() -> None:
    """What is squeezed in is not taken for an alteration of what stands behind it."""
    false = Link(3, "x", "f" * 64, {"id": "x"})
    later = [replace(link, position=link.position + 1) for link in SIX[2:]]
    assert found([*SIX[:2], false, *later], Head(7, HEAD.hash)) == [Flaw("inserted", 3, "x")]


def test_what_is_closed_up_behind_a_removal_is_found() -> None:
    """Places that are numbered anew do not fit, and the chain is too short."""
    closed = [*SIX[:2], *(replace(link, position=link.position - 1) for link in SIX[3:])]
    assert found(closed) == [Flaw("altered", 3, "e4"), Flaw("cut", 6, None)]


def test_a_chain_written_anew_does_not_fit_its_anchor() -> None:
    """Whoever seals everything again makes a whole chain, but not the one of which the end was noted elsewhere."""
    forged = chain([{"id": f"e{number}", "action": "forged"} for number in range(1, 7)])
    anchor = Head(SIX[3].position, SIX[3].hash)
    assert found(forged, head_of(forged)) == []
    assert found(forged, head_of(forged), anchor) == [Flaw("rewritten", 4, "e4")]
