import gzip
import json
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from kg_tools.errors import IngestError
from kg_tools.ingest import ingest
from kg_tools.ingest_report import IngestReport
from kg_tools.iris import ShopIris
from kg_tools.progress import silent
from kg_tools.shops import list_shops, open_shop
from kg_tools.vocabulary import BECAUSE, SCHEMA

IRIS = ShopIris("urn:because:demo:")
SHOP = (
    '[shop]\ntitle = "A shop"\nlanguages = ["en", "zh"]\ncurrency = "EUR"\n[mining]\nbrands = false\nfeatures = false\n'
)
LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
TURTLE = """
@prefix schema: <https://schema.org/> .
@prefix old: <http://schema.org/> .
@prefix because: <urn:because:vocabulary:> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ex: <http://shop.example/p/> .

ex:lamp a schema:Product ; schema:productID "L1" ; schema:name "Desk lamp"@en , "台灯"@zh , "Lampe"@fr ;
    schema:brand [ a schema:Brand ; schema:name "Lux" ] ;
    schema:category <http://shop.example/c/desk-lamps> ;
    schema:offers [ a schema:Offer ; schema:price 12.5 ; schema:priceCurrency "EUR" ;
                    schema:availability schema:InStock ] ;
    because:alsoBought ex:bulb , <http://elsewhere.example/shade> ;
    schema:award "best lamp" .
ex:bulb a old:Product ; old:name "Bulb" ; old:brand "LUX" ; old:offers [ old:price "3.00" ] .
<http://shop.example/c/desk-lamps> skos:prefLabel "Desk lamps"@en , "台灯类"@zh ; skos:altLabel "reading lights"@en ;
    skos:broader <http://shop.example/c/lighting> .
"""


def mapping(folder: Path, *files: str) -> Path:
    listed = ", ".join(f'"{file}"' for file in files)
    path = folder / "shop.toml"
    path.write_text(f'{SHOP}[[rdf]]\nname = "graph"\nfile = [{listed}]\n')
    return path


def run(folder: Path, *files: str) -> IngestReport:
    return ingest(mapping(folder, *files), folder / "home", "demo", silent)


def graph(folder: Path) -> Store:
    return Store.read_only(str(open_shop(folder / "home", "demo").graph_dir))


def objects(store: Store, subject: str, predicate: str) -> set[str]:
    return {q.object.value for q in store.quads_for_pattern(NamedNode(subject), NamedNode(predicate), None, None)}


def refused(folder: Path, *files: str) -> str:
    with pytest.raises(IngestError) as caught:
        run(folder, *files)
    assert list_shops(folder / "home") == []
    return str(caught.value)


def test_turtle_becomes_our_graph(tmp_path: Path) -> None:
    (tmp_path / "shop.ttl").write_text(TURTLE)
    report = run(tmp_path, "shop.ttl")
    store = graph(tmp_path)

    assert report.counts["products"] == 2
    assert report.counts["links"] == 2
    lamp = IRIS.product("L1")
    assert objects(store, lamp, str(SCHEMA.name)) == {"Desk lamp", "台灯"}
    assert objects(store, lamp, str(SCHEMA.brand)) == {IRIS.node("brand", "lux")}
    assert objects(store, IRIS.product("bulb"), str(SCHEMA.brand)) == {IRIS.node("brand", "lux")}
    assert objects(store, lamp, str(BECAUSE.alsoBought)) == {IRIS.product("bulb"), IRIS.product("shade")}
    assert objects(store, IRIS.offer("L1"), str(SCHEMA.price)) == {"12.5"}
    assert objects(store, IRIS.offer("L1"), str(SCHEMA.availability)) == {str(SCHEMA.InStock)}
    category = IRIS.node("category", "Desk lamps")
    assert objects(store, lamp, str(SCHEMA.category)) == {category}
    assert objects(store, category, LABEL) == {"Desk lamps", "台灯类"}
    assert objects(store, category, "http://www.w3.org/2004/02/skos/core#broader") == {
        IRIS.node("category", "lighting")
    }
    notes = " ".join(report.notes)
    assert "https://schema.org/award (1)" in notes
    assert "https://schema.org/name@fr (1)" in notes
    assert '2 of 2 products of "graph" went through SHACL.' in notes
    assert {g.value for g in store.named_graphs()} == {IRIS.source("graph"), IRIS.source("labels")}


def as_quads(folder: Path) -> None:
    store = Store()
    store.bulk_load(TURTLE.encode(), format=RdfFormat.TURTLE, to_graph=NamedNode("http://shop.example/g"))
    lines = [f"{q.subject} {q.predicate} {q.object} {q.graph_name} ." for q in store]
    (folder / "shop.nq.gz").write_bytes(gzip.compress("\n".join(lines).encode()))


def test_gzipped_nquads_read_the_same(tmp_path: Path) -> None:
    as_quads(tmp_path)
    run(tmp_path, "shop.nq.gz")

    assert objects(graph(tmp_path), IRIS.product("L1"), str(SCHEMA.name)) == {"Desk lamp", "台灯"}


def jsonld(context: object) -> dict[str, object]:
    return {
        "@context": context,
        "@type": "Product",
        "productID": "J1",
        "name": "Mug",
        "image": "https://shop.example/mug.png",
        "brand": {"@type": "Brand", "name": "Clay"},
        "offers": {"@type": "Offer", "price": 7.5, "availability": "https://schema.org/OutOfStock"},
    }


