"""Judge destinations: https to public addresses, and whatever else the operator has allowed by name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Self
from urllib.parse import urlsplit

from app.outbound.addresses import Address, never_allowed, not_public, read, unwrapped
from app.outbound.faults import DestinationRefusedError

PORTS = {"https": 443, "http": 80}
LONGEST_URL = 2048
_ENTRY = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:]+(?:/\d+)?)\]|(?P<v4>[0-9.]+(?:/\d+)?))(?::(?P<port>\d{1,5}|\*))?")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")


@dataclass(frozen=True, slots=True)
class Target:
    """A URL, taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """Return what the Host header says (RFC 9110 §7.2)."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == PORTS[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True, slots=True)
class Opening:
    """A private network that the operator opened: on one port, on the usual ones (None), or on any (0)."""

    network: IPv4Network | IPv6Network
    port: int | None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``10.1.0.0/16``, ``10.1.2.3:8080``, ``127.0.0.1:*`` or ``[fd00::/8]:8443``."""
        found = _ENTRY.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is not NETWORK or NETWORK:PORT, such as 10.1.0.0/16 or [fd00::1]:8443")
        port = found["port"]
        return cls(ip_network(found["v6"] or found["v4"]), None if port is None else 0 if port == "*" else int(port))

    def covers(self, address: Address, port: int, usual: frozenset[int]) -> bool:
        """Tell whether the entry opens this address on this port."""
        return address in self.network and (
            port == self.port or (port in usual if self.port is None else not self.port)
        )


@dataclass(frozen=True, slots=True)
class Destinations:
    """What this server may speak to."""

    openings: tuple[Opening, ...] = ()
    ports: frozenset[int] = frozenset({443, 8443})

    @classmethod
    def of(cls, openings: Iterable[str], ports: Iterable[int]) -> Self:
        """Build it from the settings."""
        return cls(tuple(Opening.parse(entry) for entry in openings), frozenset(ports))

    def read(self, url: str) -> Target:
        """Take a URL apart, or raise DestinationRefusedError for one that leads nowhere good; looks up no name."""
        target = _taken_apart(url)
        literal = _literal(target.host)
        if literal is not None:
            self.vet(target, [literal])
        elif not self.openings:
            self._usual(target)
        return target

    def vet(self, target: Target, addresses: Sequence[Address]) -> None:
        """Raise DestinationRefusedError unless every address may be spoken to: one bad one betrays the name."""
        opened = all(self._opened(address, target.port) for address in addresses)
        if opened:
            return
        self._usual(target)
        for address in addresses:
            why = not_public(unwrapped(address))
            if why is not None and not self._opened(address, target.port):
                raise DestinationRefusedError(
                    f"{target.authority} is {address}, which is {why}. If it is a receiver of your own, "
                    "let SCIM_LIFECYCLE_OUTBOUND_ALLOW name it."
                )

    def _opened(self, address: Address, port: int) -> bool:
        inner = unwrapped(address)
        if never_allowed(inner):
            return False
        return any(opening.covers(inner, port, self.ports) for opening in self.openings)

    def _usual(self, target: Target) -> None:
        if target.scheme != "https":
            raise DestinationRefusedError(f"{target.authority} must be spoken to by https.")
        if target.port not in self.ports:
            usual = ", ".join(map(str, sorted(self.ports)))
            raise DestinationRefusedError(f"{target.authority} must listen on one of the ports {usual}.")


def _taken_apart(url: str) -> Target:
    """Split a URL; user, password, fragment, blanks and control characters have no place in it."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or set(url) & set(' \\"<>^`{|}'):
        raise DestinationRefusedError("The URL is too long, or has characters that must be escaped.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError as error:
        raise DestinationRefusedError(f"The URL cannot be read: {error}.") from error
    if parts.scheme not in PORTS or not _HOST.fullmatch(host) or "@" in parts.netloc or parts.fragment or port == 0:
        raise DestinationRefusedError("The URL must be https://HOST/PATH, without user, password or fragment.")
    path = parts.path or "/"
    return Target(parts.scheme, host, port or PORTS[parts.scheme], f"{path}?{parts.query}" if parts.query else path)


def _literal(host: str) -> Address | None:
    """Return the address that a host is written as; other spellings of it are the resolver's to read."""
    try:
        return read(host)
    except ValueError:
        return None
