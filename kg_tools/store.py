"""The graph store behind one small protocol: Oxigraph on disk, rdflib in memory, or a remote SPARQL endpoint.

All three are rdflib stores (oxrdflib's, rdflib's own, rdflib's SPARQL store), and all see the union of the
named graphs as their default graph. Bulk reads skip rdflib's terms: a million links as Python objects take a
minute, as CSV some seconds.
"""

import threading
from pathlib import Path
from typing import Protocol, cast

import pyoxigraph
import rdflib.plugins.sparql
from oxrdflib import OxigraphStore
from pyparsing import ParseException
from rdflib import Dataset, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.query import Result, ResultRow
from rdflib.term import Identifier

from kg_tools.errors import QueryError, StoreError

# A query could otherwise make rdflib read local files or fetch addresses (FROM <file:///...>).
rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False

Row = tuple[Identifier | None, ...]
"""One solution in the order of the SELECT clause; None where a variable is unbound."""


# What pyoxigraph raises when files are missing, unreadable or corrupt.
_FAULTS = (OSError, RuntimeError)


class GraphStore(Protocol):
    """What the query runner needs of a store. Safe to call from several threads."""

    name: str
    writable: bool

    def rows(self, query: str) -> list[Row]:
        """All solutions of a SELECT query as rdflib terms.

        Raises:
            QueryError: the query is malformed.
            StoreError: the store does not answer.
        """
        ...

    def csv(self, query: str) -> bytes:
        """All solutions of a SELECT query as SPARQL 1.1 CSV, for bulk reads."""
        ...

    def update(self, text: str) -> None:
        """Run one SPARQL update request: all of it, or nothing.

        Raises:
            StoreError: the store is read-only or does not answer.
        """
        ...

    def close(self) -> None:
        """Let go of the store's files or connections; the store answers no more."""
        ...


class OxigraphGraph:
    """An Oxigraph store on disk, or in memory when no path is given.

    Opened read-only it sees the state at the time of opening, so that a command can read while a server
    process holds the store for writing.
    """

    def __init__(self, path: Path | None = None, *, writable: bool = False) -> None:
        """Open the store.

        Args:
            path: folder of the store; None for an empty one in memory, which is always writable.
            writable: take the store's lock; only one process can.

        Raises:
            StoreError: there is no store at the path, it is damaged, or another process holds its lock.
        """
        self.name = str(path) if path else "memory"
        self.writable = writable or path is None
        self._path = path
        self._store: pyoxigraph.Store | None = _open_oxigraph(path, writable)

    def rows(self, query: str) -> list[Row]:
        """See GraphStore."""
        rdf = OxigraphStore(store=self._inner())
        try:
            # "__UNION__" is rdflib's name for all graphs together.
            result = rdf.query(query, {}, {}, "__UNION__")
            return [cast("Row", tuple(cast("ResultRow", row))) for row in result]
        except SyntaxError as error:
            raise QueryError(f"Malformed query: {error}") from error
        except _FAULTS as error:
            raise self._changed(error) from error

    def csv(self, query: str) -> bytes:
        """See GraphStore."""
        try:
            solutions = self._inner().query(query, use_default_graph_as_union=True)
            text = cast("pyoxigraph.QuerySolutions", solutions).serialize(format=pyoxigraph.QueryResultsFormat.CSV)
        except SyntaxError as error:
            raise QueryError(f"Malformed query: {error}") from error
        except _FAULTS as error:
            raise self._changed(error) from error
        return text or b""

    def update(self, text: str) -> None:
        """See GraphStore."""
        if not self.writable:
            raise _read_only(self.name)
        rdf = OxigraphStore(store=self._inner())
        try:
            rdf.update(text, {}, {}, DATASET_DEFAULT_GRAPH_ID)
        except SyntaxError as error:
            raise QueryError(f"Malformed update: {error}") from error
        except _FAULTS as error:
            raise StoreError(
                f"The graph store at {self.name} cannot be written ({error}). Nothing was changed. "
                "Check that the disk is not full."
            ) from error

    def load(self, text: str) -> None:
        """Add quads to the store.

        Args:
            text: N-Quads or TriG.
        """
        self._inner().load(text, format=pyoxigraph.RdfFormat.TRIG)

    def close(self) -> None:
        """See GraphStore."""
        if self._store is not None and self.writable and self._path is not None:
            # Without it a large update stays in the write-ahead log, which every later opening replays:
            # 18 s instead of 0.1 s on Beauty after its derived links were written.
            self._store.flush()
        # pyoxigraph releases the lock when the last reference goes.
        self._store = None

    def _inner(self) -> pyoxigraph.Store:
        if self._store is None:
            raise StoreError(f"The graph store at {self.name} is closed. Open the catalogue again.")
        return self._store

    def _changed(self, error: OSError | RuntimeError) -> StoreError:
        return StoreError(
            f"The graph store at {self.name} cannot be read ({error}). If another process changed it since, "
            "open the catalogue again; otherwise ingest the shop again."
        )


