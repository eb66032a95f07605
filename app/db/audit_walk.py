"""Walk along the whole chain of a tenant, while others write, and find where it is not as it was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.db.work import Database
from app.lifecycle.chain import Flaw, Head, Link, flaws

STEP = 1000
MOST_STRAYS = 1000


def walk(database: Database, tenant_id: int, until: int) -> Iterator[Link]:
    """Yield the places of a chain in order, up to a position."""
    after = 0
    while after < until:
        with database.reading(tenant_id) as work:
            links = work.audit_chain.page(after, min(STEP, until - after))
        links = [link for link in links if link.position <= until]
        yield from links
        if not links:
            return
        after = links[-1].position


def verify(database: Database, tenant_id: int, anchors: Sequence[Head] = ()) -> tuple[Head, list[Flaw]]:
    """Return where the chain ends, and all that is wrong with it."""
    with database.reading(tenant_id) as work:
        head = work.audit_chain.head()
    found = list(flaws(walk(database, tenant_id, head.position), [head, *anchors]))
    with database.reading(tenant_id) as work:
        found += [Flaw("inserted", None, entry_id) for entry_id in work.audit_chain.strays(MOST_STRAYS)]
        # in this order: what was sealed meanwhile has moved the head with it
        behind = work.audit_chain.page(head.position, 1)
        found += [
            Flaw("inserted", k.position, k.entry_id) for k in behind if k.position > work.audit_chain.head().position
        ]
        end = work.audit_chain.head().position
    found += [Flaw("inserted", link.position, link.entry_id) for link in behind if link.position > end]
    return head, found
