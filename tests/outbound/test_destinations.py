"""Destinations: the public internet by https, and what the operator opened; nothing else in any spelling."""

import socket
from ipaddress import ip_address

import pytest

from app.outbound import DestinationRefusedError, Destinations
from app.outbound.addresses import not_public, unwrapped

# fmt: off
INSIDE = [
    "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.254", "192.168.1.1", "127.0.0.1", "127.8.8.8",
    "100.64.0.1", "100.127.255.254", "169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16",
    "192.0.0.192", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.1.2.3", "0.0.0.0",  # noqa: S104
    "::1", "::", "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "::ffff:0:10.0.0.1", "64:ff9b::a00:1",
    "64:ff9b::169.254.169.254", "64:ff9b::127.0.0.1", "64:ff9b:1::1", "64:ff9b:1::10.0.0.1", "2002:a00:1::",
    "2002:0a00:1::1", "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001::1",
    "2001:db8::1", "2001:10::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "febf::1", "fec0::1", "ff02::1", "ff0e::1", "100::1", "4000::1", "5f00::1", "8000::1",
]
DISGUISED = [
    "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "0", "10.1", "0xa000001", "3232235777", "2852039166",
]
# fmt: on
OUTSIDE = "8.8.8.8 1.1.1.1 2606:4700:4700::1111 2a00:1450:4001::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1"


def refusal(url: str, destinations: Destinations | None = None) -> str:
    """Return why a URL is refused."""
    with pytest.raises(DestinationRefusedError) as caught:
        (destinations or Destinations()).read(url)
    return str(caught.value)


def bracketed(address: str) -> str:
    """Write an address as it stands in a URL."""
    return f"[{address.partition('%')[0]}]" if ":" in address else address


@pytest.mark.parametrize("address", INSIDE)
def test_no_address_inside_is_spoken_to(address: str) -> None:
    """Each private, local, special or embedded form is refused, with the reason."""
    assert "which is" in refusal(f"https://{bracketed(address)}/")


@pytest.mark.parametrize("address", OUTSIDE.split())
def test_public_addresses_are_spoken_to(address: str) -> None:
    """A public address is fine, as is one that a translator reaches by NAT64."""
    assert not_public(unwrapped(ip_address(address))) is None
    Destinations().read(f"https://{bracketed(address)}/")


@pytest.mark.parametrize("host", DISGUISED)
def test_a_disguised_address_is_read_as_the_resolver_reads_it(host: str) -> None:
    """Decimal, hexadecimal, octal and short forms pass as names, and fall when they are resolved."""
    target = Destinations().read(f"https://{host}/")
    found = {entry[4][0] for entry in socket.getaddrinfo(target.host, 443, type=socket.SOCK_STREAM)}
    with pytest.raises(DestinationRefusedError):
        Destinations().vet(target, [ip_address(address) for address in found])


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("http://example.com/", "https"),
        ("ftp://example.com/", "https"),
        ("file:///etc/passwd", "https"),
        ("https://example.com:22/", "ports 443, 8443"),
        ("https://example.com:0/", "https://HOST/PATH"),
        ("https://example.com:99999/", "cannot be read"),
        ("https://user:secret@example.com/", "without user"),
        ("https://@example.com/", "without user"),
        ("https://example.com/#part", "without user"),
        ("https://exa mple.com/", "characters"),
        ("https://example.com/a\r\nX: y", "characters"),
        ("https://example.com\\@10.0.0.1/", "characters"),
        ("https://ex\u00e4mple.com/", "characters"),
        ("https://[::1/", "cannot be read"),
        ("https:///path", "https://HOST/PATH"),
        ("https://" + "a" * 3000, "too long"),
        ("example.com", "https://HOST/PATH"),
    ],
)
def test_a_url_that_leads_nowhere_good_is_refused_at_once(url: str, complaint: str) -> None:
    """Scheme, port, user, fragment and strange characters are judged before any name is looked up."""
    assert complaint in refusal(url)


@pytest.mark.parametrize("ports", [(443,), (443, 9443)])
def test_the_operator_lists_the_ports(ports: tuple[int, ...]) -> None:
    """Only the listed ports are connected to."""
    destinations = Destinations.of((), ports)
    destinations.read(f"https://example.com:{ports[-1]}/")
    assert "ports" in refusal("https://example.com:8443/", destinations)


@pytest.mark.parametrize(
    ("opening", "url", "fine"),
    [
        ("10.1.0.0/16", "https://10.1.2.3/", True),
        ("10.1.0.0/16", "http://10.1.2.3:8443/", True),
        ("10.1.0.0/16", "http://10.1.2.3/", False),
        ("10.1.0.0/16", "https://10.1.2.3:9000/", False),
        ("10.1.0.0/16", "https://10.2.0.1/", False),
        ("10.1.2.3:9000", "http://10.1.2.3:9000/", True),
        ("10.1.2.3:9000", "https://10.1.2.3/", False),
        ("127.0.0.1:*", "http://127.0.0.1:5000/", True),
        ("127.0.0.1:*", "http://[::ffff:127.0.0.1]:5000/", True),
        ("[::1]:*", "http://[::1]:5000/", True),
        ("[fd00::/8]:8080", "http://[fd00::5]:8080/", True),
        ("[fd00::/8]:443", "https://[fd00:ec2::254]/", False),
        ("0.0.0.0/0", "https://169.254.169.254/", False),
        ("0.0.0.0/0", "https://224.0.0.1/", False),
        ("[::/0]", "https://[fe80::1]/", False),
        ("0.0.0.0/0", "https://0.0.0.0/", False),
    ],
)
def test_the_operator_opens_networks(opening: str, url: str, fine: bool) -> None:
    """An entry opens a network, on the usual ports, one port or any; metadata and multicast stay shut."""
    destinations = Destinations.of([opening], (443, 8443))
    if fine:
        destinations.read(url)
    else:
        refusal(url, destinations)


def test_one_bad_address_betrays_the_name() -> None:
    """A name with a public and a private address is refused as a whole."""
    target = Destinations().read("https://both.example/")
    with pytest.raises(DestinationRefusedError, match=r"both\.example is 10\.0\.0\.1"):
        Destinations().vet(target, [ip_address("8.8.8.8"), ip_address("10.0.0.1")])


def test_what_is_public_beside_an_opening_is_still_spoken_to_by_https() -> None:
    """The operator's list opens what it names, and loosens nothing else."""
    destinations = Destinations.of(["10.1.0.0/16"], (443,))
    target = destinations.read("http://public.example/")
    with pytest.raises(DestinationRefusedError, match="https"):
        destinations.vet(target, [ip_address("8.8.8.8")])
