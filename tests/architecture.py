"""Read the source and find where it leaves the plan: imports, deeds, sizes, docstrings, loose ends, contracts."""

import ast
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Single modules at the top that every surface stands on; the list is closed, so that it does not become an attic.
COMMON = ["app.config", "app.runtime", "app.answers", "app.bodies", "app.problems", "app.telemetry", "app.outbound"]
COMMON += ["app.beside", "app.lines"]
SURFACE = ["app.lifecycle", "app.identity", "app.sessions", "app.events", "app.reviews", "app.db.work", "app.db.query"]
SURFACE += ["app.db.records", "app.db.signing_keys", "app.db.sign_ons", "app.db.endpoints", "app.db.deliveries"]
SURFACE += [
    "app.db.collisions",
    "app.db.audit_trail",
    "app.db.audit_walk",
    "app.db.request_log",
    "app.db.reviews",
    *COMMON,
]
FACTORY = ["app", "app.application", "app.wiring"]

# The first row that fits a module says which others it may import; the factory wires everything.
MAY_IMPORT: dict[str, list[str]] = {
    "app.lifecycle": [],
    # a wrong destination is refused when the settings are read, by the rules that will judge by it
    "app.config": ["app.kept", "app.outbound.destinations"],
    "app.kept": [],
    "app.outbound": [],
    "app.db": ["app.lifecycle"],
    "app.runtime": ["app.config", "app.db", "app.lifecycle", "app.outbound"],
    "app.answers": [],
    "app.beside": [],
    "app.lines": ["app.beside"],
    "app.application": [],
    "app.bodies": COMMON,
    "app.problems": COMMON,
    "app.telemetry": ["app.lines", *COMMON],
    "app.health": ["app.db", *COMMON],
    "app.identity": ["app.db", "app.lifecycle", "app.beside", *COMMON],
    "app.sessions": ["app.db", "app.lifecycle", "app.identity", *COMMON],
    # events are signed, and the secrets of their receivers sealed; a logout token is told and heard in the same words
    "app.events": [
        "app.db",
        "app.lifecycle",
        "app.identity.vault",
        "app.identity.signing",
        "app.identity.logout_tokens",
        *COMMON,
    ],
    "app.reviews": ["app.db", "app.lifecycle", "app.events.prechecks", *COMMON],
    "app.chores": [
        "app.db",
        "app.lifecycle",
        "app.identity",
        "app.sessions",
        "app.events",
        "app.reviews",
        *COMMON,
    ],
    "app.scim": SURFACE,
    # both list their routes on one page, which the application mounts
    "app.api": [*SURFACE, "app.application"],
    "app.ssf": [*SURFACE, "app.application"],
    "app.console": SURFACE,
    "app.cli": [*FACTORY, "app.chores", "app.db.migrate", "app.lines", *SURFACE],
}

# Libraries that only some rooms may know.
ONLY_IN: dict[str, list[str]] = {
    "urllib3": ["app.outbound", "app.cli.demo_world"],
    "scim2_server": ["app.scim"],
    "scim2_models": ["app.scim"],
    "flask": [
        "app.scim.views", "app.api", "app.ssf", "app.console", "app.identity", "app.sessions", "app.cli.server",
        "app.health", "app.application", *COMMON,
    ],
}  # fmt: skip

# Deeds that only one room may do, as the last names of a call.
ONLY_BY: dict[str, str] = {
    "commit": "app.db.work",
    "users.add": "app.lifecycle.service",
    "users.update": "app.lifecycle.service",
    "users.anonymise": "app.lifecycle.erasing",
    "access.revoke": "app.lifecycle.service",
}


@dataclass(frozen=True)
class Source:
    """One module, by its dotted name and its text."""

    name: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Return the parsed module."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
        """Return all functions, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]

    @cached_property
    def strings(self) -> set[str]:
        """Return all string literals."""
        return {n.value for n in ast.walk(self.tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}

    @property
    def lines(self) -> int:
        """Return how long the file is."""
        return len(self.text.splitlines())

    @property
    def is_migration(self) -> bool:
        """Tell whether the size limits spare the file."""
        return self.name.startswith("app.db.migrations")


Check = Callable[[list[Source]], Iterator[str]]


def read(*folders: str) -> list[Source]:
    """Read all modules of some folders."""
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(dotted(path.relative_to(ROOT)), path.read_text(encoding="utf-8")) for path in paths]


def dotted(path: Path) -> str:
    """Turn a path into a module's name."""
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(name: str, package: str) -> bool:
    """Tell whether a module is the package or lies in it."""
    return name == package or name.startswith(package + ".")


def allows(room: str, name: str) -> bool:
    """Tell whether an entry of the table covers a module; "app" means the factory alone, not all that lies below."""
    return name == room if room == "app" else within(name, room)


