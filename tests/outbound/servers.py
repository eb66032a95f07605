"""Servers that answer as a test wants: well, slowly, endlessly, or with a redirect."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

HERE = ("127.0.0.0/8:*",)
"""What lets a server of a test speak to these."""
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])


@dataclass(frozen=True)
class Received:
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Answering = Callable[[Received], tuple[int, dict[str, str], bytes]]


def fine(_received: Received) -> tuple[int, dict[str, str], bytes]:
    """Answer 200."""
    return 200, {}, b"thank you"


@dataclass
class Receiver:
    """A server on a loopback address, with all it received; ``answering`` may be changed while it runs."""

    port: int
    scheme: str
    answering: Answering = fine
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    over: Event = field(default_factory=Event)

    @property
    def url(self) -> str:
        """Return its address."""
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"


@contextmanager
def receiving(answering: Answering = fine, context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Run a server while the block lasts."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        server.daemon_threads = True
        receiver = Receiver(server.server_address[1], "https" if context else "http", answering)
        server.receiver = receiver  # type: ignore[attr-defined]
        thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.over.set()
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def setup(self) -> None:
        self.receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        self.receiver.connections += 1
        super().setup()

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        received = Received(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body)
        self.receiver.received.append(received)
        status, headers, content = self.receiver.answering(received)
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if status != HTTPStatus.NO_CONTENT:
                self.wfile.write(content)

    do_GET = do_POST = _take  # noqa: N815

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


@dataclass(frozen=True)
class Authority:
    """A certificate authority of the tests."""

    folder: Path
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def trusting(self) -> ssl.SSLContext:
        """Return a client's context that trusts this authority alone."""
        root = self.folder / "root.pem"
        root.write_bytes(_signed(self.key, self.key, x509.BasicConstraints(ca=True, path_length=0)))
        return ssl.create_default_context(cafile=root)

    def serving(self, *names: str) -> ssl.SSLContext:
        """Return a server's context with a certificate for some names or addresses."""
        key, file = ec.generate_private_key(ec.SECP256R1()), self.folder / f"{names[0]}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + _signed(key, self.key, x509.SubjectAlternativeName([_name(name) for name in names])))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _name(text: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ip_address(text))
    return x509.DNSName(text)


def _signed(key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, extension: x509.ExtensionType) -> bytes:
    now = datetime.now(UTC)
    subject = NAME if key is by else x509.Name([])
    builder = x509.CertificateBuilder(NAME, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    builder = builder.add_extension(extension, critical=True)
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key())
    return builder.add_extension(authority, critical=False).sign(by, SHA256()).public_bytes(Encoding.PEM)
