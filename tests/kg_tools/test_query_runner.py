"""Every named query and update on every kind of store, and what happens to hostile values."""

import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import BNode, Literal, URIRef
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parser import parseUpdate

from kg_tools.errors import QueryError, StoreError
from kg_tools.query_runner import PROLOGUE, QUERIES, QueryRunner, load_queries, parse_query, term_text
from kg_tools.store import GraphStore, OxigraphGraph
from kg_tools.vocabulary import BECAUSE, SCHEMA

BASE = "urn:because:corner:"


def iri(name: str) -> URIRef:
    return URIRef(BASE + name)


def short(term: object) -> str | None:
    return None if term is None else str(term).replace(BASE, "").replace("https://schema.org/", "schema:")


# Name of a query -> (values, some of its rows or all of them, number of rows).
QUERY_CASES: Mapping[str, tuple[dict[str, Any], set[tuple[str | None, ...]], int]] = {
    "products": ({}, {("product:iron1", "iron1"), ("product:a%2Fb%20%C3%BC", "a/b ü")}, 13),
    "texts": (
        {"predicate": SCHEMA.name},
        {("product:lipstick2", "红色口红", "zh"), ("product:lipstick2", "Rouge Lipstick", "en")},
        14,
    ),
    "edges": (
        {"predicate": [SCHEMA.brand, SCHEMA.color]},
        {
            ("product:brush1", "schema:brand", "brand:conair", "source:mined-brands"),
            ("product:lipstick1", "schema:color", "colour:orange", "source:products"),
        },
        10,
    ),
    "broader": ({}, {("category:curling-irons", "category:styling-tools", "source:labels")}, 4),
    "nodes": (
        {"type": [SCHEMA.CategoryCode]},
        {
            (
                "category:curling-irons",
                "schema:CategoryCode",
                "curling wand",
                "en",
                "http://www.w3.org/2004/02/skos/core#altLabel",
            )
        },
        14,
    ),
    "offers": (
        {},
        {
            ("product:brush1", "schema:price", "12.5", "source:products"),
            ("product:brush1", "schema:price", "9.5", "source:updates"),
            ("product:dryer2", "schema:inventoryLevel", "3", "source:products"),
        },
        15,
    ),
    "offer_of": ({"product": iri("product:iron1")}, {("offer:iron1",)}, 1),
    "source_confidence": ({}, {("source:mined-brands", "0.9"), ("source:mined-features", "0.8")}, 2),
    "literals": (
        {
            "product": [iri("product:iron1"), iri("product:shampoo2")],
            "predicate": [SCHEMA.description, SCHEMA.image],
        },
        {
            (
                "product:shampoo2",
                "schema:description",
                'Cleans with "strong" sulfates,\nsmells of oranges.',
                "source:products",
            ),
            ("product:iron1", "schema:image", "https://shop.example/iron1.jpg", "source:products"),
        },
        3,
    ),
    "facts": (
        {"product": iri("product:iron2")},
        {
            ("product:iron2", "schema:brand", "brand:conair", "source:products"),
            ("offer:iron2", "schema:price", "24.99", "source:products"),
            ("product:iron2", "urn:because:vocabulary:alsoViewed", "product:dryer2", "source:also"),
        },
        9,
    ),
    "statements": (
        {"subject": iri("product:shampoo1"), "predicate": BECAUSE.feature},
        {
            ("feature:sulfate-free", "source:products"),
            ("feature:sulfate-free", "source:mined-features"),
            ("feature:gentle", "source:mined-features"),
        },
        3,
    ),
    "shopper_products": ({"shopper": iri("shopper:s1")}, {("product:iron1",), ("product:dryer2",)}, 2),
    "products_in_graphs": ({}, {("product:iron1", "source:products")}, 13),
    "edges_of": (
        {"changed": [iri("product:iron1"), iri("product:elsewhere")], "predicate": BECAUSE.alsoBought},
        {
            ("product:iron1", "urn:because:vocabulary:alsoBought", "product:shampoo1", "source:also"),
            ("product:unknown", "urn:because:vocabulary:alsoBought", "product:iron1", "source:also"),
        },
        7,  # iron1 to itself and to elsewhere is found in either direction
    ),
}

PRODUCT, OFFER, UPDATES = iri("product:iron1"), iri("offer:iron1"), iri("source:updates")