def imports(source: Source, known: set[str]) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything imported; a module taken from its package counts as itself."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = "." * node.level + (node.module or "")
            for alias in node.names:
                full = f"{origin}.{alias.name}"
                yield node.lineno, full if full in known else origin


def check_packages(sources: list[Source]) -> Iterator[str]:
    """Yield imports that the table does not allow."""
    known = {source.name for source in sources}
    for source in sources:
        home = next((room for room in MAY_IMPORT if within(source.name, room)), "")
        for line, name in imports(source, known):
            if name.startswith("."):
                yield f"{source.name}:{line} imports {name}: write the full name"
            elif within(name, "app") and home and not any(allows(room, name) for room in [home, *MAY_IMPORT[home]]):
                yield f"{source.name}:{line} imports {name}, and {home} may not"
        if not home and source.name not in FACTORY:
            yield f"{source.name} is not in the table: say what it may import"


def check_libraries(sources: list[Source]) -> Iterator[str]:
    """Yield imports of libraries from rooms that must not know them."""
    for source in sources:
        for line, name in imports(source, set()):
            library = name.partition(".")[0]
            if source.name not in FACTORY and not any(
                within(source.name, room) for room in ONLY_IN.get(library, ["app"])
            ):
                yield f"{source.name}:{line} imports {library}"
            if within(source.name, "app.lifecycle") and not is_plain(library, source.name):
                yield f"{source.name}:{line} imports {library}: the domain knows no library"


def is_plain(library: str, importer: str) -> bool:
    """Tell whether the domain may import a top-level name."""
    allowed = library in sys.stdlib_module_names or library in {"app", ""}
    return allowed or (library == "pydantic" and within(importer, "app.lifecycle.policy"))


def check_deeds(sources: list[Source]) -> Iterator[str]:
    """Yield calls that only another room may make."""
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                called = ast.unparse(node.func)
                for deed, room in ONLY_BY.items():
                    if called.endswith(f".{deed}") and source.name != room:
                        yield f"{source.name}:{node.lineno} calls {called}: only {room} may"


def check_sizes(sources: list[Source]) -> Iterator[str]:
    """Yield files and functions that are too long, or too long in the middle."""
    rooms = [source for source in sources if not source.is_migration]
    yield from (f"{room.name} has {room.lines} lines, over 300" for room in rooms if room.lines > 300)
    lengths = {f"{room.name}:{f.lineno} {f.name}": span(f) for room in rooms for f in room.functions}
    if (middle := statistics.median(room.lines for room in rooms)) > 120:
        yield f"the median file has {middle} lines, over 120: {longest({r.name: r.lines for r in rooms})}"
    if lengths and (middle := statistics.median(lengths.values())) > 10:
        yield f"the median function has {middle} lines, over 10: {longest(lengths)}"
    if lengths and (tall := sum(length >= 25 for length in lengths.values())) > len(lengths) / 10:
        yield f"{tall} of {len(lengths)} functions have 25 lines or more, over a tenth: {longest(lengths)}"


def span(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return how many lines a function has, its docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def longest(lengths: dict[str, int]) -> str:
    """Name the ten longest."""
    top = sorted(lengths.items(), key=lambda item: -item[1])[:10]
    return ", ".join(f"{name} ({length})" for name, length in top)


def check_docstrings(sources: list[Source]) -> Iterator[str]:
    """Yield public modules, classes and functions that do not say what they are for."""
    for source in sources:
        if source.text.strip() and not ast.get_docstring(source.tree):
            yield f"{source.name} has no docstring"
        for owner, node in public(source.tree.body, source.name):
            if not ast.get_docstring(node):
                yield f"{owner}.{node.name} (line {node.lineno}) has no docstring"


def public(
    body: Iterable[ast.stmt], owner: str
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]]:
    """Yield the classes and functions that others may use, those of classes too."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield owner, node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body, f"{owner}.{node.name}")


def check_unfinished(sources: list[Source]) -> Iterator[str]:
    """Yield the marks of work that was left for later."""
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if found := re.search(r"\b(TODO|FIXME|XXX|NotImplementedError)\b", line):
                yield f"{source.name}:{number} says {found[0]}"


def check_contracts(contracts: Iterable[str], sources: list[Source]) -> Iterator[str]:
    """Yield schema files that no module loads, by name or by a pattern in their folder."""
    for contract in contracts:
        if not any(loads(source.strings, Path(contract)) for source in sources):
            yield f"schemas/{contract} is loaded by nothing"


def loads(strings: set[str], contract: Path) -> bool:
    """Tell whether a module's literals name the file, or its folders and a pattern that fits it."""
    words = {word for text in strings for word in text.split("/")}
    by_pattern = set(contract.parts[:-1]) <= words and any("*" in w and fnmatch(contract.name, w) for w in words)
    return contract.name in words or contract.stem in words or by_pattern
