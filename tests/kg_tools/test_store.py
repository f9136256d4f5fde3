"""Opening stores: read-only beside a writer, locks, missing and damaged files."""

import subprocess
import sys
from pathlib import Path

import pytest

from kg_tools.catalogue import open_catalogue
from kg_tools.errors import QueryError, StoreError
from kg_tools.shops import ShopFolder
from kg_tools.store import GraphStore, MemoryGraph, OxigraphGraph

COUNT = "SELECT (COUNT(*) AS ?count) WHERE { ?s ?p ?o }"

HOLD = """
import sys, pyoxigraph
store = pyoxigraph.Store(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_a_reader_works_while_another_process_writes(folder: ShopFolder) -> None:
    command = [sys.executable, "-c", HOLD, str(folder.graph_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "held\n"
        reader = open_catalogue(folder)
        assert reader.product("iron1").price == 29.9
        reader.close()
        with pytest.raises(StoreError, match="because serve"):
            open_catalogue(folder, writable=True)
        holder.communicate("")


def test_the_lock_is_free_after_close(folder: ShopFolder) -> None:
    first = open_catalogue(folder, writable=True)
    first.product("iron1")
    with pytest.raises(StoreError, match="held for writing"):
        open_catalogue(folder, writable=True)
    first.close()
    second = open_catalogue(folder, writable=True)
    second.close()


def test_a_reader_cannot_write(folder: ShopFolder) -> None:
    reader = open_catalogue(folder)
    with pytest.raises(StoreError, match="read-only"):
        reader.update_offer("iron1", price=1.0)
    assert reader.product("iron1").price == 29.9
    reader.close()


def test_a_closed_catalogue_says_so(folder: ShopFolder) -> None:
    catalogue = open_catalogue(folder)
    catalogue.close()
    with pytest.raises(StoreError, match="closed"):
        catalogue.product("iron1")


@pytest.mark.parametrize("writable", [False, True])
def test_a_missing_store_is_not_made(tmp_path: Path, writable: bool) -> None:
    with pytest.raises(StoreError, match="Ingest the shop"):
        OxigraphGraph(tmp_path / "graph", writable=writable)
    assert not (tmp_path / "graph").exists()


def test_a_damaged_store(folder: ShopFolder) -> None:
    for path in folder.graph_dir.glob("MANIFEST-*"):
        path.write_bytes(b"not a manifest")
    with pytest.raises(StoreError, match="Ingest the shop again"):
        OxigraphGraph(folder.graph_dir)


def test_malformed_queries(store: GraphStore) -> None:
    with pytest.raises(QueryError):
        store.rows("SELECT ?s WHERE { ?s ?p")
    with pytest.raises(QueryError):
        store.csv("SELECT ?s WHERE { ?s ?p")


def test_local_files_are_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.nt"
    secret.write_text("<urn:s> <urn:p> <urn:o> .\n", encoding="utf-8")
    query = "SELECT ?s FROM <FILE> WHERE { ?s ?p ?o }".replace("FILE", secret.as_uri())
    for store in (MemoryGraph(), OxigraphGraph()):
        assert store.rows(query) == []


def test_an_update_is_all_or_nothing() -> None:
    store = OxigraphGraph()
    store.load("<urn:g> { <urn:s> <urn:p> 1 . }")
    with pytest.raises(QueryError):
        store.update("DELETE WHERE { GRAPH <urn:g> { ?s ?p ?o } } ; INSERT DATA { broken")
    assert str(store.rows(COUNT)[0][0]) == "1"
