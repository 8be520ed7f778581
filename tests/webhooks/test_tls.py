"""Certificates: the host of the URL is verified though the connection goes to an address."""

import asyncio
import datetime
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.webhooks.receivers import LOOPBACK, OK, receiver, resolving_to
from webhooks.http import Failure, Sender

HOST = "hooks.example.com"
DAY = datetime.timedelta(days=1)


def certificate(folder, host: str, *, days: int = 1):
    """Write a certificate that signs itself, and its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    end = datetime.datetime.now(datetime.UTC) + days * DAY
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - 10 * DAY)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}{days}.pem"
    file.write_bytes(
        signed.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def post(served, *, trusted=None, **options):
    """Post to a receiver with that certificate; return the answer and the names asked for."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(served)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    client = ssl.create_default_context(cafile=trusted) if trusted else None

    async def main():
        async with (
            receiver(OK, tls=context) as listening,
            Sender(
                policy=LOOPBACK, lookup=resolving_to("127.0.0.1"), tls=client, **options
            ) as sender,
        ):
            url = f"https://{HOST}:{listening.port}/"
            return await sender.post(url, body=b"{}", headers={}), len(listening.requests)

    return *asyncio.run(main()), names


def test_a_trusted_certificate_for_the_host(tmp_path):
    file = certificate(tmp_path, HOST)
    result, requests, names = post(file, trusted=file)
    assert (result.error, requests, names) == ("", 1, [HOST])


@pytest.mark.parametrize(("host", "days"), [("other.example.com", 1), (HOST, -1)])
def test_a_certificate_for_another_host_or_time(tmp_path, host, days):
    file = certificate(tmp_path, host, days=days)
    result, requests, _ = post(file, trusted=file)
    assert (result.error, requests) == (Failure.CERTIFICATE_REFUSED, 0)


def test_an_unknown_authority(tmp_path):
    result, requests, _ = post(certificate(tmp_path, HOST))
    assert (result.error, requests) == (Failure.CERTIFICATE_REFUSED, 0)


def test_the_operators_own_authority(tmp_path, monkeypatch):
    file = certificate(tmp_path, HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    result, requests, _ = post(file)
    assert (result.error, requests) == ("", 1)


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(100)
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    writer.close()


async def _silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


@pytest.mark.parametrize(
    ("serve", "seconds", "error"),
    [
        (_garbage, 5, Failure.TLS_FAILED),
        (_hang_up, 5, Failure.TLS_FAILED),
        (_silence, 0.2, Failure.CONNECT_TIMEOUT),
    ],
)
def test_no_tls_at_the_other_end(serve, seconds, error):
    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, Sender(policy=LOOPBACK, connect_seconds=seconds) as sender:
            return await sender.post(f"https://127.0.0.1:{port}/", body=b"{}", headers={})

    assert asyncio.run(main()).error == error
