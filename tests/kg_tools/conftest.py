"""A shop of thirteen products, small enough to know by heart, on three kinds of store."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pyarrow as pa
import pyoxigraph
import pytest
from pyarrow import parquet

from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.remote import RemoteGraph
from kg_tools.shops import ShopFolder, ShopManifest
from kg_tools.store import GraphStore, MemoryGraph, OxigraphGraph

BASE = "urn:because:corner:"

GRAPH = """
@prefix schema: <https://schema.org/> .
@prefix because: <urn:because:vocabulary:> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix p: <urn:because:corner:product:> .
@prefix o: <urn:because:corner:offer:> .
@prefix brand: <urn:because:corner:brand:> .
@prefix category: <urn:because:corner:category:> .
@prefix colour: <urn:because:corner:colour:> .
@prefix material: <urn:because:corner:material:> .
@prefix feature: <urn:because:corner:feature:> .
@prefix occasion: <urn:because:corner:occasion:> .
@prefix audience: <urn:because:corner:audience:> .
@prefix source: <urn:because:corner:source:> .
@prefix shopper: <urn:because:corner:shopper:> .

source:products {
  p:iron1 a schema:Product ; schema:productID "iron1" ; schema:name "Breeze Ceramic Curling Iron"@en ;
    schema:description "Smooth curls, gentle heat."@en ; schema:image "https://shop.example/iron1.jpg" ;
    schema:brand brand:breeze ; schema:category category:curling-irons ; schema:material material:ceramic ;
    schema:color colour:red ; schema:weight "0.6 kg" ; schema:offers o:iron1 .
  o:iron1 schema:price 29.9 ; schema:priceCurrency "USD" ; schema:availability schema:InStock .
  p:iron2 a schema:Product ; schema:productID "iron2" ; schema:name "Conair Titanium Curling Iron"@en ;
    schema:brand brand:conair ; schema:category category:curling-irons ; schema:offers o:iron2 .
  o:iron2 schema:price 24.99 ; schema:availability schema:InStock .
  p:dryer1 a schema:Product ; schema:productID "dryer1" ; schema:name "Conair Hair Dryer 1875"@en ;
    schema:brand brand:conair ; schema:category category:hair-dryers ; schema:offers o:dryer1 .
  o:dryer1 schema:price 39.5 ; schema:availability schema:OutOfStock .
  p:dryer2 a schema:Product ; schema:productID "dryer2" ; schema:name "Breeze Ionic Hair Dryer"@en ;
    schema:brand brand:breeze ; schema:category category:hair-dryers ; schema:offers o:dryer2 .
  o:dryer2 schema:price 59.5 ; schema:inventoryLevel 3 .
  p:shampoo1 a schema:Product ; schema:productID "shampoo1" ; schema:name "Lumo Sulfate-Free Shampoo"@en ;
    schema:brand brand:lumo ; schema:category category:shampoos ; because:feature feature:sulfate-free ;
    schema:offers o:shampoo1 .
  o:shampoo1 schema:price 8.5 ; schema:inventoryLevel 0 .
  p:shampoo2 a schema:Product ; schema:productID "shampoo2" ;
    schema:name "Lumo Orange Shampoo, 12 oz"@en ;
    schema:description "Cleans with \\"strong\\" sulfates,\\nsmells of oranges."@en ;
    schema:brand brand:lumo ; schema:category category:shampoos ; schema:offers o:shampoo2 .
  o:shampoo2 schema:price 6.5 .
  p:lipstick1 a schema:Product ; schema:productID "lipstick1" ; schema:name "Orange Lipstick"@en ;
    schema:category category:lipsticks ; schema:color colour:orange .
  p:lipstick2 a schema:Product ; schema:productID "lipstick2" ; schema:name "Rouge Lipstick"@en , "红色口红"@zh ;
    schema:category category:lipsticks ; schema:color colour:red ; because:occasion occasion:wedding ;
    because:suitableFor audience:women ; schema:offers o:lipstick2 .
  o:lipstick2 schema:price 14.5 .
  p:brush1 a schema:Product ; schema:productID "brush1" ; schema:name "Conair Paddle Brush"@en ;
    schema:category category:brushes ; schema:offers o:brush1 .
  o:brush1 schema:price 12.5 ; schema:availability schema:InStock .
  p:brush2 a schema:Product ; schema:productID "brush2" ; schema:name "Plain Brush"@en ;
    schema:category category:brushes .
  p:nozzle a schema:Product ; schema:productID "nozzle" ; schema:name "Dryer Nozzle"@en ;
    schema:category category:hair-dryers ; schema:isAccessoryOrSparePartFor p:dryer2 .
  p:gift a schema:Product ; schema:productID "gift" ; schema:name "Wedding Gift Box"@en ;
    because:occasion occasion:wedding ; because:suitableFor audience:women .
  <urn:because:corner:product:a%2Fb%20%C3%BC> a schema:Product ; schema:productID "a/b ü" ;
    schema:name "Odd Id"@en .
}
source:also {
  p:iron1 because:alsoBought p:iron2 , p:shampoo1 , <urn:because:corner:product:elsewhere> , p:iron1 .
  p:iron2 because:alsoViewed p:dryer2 .
  p:dryer2 because:boughtTogether p:nozzle .
  p:unknown because:alsoBought p:iron1 .
}
source:mined-brands { p:brush1 schema:brand brand:conair . }
source:mined-features {
  p:shampoo1 because:feature feature:sulfate-free , feature:gentle .
  p:shampoo2 because:feature feature:orange .
  p:iron1 because:feature feature:gentle .
}
source:updates { o:brush1 schema:price 9.5 . }
source:interactions {
  shopper:s1 because:interactedWith p:iron1 , p:dryer2 .
  shopper:s2 because:interactedWith p:iron1 .
}
source:labels {
  source:mined-brands because:confidence 0.9 .
  source:mined-features because:confidence 0.8 .
  brand:breeze a schema:Brand ; rdfs:label "Breeze"@en .
  brand:conair a schema:Brand ; rdfs:label "Conair"@en .
  brand:lumo a schema:Brand ; rdfs:label "Lumo"@en , "露莫"@zh .
  category:hair-care a schema:CategoryCode ; rdfs:label "Hair Care"@en , "护发"@zh .
  category:styling-tools a schema:CategoryCode ; rdfs:label "Styling Tools"@en ; skos:broader category:hair-care .
  category:curling-irons a schema:CategoryCode ; rdfs:label "Curling Irons"@en , "卷发棒"@zh ;
    skos:altLabel "curling wand"@en ; skos:broader category:styling-tools .
  category:hair-dryers a schema:CategoryCode ; rdfs:label "Hair Dryers"@en , "吹风机"@zh ;
    skos:broader category:styling-tools .
  category:shampoos a schema:CategoryCode ; rdfs:label "Shampoos"@en , "洗发水"@zh ; skos:broader category:hair-care .
  category:lipsticks a schema:CategoryCode ; rdfs:label "Lipsticks"@en , "口红"@zh .
  category:brushes a schema:CategoryCode ; rdfs:label "Brushes"@en .
  category:empty a schema:CategoryCode ; rdfs:label "Perfumes"@en .
  colour:red a because:Colour ; rdfs:label "red"@en , "红色"@zh .
  colour:orange a because:Colour ; rdfs:label "orange"@en .
  material:ceramic a because:Material ; rdfs:label "ceramic"@en , "陶瓷"@zh .
  feature:sulfate-free a because:Feature ; rdfs:label "sulfate free"@en .
  feature:gentle a because:Feature ; rdfs:label "gentle"@en .
  feature:orange a because:Feature ; rdfs:label "orange"@en .
  occasion:wedding a because:Occasion ; rdfs:label "wedding"@en , "婚礼"@zh .
  audience:women a because:Audience ; rdfs:label "women"@en , "女士"@zh .
}
"""


def make_folder(path: Path) -> ShopFolder:
    """A shop folder with everything but the graph."""
    path.mkdir(parents=True, exist_ok=True)
    manifest = ShopManifest(
        name="corner",
        title="Corner Shop",
        currency="USD",
        languages=("en", "zh"),
        created="2026-01-01T00:00:00+00:00",
        version="v1",
        fingerprint="0" * 64,
        counts={"products": 13},
        base=BASE,
    )
    rows = [
        ("s1", "iron1", 0, 0),
        ("s2", "iron1", 1, 2),
        ("s2", "gone", 0, 0),
        ("s1", "dryer2", 1, 1),
    ]
    columns = list(zip(*rows, strict=True))
    table = pa.table(
        {
            "shopper_id": columns[0],
            "product_id": columns[1],
            "position": pa.array(columns[2], pa.int32()),
            "split": pa.array(columns[3], pa.int8()),
        }
    )
    parquet.write_table(table, path / "interactions.parquet")
    return ShopFolder(path, manifest)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> ShopFolder:
    """A shop on disk to copy from: making a store takes longer than most tests."""
    made = make_folder(tmp_path_factory.mktemp("template") / "corner")
    store = pyoxigraph.Store(str(made.graph_dir))
    store.load(GRAPH, format=pyoxigraph.RdfFormat.TRIG)
    store.flush()
    return made


@pytest.fixture
def folder(template: ShopFolder, tmp_path: Path) -> ShopFolder:
    """A shop on disk."""
    shutil.copytree(template.path, tmp_path / "corner")
    return ShopFolder(tmp_path / "corner", template.manifest)


@pytest.fixture(scope="session")
def sparql_server() -> Iterator[str]:
    """Address of a real SPARQL server of its own process: Oxigraph's HTTP server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    binary = Path(sys.executable).parent / "oxigraph"
    command = [binary, "serve", "--bind", f"127.0.0.1:{port}", "--union-default-graph"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        url = f"http://127.0.0.1:{port}"
        try:
            wait_for(url)
            yield url
        finally:
            process.terminate()


def wait_for(url: str, seconds: float = 20.0) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture
def endpoint(sparql_server: str) -> str:
    """The server, holding the shop's graph as it is at the start of every test."""
    with httpx.Client(base_url=sparql_server, trust_env=False) as client:
        headers = {"Content-Type": "application/sparql-update"}
        client.post("/update", content="CLEAR ALL", headers=headers).raise_for_status()
        headers = {"Content-Type": "application/trig"}
        client.post("/store", content=GRAPH.encode(), headers=headers).raise_for_status()
    return sparql_server


@pytest.fixture(params=["oxigraph", "memory", "remote"])
def backend(request: pytest.FixtureRequest) -> str:
    """Each kind of store in turn."""
    return request.param


@pytest.fixture
def store(backend: str, request: pytest.FixtureRequest) -> Iterator[GraphStore]:
    """A writable store with the shop's graph."""
    if backend == "remote":
        made: GraphStore = RemoteGraph(request.getfixturevalue("endpoint"), writable=True)
    else:
        local = OxigraphGraph() if backend == "oxigraph" else MemoryGraph()
        local.load(GRAPH)
        made = local
    yield made
    made.close()


@pytest.fixture
def open_shop(backend: str, request: pytest.FixtureRequest, folder: ShopFolder) -> Callable[[], Catalogue]:
    """Opens the shop for writing, as programs do."""

    def opened() -> Catalogue:
        if backend == "oxigraph":
            return open_catalogue(folder, writable=True)
        if backend == "remote":
            return open_catalogue(folder, writable=True, endpoint=request.getfixturevalue("endpoint"))
        memory = MemoryGraph()
        memory.load(GRAPH)
        return Catalogue(folder, memory)

    return opened


@pytest.fixture
def catalogue(open_shop: Callable[[], Catalogue]) -> Iterator[Catalogue]:
    """The open shop."""
    made = open_shop()
    yield made
    made.close()


@pytest.fixture
def corner(folder: ShopFolder) -> Iterator[Catalogue]:
    """The shop on disk, read-only, for tests where the kind of store does not matter."""
    made = open_catalogue(folder)
    yield made
    made.close()
