"""Products as a shopper sees them: bulk data from the snapshot, texts with one query for all."""

from collections.abc import Mapping, Sequence

from rdflib import Literal, URIRef

from kg_tools.products import Product
from kg_tools.query_runner import QueryRunner
from kg_tools.snapshot import Snapshot
from kg_tools.vocabulary import LITERAL_PREDICATES

_TEXTS = {str(LITERAL_PREDICATES[name]): name for name in ("description", "image")}


def read_cards(snapshot: Snapshot, runner: QueryRunner, indices: Sequence[int], language: str) -> list[Product]:
    """Products in the order asked.

    Args:
        snapshot: titles, offers, joins.
        runner: where to ask for descriptions and images.
        indices: which products.
        language: preferred language of descriptions.
    """
    iris = [snapshot.products.iris[index] for index in indices]
    texts = _read_texts(runner, iris, language)
    return [_card(snapshot, index, texts.get(iri, {})) for index, iri in zip(indices, iris, strict=True)]


def _card(snapshot: Snapshot, index: int, texts: Mapping[str, str]) -> Product:
    attributes: dict[str, list[str]] = {}
    for position in snapshot.joins.nodes_of(index):
        node = snapshot.nodes[snapshot.joins.nodes[position]]
        attributes.setdefault(node.kind, []).append(node.label)
    return Product(
        iri=snapshot.products.iris[index],
        product_id=snapshot.products.ids[index],
        title=snapshot.products.titles[index],
        price=snapshot.offers.price(index),
        in_stock=snapshot.offers.in_stock(index),
        attributes={kind: tuple(dict.fromkeys(found)) for kind, found in attributes.items()},
        description=texts.get("description", ""),
        image=texts.get("image"),
    )


def _read_texts(runner: QueryRunner, iris: Sequence[str], language: str) -> dict[str, dict[str, str]]:
    """Product IRI -> "description" or "image" -> text, in the language where there is a choice."""
    if not iris:
        return {}
    rows = runner.select("literals", product=[URIRef(iri) for iri in iris], predicate=[URIRef(iri) for iri in _TEXTS])
    # The last one written stays: texts in the wished language come last.
    rows.sort(key=lambda row: (_language(row[2]) in {language, None}, str(row[2])))
    texts: dict[str, dict[str, str]] = {}
    for product, predicate, value, _ in rows:
        texts.setdefault(str(product), {})[_TEXTS[str(predicate)]] = str(value)
    return texts


def _language(term: object) -> str | None:
    return term.language if isinstance(term, Literal) else None