# Name of an update -> (values, query to look with, its values, its rows afterwards).
UPDATE_CASES: Mapping[str, tuple[dict[str, Any], str, dict[str, Any], set[tuple[str, ...]]]] = {
    "update_price": (
        {"product": PRODUCT, "offer": OFFER, "updates": UPDATES, "price": Literal("19.95")},
        "statements",
        {"subject": OFFER, "predicate": SCHEMA.price},
        {("19.95", "source:updates")},
    ),
    "update_stock": (
        {
            "product": iri("product:dryer2"),
            "offer": iri("offer:dryer2"),
            "updates": UPDATES,
            "availability": SCHEMA.OutOfStock,
        },
        "facts",
        {"product": iri("product:dryer2")},
        {("offer:dryer2", "schema:availability", "schema:OutOfStock", "source:updates")},
    ),
    "replace_links": (
        {
            "source": iri("source:also"),
            "predicate": BECAUSE.alsoBought,
            "product_target": [(PRODUCT, iri("product:gift")), (PRODUCT, iri("product:brush1"))],
        },
        "edges",
        {"predicate": [BECAUSE.alsoBought]},
        {
            ("product:iron1", "urn:because:vocabulary:alsoBought", "product:gift", "source:also"),
            ("product:iron1", "urn:because:vocabulary:alsoBought", "product:brush1", "source:also"),
        },
    ),
    "add_product": (
        {"source": UPDATES, "subject_predicate_object": [(iri("product:new"), SCHEMA.productID, Literal("new"))]},
        "statements",
        {"subject": iri("product:new"), "predicate": SCHEMA.productID},
        {("new", "source:updates")},
    ),
    "remove_product": (
        {"product": PRODUCT, "predicate": [BECAUSE.alsoBought]},
        "edges",
        {"predicate": [BECAUSE.alsoBought, SCHEMA.price]},
        {
            (f"offer:{one}", "schema:price", price, source)
            for one, price, source in (
                ("iron2", "24.99", "source:products"),
                ("dryer1", "39.5", "source:products"),
                ("dryer2", "59.5", "source:products"),
                ("shampoo1", "8.5", "source:products"),
                ("shampoo2", "6.5", "source:products"),
                ("lipstick2", "14.5", "source:products"),
                ("brush1", "12.5", "source:products"),
                ("brush1", "9.5", "source:updates"),
            )
        },
    ),
}


def test_every_query_file_has_a_case() -> None:
    names = {path.name for path in QUERIES.iterdir()}
    assert names == {f"{name}.rq" for name in QUERY_CASES} | {f"{name}.ru" for name in UPDATE_CASES}


@pytest.mark.parametrize("name", QUERY_CASES)
def test_named_query(store: GraphStore, name: str) -> None:
    values, expected, count = QUERY_CASES[name]
    rows = [tuple(short(term) for term in row) for row in QueryRunner(store).select(name, **values)]
    assert expected <= set(rows)
    assert len(rows) == count


@pytest.mark.parametrize("name", QUERY_CASES)
def test_bulk_answer_is_the_same_as_the_answer_in_terms(store: GraphStore, name: str) -> None:
    values, _, count = QUERY_CASES[name]
    runner = QueryRunner(store)
    table = runner.table(name, **values)
    rows = runner.select(name, **values)
    bulk = sorted(tuple(row.values()) for row in table.to_pylist())
    assert bulk == sorted(tuple("" if term is None else str(term) for term in row) for row in rows)
    assert table.num_rows == count


@pytest.mark.parametrize("name", UPDATE_CASES)
def test_named_update(store: GraphStore, name: str) -> None:
    values, look, look_values, expected = UPDATE_CASES[name]
    runner = QueryRunner(store)
    runner.update((name, values))
    rows = {tuple(short(term) for term in row) for row in runner.select(look, **look_values)}
    if look == "facts":
        assert expected <= rows
        assert not any("inventoryLevel" in str(row) for row in rows)
    else:
        assert rows == expected


def test_every_file_parses_as_plain_sparql() -> None:
    for name, query in load_queries().items():
        text = PROLOGUE + query.text
        if name.endswith(".rq"):
            assert prepareQuery(text).algebra.name == "SelectQuery"
        else:
            assert parseUpdate(text).request


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?s WHERE { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT ?s FROM <file:///etc/passwd> WHERE { ?s ?p ?o }",
        "select ?s from named <urn:g> where { ?s ?p ?o }",
        "LOAD <file:///etc/passwd>",
        "INSERT DATA { <urn:s> <urn:p> <urn:o> }",
        "SELECT ?s WHERE { ?s ?p ?o } ; DROP ALL",
        "DELETE WHERE { ?s ?p ?o }",
        "ASK { ?s ?p ?o }",
        "SELECT ?s WHERE { ?s ?p ?o } LIMIT 5",
        "CLEAR ALL",
    ],
)
def test_refused_in_a_query_file(text: str) -> None:
    with pytest.raises(QueryError, match=r"evil\.rq"):
        parse_query("evil.rq", text)


