"""Trees of attribute names, in lower case: an empty tree stands for all below it."""

from __future__ import annotations

from typing import Any

Tree = dict[str, "Tree"]


def grow(tree: Tree, names: tuple[str, ...]) -> None:
    """Add a path to a tree."""
    for name in names[:-1]:
        if tree.get(name) == {}:
            return
        tree = tree.setdefault(name, {})
    if names:
        tree[names[-1]] = {}


def merged(one: Tree, other: Tree) -> Tree:
    """Return what is in either tree."""
    found = dict(one)
    for name, branch in other.items():
        here = found.get(name)
        found[name] = merged(here, branch) if here and branch else {} if here == {} else branch
    return found


def minus(tree: Tree, taken: Tree) -> Tree:
    """Return a tree without what another holds; of what it names as a whole, no part can be taken."""
    found: Tree = {}
    for name, branch in tree.items():
        away = taken.get(name)
        if away is None or (away and not branch):
            found[name] = branch
        elif away and (left := minus(branch, away)):
            found[name] = left
    return found


def only(value: Any, tree: Tree) -> Any:
    """Return of a document what is in a tree."""
    if not tree:
        return value
    if isinstance(value, list):
        return [kept for entry in value if (kept := only(entry, tree))]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        branch = tree.get(name.lower())
        if branch is not None and (part := only(item, branch)) not in ({}, []):
            kept[name] = part
    return kept


def without(value: Any, tree: Tree) -> Any:
    """Return of a document what is not in a tree."""
    if isinstance(value, list):
        return [part for entry in value if (part := without(entry, tree)) not in ({}, [])]
    if not isinstance(value, dict):
        return value
    kept = {}
    for name, item in value.items():
        branch = tree.get(name.lower())
        if branch is None:
            kept[name] = item
        elif branch and (part := without(item, branch)) not in ({}, []):
            kept[name] = part
    return kept
