"""Certificates that clients show: what Java's names for key stores become, on a server that asks for one."""

from __future__ import annotations

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import pytest

from connect_runtime.errors import ConnectError
from connect_runtime.kafka import ClientFactory, producer_settings
from tests.support.secured_kafka import until_it_fails

TLS = Path(__file__).parents[2] / "rest" / "tls"
KEY, CERTIFICATE = TLS / "key.pem", TLS / "cert.pem"


class AskingServer:
    """Takes TLS connections of those who show a certificate of ours, and tells whose it was."""

    def __init__(self) -> None:
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(CERTIFICATE))
        self._context.load_cert_chain(CERTIFICATE, KEY)
        self._context.verify_mode = ssl.CERT_REQUIRED
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self.shown: SimpleQueue[bytes | None] = SimpleQueue()
        Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection = self._socket.accept()[0]
            except OSError:
                return
            try:
                with self._context.wrap_socket(connection, server_side=True) as secured:
                    self.shown.put(secured.getpeercert(binary_form=True))
            except OSError:
                continue


@pytest.fixture
def server() -> Iterator[AskingServer]:
    asking = AskingServer()
    yield asking
    asking.close()


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], capture_output=True, check=True)


def pem_file(folder: Path) -> dict[str, str]:
    file = folder / "client.pem"
    file.write_text(KEY.read_text(encoding="ascii") + CERTIFICATE.read_text(encoding="ascii"), encoding="ascii")
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(file)}


def pem_file_with_password(folder: Path) -> dict[str, str]:
    key, file = folder / "key.pem", folder / "client.pem"
    openssl("pkcs8", "-topk8", "-in", KEY, "-out", key, "-passout", "pass:geheim")
    file.write_text(key.read_text(encoding="ascii") + CERTIFICATE.read_text(encoding="ascii"), encoding="ascii")
    return {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(file), "ssl.key.password": "geheim"}


def pem_text(_: Path) -> dict[str, str]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.key": KEY.read_text(encoding="ascii"),
        "ssl.keystore.certificate.chain": CERTIFICATE.read_text(encoding="ascii"),
    }


def pkcs12(folder: Path) -> dict[str, str]:
    file = folder / "client.p12"
    openssl("pkcs12", "-export", "-in", CERTIFICATE, "-inkey", KEY, "-out", file, "-passout", "pass:geheim")
    return {"ssl.keystore.location": str(file), "ssl.keystore.password": "geheim"}


def settings(server: AskingServer, keys: dict[str, str]) -> dict[str, str]:
    trust = {"ssl.truststore.type": "PEM", "ssl.truststore.location": str(CERTIFICATE)}
    given = {"security.protocol": "SSL", **trust, **keys}
    return {"bootstrap.servers": server.address, **{f"producer.{name}": value for name, value in given.items()}}


@pytest.mark.parametrize("store", [pem_file, pem_file_with_password, pem_text, pkcs12])
def test_a_key_store_shows_its_certificate(
    server: AskingServer, tmp_path: Path, store: Callable[[Path], dict[str, str]]
) -> None:
    worker = settings(server, store(tmp_path))
    producer = ClientFactory(worker).producer(producer_settings(worker, {}, "id"))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        producer.poll(0.05)
        try:
            shown = server.shown.get_nowait()
        except Empty:
            continue
        assert shown == ssl.PEM_cert_to_DER_cert(CERTIFICATE.read_text(encoding="ascii"))
        return
    raise AssertionError("nobody showed a certificate")


def test_who_shows_none_is_told_where_to_give_one(server: AskingServer) -> None:
    worker = settings(server, {})
    producer = ClientFactory(worker).producer(producer_settings(worker, {}, "id"))
    with pytest.raises(ConnectError, match=r"get none, or not the right one; check producer\.ssl\.keystore\.location"):
        until_it_fails(lambda: producer.poll(0.05))
