import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg_tools import ingest as ingest_module
from kg_tools.errors import IngestError, MappingError
from kg_tools.ingest import ingest
from kg_tools.ingest_report import IngestReport
from kg_tools.iris import ShopIris, slug
from kg_tools.progress import silent
from kg_tools.shops import list_shops, open_shop
from kg_tools.vocabulary import BECAUSE, SCHEMA

IRIS = ShopIris("urn:because:demo:")
MAPPING = """
[shop]
title = "A shop"
languages = ["en", "zh"]
currency = "USD"
[[tables]]
name = "catalogue"
kind = "products"
file = "products.jsonl"
[tables.columns]
sku = "id"
title = "name"
title_zh = "name@zh"
maker = { property = "brand", ignore = ["Unknown"] }
groups = { property = "category", separator = "|" }
cost = "price"
stock = "inventory"
picture = "image"
fits = "isAccessoryFor"
[[tables]]
name = "links"
kind = "links"
file = "links.tsv"
[tables.columns]
a = "subject"
b = "object"
how = "relation"
[tables.relations]
also = "alsoBought"
[[tables]]
name = "interactions"
kind = "interactions"
file = "log.tsv"
[tables.columns]
user = "shopper"
sku = "product"
at = "time"
[[tables]]
name = "labels"
kind = "labels"
file = "labels.tsv"
[mining]
brands = false
features = false
"""
NASTY = 'quote " back\\slash <b> > {x} 😀 茶'
PRODUCTS = [
    {"sku": 1, "title": "Desk lamp", "title_zh": "台灯", "maker": "Lux", "groups": "Lamps|Home", "cost": "$12.50"},
    {"sku": "p 2>", "title": NASTY, "maker": "LUX", "groups": ["Lamps"], "cost": 1200, "stock": 0},
    {"sku": "3", "title": "Bulb\nline two", "maker": "Lux", "cost": "1,200.00", "stock": 4, "fits": ["1"]},
    {"sku": "4", "maker": "Unknown", "groups": "Chairs"},
]
LOG = [("u2", "1", "2024-01-03"), ("u2", "3", "2024-01-01"), ("u1", "1", "5"), ("u2", "4", "2024-01-02T10:00:00Z")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    write_products(folder, PRODUCTS)
    (folder / "links.tsv").write_text("a\tb\thow\n1\t3\talso\n1\toutside/😀\talso\n3\t1\talso\n1\t3\talso\n")
    (folder / "log.tsv").write_text("user\tsku\tat\n" + "".join("\t".join(row) + "\n" for row in LOG))
    (folder / "labels.tsv").write_text(
        "kind\tvalue\tlabel@en\tlabel@zh\tsynonyms@en\tbroader\n"
        "category\tlamps\tLamps and lights\t灯\tlights|lamp\tLiving\n"
        "category\tLiving\tLiving room\t客厅\t\t\n"
    )
    (folder / "shop.toml").write_text(MAPPING)
    return folder


def write_products(folder: Path, products: list[dict[str, object]]) -> None:
    keys = dict.fromkeys(("sku", "title", "title_zh", "maker", "groups", "cost", "stock", "picture", "fits"))
    (folder / "products.jsonl").write_text("".join(json.dumps(keys | product) + "\n" for product in products))


def run(data: Path, shop: str = "demo") -> IngestReport:
    return ingest(data / "shop.toml", data.parent / "home", shop, silent)


def graph(data: Path) -> Store:
    return Store.read_only(str(open_shop(data.parent / "home", "demo").graph_dir))


def objects(store: Store, subject: str, predicate: str) -> set[str]:
    found = store.quads_for_pattern(NamedNode(subject), NamedNode(predicate), None, None)
    return {quad.object.value for quad in found}


def rejected(data: Path) -> list[dict[str, object]]:
    lines = open_shop(data.parent / "home", "demo").rejected_path.read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_a_shop_is_published_with_its_counts(data: Path) -> None:
    report = run(data)

    expected = {"products": 4, "links": 4, "external_products": 1, "interactions": 4, "shoppers": 2, "rejected": 0}
    assert expected.items() <= report.counts.items()
    folder = open_shop(data.parent / "home", "demo")
    assert folder.manifest.counts == report.counts
    assert folder.manifest.counts["triples"] == len(graph(data))
    assert folder.manifest.currency == "USD"
    assert len(folder.manifest.fingerprint) == 64
    assert not folder.arrays_path.exists()
    assert {path.name for path in folder.path.iterdir()} == {
        "graph",
        "interactions.parquet",
        "rejected.jsonl",
        "shop.json",
    }


def test_the_report_reads_well(data: Path) -> None:
    lines = run(data).lines()

    assert lines[0].startswith('The shop "demo" is ready')
    assert lines[1].startswith("4 products, 4 links between products, 4 interactions of 2 shoppers")
    assert any("1 product states no title" in line for line in lines)
    assert "No row was refused." in lines


def test_every_fact_is_in_the_graph_of_its_source(data: Path) -> None:
    run(data)
    store = graph(data)

    lamp, source = NamedNode(IRIS.product("1")), NamedNode(IRIS.source("catalogue"))
    assert Quad(lamp, NamedNode(str(SCHEMA.name)), Literal("Desk lamp", language="en"), source) in store
    assert Quad(lamp, NamedNode(str(SCHEMA.name)), Literal("台灯", language="zh"), source) in store
    assert Quad(lamp, NamedNode(str(SCHEMA.brand)), NamedNode(IRIS.node("brand", "Lux")), source) in store
    link = Quad(lamp, NamedNode(str(BECAUSE.alsoBought)), NamedNode(IRIS.product("3")), NamedNode(IRIS.source("links")))
    assert link in store
    used = NamedNode(str(BECAUSE.interactedWith))
    log = NamedNode(IRIS.source("interactions"))
    assert Quad(NamedNode(IRIS.shopper("u1")), used, lamp, log) in store
    assert {graph.value.rsplit(":", 1)[1] for graph in store.named_graphs()} == {
        "catalogue",
        "links",
        "interactions",
        "labels",
    }


def test_any_text_comes_back_as_it_was(data: Path) -> None:
    run(data)
    store = graph(data)

    nasty = IRIS.product("p 2>")
    assert objects(store, nasty, str(SCHEMA.name)) == {NASTY}
    assert objects(store, nasty, str(SCHEMA.productID)) == {"p 2>"}
    assert IRIS.product_id(nasty) == "p 2>"
    assert objects(store, IRIS.product("3"), str(SCHEMA.name)) == {"Bulb line two"}


def test_offers(data: Path) -> None:
    run(data)
    store = graph(data)

    assert objects(store, IRIS.offer("1"), str(SCHEMA.price)) == {"12.5"}
    assert objects(store, IRIS.offer("1"), str(SCHEMA.availability)) == set()
    assert objects(store, IRIS.offer("p 2>"), str(SCHEMA.availability)) == {str(SCHEMA.OutOfStock)}
    assert objects(store, IRIS.offer("3"), str(SCHEMA.price)) == {"1200"}
    assert objects(store, IRIS.offer("3"), str(SCHEMA.inventoryLevel)) == {"4"}
    assert objects(store, IRIS.offer("3"), str(SCHEMA.priceCurrency)) == {"USD"}
    assert objects(store, IRIS.product("4"), str(SCHEMA.offers)) == set()


def test_nodes_join_spellings_and_take_labels(data: Path) -> None:
    run(data)
    store = graph(data)
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    skos = "http://www.w3.org/2004/02/skos/core#"

    assert objects(store, IRIS.node("brand", "lux"), label) == {"Lux"}
    lamps = IRIS.node("category", "Lamps")
    assert objects(store, lamps, label) == {"Lamps and lights", "灯"}
    assert objects(store, lamps, skos + "altLabel") == {"lights", "lamp"}
    assert objects(store, lamps, skos + "broader") == {IRIS.node("category", "living")}
    assert objects(store, IRIS.node("category", "living"), label) == {"Living room", "客厅"}
    assert objects(store, IRIS.product("4"), str(SCHEMA.brand)) == set()


def test_a_product_without_title_is_called_by_what_is_known(data: Path) -> None:
    run(data)

    quads = list(graph(data).quads_for_pattern(NamedNode(IRIS.product("4")), NamedNode(str(SCHEMA.name)), None, None))
    assert [(quad.object.value, quad.graph_name.value) for quad in quads] == [("Chairs", IRIS.source("labels"))]


def test_the_log_is_ordered_and_split(data: Path) -> None:
    run(data)

    table = pq.read_table(open_shop(data.parent / "home", "demo").interactions_path).to_pydict()
    assert table["shopper_id"] == ["u1", "u2", "u2", "u2"]
    assert table["product_id"] == ["1", "3", "4", "1"]
    assert table["position"] == [0, 0, 1, 2]
    assert table["split"] == [0, 0, 1, 2]


def test_a_given_split_and_position_are_kept(data: Path) -> None:
    (data / "log.tsv").write_text("user\tsku\tat\tpart\nu\t1\t2\ttrain\nu\t3\t1\ttest\nu\t4\t0\tvalid\n")
    mapping = MAPPING.replace('at = "time"', 'at = "position"\npart = "split"')
    (data / "shop.toml").write_text(mapping)
    run(data)

    table = pq.read_table(open_shop(data.parent / "home", "demo").interactions_path).to_pydict()
    assert table["product_id"] == ["4", "3", "1"]
    assert table["split"] == [1, 2, 0]


def test_broken_rows_are_refused_whole_and_the_rest_loads(data: Path) -> None:
    broken: list[dict[str, object]] = [
        {"sku": "5", "title": "Cheap", "cost": "-1", "maker": "Nobody"},
        {"sku": "", "title": "No id"},
        {"sku": "1", "title": "Again"},
        {"sku": "6", "title": "Bad", "picture": "javascript:alert(1)"},
    ]
    write_products(data, PRODUCTS + broken)
    with (data / "products.jsonl").open("a") as stream:
        stream.write('{"sku": "7", "cost": NaN}\n' + json.dumps({"sku": "8", "title": "Good"}) + "\n")
    report = run(data)

    assert report.counts["products"] == 5
    found = {(row["line"], row["column"], row["problem"]) for row in rejected(data)}
    assert found == {
        (5, "cost", "a price cannot be negative"),
        (6, "sku", "the id is missing"),
        (7, None, "a product with this id came before"),
        (8, None, "an image or url must be a web address (http or https) or a relative path"),
        (9, None, "not valid JSON: NaN is not JSON"),
    }
    assert all(str(row["file"]).endswith("products.jsonl") for row in rejected(data))
    assert any("a price cannot be negative (first: products.jsonl, line 5, column cost" in x for x in report.lines())
    store = graph(data)
    assert objects(store, IRIS.product("5"), str(SCHEMA.name)) == set()
    assert objects(store, IRIS.node("brand", "Nobody"), "http://www.w3.org/2000/01/rdf-schema#label") == set()


def test_links_and_interactions_of_unknown_products_are_refused(data: Path) -> None:
    rows = ["a b how", "1 3 also", "3 1 also", "3 4 also", "9 1 also", "1 1 also", "1 3 same"]
    (data / "links.tsv").write_text("\n".join(rows).replace(" ", "\t"))
    with (data / "log.tsv").open("a") as stream:
        stream.write("u3\tgone\t1\nu1\t1\tyesterday\n")
    report = run(data)

    problems = {summary.problem: summary.count for summary in report.rejected}
    assert problems["the product is not in the catalogue"] == 1
    assert problems["a link from a product to itself"] == 1
    assert problems["neither a number nor an ISO 8601 date"] == 1
    assert any(problem.startswith("unknown relation; Allowed:") for problem in problems)
    assert report.counts["rejected"] == 5
    assert report.counts["shoppers"] == 2


def test_a_second_table_adds_to_known_products(data: Path) -> None:
    more = '[[tables]]\nname = "prices"\nkind = "products"\nfile = "prices.csv"\n'
    more += '[tables.columns]\nid = "id"\np = "price"\n'
    (data / "shop.toml").write_text(MAPPING + more)
    (data / "prices.csv").write_text("id,p\n4,9\n4,10\n1,9\nnew,1\n3,\n4,\n1,\n")
    report = run(data)

    quads = list(graph(data).quads_for_pattern(NamedNode(IRIS.offer("4")), NamedNode(str(SCHEMA.price)), None, None))
    assert [(quad.object.value, quad.graph_name.value) for quad in quads] == [("9", IRIS.source("prices"))]
    problems = {summary.problem: summary.count for summary in report.rejected}
    assert problems == {
        "an earlier source states its price already": 2,
        "no earlier source has a product with this id": 1,
    }


def test_a_table_that_is_mostly_refused_stops_everything(data: Path) -> None:
    write_products(data, [{"sku": str(i), "title": "x", "cost": "free" if i else "1"} for i in range(4)])

    with pytest.raises(IngestError, match=r'3 of 4 rows of the table "catalogue" were refused.*not a price'):
        run(data)
    assert list_shops(data.parent / "home") == []


def test_no_product_stops_everything(data: Path) -> None:
    write_products(data, [{"sku": None, "title": None, "title_zh": None, "maker": None, "groups": None}])
    (data / "products.jsonl").write_text("")
    with pytest.raises(MappingError, match="no JSON object"):
        run(data)
    (data / "products.csv").write_text("sku,title\n")
    (data / "shop.toml").write_text(
        '[shop]\ntitle = "x"\n[[tables]]\nname = "p"\nkind = "products"\nfile = "products.csv"\n'
        '[tables.columns]\nsku = "id"\ntitle = "name"\n'
    )
    with pytest.raises(IngestError, match="No product was accepted"):
        run(data)
    assert list_shops(data.parent / "home") == []


def unchanged_after(data: Path, error: type[BaseException], match: str = "") -> None:
    home = data.parent / "home"
    before = open_shop(home, "demo").manifest
    with pytest.raises(error, match=match):
        run(data)
    assert open_shop(home, "demo").manifest == before
    assert [path.name for path in (home / "shops" / "demo" / "versions").iterdir()] == [before.version]


def test_a_full_disk_while_writing_changes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(data)

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kg_tools.graph_writer.GraphWriter.add_link", full)
    unchanged_after(data, IngestError, "No space left on device.*as it was before")


def test_a_full_disk_while_loading_changes_nothing(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(data)

    class FullStore:
        def __init__(self, path: str) -> None:
            Path(path).mkdir()

        def bulk_load(self, **options: object) -> None:
            raise OSError("IO error: No space left on device")

    monkeypatch.setattr(ingest_module, "Store", FullStore)
    unchanged_after(data, IngestError, "No space left on device")


def test_an_interrupt_changes_nothing(data: Path) -> None:
    run(data)
    home = data.parent / "home"
    before = open_shop(home, "demo").manifest

    def interrupt(message: str, fraction: float | None) -> None:
        if message.startswith("Loading"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(data / "shop.toml", home, "demo", interrupt)
    assert open_shop(home, "demo").manifest == before
    assert len(list((home / "shops" / "demo" / "versions").iterdir())) == 1


def test_broken_input_changes_nothing(data: Path) -> None:
    run(data)
    (data / "links.tsv").unlink()
    unchanged_after(data, MappingError, "there is no file")


def test_the_fingerprint_follows_the_input(data: Path) -> None:
    run(data)
    first = open_shop(data.parent / "home", "demo").manifest.fingerprint
    run(data)
    assert open_shop(data.parent / "home", "demo").manifest.fingerprint == first
    write_products(data, PRODUCTS[:3])
    (data / "log.tsv").write_text("user\tsku\tat\nu\t1\t1\n")
    run(data)
    assert open_shop(data.parent / "home", "demo").manifest.fingerprint != first


@pytest.mark.parametrize(
    ("value", "expected"),
    [("Hair  Care", "hair-care"), ("ＬＵＸ", "lux"), ("STRASSE", "strasse"), ("Straße", "strasse")],
)
def test_slugs_join_spellings(value: str, expected: str) -> None:
    assert slug(value) == expected
