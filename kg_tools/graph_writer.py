"""Writes what ingest has read as N-Quads text, ready for the store's bulk loader.

Every IRI is made of percent-encoded parts or vocabulary terms, and every literal goes through
pyoxigraph's own serializer, so no value can break out of its place.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO

from pyoxigraph import Literal
from rdflib import RDF, RDFS, SKOS, XSD, URIRef

from kg_tools.iris import ShopIris
from kg_tools.node_labels import NodeRegistry
from kg_tools.product_rows import Offer, ProductDraft, Text, fallback_title
from kg_tools.rejections import RowRejected
from kg_tools.vocabulary import (
    BECAUSE,
    LINK_PREDICATES,
    LITERAL_PREDICATES,
    NODE_CLASSES,
    NODE_PREDICATES,
    SCHEMA,
)

LABELS = "labels"
INTERACTIONS = "interactions"


@dataclass(slots=True)
class KnownProduct:
    """What later steps need of a product that has been written.

    Attributes:
        title: title in the shop's first language, or the only one.
        description: "" where there is none.
        nodes: IRIs of the attribute nodes it is joined to.
        stated: what it has once and for all ("price", "name@en", "image"...).
    """

    title: str
    description: str = ""
    nodes: list[str] = field(default_factory=list)
    stated: set[str] = field(default_factory=set)


class GraphWriter:
    """Turns drafts into quads and remembers what has been written.

    Attributes:
        products: id -> what is known of it.
        nodes: the attribute nodes met so far.
        untitled: products that were given a fallback title.
    """

    def __init__(self, stream: IO[str], iris: ShopIris, language: str, currency: str | None) -> None:
        self.iris = iris
        self.products: dict[str, KnownProduct] = {}
        self.nodes = NodeRegistry(iris)
        self.untitled: list[str] = []
        self._write = stream.write
        self._language = language
        self._currency = currency

    def add_product(self, draft: ProductDraft, source: str, *, is_new: bool) -> None:
        """Write a product, or what a further source says of a known one.

        Args:
            draft: the checked draft.
            source: name of the source.
            is_new: the source introduces products; otherwise it adds to those of an earlier one.

        Raises:
            RowRejected: the id was there before (new), or was not (addition), or a single value was
                stated before. Nothing has been written then.
        """
        known = self._known(draft, is_new=is_new)
        stated = _single_values(draft)
        if again := sorted(stated & known.stated):
            raise RowRejected(f"an earlier source states its {again[0]} already", value=draft.product_id)
        self.products[draft.product_id] = known
        known.stated |= stated
        subject = _iri(self.iris.product(draft.product_id))
        graph = _iri(self.iris.source(source))
        if is_new:
            self._quad(subject, _TYPE, _iri(SCHEMA.Product), graph)
            self._quad(subject, _iri(SCHEMA.productID), _literal(draft.product_id), graph)
            self._write_title(draft, known, subject)
        for name in draft.names:
            self._quad(subject, _NAME, _literal(*name), graph)
        for kind, texts in draft.literals.items():
            for text in texts:
                self._quad(subject, _LITERALS[kind], _literal(*text), graph)
        for kind, values in draft.nodes.items():
            for value in values:
                node = self.nodes.meet(kind, value).iri
                known.nodes.append(node)
                self._quad(subject, _NODES[kind], _iri(node), graph)
        if draft.offer.states_something():
            self._write_offer(draft.product_id, subject, draft.offer, graph)
        known.description = known.description or _first(draft.literals.get("description", []), self._language)

    def _known(self, draft: ProductDraft, *, is_new: bool) -> KnownProduct:
        known = self.products.get(draft.product_id)
        if is_new:
            if known is not None:
                raise RowRejected("a product with this id came before", value=draft.product_id)
            return KnownProduct(_first(draft.names, self._language))
        if known is None:
            raise RowRejected("no earlier source has a product with this id", value=draft.product_id)
        return known

    def _write_title(self, draft: ProductDraft, known: KnownProduct, subject: str) -> None:
        if known.title:
            return
        # Not a fact of the source: it goes where our own labels are.
        known.title = fallback_title(draft)
        self.untitled.append(draft.product_id)
        self._quad(subject, _NAME, _literal(known.title, self._language), _iri(self.iris.source(LABELS)))

    def _write_offer(self, product_id: str, subject: str, offer: Offer, graph: str) -> None:
        node = _iri(self.iris.offer(product_id))
        self._quad(subject, _iri(SCHEMA.offers), node, graph)
        self._quad(node, _TYPE, _iri(SCHEMA.Offer), graph)
        if offer.price is not None:
            self._quad(node, _iri(SCHEMA.price), _typed(format(offer.price, "f"), XSD.decimal), graph)
            if self._currency is not None:
                self._quad(node, _iri(SCHEMA.priceCurrency), _literal(self._currency), graph)
        if offer.in_stock is not None:
            stock = SCHEMA.InStock if offer.in_stock else SCHEMA.OutOfStock
            self._quad(node, _iri(SCHEMA.availability), _iri(stock), graph)
        if offer.inventory is not None:
            self._quad(node, _iri(SCHEMA.inventoryLevel), _typed(str(offer.inventory), XSD.integer), graph)

    def add_link(self, subject: str, relation: str, target: str, source: str) -> None:
        """Join two products by id; the target may be outside the catalogue.

        Args:
            subject: id of a known product.
            relation: a name in LINK_PREDICATES.
            target: id of another product.
            source: name of the source.
        """
        self._quad(
            _iri(self.iris.product(subject)),
            _LINKS[relation],
            _iri(self.iris.product(target)),
            _iri(self.iris.source(source)),
        )

    def add_mined(self, product_id: str, kind: str, value: str, source: str) -> None:
        """Join a product to a node found in its text."""
        known = self.products[product_id]
        node = self.nodes.meet(kind, value, times=0).iri
        known.nodes.append(node)
        graph = _iri(self.iris.source(source))
        self._quad(_iri(self.iris.product(product_id)), _NODES[kind], _iri(node), graph)

    def write_confidence(self, source: str, confidence: str) -> None:
        """State how far the facts of a mined source can be trusted, as a decimal in (0, 1]."""
        graph = _iri(self.iris.source(source))
        labels = _iri(self.iris.source(LABELS))
        self._quad(graph, _iri(BECAUSE.confidence), _typed(confidence, XSD.decimal), labels)

    def write_interactions(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Write which shopper used which product, by id, each pair once."""
        predicate = _iri(BECAUSE.interactedWith)
        graph = _iri(self.iris.source(INTERACTIONS))
        for shopper, product in pairs:
            self._quad(_iri(self.iris.shopper(shopper)), predicate, _iri(self.iris.product(product)), graph)

    def write_labels(self) -> None:
        """Write class, labels, synonyms and broader nodes of every attribute node met."""
        graph = _iri(self.iris.source(LABELS))
        for node in self.nodes:
            subject = _iri(node.iri)
            labels = node.labels if self._language in node.labels else {self._language: node.spelling()}
            self._quad(subject, _TYPE, _CLASSES[node.kind], graph)
            for language, label in {**node.labels, **labels}.items():
                self._quad(subject, _LABEL, _literal(label, language), graph)
            for language, synonyms in node.synonyms.items():
                for synonym in synonyms:
                    self._quad(subject, _SYNONYM, _literal(synonym, language), graph)
            for broader in node.broader:
                self._quad(subject, _BROADER, _iri(broader), graph)

    def _quad(self, subject: str, predicate: str, target: str, graph: str) -> None:
        self._write(f"{subject} {predicate} {target} {graph} .\n")


