"""rediss:// is encrypted, and only to a server whose certificate can be trusted."""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kombu.exceptions import OperationalError

from worker import make_celery


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "server.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls_port(certificate: Path, valkey_url: str) -> Iterator[int]:
    """A port that speaks TLS and hands everything on to the real server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    behind = ("127.0.0.1", urlsplit(valkey_url).port or 0)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_serve, args=(listener, context, behind), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, context: ssl.SSLContext, behind: tuple[str, int]) -> None:
    with contextlib.suppress(OSError):
        while True:
            plain, _ = listener.accept()
            with contextlib.suppress(OSError):
                outer = context.wrap_socket(plain, server_side=True)
                inner = socket.create_connection(behind)
                for pair in ((outer, inner), (inner, outer)):
                    threading.Thread(target=_pump, args=pair, daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError), source, sink:
        while data := source.recv(65536):
            sink.sendall(data)


def test_a_message_reaches_the_broker_through_tls(
    certificate: Path, tls_port: int, redis_client: redis.Redis
) -> None:
    celery = make_celery(f"rediss://127.0.0.1:{tls_port}/0?ssl_ca_certs={certificate}")

    celery.send_task("h", args=([1],), queue="urgent", retry=False)
    celery.close()

    assert redis_client.llen("urgent") == 1


def test_a_broker_nobody_vouches_for_is_not_spoken_to(
    tls_port: int, redis_client: redis.Redis
) -> None:
    celery = make_celery(f"rediss://127.0.0.1:{tls_port}/0")

    with pytest.raises(OperationalError, match="certificate"):
        celery.send_task("h", args=([1],), queue="urgent", retry=False)
    celery.close()

    assert redis_client.llen("urgent") == 0
