"""Products that come and go while a shop is served: a new one is checked as ingest checks, and becomes one update.

What is known of it goes into the source ``updates``. Its brand, categories and so on are joined to the nodes that the
shop has under that name; where there is none, a node is made, with the name as its label.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from rdflib import RDF, RDFS, XSD, Graph, Literal, URIRef
from rdflib.term import Identifier

from kg_tools import cells
from kg_tools.cells import CellError
from kg_tools.errors import ProductError
from kg_tools.iris import ShopIris, slug
from kg_tools.labels import pick_language
from kg_tools.product_rows import Offer, ProductDraft, Text
from kg_tools.products import NewProduct
from kg_tools.properties import RELATIONS
from kg_tools.query_runner import QueryRunner, Value
from kg_tools.rejections import RowRejected
from kg_tools.shops import ShopManifest
from kg_tools.snapshot import Snapshot
from kg_tools.suggestions import allowed
from kg_tools.vocabulary import LINK_PREDICATES, LITERAL_PREDICATES, NODE_CLASSES, NODE_PREDICATES, SCHEMA

UPDATES = "updates"
"""Name of the source that states what changed after ingest."""

Step = tuple[str, dict[str, Value]]
Given = TypeVar("Given")
Row = tuple[URIRef, URIRef, Identifier]


def addition(product: NewProduct, snapshot: Snapshot, runner: QueryRunner, manifest: ShopManifest) -> tuple[str, Step]:
    """The update that adds a product.

    Args:
        product: what is known of it.
        snapshot: of the graph it is added to.
        runner: where to ask whether the product is there already.
        manifest: the shop's languages, currency and base of IRIs.

    Returns:
        The product's IRI, and the named update with its values.

    Raises:
        ProductError: something of it is not as a product must be, or there is one with this id.
    """
    iris = ShopIris(manifest.base)
    try:
        draft = read_draft(product, manifest)
    except CellError as error:
        raise _refused(product.product_id, str(error)) from error
    except RowRejected as error:
        raise _refused(product.product_id, error.problem) from error
    iri = iris.product(draft.product_id)
    # The store itself is asked too: another program may have added it.
    if draft.product_id in snapshot.products.position or runner.exists("facts", product=URIRef(iri)):
        raise ProductError(
            f'There is a product with the id "{draft.product_id}" already; nothing was changed. '
            "Remove it first, or change its price and stock alone."
        )
    rows = _Rows(draft, snapshot, iris, manifest)
    rows.check()
    return iri, ("add_product", {"source": URIRef(iris.source(UPDATES)), "subject_predicate_object": rows.stated})


def removal(iri: str) -> Step:
    """The update that removes a product: its facts, its offer, the links from and to it.

    Args:
        iri: of the product.
    """
    return "remove_product", {"product": URIRef(iri), "predicate": list(LINK_PREDICATES.values())}


def read_draft(product: NewProduct, manifest: ShopManifest) -> ProductDraft:
    """A new product as rows of tables become one: texts cleaned, the price exact, every name of the vocabulary.

    Raises:
        CellError: a value cannot be understood.
        RowRejected: the product as a whole is not as a product must be.
    """
    from kg_tools.validation import check_draft  # noqa: PLC0415 - pySHACL, a second to import

    draft = ProductDraft(cells.identifier(product.product_id), names=_texts(product.title, manifest))
    if not draft.names:
        raise CellError("the title is missing")
    literals = {"description": _texts(product.description, manifest)}
    literals |= {name: _text(written) for name, written in _named(product.literals, LITERAL_PREDICATES, "property")}
    draft.literals = {name: texts for name, texts in literals.items() if texts}
    draft.nodes = {kind: _values(given) for kind, given in _named(product.attributes, NODE_PREDICATES, "kind")}
    draft.links = {name: _values(given) for name, given in _named(product.links, RELATIONS, "relation")}
    if any(draft.product_id in targets for targets in draft.links.values()):
        raise CellError("a link joins it to itself")
    price = None if product.price is None else cells.price(str(product.price), manifest.currency)
    draft.offer = Offer(price, product.in_stock)
    check_draft(draft)
    return draft


def _refused(product_id: str, problem: str) -> ProductError:
    return ProductError(
        f'The product "{product_id[:200]}" cannot be added: {problem.rstrip(".")}. Nothing was changed.'
    )


def _text(written: str) -> list[Text]:
    text = cells.clean_text(written)
    return [Text(text)] if text else []


def _texts(written: str | Mapping[str, str], manifest: ShopManifest) -> list[Text]:
    """A text in each of its languages; plain text is in the shop's first."""
    spoken = {manifest.languages[0]: written} if isinstance(written, str) else written
    for language in spoken:
        if language not in manifest.languages:
            raise CellError(f'the shop does not speak "{language}"; {allowed(language, manifest.languages)}')
    return [Text(text, language) for language, value in spoken.items() if (text := cells.clean_text(value))]