class _Union(Dataset):
    """rdflib's dataset without its complaints about itself: 7.6 still uses what it calls deprecated."""

    default_context = Dataset.default_graph  # pyright: ignore[reportIncompatibleMethodOverride]
    contexts = Dataset.graphs


class MemoryGraph:
    """rdflib's own store and query engine, in memory: for tests and graphs of some thousand triples."""

    def __init__(self) -> None:
        self.name = "memory"
        self.writable = True
        self._dataset = _Union(default_union=True)
        self._lock = threading.RLock()

    def rows(self, query: str) -> list[Row]:
        """See GraphStore."""
        with self._lock:
            return [cast("Row", tuple(cast("ResultRow", row))) for row in self._select(query)]

    def csv(self, query: str) -> bytes:
        """See GraphStore."""
        with self._lock:
            return self._select(query).serialize(format="csv") or b""

    def update(self, text: str) -> None:
        """See GraphStore."""
        with self._lock:
            self._dataset.update(text)

    def load(self, text: str) -> None:
        """Add quads to the store.

        Args:
            text: N-Quads or TriG.
        """
        graphs: dict[str, list[pyoxigraph.Triple]] = {}
        for quad in pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TRIG):
            graphs.setdefault(quad.graph_name.value, []).append(quad.triple)
        with self._lock:
            for name, triples in graphs.items():
                lines = pyoxigraph.serialize(triples, format=pyoxigraph.RdfFormat.N_TRIPLES)
                self._dataset.graph(URIRef(name)).parse(data=lines, format="nt")

    def close(self) -> None:
        """See GraphStore."""
        self._dataset = _Union(default_union=True)

    def _select(self, query: str) -> Result:
        try:
            return self._dataset.query(query)
        except ParseException as error:
            raise QueryError(f"Malformed query: {error}") from error


def _open_oxigraph(path: Path | None, writable: bool) -> pyoxigraph.Store:
    if path is None:
        return pyoxigraph.Store()
    # Opening for writing would silently make an empty store.
    if not (path / "CURRENT").is_file():
        raise StoreError(f"There is no graph store at {path}. Ingest the shop again.")
    try:
        return pyoxigraph.Store(str(path)) if writable else pyoxigraph.Store.read_only(str(path))
    except _FAULTS as error:
        if "lock" in str(error).lower():
            raise StoreError(
                f"The graph store at {path} is held for writing by another process, most likely a running "
                "`because serve` of this shop. Stop it, or send the change through its API."
            ) from error
        raise StoreError(f"The graph store at {path} cannot be opened ({error}). Ingest the shop again.") from error


def _read_only(name: str) -> StoreError:
    return StoreError(
        f"The graph store at {name} was opened read-only. Open the catalogue with writable=True to change it."
    )