def _iri(iri: str) -> str:
    return f"<{iri}>"


def _literal(value: str, language: str | None = None) -> str:
    return str(Literal(value, language=language))


def _typed(value: str, datatype: URIRef) -> str:
    return f'"{value}"^^<{datatype}>'  # only for numbers that we have formatted ourselves


def _single_values(draft: ProductDraft) -> set[str]:
    stated = {f"name@{name.language}" for name in draft.names}
    stated |= {
        f"{kind}@{text.language}" if text.language else kind for kind, texts in draft.literals.items() for text in texts
    }
    if draft.offer.price is not None:
        stated.add("price")
    if draft.offer.in_stock is not None:
        stated.add("availability")
    return stated


def _first(texts: list[Text], language: str) -> str:
    """The text in a language, else any, else ""."""
    spoken = [text.value for text in texts if text.language == language]
    return next(iter(spoken or [text.value for text in texts]), "")


_TYPE = _iri(RDF.type)
_NAME = _iri(SCHEMA.name)
_LABEL = _iri(RDFS.label)
_SYNONYM = _iri(SKOS.altLabel)
_BROADER = _iri(SKOS.broader)
_LITERALS = {name: _iri(predicate) for name, predicate in LITERAL_PREDICATES.items()}
_NODES = {kind: _iri(predicate) for kind, predicate in NODE_PREDICATES.items()}
_LINKS = {relation: _iri(predicate) for relation, predicate in LINK_PREDICATES.items()}
_CLASSES = {kind: _iri(node_class) for kind, node_class in NODE_CLASSES.items()}