@pytest.mark.parametrize("text", ["LOAD <urn:x>", "DROP ALL", "CLEAR ALL", "INSERT { } WHERE { SERVICE <urn:x> { } }"])
def test_refused_in_an_update_file(text: str) -> None:
    with pytest.raises(QueryError, match="not allowed"):
        parse_query("evil.ru", text)


def test_words_in_names_comments_and_strings_are_not_commands() -> None:
    text = '# from here\nSELECT ?from WHERE { ?from schema:load "drop" . <urn:insert> ?p ?o }'
    assert parse_query("fine.rq", text).many == {}


ATTACKS = [
    '"} DROP ALL #',
    "'} ; CLEAR ALL ; SELECT * WHERE { ?s ?p '",
    '""" } } ; DROP ALL #',
    "\\",
    '\\"',
    "line\nbreak\r\ntab\t",
    "# bind ?predicate",
    "?product",
    "emoji 🧴 中文",
    "\\u0022} ; DROP ALL #",
    "\\\\u0022} ; DROP ALL #",
    "\\\\\\U00000022 \\u \\Users",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_hostile_text_stays_a_value(store: GraphStore, text: str) -> None:
    runner = QueryRunner(store)
    before = len(runner.select("products"))
    runner.update(("update_price", {"product": PRODUCT, "offer": OFFER, "updates": UPDATES, "price": Literal(text)}))
    (row,) = runner.select("statements", subject=OFFER, predicate=SCHEMA.price)
    assert str(row[0]) == text
    assert len(runner.select("products")) == before


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t")))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    query = f"SELECT ?value WHERE {{ VALUES (?value) {{ ({term_text(Literal(text))}) }} }}"
    assert [str(row[0]) for row in OxigraphGraph().rows(query)] == [text]


@pytest.mark.parametrize(
    "text",
    [
        "urn:a> ?p ?o } ; DROP ALL #",
        "urn:a b",
        "urn:a{b}",
        'urn:"a"',
        "urn:a\\u003E",
        "urn:a\nb",
        "no-scheme",
        "",
        "urn:\ud800",
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_iri_is_refused(text: str) -> None:
    runner = QueryRunner(OxigraphGraph())
    with pytest.raises(QueryError):
        runner.select("shopper_products", shopper=URIRef(text))


@settings(max_examples=150, deadline=None)
@given(st.text())
def test_an_iri_never_ends_its_brackets(text: str) -> None:
    try:
        written = term_text(URIRef("urn:" + text))
    except QueryError:
        return
    assert written.startswith("<urn:")
    assert not set(written[1:-1]) & set('<>"{}|\\^` \n\t')


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(QueryError, match="Unicode"):
        term_text(Literal("\ud800"))


def test_blank_nodes_cannot_be_bound() -> None:
    with pytest.raises(QueryError, match="neither"):
        term_text(BNode())


def test_values_must_be_those_declared() -> None:
    runner = QueryRunner(OxigraphGraph())
    with pytest.raises(QueryError, match="binds"):
        runner.select("facts")
    with pytest.raises(QueryError, match="binds"):
        runner.select("products", product=PRODUCT)
    with pytest.raises(QueryError, match="one value"):
        runner.select("facts", product=[PRODUCT, OFFER])
    with pytest.raises(QueryError, match="no query"):
        runner.select("nothing")


def test_no_values_give_no_rows(store: GraphStore) -> None:
    assert QueryRunner(store).select("literals", product=[], predicate=[SCHEMA.image]) == []


def test_exists(store: GraphStore) -> None:
    runner = QueryRunner(store)
    assert runner.exists("shopper_products", shopper=iri("shopper:s1"))
    assert not runner.exists("shopper_products", shopper=iri("shopper:nobody"))


def test_too_many_rows_are_an_error_not_a_cut(store: GraphStore) -> None:
    with pytest.raises(QueryError, match="more than 5 rows"):
        QueryRunner(store).select("products", max_rows=5)


def test_a_slow_query_is_given_up() -> None:
    released = threading.Event()

    class Slow(OxigraphGraph):
        def rows(self, query: str) -> Any:
            released.wait(10)
            return super().rows(query)

    began = time.monotonic()
    with pytest.raises(QueryError, match=r"longer than 0\.2 s"):
        QueryRunner(Slow(), seconds=0.2).select("products")
    assert time.monotonic() - began < 2
    released.set()


def test_errors_of_the_store_arrive() -> None:
    store = OxigraphGraph()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        QueryRunner(store).select("products")
