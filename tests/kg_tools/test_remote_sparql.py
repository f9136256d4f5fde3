"""A remote endpoint: addresses, and servers that are down, hang, or are something else."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from kg_tools import remote
from kg_tools.catalogue import open_catalogue
from kg_tools.errors import StoreError
from kg_tools.remote import RemoteGraph, endpoint_urls
from kg_tools.shops import ShopFolder

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<html>"
FAULT = b"HTTP/1.1 503 Busy\r\nContent-Length: 15\r\nConnection: close\r\n\r\ntoo much to do\n"


@contextmanager
def server(answer: bytes | None) -> Iterator[str]:
    """Accepts connections; gives every request the same answer, or none at all."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            held: list[socket.socket] = []
            while not stopped.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                held.append(connection)
                if answer is not None:
                    connection.recv(65536)
                    connection.sendall(answer)
                    connection.close()
            for connection in held:
                connection.close()

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/query"
        finally:
            stopped.set()
            thread.join()


@pytest.mark.parametrize(
    ("endpoint", "query", "update"),
    [
        ("http://h:7878", "http://h:7878/query", "http://h:7878/update"),
        ("http://h/ds/query", "http://h/ds/query", "http://h/ds/update"),
        ("http://h:8890/sparql", "http://h:8890/sparql", "http://h:8890/sparql"),
        ("https://h/repositories/shop", "https://h/repositories/shop", "https://h/repositories/shop/statements"),
        ("http://h/query?union-default-graph", "http://h/query?union-default-graph", "http://h/update"),
    ],
)
def test_addresses(endpoint: str, query: str, update: str) -> None:
    assert endpoint_urls(endpoint) == (query, update)


@pytest.mark.parametrize("endpoint", ["file:///etc/passwd", "localhost:7878", "", "ftp://h/query"])
def test_only_http_addresses(endpoint: str) -> None:
    with pytest.raises(StoreError, match="http"):
        endpoint_urls(endpoint)


def test_passwords_stay_out_of_messages() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    graph = RemoteGraph(f"http://owner:secret@127.0.0.1:{port}/query")
    with pytest.raises(StoreError) as caught:
        graph.rows("SELECT ?s WHERE { ?s ?p ?o }")
    assert "secret" not in str(caught.value)
    graph.close()


def test_a_server_that_is_down(folder: ShopFolder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/query"
    with pytest.raises(StoreError, match=f"{url} cannot be reached"):
        open_catalogue(folder, endpoint=url)


def test_a_server_that_hangs() -> None:
    with server(None) as url:
        graph = RemoteGraph(url, read_seconds=0.3)
        began = time.monotonic()
        with pytest.raises(StoreError, match=f"{url} does not answer in time"):
            graph.rows("SELECT ?s WHERE { ?s ?p ?o }")
        assert time.monotonic() - began < 3
        graph.close()


def test_a_server_that_speaks_something_else(folder: ShopFolder) -> None:
    with server(HTML) as url, pytest.raises(StoreError, match="SPARQL results"):
        open_catalogue(folder, endpoint=url)


def test_a_server_with_a_fault(folder: ShopFolder) -> None:
    with server(FAULT) as url, pytest.raises(StoreError, match="answered 503: too much to do"):
        open_catalogue(folder, endpoint=url)


def test_an_endpoint_without_products(sparql_server: str, folder: ShopFolder) -> None:
    headers = {"Content-Type": "application/sparql-update"}
    httpx.post(f"{sparql_server}/update", content="CLEAR ALL", headers=headers, trust_env=False)
    with pytest.raises(StoreError, match="no products"):
        open_catalogue(folder, endpoint=sparql_server)


def test_a_default_graph_that_hides_the_named_ones(
    endpoint: str, folder: ShopFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = remote.httpx.Client.post

    def plain(client: httpx.Client, url: str, **options: object) -> httpx.Response:
        return send(
            client, f"{url}?default-graph-uri=urn:nothing&named-graph-uri=urn:because:corner:source:products", **options
        )  # type: ignore[arg-type]

    monkeypatch.setattr(remote.httpx.Client, "post", plain)
    with pytest.raises(StoreError, match="--union-default-graph"):
        open_catalogue(folder, endpoint=endpoint)


def test_a_read_only_connection_sends_no_update(endpoint: str, folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder, endpoint=endpoint)
    with pytest.raises(StoreError, match="read-only"):
        catalogue.update_offer("iron1", price=1.0)
    assert catalogue.product("iron1").price == 29.9
    catalogue.close()
    with pytest.raises(StoreError, match="closed"):
        catalogue.product("iron1")
