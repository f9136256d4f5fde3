"""The catalogue of one shop: find products, say what is known of them and from where, change price and stock.

Search works on arrays that are read from the graph in bulk (``snapshot.py``); facts, the ground of every
reason, are always asked of the graph itself (``facts.py``).
"""

import threading
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal

import numpy as np
from rdflib import URIRef

from kg_tools import comparison, export, product_updates
from kg_tools.arrays_updates import Outdated
from kg_tools.errors import CatalogueError, StoreError
from kg_tools.facts import FactReader
from kg_tools.iris import ShopIris
from kg_tools.offers import update_steps
from kg_tools.product_cards import read_cards
from kg_tools.product_index import ProductIndex
from kg_tools.product_updates import UPDATES
from kg_tools.products import (
    Comparison,
    FacetCount,
    Fact,
    GraphArrays,
    Interactions,
    Language,
    LexiconEntry,
    NewProduct,
    Node,
    NodeKind,
    Product,
    ProductFilter,
    Triple,
)
from kg_tools.query_runner import QueryRunner
from kg_tools.remote import RemoteGraph
from kg_tools.shops import ShopFolder
from kg_tools.snapshot import Snapshot
from kg_tools.store import GraphStore, OxigraphGraph
from kg_tools.vocabulary import LINK_PREDICATES


def open_catalogue(folder: ShopFolder, *, writable: bool = False, endpoint: str | None = None) -> "Catalogue":
    """Open a shop.

    Args:
        folder: see ``kg_tools.shops.open_shop``.
        writable: allow updates; for the graph on disk only one process can, while readers see the state at
            the time they opened it.
        endpoint: address of a SPARQL endpoint that holds the shop's graph, instead of the one on disk.

    Raises:
        StoreError: the graph cannot be opened or reached; the message says what to do.
    """
    if endpoint is None:
        return Catalogue(folder, OxigraphGraph(folder.graph_dir, writable=writable))
    store = RemoteGraph(endpoint, writable=writable)
    try:
        _check_union(store)
    except CatalogueError:
        store.close()
        raise
    return Catalogue(folder, store)


