"""Judge addresses: which of them lead into our own network, in whatever form they are written."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

_GLOBAL_IPV6 = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Python counts some of these as global, and the metadata services of clouds among the merely private.
_SPECIAL = {
    ip_network(network): meaning
    for network, meaning in {
        "0.0.0.0/8": "the unspecified network",
        "169.254.0.0/16": "link-local, where clouds keep their metadata",
        "100.100.100.200/32": "a cloud's metadata service",
        "168.63.129.16/32": "a cloud's metadata service",
        "192.0.0.0/24": "kept for protocols and a cloud's metadata service",
        "192.88.99.0/24": "a relay of 6to4",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
        "::/128": "the unspecified address",
        "::/96": "an IPv4 address in disguise",
        "2001::/32": "Teredo",
        "3fff::/20": "documentation",
        "fd00:ec2::254/128": "a cloud's metadata service",
        "fd20:ce::254/128": "a cloud's metadata service",
        "fe80::/10": "link-local",
        "ff00::/8": "multicast",
    }.items()
}
_LOOPBACK = IPv6Address("::1")


def unwrapped(address: Address) -> Address:
    """Return the IPv4 address that a mapped (RFC 4291), NAT64 (RFC 6052) or 6to4 (RFC 3056) address carries."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def read(text: str) -> Address:
    """Read an address as the resolver gives it; a zone is dropped, since it says only which wire leads there."""
    return ip_address(text.partition("%")[0])


def never_allowed(address: Address) -> str | None:
    """Say why not even the operator's list opens an address; None where it could."""
    if address == _LOOPBACK:
        return None
    return next((why for network, why in _SPECIAL.items() if address in network), None)


def not_public(address: Address) -> str | None:
    """Say why an address is not one of the public internet; None where it is."""
    if special := never_allowed(address):
        return special
    if not address.is_global or (isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6):
        return "not a public address"
    return None
