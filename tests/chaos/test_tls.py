"""A server reached over TLS: the address's `ssl_ca` has its certificate and its name verified."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from faceplatform.settings import mysql
from tests.deployment import USER, Database

pytestmark = pytest.mark.chaos

_TLS_FAILED, _INSECURE_REFUSED = 2026, {1045, 3159}


class Authority:
    """Signs certificates; its own lies in `path`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        own = self._certificate(self._name, self._key.public_key())
        own = own.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self.path = self._write(f"{name}.pem", own)

    def sign(self, address: str) -> tuple[Path, Path]:
        """The files of a certificate for a server at that address, and of its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "database")])
        named = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        made = self._certificate(subject, key.public_key()).add_extension(named, critical=False)
        key_path = self._folder / "server-key.pem"
        key_path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        return self._write("server.pem", made), key_path

    def _certificate(self, subject: x509.Name, public_key: Any) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def _write(self, name: str, certificate: x509.CertificateBuilder) -> Path:
        path = self._folder / name
        path.write_bytes(certificate.sign(self._key, SHA256()).public_bytes(Encoding.PEM))
        return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def server(folder, authority) -> Iterator[Database]:
    """One whose certificate names 127.0.0.1, which listens at 127.0.0.2 too and takes the product's
    account over TLS alone."""
    certificate, key = authority.sign("127.0.0.1")
    server = Database(
        folder,
        "database",
        f"--ssl-ca={authority.path}",
        f"--ssl-cert={certificate}",
        f"--ssl-key={key}",
        "--bind-address=127.0.0.1,127.0.0.2",
    )
    try:
        server.start()
        server.run(f"ALTER USER '{USER}'@'127.0.0.1' REQUIRE SSL")
        yield server
    finally:
        server.kill()


@pytest.fixture(autouse=True)
def connections(django_db_blocker) -> Iterator[None]:
    """May be opened: none of these goes to the tests' own database."""
    with django_db_blocker.unblock():
        yield


def version_of_tls(address: str) -> str:
    """What a connection to that address, made as production makes its own, speaks."""
    connection = ConnectionHandler({"default": mysql.database("DATABASE_URL", address)})["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_version'")
            return str(cursor.fetchone()[1])
    finally:
        connection.close()


def test_encrypted_and_verified(server, authority):
    assert version_of_tls(f"{server.url}?ssl_ca={authority.path}") in {"TLSv1.2", "TLSv1.3"}


def test_signed_by_another(server, folder):
    stranger = Authority(folder, "stranger")
    with pytest.raises(OperationalError) as refused:
        version_of_tls(f"{server.url}?ssl_ca={stranger.path}")
    assert refused.value.args[0] == _TLS_FAILED


def test_another_servers_certificate(server, authority):
    address = server.url.replace("127.0.0.1", "127.0.0.2")
    with pytest.raises(OperationalError) as refused:
        version_of_tls(f"{address}?ssl_ca={authority.path}")
    assert refused.value.args[0] == _TLS_FAILED


def test_without_tls_where_it_is_required(server):
    with pytest.raises(OperationalError) as refused:
        version_of_tls(server.url)
    assert refused.value.args[0] in _INSECURE_REFUSED
