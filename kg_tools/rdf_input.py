"""Products of an RDF source as drafts, and as the graph that SHACL checks before they become drafts."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from pyoxigraph import BlankNode, NamedNode, Store
from pyoxigraph import Literal as OxigraphLiteral
from rdflib import RDF, RDFS, SKOS, Graph, Literal, URIRef

from kg_tools import cells
from kg_tools.cells import CellError
from kg_tools.iris import ShopIris
from kg_tools.mapping import ShopSection
from kg_tools.product_rows import ProductDraft, Text
from kg_tools.rdf_terms import (
    KNOWN,
    LABELS,
    LINK_NAMES,
    LITERAL_NAMES,
    NODE_KINDS,
    OFFER_PREDICATES,
    both_spellings,
    canonical,
    language_of,
    last_part,
    values,
)
from kg_tools.rejections import RowRejected
from kg_tools.vocabulary import LINK_PREDICATES, LITERAL_PREDICATES, NODE_CLASSES, NODE_PREDICATES, SCHEMA

Subject = NamedNode | BlankNode


@dataclass(slots=True)
class NodeMention:
    """An attribute node as an RDF source describes it.

    Attributes:
        kind: kind of node.
        value: its name in the shop's first language, or the best there is.
        labels: language -> label.
        synonyms: language -> other names.
        broader: names of the nodes it belongs to.
    """

    kind: str
    value: str
    labels: dict[str, str] = field(default_factory=dict)
    synonyms: dict[str, list[str]] = field(default_factory=dict)
    broader: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RdfProduct:
    """A product as an RDF source has it, before anything is refused: single values may come twice."""

    subject: str
    ids: list[str]
    names: list[Text] = field(default_factory=list)
    literals: dict[str, list[Text]] = field(default_factory=dict)
    nodes: list[NodeMention] = field(default_factory=list)
    links: dict[str, list[str]] = field(default_factory=dict)
    offers: list[dict[str, list[str]]] = field(default_factory=list)


class RdfReader:
    """Reads the products of one scratch store.

    Attributes:
        dropped: predicates outside the vocabulary -> how many facts were left out.
    """

    def __init__(self, store: Store, shop: ShopSection) -> None:
        self.dropped: Counter[str] = Counter()
        self._store = store
        self._shop = shop

    def subjects(self) -> list[Subject]:
        """Everything that is a schema:Product, in a fixed order."""
        found: set[Subject] = set()
        for spelling in both_spellings(SCHEMA.Product):
            for quad in self._store.quads_for_pattern(None, NamedNode(str(RDF.type)), spelling, None):
                if isinstance(quad.subject, NamedNode | BlankNode):
                    found.add(quad.subject)
        return sorted(found, key=lambda subject: (self._ids(subject), str(subject)))

    def read(self, subject: Subject) -> RdfProduct:
        """Everything the vocabulary has words for; the rest is counted in ``dropped``."""
        product = RdfProduct(str(subject), self._ids(subject))
        quads = {(canonical(q.predicate.value), q.object) for q in self._about(subject)}
        for predicate, value in sorted(quads, key=str):
            if predicate not in KNOWN:
                self.dropped[predicate] += 1
            elif predicate == str(SCHEMA.name):
                self._add_text(product.names, value, predicate)
            elif predicate in LITERAL_NAMES:
                self._add_literal(product, LITERAL_NAMES[predicate], value, predicate)
            elif predicate in NODE_KINDS:
                product.nodes.append(self._node(NODE_KINDS[predicate], value))
            elif predicate in LINK_NAMES:
                targets = product.links.setdefault(LINK_NAMES[predicate], [])
                targets.extend(self._ids(value)[:1] if isinstance(value, NamedNode | BlankNode) else [])
            elif predicate == str(SCHEMA.offers) and isinstance(value, NamedNode | BlankNode):
                product.offers.append(self._offer(value))
        product.nodes.sort(key=lambda node: (node.kind, node.value))
        return product

    def _about(self, subject: Subject):  # noqa: ANN202 - pyoxigraph's iterator has no public name
        return self._store.quads_for_pattern(subject, None, None, None)

    def _ids(self, subject: Subject) -> list[str]:
        """Stated ids; else the last part of the IRI; none for a blank node without one."""
        stated = values(self._store, subject, frozenset({str(SCHEMA.productID)}))
        ids = [text for v in stated if isinstance(v, OxigraphLiteral) and (text := cells.clean_text(v.value))]
        if not ids and isinstance(subject, NamedNode):
            ids = [last_part(subject.value)]
        return sorted(set(ids))

    def _add_text(self, texts: list[Text], value: object, predicate: str) -> None:
        if not isinstance(value, OxigraphLiteral):
            return
        language = language_of(value, self._shop.languages[0])
        if language not in self._shop.languages:
            self.dropped[f"{predicate}@{language}"] += 1
            return
        text = Text(cells.clean_text(value.value), language)
        if text.value and text not in texts:
            texts.append(text)

    def _add_literal(self, product: RdfProduct, name: str, value: object, predicate: str) -> None:
        texts = product.literals.setdefault(name, [])
        if name == "description":
            self._add_text(texts, value, predicate)
        elif not texts:  # of several images or addresses the first is kept
            written = value.value if isinstance(value, OxigraphLiteral | NamedNode) else ""
            if text := cells.clean_text(written):
                texts.append(Text(text))

    def _node(self, kind: str, value: object) -> NodeMention:
        first = self._shop.languages[0]
        if isinstance(value, OxigraphLiteral):
            return NodeMention(kind, cells.clean_text(value.value))
        labels = self._texts(value, LABELS)
        spoken = labels.get(first) or next(iter(labels.values()), [])
        fallback = last_part(value.value) if isinstance(value, NamedNode) else ""
        broader = values(self._store, value, frozenset({str(SKOS.broader)}))
        return NodeMention(
            kind,
            spoken[0] if spoken else fallback.replace("-", " "),
            labels={language: texts[0] for language, texts in labels.items()},
            synonyms=self._texts(value, frozenset({str(SKOS.altLabel)})),
            broader=[self._node(kind, node).value for node in broader if node != value],
        )

    def _texts(self, subject: object, predicates: frozenset[str]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for value in values(self._store, subject, predicates):
            if isinstance(value, OxigraphLiteral) and (text := cells.clean_text(value.value)):
                language = language_of(value, self._shop.languages[0])
                if language in self._shop.languages:
                    found.setdefault(language, []).append(text)
        return found

    def _offer(self, node: Subject) -> dict[str, list[str]]:
        return {
            predicate: [
                v.value
                for v in values(self._store, node, frozenset({predicate}))
                if isinstance(v, OxigraphLiteral | NamedNode)
            ]
            for predicate in sorted(OFFER_PREDICATES)
        }


def draft_of(product: RdfProduct, shop: ShopSection) -> ProductDraft:
    """The draft of a product.

    Raises:
        RowRejected: a single value comes twice, or cannot be understood.
    """
    if len(product.ids) != 1:
        raise RowRejected("a product must have exactly one id", value=product.subject)
    if len(product.offers) > 1:
        raise RowRejected("a product must have one offer", value=product.subject)
    draft = ProductDraft(product.ids[0], list(product.names), dict(product.literals), links=product.links)
    for node in product.nodes:
        if not node.value:
            raise RowRejected("a node must have a label, and one per language", value=product.subject)
        known = draft.nodes.setdefault(node.kind, [])
        if node.value not in known:
            known.append(node.value)
    for relation, targets in product.links.items():
        if draft.product_id in targets:
            raise RowRejected(f"{relation} joins the product to itself", value=product.subject)
    for offer in product.offers:
        try:
            _fill_offer(draft, offer, shop)
        except CellError as error:
            raise RowRejected(str(error), value=product.subject) from None
    return draft


def _fill_offer(draft: ProductDraft, offer: dict[str, list[str]], shop: ShopSection) -> None:
    if any(len(stated) > 1 for stated in offer.values()):
        raise CellError("an offer must state each thing once")
    single = {predicate: stated[0] for predicate, stated in offer.items() if stated}
    draft.offer.price = cells.price(single.get(str(SCHEMA.price)), shop.currency)
    code = single.get(str(SCHEMA.priceCurrency))
    if draft.offer.price is not None and (shop.currency is None or (code and code != shop.currency)):
        raise CellError(f"a price in {code or 'no currency'}, but the shop's currency is {shop.currency}")
    draft.offer.in_stock = cells.availability(single.get(str(SCHEMA.availability)))
    draft.offer.inventory = cells.count(single.get(str(SCHEMA.inventoryLevel)))


def shape_graph(product: RdfProduct, graph: Graph, iris: ShopIris) -> URIRef:
    """Add a product to a graph as the shapes expect it, faults included; returns its IRI there."""
    subject = URIRef(iris.product(product.subject))  # unique even where the ids are at fault
    graph.add((subject, RDF.type, SCHEMA.Product))
    for product_id in product.ids:
        graph.add((subject, SCHEMA.productID, Literal(product_id)))
    for name in product.names:
        graph.add((subject, SCHEMA.name, Literal(name.value, lang=name.language)))
    for kind, texts in product.literals.items():
        for text in texts:
            graph.add((subject, LITERAL_PREDICATES[kind], Literal(text.value, lang=text.language)))
    for node in product.nodes:
        iri = URIRef(iris.node(node.kind, node.value))
        graph.add((subject, NODE_PREDICATES[node.kind], iri))
        graph.add((iri, RDF.type, NODE_CLASSES[node.kind]))
        if node.value:
            # Folded: spellings differ between products, and the shapes see many products at once.
            graph.add((iri, RDFS.label, Literal(node.value.casefold(), lang="en")))
    for relation, targets in product.links.items():
        for target in targets:
            graph.add((subject, LINK_PREDICATES[relation], URIRef(iris.product(target))))
    for number, offer in enumerate(product.offers):
        node = URIRef(f"{iris.offer(product.subject)}:{number}")
        graph.add((subject, SCHEMA.offers, node))
        graph.add((node, RDF.type, SCHEMA.Offer))
        for predicate, stated in offer.items():
            for value in stated:
                graph.add((node, URIRef(predicate), _offer_term(predicate, value)))
    return subject


def _offer_term(predicate: str, value: str) -> Literal | URIRef:
    """A value in the type the shapes ask for if it can be read so; else as it stands, to be refused."""
    if predicate == str(SCHEMA.price):
        try:
            price = Decimal(value)
        except InvalidOperation:
            return Literal(value)
        return Literal(price) if price.is_finite() else Literal(value)
    if predicate == str(SCHEMA.availability):
        try:
            in_stock = cells.availability(value)
        except CellError:
            return Literal(value)
        return SCHEMA.InStock if in_stock else SCHEMA.OutOfStock
    if predicate == str(SCHEMA.inventoryLevel) and value.lstrip("-").isdigit():
        return Literal(int(value))
    return Literal(value)