@pytest.mark.parametrize("context", ["https://schema.org", "http://schema.org/", {"@vocab": "http://schema.org/"}])
def test_jsonld_with_the_schema_org_context(tmp_path: Path, context: object) -> None:
    (tmp_path / "mug.jsonld").write_text(json.dumps(jsonld(context)))
    run(tmp_path, "mug.jsonld")
    store = graph(tmp_path)

    assert objects(store, IRIS.product("J1"), str(SCHEMA.image)) == {"https://shop.example/mug.png"}
    assert objects(store, IRIS.offer("J1"), str(SCHEMA.price)) == {"7.5"}
    assert objects(store, IRIS.offer("J1"), str(SCHEMA.availability)) == {str(SCHEMA.OutOfStock)}


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (jsonld("https://evil.example/context"), "have to be fetched from the network"),
        (jsonld(["https://schema.org", {"x": {"@id": "x:y", "@context": "file:///etc/passwd"}}]), "file:///etc/passwd"),
        (jsonld({"@import": "https://evil.example"}), "@import"),
        ({"@graph": [jsonld("other.jsonld")]}, "other.jsonld"),
    ],
)
def test_no_context_is_fetched(tmp_path: Path, document: object, problem: str) -> None:
    (tmp_path / "mug.jsonld").write_text(json.dumps(document))
    assert problem in refused(tmp_path, "mug.jsonld")


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("bad.ttl", TURTLE + "ex:x a schema:Product ; oops\n", f"bad.ttl, line {TURTLE.count(chr(10)) + 1}"),
        ("bad.nt", '<http://x/a> <http://x/b> "c" .\n<http://x/a> <http://x b> "c" .\n', "bad.nt, line 2"),
        ("bad.jsonld", '{\n"@type": \n}', "bad.jsonld, line 3"),
        ("none.ttl", "<http://x/a> <http://x/b> <http://x/c> .", "nothing there is a schema:Product"),
    ],
)
def test_broken_files_are_told_with_their_line(tmp_path: Path, name: str, content: str, where: str) -> None:
    (tmp_path / name).write_text(content)
    assert where in refused(tmp_path, name)


def product(name: str, rest: str) -> str:
    return f'ex:{name} a schema:Product ; schema:name "{name}" {rest} .\n'


@pytest.mark.parametrize(
    ("faulty", "problem"),
    [
        ("; schema:offers [ schema:price -1 ]", "a price must be a number of at least 0"),
        ('; schema:offers [ schema:price "cheap" ]', "a price must be a number of at least 0"),
        ('; schema:offers [ schema:price 1 ; schema:priceCurrency "USD" ]', "the shop's currency is EUR"),
        ('; schema:offers [ schema:availability "perhaps" ]', "an availability must be schema:InStock"),
        ("; schema:offers [ schema:price 1 ] , [ schema:price 2 ]", "a product must have one offer"),
        ('; schema:productID "a" , "b"', "a product must have exactly one id"),
        ('; schema:name "another"', "a product must have a title, and one per language"),
        ('; schema:image "javascript:alert(1)"', "an image or url must be a web address"),
        ("; schema:brand []", "a node must have a label"),
        ("; because:alsoBought ex:bad", "joins the product to itself"),
    ],
)
def test_a_faulty_product_is_left_out_whole(tmp_path: Path, faulty: str, problem: str) -> None:
    head = "\n".join(TURTLE.splitlines()[:7]) + "\n"
    (tmp_path / "shop.ttl").write_text(head + product("good", '; schema:brand "Lux"') + product("bad", faulty))
    report = run(tmp_path, "shop.ttl")

    assert report.counts["products"] == 1
    assert [summary.problem for summary in report.rejected] == [report.rejected[0].problem]
    assert problem in report.rejected[0].problem
    assert report.rejected[0].examples[0].value == "<http://shop.example/p/bad>"
    assert objects(graph(tmp_path), IRIS.product("bad"), str(SCHEMA.name)) == set()


def test_mostly_faulty_products_stop_everything(tmp_path: Path) -> None:
    bad = "".join(product(f"b{i}", "; schema:offers [ schema:price -1 ]") for i in range(3))
    head = "\n".join(TURTLE.splitlines()[:7]) + "\n"
    (tmp_path / "shop.ttl").write_text(head + product("good", "") + bad)

    assert '3 of 4 products of "graph" were refused' in refused(tmp_path, "shop.ttl")


def test_rdf_adds_to_products_of_tables(tmp_path: Path) -> None:
    (tmp_path / "products.csv").write_text("id,name\nL1,Desk lamp\n")
    (tmp_path / "more.ttl").write_text(
        "@prefix schema: <https://schema.org/> .\n"
        '<http://x/1> a schema:Product ; schema:productID "L1" ; schema:color "Red" .\n'
        '<http://x/2> a schema:Product ; schema:productID "L2" ; schema:name "Chair" .\n'
    )
    path = mapping(tmp_path, "more.ttl")
    table = '[[tables]]\nname = "shop"\nkind = "products"\nfile = "products.csv"\n'
    path.write_text(path.read_text() + table + '[tables.columns]\nid = "id"\nname = "name"\n')
    report = ingest(path, tmp_path / "home", "demo", silent)

    assert report.counts["products"] == 2
    assert objects(graph(tmp_path), IRIS.product("L1"), str(SCHEMA.color)) == {IRIS.node("colour", "red")}
