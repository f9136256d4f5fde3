from collections.abc import Callable
from decimal import Decimal

import pytest
from rdflib import RDF, SH, Graph, Literal, URIRef

from kg_tools import validation
from kg_tools.iris import ShopIris
from kg_tools.product_rows import Offer, ProductDraft, Text
from kg_tools.rdf_input import RdfProduct, shape_graph
from kg_tools.rejections import RowRejected
from kg_tools.validation import ROW_RULES, check_draft, violations
from kg_tools.vocabulary import LINK_PREDICATES, LITERAL_PREDICATES, NODE_CLASSES, NODE_PREDICATES, SCHEMA

IRIS = ShopIris("urn:because:demo:")


def good() -> ProductDraft:
    return ProductDraft(
        "1",
        names=[Text("Desk lamp", "en"), Text("台灯", "zh")],
        literals={"image": [Text("https://shop.example/1.png")], "url": [Text("p/1.html")], "size": [Text("L")]},
        nodes={"brand": ["Lux"], "category": ["Lamps"]},
        offer=Offer(Decimal("12.50"), in_stock=True, inventory=3),
    )


def shapes_say(draft: ProductDraft) -> set[str]:
    """What the shapes say of the same product."""
    offer = {str(SCHEMA.price): [str(draft.offer.price)], str(SCHEMA.inventoryLevel): [str(draft.offer.inventory)]}
    as_rdf = RdfProduct("1", [draft.product_id], draft.names, draft.literals, offers=[offer])
    graph = Graph()
    shape_graph(as_rdf, graph, IRIS)
    return set(violations(graph).values())


def test_a_good_product_passes_both_gates() -> None:
    check_draft(good())
    assert shapes_say(good()) == set()


def with_id(draft: ProductDraft) -> None:
    draft.product_id = ""


def with_two_titles(draft: ProductDraft) -> None:
    draft.names.append(Text("Another", "en"))


def with_long_title(draft: ProductDraft) -> None:
    draft.names[0] = Text("x" * 2001, "en")


def with_two_descriptions(draft: ProductDraft) -> None:
    draft.literals["description"] = [Text("a", "en"), Text("b", "en")]


def with_script(draft: ProductDraft) -> None:
    draft.literals["image"] = [Text("javascript:alert(1)")]


def with_data_url(draft: ProductDraft) -> None:
    draft.literals["url"] = [Text("data:text/html,x")]


def with_negative_price(draft: ProductDraft) -> None:
    draft.offer.price = Decimal("-0.01")


def with_endless_price(draft: ProductDraft) -> None:
    draft.offer.price = Decimal("Infinity")


def with_negative_stock(draft: ProductDraft) -> None:
    draft.offer.inventory = -1


FAULTS = [
    with_id,
    with_two_titles,
    with_long_title,
    with_two_descriptions,
    with_script,
    with_data_url,
    with_negative_price,
    with_endless_price,
    with_negative_stock,
]


@pytest.mark.parametrize("spoil", FAULTS)
def test_both_gates_refuse_the_same_with_the_same_words(spoil: Callable[[ProductDraft], None]) -> None:
    draft = good()
    spoil(draft)

    with pytest.raises(RowRejected) as caught:
        check_draft(draft)
    assert caught.value.problem in shapes_say(draft)


def test_every_row_rule_is_a_shape() -> None:
    messages = {str(message) for message in validation._shapes().objects(None, SH.message)}
    assert {message for message, _ in ROW_RULES} <= messages


def whole() -> Graph:
    graph = Graph()
    shape_graph(RdfProduct("1", ["1"], [Text("Lamp", "en")]), graph, IRIS)
    return graph


@pytest.mark.parametrize("kind", sorted(NODE_PREDICATES))
def test_nodes_need_their_class_and_a_label(kind: str) -> None:
    product, node = URIRef(IRIS.product("1")), URIRef(IRIS.node(kind, "x"))
    graph = whole()
    graph.add((product, NODE_PREDICATES[kind], node))
    assert "must be a node of class" in violations(graph)[str(product)]

    graph.add((node, RDF.type, NODE_CLASSES[kind]))
    assert violations(graph)[str(product)] == "a node must have a label, and one per language"


@pytest.mark.parametrize("relation", sorted(LINK_PREDICATES))
def test_links_lead_to_products(relation: str) -> None:
    product = URIRef(IRIS.product("1"))
    graph = whole()
    graph.add((product, LINK_PREDICATES[relation], URIRef(IRIS.product("outside"))))
    assert violations(graph) == {}

    graph.add((product, LINK_PREDICATES[relation], Literal("outside")))
    assert violations(graph) == {str(product): "a link must lead to a product"}


def test_only_the_faulty_product_is_named() -> None:
    graph = whole()
    shape_graph(RdfProduct("2", ["2"]), graph, IRIS)

    assert violations(graph) == {IRIS.product("2"): "a product must have a title, and one per language"}


def test_all_literals_of_the_vocabulary_pass() -> None:
    texts = {name: [Text("x", "en" if name == "description" else None)] for name in LITERAL_PREDICATES}
    graph = Graph()
    shape_graph(RdfProduct("1", ["1"], [Text("Lamp", "en")], literals=texts), graph, IRIS)

    assert violations(graph) == {}
