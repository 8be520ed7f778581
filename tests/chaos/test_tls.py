"""A server reached over TLS: with `ssl_ca` its certificate and its name are verified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from faceplatform.settings import mysql
from tests.deployment import USER, Database
from tests.deployment.authority import Authority

pytestmark = pytest.mark.chaos

_TLS_FAILED, _INSECURE_REFUSED = 2026, {1045, 3159}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("tls")


@pytest.fixture(scope="module")
def authority(folder) -> Authority:
    return Authority(folder, "authority")


@pytest.fixture(scope="module")
def server(folder, authority) -> Iterator[Database]:
    """A server whose certificate names 127.0.0.1. It listens at 127.0.0.2 too, and accepts the
    product's account only over TLS."""
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
    """Allow these connections: none goes to the tests' own database."""
    with django_db_blocker.unblock():
        yield


def version_of_tls(address: str) -> str:
    """Return the cipher of a connection to that address, made as in production."""
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
