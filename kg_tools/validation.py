"""The gate: what a product must be like to enter the graph.

The rules are the SHACL shapes in shapes.ttl. Rows of tables are many, so they are checked by the same
rules written in Python, and pySHACL runs on a sample of what they became; RDF input goes through pySHACL.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from importlib.resources import files

from pyoxigraph import Literal as OxigraphLiteral
from pyoxigraph import NamedNode, Store
from pyshacl import validate
from rdflib import RDF, SH, Graph, Literal, URIRef
from rdflib.term import Identifier, Node

from kg_tools.product_rows import ProductDraft
from kg_tools.rejections import RowRejected
from kg_tools.vocabulary import NODE_PREDICATES, SCHEMA

SAMPLE = 200
"""Products made of tables that go through pySHACL."""

_WEB_ADDRESS = re.compile(r"https?://\S+|[^:\s][^:]*")
_MOST_LETTERS = 2000


def _one_per_language(draft: ProductDraft) -> bool:
    languages = [name.language for name in draft.names]
    return len(languages) == len(set(languages))


def _one_description(draft: ProductDraft) -> bool:
    languages = [text.language for text in draft.literals.get("description", [])]
    return len(languages) == len(set(languages))


def _web_addresses(draft: ProductDraft) -> bool:
    texts = [text for kind in ("image", "url") for text in draft.literals.get(kind, [])]
    return all(_WEB_ADDRESS.fullmatch(text.value) for text in texts)


ROW_RULES: tuple[tuple[str, Callable[[ProductDraft], bool]], ...] = (
    ("a product must have exactly one id", lambda draft: bool(draft.product_id)),
    ("a product must have a title, and one per language", _one_per_language),
    (
        "a title is longer than 2,000 characters",
        lambda draft: all(len(name.value) <= _MOST_LETTERS for name in draft.names),
    ),
    ("a product must have one description per language", _one_description),
    ("an image or url must be a web address (http or https) or a relative path", _web_addresses),
    (
        "a price must be a number of at least 0",
        lambda draft: draft.offer.price is None or (draft.offer.price.is_finite() and draft.offer.price >= 0),
    ),
    (
        "an inventory must be a whole number of at least 0",
        lambda draft: draft.offer.inventory is None or draft.offer.inventory >= 0,
    ),
)
"""The message of a shape, and whether a draft keeps it. What else the shapes say holds for every draft by its type."""


def check_draft(draft: ProductDraft) -> None:
    """Refuse a product that the shapes would refuse.

    Raises:
        RowRejected: with the message of the first shape that does not hold.
    """
    for message, holds in ROW_RULES:
        if not holds(draft):
            raise RowRejected(message, value=draft.product_id)


def violations(graph: Graph) -> dict[str, str]:
    """Check a graph of products against the shapes.

    Args:
        graph: products with their offers and attribute nodes.

    Returns:
        IRI of a product -> message of a shape that it, its offer or one of its nodes does not keep.
    """
    conforms, results, _ = validate(graph, shacl_graph=_shapes(), inplace=True, advanced=False)
    if conforms or not isinstance(results, Graph):
        return {}
    found: dict[str, str] = {}
    for result in sorted(results.subjects(RDF.type, SH.ValidationResult), key=str):
        focus = results.value(result, SH.focusNode)
        message = results.value(result, SH.resultMessage)
        for product in _products_of(graph, focus):
            found.setdefault(str(product), str(message))
    return found


def sample_violations(store: Store, products: Sequence[str]) -> dict[str, str]:
    """Check evenly spaced products of a store against the shapes.

    Args:
        store: the loaded graph.
        products: IRIs of all products.

    Returns:
        As ``violations``.
    """
    step = max(len(products) // SAMPLE, 1)
    graph = Graph()
    for product in products[::step][:SAMPLE]:
        _copy(store, NamedNode(product), graph)
    joined = {
        str(node) for predicate in (*NODE_PREDICATES.values(), SCHEMA.offers) for node in graph.objects(None, predicate)
    }
    for node in joined:
        _copy(store, NamedNode(node), graph)
    return violations(graph)


@lru_cache(maxsize=1)
def _shapes() -> Graph:
    return Graph().parse(data=files("kg_tools").joinpath("shapes.ttl").read_text("utf-8"), format="turtle")


def _products_of(graph: Graph, focus: Node | None) -> Iterable[Node]:
    if focus is None or (focus, RDF.type, SCHEMA.Product) in graph:
        return [focus] if focus is not None else []
    owners = {s for s in graph.subjects(None, focus) if (s, RDF.type, SCHEMA.Product) in graph}
    return sorted(owners, key=str)


def _copy(store: Store, subject: NamedNode, graph: Graph) -> None:
    for quad in store.quads_for_pattern(subject, None, None, None):
        value = quad.object
        term: Identifier
        if isinstance(value, OxigraphLiteral):
            datatype = None if value.language else URIRef(value.datatype.value)
            term = Literal(value.value, lang=value.language, datatype=datatype)
        else:
            term = URIRef(str(value)[1:-1])
        graph.add((URIRef(subject.value), URIRef(quad.predicate.value), term))