class Catalogue:
    """One shop's catalogue. Safe to share between threads."""

    def __init__(self, folder: ShopFolder, store: GraphStore) -> None:
        """Take over a store; ``close`` closes it.

        Args:
            folder: where the shop's other files are.
            store: the graph.
        """
        self.manifest = folder.manifest
        self._folder = folder
        self._store = store
        self._runner = QueryRunner(store)
        self._iris = ShopIris(folder.manifest.base)
        self._lock = threading.RLock()
        self._snapshot = Snapshot(self._runner, folder.manifest, self._lock)
        self._arrays: GraphArrays | None = None
        self._outdated: Outdated | None = None

    # -- products ------------------------------------------------------------------------------------

    def product(self, product_id: str) -> Product:
        """One product.

        Raises:
            UnknownProductError: no such id; the message suggests similar ones.
        """
        return self.products((product_id,))[0]

    def products(self, product_ids: Iterable[str]) -> list[Product]:
        """Several products in the order asked, with one query.

        Raises:
            UnknownProductError: one of the ids is unknown.
        """
        snapshot = self._snapshot  # one and the same throughout: another may take its place at any time
        indices = [snapshot.products.index(product_id) for product_id in product_ids]
        return read_cards(snapshot, self._runner, indices, self.manifest.languages[0])

    def search(self, needs: ProductFilter) -> tuple[str, ...]:
        """Ids of all products that satisfy the filter, in catalogue order (by id)."""
        snapshot = self._snapshot
        return tuple(snapshot.products.ids[index] for index in np.flatnonzero(snapshot.matching(needs)))

    def count(self, needs: ProductFilter) -> int:
        """How many products satisfy the filter."""
        return int(np.count_nonzero(self._snapshot.matching(needs)))

    def facets(self, needs: ProductFilter, kind: NodeKind, limit: int) -> list[FacetCount]:
        """The nodes of a kind by how many products of the result they have, most first.

        Args:
            needs: what the result satisfies.
            kind: which sort of node.
            limit: at most so many.
        """
        snapshot = self._snapshot
        counts = snapshot.joins.count_within(snapshot.matching(needs))
        found = [
            FacetCount(snapshot.nodes[iri], int(counts[index]))
            for index, iri in enumerate(snapshot.joins.nodes)
            if counts[index] and snapshot.nodes[iri].kind == kind
        ]
        return sorted(found, key=lambda facet: (-facet.count, facet.node.label))[:limit]

    def compare(self, product_ids: Sequence[str]) -> Comparison:
        """Products side by side, with the facts every cell rests on.

        Raises:
            UnknownProductError: one of the ids is unknown.
        """
        facts = {product_id: self.facts(product_id) for product_id in product_ids}
        return comparison.compare(product_ids, facts, self.label)

    # -- facts ---------------------------------------------------------------------------------------

    def facts(self, product_id: str) -> list[Fact]:
        """Everything the graph says of a product and its offers: stated before mined, then by predicate.

        Raises:
            UnknownProductError: no such id.
        """
        products = self._snapshot.products
        return self._fact_reader().of_product(products.iris[products.index(product_id)])

    def find_facts(self, triple: Triple) -> list[Fact]:
        """Every source that states a triple; empty when the graph does not say so.

        That a product is in a category that follows from a narrower one (Curling Irons lies in Styling
        Tools) gives the facts it follows from.

        Args:
            triple: the object as IRI or as lexical form of a literal.
        """
        return self._fact_reader().stating(triple)

    # -- nodes ---------------------------------------------------------------------------------------

    def label(self, term: str, language: Language = "en") -> str:
        """What to call a node, product, predicate or source; a literal is its own label.

        Args:
            term: IRI or literal.
            language: the wished one; another one where the graph has none in it.
        """
        snapshot = self._snapshot
        index = snapshot.products.position_of_iri.get(term)
        if index is not None:
            return snapshot.products.titles[index] or snapshot.products.ids[index]
        return snapshot.labels.label(term, language)

    def node(self, iri: str) -> Node:
        """One attribute node.

        Raises:
            CatalogueError: there is no such node.
        """
        try:
            return self._snapshot.nodes[iri]
        except KeyError:
            raise CatalogueError(f'There is no brand, category or other node "{iri}" in the shop.') from None

    def nodes(self, kind: NodeKind) -> list[Node]:
        """All nodes of a kind, those with most products first."""
        found = (node for node in self._snapshot.nodes.values() if node.kind == kind)
        return sorted(found, key=lambda node: (-node.products, node.label))

    def lexicon(self) -> list[LexiconEntry]:
        """Every label of every node, for linking."""
        snapshot = self._snapshot
        return snapshot.labels.entries(snapshot.nodes)

    def product_iri(self, product_id: str) -> str:
        """IRI of a product, whether the catalogue has it or not."""
        products = self._snapshot.products
        index = products.position.get(product_id)
        return self._iris.product(product_id) if index is None else products.iris[index]

    def product_id(self, iri: str) -> str:
        """The shop's id of a product.

        Raises:
            UnknownProductError: no product has this IRI.
        """
        products = self._snapshot.products
        index = products.position_of_iri.get(iri)
        return products.ids[products.index(iri) if index is None else index]

    def knows_product(self, product_id: str) -> bool:
        """Whether the catalogue has a product."""
        return product_id in self._snapshot.products.position

    def shopper_iri(self, shopper_id: str) -> str:
        """IRI of a shopper, known or not."""
        return self._iris.shopper(shopper_id)

    def knows_shopper(self, shopper_id: str) -> bool:
        """Whether the shop has interactions of a shopper."""
        return self._runner.exists("shopper_products", shopper=URIRef(self.shopper_iri(shopper_id)))

    # -- changes -------------------------------------------------------------------------------------

    def update_offer(self, product_id: str, *, price: float | None = None, in_stock: bool | None = None) -> None:
        """Change price or stock in one transaction; what was stated before goes, whatever its source.

        Args:
            product_id: which product.
            price: new price in the shop's currency, at least 0; None leaves it.
            in_stock: None leaves it.

        Raises:
            UnknownProductError: no such id.
            StoreError: the catalogue is read-only, or the store does not answer; nothing was changed.
            ValueError: the price is negative or not a number.
        """
        if price is not None and not 0 <= price < float("inf"):
            raise ValueError(f"A price must be 0 or more, not {price}.")
        with self._lock:
            snapshot = self._snapshot
            index = snapshot.products.index(product_id)
            steps = update_steps(
                snapshot.products.iris[index],
                self._offer_iri(snapshot.products, index),
                self._iris.source(UPDATES),
                None if price is None else Decimal(str(price)),
                in_stock,
            )
            if steps:
                before = snapshot.offers
                try:
                    self._runner.update(*steps)
                except CatalogueError:
                    snapshot.offers = None  # whatever became of it, read what the store says now
                    raise
                snapshot.offers = before.changed(index, price, in_stock)

    def replace_links(self, relation: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Replace all derived links of one relation in one transaction.

        Args:
            relation: a name of LINK_PREDICATES.
            pairs: (product id, product id).

        Raises:
            CatalogueError: no such relation.
            UnknownProductError: a product id is unknown.
            StoreError: the catalogue is read-only, or the store does not answer.
        """
        if relation not in LINK_PREDICATES:
            raise CatalogueError(f'There is no relation "{relation}". There are: {", ".join(LINK_PREDICATES)}.')
        with self._lock:
            products = self._snapshot.products
            terms = [URIRef(iri) for iri in products.iris]
            rows = [(terms[products.index(head)], terms[products.index(tail)]) for head, tail in pairs]
            values = {
                "source": URIRef(self._iris.source("derived")),
                "predicate": LINK_PREDICATES[relation],
                "product_target": rows,
            }
            with export.outdating(self._folder):
                self._arrays = self._outdated = None
                self._runner.update(("replace_links", values))

    def add_product(self, product: NewProduct) -> None:
        """Add a product in one transaction; search finds it at once, arrays have it when next asked for.

        Args:
            product: what is known of it. A node is made for each brand, category and so on that is new.

        Raises:
            ProductError: it is not as a product must be, or there is one with this id; nothing was changed.
            StoreError: the catalogue is read-only, or the store does not answer.
        """
        with self._lock:
            iri, step = product_updates.addition(product, self._snapshot, self._runner, self.manifest)
            self._change_product(iri, step)

    def remove_product(self, product_id: str) -> None:
        """Remove a product in one transaction, with its offer and the links from and to it.

        What shoppers did with it stays in the log and is not read any more. Nodes stay, also without products.

        Raises:
            UnknownProductError: no such id.
            StoreError: the catalogue is read-only, or the store does not answer.
        """
        with self._lock:
            products = self._snapshot.products
            iri = products.iris[products.index(product_id)]
            self._change_product(iri, product_updates.removal(iri))

    # -- bulk ----------------------------------------------------------------------------------------

    def arrays(self) -> GraphArrays:
        """The graph as arrays, with the prices and stock of now; exported once, then kept in a file."""
        with self._lock:
            if self._arrays is None:
                self._arrays = export.load_or_export(self._folder, self._snapshot, self._runner, self._outdated)
                self._outdated = None
            self._arrays = export.with_offers(self._arrays, self._snapshot.offers)
            return self._arrays

    def interactions(self) -> Interactions:
        """The interaction log, without rows of products that are not in the catalogue.

        Raises:
            StoreError: the file is missing or damaged.
        """
        return export.read_interactions(self._folder.interactions_path, self._snapshot.products.position)

    @contextmanager
    def unchanging(self) -> Generator[None, None, None]:
        """While this is held nothing changes through this catalogue: for arrays and a log that must go together."""
        with self._lock:
            yield

    def refresh(self) -> None:
        """Forget what was read, for when another program changed the graph of a SPARQL endpoint."""
        with self._lock:
            self._snapshot = Snapshot(self._runner, self.manifest, self._lock)
            self._arrays = self._outdated = None

    def close(self) -> None:
        """Let go of the graph; the catalogue answers no more."""
        self.refresh()
        self._store.close()

    # -- inside --------------------------------------------------------------------------------------

    def _change_product(self, iri: str, step: product_updates.Step) -> None:
        """Runs an update that makes one product come or go, and puts what it changes in place as a whole."""
        arrays = self._arrays or (export.load_kept(self._folder) if self._outdated is None else None)
        if arrays is not None:
            self._outdated = Outdated(arrays, frozenset())
        fresh = Snapshot(self._runner, self.manifest, self._lock)
        try:
            with export.outdating(self._folder):
                self._runner.update(step)
            fresh.read()
        finally:
            # Whatever became of the update, from now on the store is asked what it says.
            self._snapshot, self._arrays = fresh, None
            if self._outdated is not None:
                self._outdated = replace(self._outdated, changed=self._outdated.changed | {iri})

    def _fact_reader(self) -> FactReader:
        return FactReader(self._runner, self._snapshot.confidence)

    def _offer_iri(self, products: ProductIndex, index: int) -> str:
        rows = self._runner.select("offer_of", product=URIRef(products.iris[index]))
        known = sorted(str(row[0]) for row in rows)
        return known[0] if known else self._iris.offer(products.ids[index])


def _check_union(store: GraphStore) -> None:
    """Make sure that an endpoint's default graph shows what is in its named graphs.

    Raises:
        StoreError: it does not, or there are no products at all.
    """
    runner = QueryRunner(store)
    if not runner.exists("products_in_graphs"):
        raise StoreError(f"There are no products at {store.name}. Load the shop's graph into it first.")
    if not runner.exists("products"):
        raise StoreError(
            f"The default graph of {store.name} does not show the named graphs. Set it to the union of all "
            "graphs (Oxigraph: --union-default-graph; Fuseki: tdb2:unionDefaultGraph true)."
        )
