"""The way to a broker: over TLS it has to prove who it is."""

from pathlib import Path

import pytest
from celery.exceptions import OperationalError

from app.events.broker import Doorbells
from tests.outbound.servers import Authority, receiving

CA_FILE = "SSL_CERT_FILE"


def answer(url: str) -> str:
    """Ring at a server that is no broker, and return why that failed."""
    with pytest.raises(OperationalError) as refused:
        Doorbells(url).ring(1, "endpoint", failing=False)
    return str(refused.value)


@pytest.mark.parametrize("scheme", ["amqps", "rediss"])
def test_a_broker_is_believed_for_its_certificate_alone(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's certificate is refused, and a known one with another name; only the right one is spoken to."""
    authority = Authority(tmp_path)
    authority.trusting()
    with receiving(context=authority.serving("localhost")) as server:
        assert "CERTIFICATE_VERIFY_FAILED" in answer(f"{scheme}://localhost:{server.port}/0")
        monkeypatch.setenv(CA_FILE, str(tmp_path / "root.pem"))
        assert "IP address mismatch" in answer(f"{scheme}://127.0.0.1:{server.port}/0")
        assert "CERTIFICATE" not in answer(f"{scheme}://localhost:{server.port}/0")
