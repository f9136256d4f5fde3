"""Value types about products and the graph. Plain, frozen, without RDF: every other package uses them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

NodeKind = Literal["product", "brand", "category", "colour", "material", "feature", "occasion", "audience"]
Language = Literal["en", "zh"]

Triple = tuple[str, str, str]
"""(subject, predicate, object): IRIs as plain strings; a literal object as its lexical form."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One triple with the named graph it comes from.

    Attributes:
        subject: IRI.
        predicate: IRI.
        object: IRI, or the lexical form of a literal.
        source: IRI of the named graph; ends in the source's name in the mapping file, or in
            ``mined``, ``derived``, ``interactions`` or ``updates``.
        confidence: 1.0 for stated facts, in (0, 1] for mined ones.
    """

    subject: str
    predicate: str
    object: str
    source: str
    confidence: float = 1.0

    @property
    def triple(self) -> Triple:
        """The fact without its source."""
        return (self.subject, self.predicate, self.object)


@dataclass(frozen=True, slots=True)
class Path:
    """Facts joined end to end, from where the reason starts (shopper, earlier product, or need) to the product.

    A triple may be walked against its direction: two products of one brand are
    ``((a, brand, x), (b, brand, x))``.
    """

    triples: tuple[Triple, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A thing of the graph that a phrase can mean: a brand, a category, a feature...

    Attributes:
        iri: its IRI.
        kind: what sort of thing it is.
        label: English label (or the only one there is).
        products: number of products joined to it.
        mined: every joining fact was mined from text, none stated by the shop.
    """

    iri: str
    kind: NodeKind
    label: str
    products: int = 0
    mined: bool = False


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One label under which a node can be found; a node has one entry per label and language."""

    node: Node
    label: str
    language: Language = "en"


@dataclass(frozen=True, slots=True)
class Product:
    """One product as a shopper sees it.

    Attributes:
        iri: its IRI.
        product_id: the shop's own id.
        title: title in the shop's first language.
        price: in the shop's currency; None where the catalogue states none.
        in_stock: None where the catalogue does not say.
        attributes: kind -> labels of the nodes joined to it, stated before mined.
        description: "" where there is none.
    """

    iri: str
    product_id: str
    title: str
    price: float | None = None
    in_stock: bool | None = None
    attributes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    description: str = ""
    image: str | None = None


@dataclass(frozen=True, slots=True)
class NewProduct:
    """A product that is to be added to a shop.

    Attributes:
        product_id: the shop's own id.
        title: in the shop's first language, or language -> title.
        description: as ``title``; "" for none.
        price: at least 0, in the shop's currency; None where not stated.
        in_stock: None where not stated.
        attributes: kind of node ("brand", "category", "feature"...) -> what the shop calls the nodes.
        links: relation ("boughtTogether", "isAccessoryFor"...) -> ids of products, of the shop or not.
        literals: other properties: "image", "url", "size", "weight", "model", "gtin".
    """

    product_id: str
    title: str | Mapping[str, str]
    description: str | Mapping[str, str] = ""
    price: float | None = None
    in_stock: bool | None = None
    attributes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    links: Mapping[str, Sequence[str]] = field(default_factory=dict)
    literals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Hard needs. Empty means the whole catalogue.

    Attributes:
        wanted: groups of node IRIs; a product must be joined to at least one node of every group.
        avoided: node IRIs; a product must be joined to none.
        avoided_words: no title may contain one of these as whole words, whatever the case.
        wanted_words: every title or description must contain each of these as whole words.
        price_min: inclusive, in the shop's currency; products without a price fail.
        price_max: inclusive.
        in_stock_only: leave out products stated to be out of stock.
        excluded: product ids to leave out.
        named: words that name the thing of each group of ``wanted``, "" for none; where titles use the words for more
            products than the shop joined to the group, such titles meet it too. May be shorter than ``wanted``.
    """

    wanted: tuple[tuple[str, ...], ...] = ()
    avoided: tuple[str, ...] = ()
    avoided_words: tuple[str, ...] = ()
    wanted_words: tuple[str, ...] = ()
    price_min: float | None = None
    price_max: float | None = None
    in_stock_only: bool = True
    excluded: frozenset[str] = frozenset()
    named: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many products of a result are joined to a node."""

    node: Node
    count: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """A table of facts: one row per property that at least one product states.

    Attributes:
        product_ids: the columns.
        rows: (property, one cell per product); an empty cell means "not stated".
        facts: the facts the cells rest on.
    """

    product_ids: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a phrase found in the graph.

    Attributes:
        phrase: the words of the shopper that were linked.
        node: what they mean.
        score: 1.0 exact; below that fuzzy or by embedding, in (0, 1].
        method: how it was found.
    """

    phrase: str
    node: Node
    score: float
    method: Literal["exact", "fuzzy", "embedding"]


@dataclass(frozen=True, slots=True)
class LinkedPhrase:
    """A phrase after linking.

    Attributes:
        phrase: the whole phrase.
        groups: each part of the phrase that was found, with its possible meanings, best first.
        leftover: the words that mean nothing in this graph ("" if none); they stay as text.
    """

    phrase: str
    groups: tuple[tuple[Link, ...], ...]
    leftover: str


class TextEncoder(Protocol):
    """Sentence encoder; implemented in ranker.text_features, injected into linking."""

    name: str
    dimensions: int

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit-length vectors, shape (len(texts), dimensions)."""
        ...


@dataclass(frozen=True, slots=True)
class GraphArrays:
    """The graph as arrays, exported once; ranking never runs SPARQL.

    Product nodes come first: node index i < len(product_ids) is product ``product_ids[i]``.

    Attributes:
        node_iris: IRI of each node, length N.
        node_kinds: kind name of each node ("product", "brand", ..., "external" for link targets outside the
            catalogue), length N.
        product_ids: the shop's ids, length P.
        relations: predicate IRI of each relation, length R.
        heads: int32, shape (E,), node index; always a product.
        relation_index: int16, shape (E,).
        tails: int32, shape (E,), node index.
        confidence: float32, shape (E,), in (0, 1].
        prices: float32, shape (P,), NaN where not stated.
        in_stock: bool, shape (P,), True where not stated.
        titles: length P.
        texts: title, then description, one string per product, length P; what the encoder reads.
    """

    node_iris: tuple[str, ...]
    node_kinds: tuple[str, ...]
    product_ids: tuple[str, ...]
    relations: tuple[str, ...]
    heads: NDArray[np.int32]
    relation_index: NDArray[np.int16]
    tails: NDArray[np.int32]
    confidence: NDArray[np.float32]
    prices: NDArray[np.float32]
    in_stock: NDArray[np.bool_]
    titles: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interactions:
    """The interaction log as columns of equal length L, ordered by shopper, then time.

    Attributes:
        shopper_ids: the distinct shoppers, length S.
        shopper: int32, shape (L,), index into shopper_ids.
        product: int32, shape (L,), index into GraphArrays.product_ids.
        position: int32, shape (L,), order within a shopper, from 0.
        split: int8, shape (L,): 0 train, 1 valid (last but one), 2 test (last).
    """

    shopper_ids: tuple[str, ...]
    shopper: NDArray[np.int32]
    product: NDArray[np.int32]
    position: NDArray[np.int32]
    split: NDArray[np.int8]