def _values(given: Sequence[str]) -> list[str]:
    """Several values; one written alone is not its letters."""
    return cells.texts([given] if isinstance(given, str) else list(given))


def _named(given: Mapping[str, Given], known: Iterable[str], what: str) -> list[tuple[str, Given]]:
    for name in given:
        if name not in set(known):
            raise CellError(f'unknown {what} "{name}"; {allowed(name, known)}')
    return list(given.items())


class _Rows:
    """A draft as triples.

    Attributes:
        stated: what the source shall say.
    """

    def __init__(self, draft: ProductDraft, snapshot: Snapshot, iris: ShopIris, manifest: ShopManifest) -> None:
        self.stated: list[Row] = []
        self._known: list[Row] = []  # of nodes that the graph has, for the shapes
        self._snapshot = snapshot
        self._iris = iris
        self._language = manifest.languages[0]
        self._id = draft.product_id
        self._product = URIRef(iris.product(draft.product_id))
        self._say(self._product, RDF.type, SCHEMA.Product)
        self._say(self._product, SCHEMA.productID, Literal(draft.product_id))
        for name in draft.names:
            self._say(self._product, SCHEMA.name, Literal(name.value, lang=name.language))
        for kind, texts in draft.literals.items():
            for text in texts:
                self._say(self._product, LITERAL_PREDICATES[kind], Literal(text.value, lang=text.language))
        for kind, values in draft.nodes.items():
            for node in dict.fromkeys(self._node(kind, value) for value in values):
                self._say(self._product, NODE_PREDICATES[kind], node)
        for relation, targets in draft.links.items():
            for target in targets:
                self._say(self._product, LINK_PREDICATES[relation], self._linked(target))
        if draft.offer.states_something():
            self._say_offer(URIRef(iris.offer(draft.product_id)), draft.offer, manifest.currency)

    def check(self) -> None:
        """Hold the triples against the shapes.

        Raises:
            ProductError: with the message of the first shape that does not hold.
        """
        from kg_tools.validation import violations  # noqa: PLC0415 - pySHACL, a second to import

        graph = Graph()
        for row in (*self.stated, *self._known):
            graph.add(row)
        found = violations(graph)
        if found:
            raise _refused(self._id, next(iter(found.values())))

    def _say(self, subject: URIRef, predicate: URIRef, value: Identifier) -> None:
        self.stated.append((subject, predicate, value))

    def _say_offer(self, offer: URIRef, terms: Offer, currency: str | None) -> None:
        self._say(self._product, SCHEMA.offers, offer)
        self._say(offer, RDF.type, SCHEMA.Offer)
        if terms.price is not None:
            self._say(offer, SCHEMA.price, Literal(format(terms.price, "f"), datatype=XSD.decimal))
            if currency is not None:
                self._say(offer, SCHEMA.priceCurrency, Literal(currency))
        if terms.in_stock is not None:
            self._say(offer, SCHEMA.availability, SCHEMA.InStock if terms.in_stock else SCHEMA.OutOfStock)

    def _linked(self, product_id: str) -> URIRef:
        products = self._snapshot.products
        index = products.position.get(product_id)
        return URIRef(self._iris.product(product_id) if index is None else products.iris[index])

    def _node(self, kind: str, value: str) -> URIRef:
        """The node of a value; one that has no label yet gets the value as its label."""
        iri = self._named_node(kind, value)
        node, names = URIRef(iri), self._snapshot.labels.names.get(iri)
        say = self._say if names is None else self._note
        label = value if names is None else pick_language(names, self._language)
        say(node, RDF.type, NODE_CLASSES[kind])
        say(node, RDFS.label, Literal(label, lang=self._language))
        return node

    def _note(self, subject: URIRef, predicate: URIRef, value: Identifier) -> None:
        self._known.append((subject, predicate, value))

    def _named_node(self, kind: str, value: str) -> str:
        """IRI of the node that the shop spells or calls so; of the one to be made where there is none."""
        made, labels, wanted = self._iris.node(kind, value), self._snapshot.labels, slug(value)
        nodes = self._snapshot.nodes
        if made in nodes and nodes[made].kind == kind:
            return made
        for iri in sorted(iri for iri, of_kind in labels.kinds.items() if of_kind == kind):
            called = [*labels.names.get(iri, {}).values(), *(name for name, _ in labels.synonyms.get(iri, ()))]
            if any(slug(name) == wanted for name in called):
                return iri
        return made
