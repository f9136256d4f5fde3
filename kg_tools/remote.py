"""A remote SPARQL 1.1 endpoint as a graph store, through rdflib's SPARQLUpdateStore.

rdflib's connector has no timeouts and opens a connection per query; the two methods that send are replaced
by ones that use a pooled HTTP client with timeouts.
"""

from io import BytesIO
from typing import cast
from urllib.parse import urlsplit, urlunsplit

import httpx
from rdflib.plugin import PluginException
from rdflib.plugins.stores.sparqlstore import SPARQLUpdateStore
from rdflib.query import Result, ResultRow

from kg_tools.errors import QueryError, StoreError
from kg_tools.store import Row

CONNECT_SECONDS = 5.0
READ_SECONDS = 300.0


def endpoint_urls(endpoint: str) -> tuple[str, str]:
    """Where queries and where updates go.

    Oxigraph and Fuseki have ``/query`` and ``/update``, GraphDB and RDF4J ``/repositories/X`` and
    ``/repositories/X/statements``, the others (Virtuoso, QLever, Neptune) one address for both.

    Args:
        endpoint: address for queries; one without a path means ``/query``. May carry user:password and
            a query string (Oxigraph: ``?union-default-graph``).

    Raises:
        StoreError: not an http(s) address.
    """
    parts = urlsplit(endpoint)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StoreError(f'"{endpoint}" is not the address of a SPARQL endpoint: it must start with http(s)://')
    path = parts.path.rstrip("/") or "/query"
    if path.endswith("/query"):
        update_path = path.removesuffix("query") + "update"
    elif "/repositories/" in path:
        update_path = path + "/statements"
    else:
        update_path = path
    query_url = urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    return query_url, urlunsplit((parts.scheme, parts.netloc, update_path, "", ""))


class RemoteGraph:
    """A SPARQL endpoint whose default graph is the union of its named graphs."""

    def __init__(self, endpoint: str, *, writable: bool = False, read_seconds: float = READ_SECONDS) -> None:
        """Prepare the connection; nothing is sent yet.

        Args:
            endpoint: see ``endpoint_urls``.
            writable: allow updates.
            read_seconds: how long to wait for a piece of an answer.

        Raises:
            StoreError: not an http(s) address.
        """
        query_url, update_url = endpoint_urls(endpoint)
        self.name = _without_password(query_url)
        self.writable = writable
        self._endpoint = _Endpoint(query_url, update_url, httpx.Timeout(read_seconds, connect=CONNECT_SECONDS))

    def rows(self, query: str) -> list[Row]:
        """See GraphStore."""
        # "__UNION__" is rdflib's name for all graphs together.
        result = self._endpoint.query(query, {}, {}, "__UNION__")
        return [cast("Row", tuple(cast("ResultRow", row))) for row in result]

    def csv(self, query: str) -> bytes:
        """See GraphStore."""
        response = self._endpoint.send_query(query, "text/csv")
        if "csv" not in response.headers.get("Content-Type", ""):
            raise _not_sparql(response)
        return response.content

    def update(self, text: str) -> None:
        """See GraphStore. Whether the whole request is one transaction is the server's matter."""
        if not self.writable:
            raise StoreError(f"{self.name} was opened read-only. Open the catalogue with writable=True.")
        self._endpoint.send_update(text)

    def close(self) -> None:
        """See GraphStore."""
        self._endpoint.client.close()


class _Endpoint(SPARQLUpdateStore):
    """rdflib's store with a pooled client, timeouts, and errors that name the address."""

    def __init__(self, query_url: str, update_url: str, timeout: httpx.Timeout) -> None:
        super().__init__(query_endpoint=query_url, update_endpoint=update_url, returnFormat="json")
        self._query_url = query_url
        self._update_url = update_url
        # The address was given by the shop's owner: proxies and netrc of the environment stay out of it.
        self.client = httpx.Client(timeout=timeout, trust_env=False)

    def send_query(self, query: str, accept: str) -> httpx.Response:
        headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
        return self._send(self._query_url, query, headers)

    def send_update(self, text: str) -> None:
        self._send(self._update_url, text, {"Content-Type": "application/sparql-update"})

    def _query(self, query: str, default_graph: str | None = None, named_graph: str | None = None) -> Result:
        del default_graph, named_graph  # always the union
        response = self.send_query(query, "application/sparql-results+json")
        content_type = response.headers.get("Content-Type", "").split(";")[0]
        try:
            return Result.parse(BytesIO(response.content), content_type=content_type)
        except (PluginException, ValueError, KeyError, TypeError) as error:
            raise _not_sparql(response) from error

    def _send(self, url: str, body: str, headers: dict[str, str]) -> httpx.Response:
        name = _without_password(url)
        try:
            response = self.client.post(url, content=body.encode("utf-8"), headers=headers)
        except httpx.TimeoutException as error:
            raise StoreError(
                f"The SPARQL endpoint {name} does not answer in time. Is the server overloaded, or the address wrong?"
            ) from error
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise StoreError(
                f"The SPARQL endpoint {name} cannot be reached ({error}). Is the server running?"
            ) from error
        except RuntimeError as error:  # httpx: the client was closed
            raise StoreError(f"The connection to {name} is closed. Open the catalogue again.") from error
        if response.status_code == 400:
            raise QueryError(f"{name} refused the query: {_first_line(response)}")
        if not response.is_success:
            raise StoreError(f"The SPARQL endpoint {name} answered {response.status_code}: {_first_line(response)}")
        return response


def _not_sparql(response: httpx.Response) -> StoreError:
    return StoreError(
        f"{_without_password(str(response.url))} did not answer with SPARQL results (it sent "
        f'"{response.headers.get("Content-Type", "")}"). Is it the address of a SPARQL 1.1 query endpoint?'
    )


def _first_line(response: httpx.Response) -> str:
    return response.text.strip().split("\n", 1)[0][:300]


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, parts.query, ""))
