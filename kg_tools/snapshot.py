"""What is read of the graph in bulk: each part when first needed, then kept in memory as arrays."""

import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from kg_tools.edges import (
    Edges,
    node_predicates,
    read_broader,
    read_confidence,
    read_edges,
    with_broader,
)
from kg_tools.joins import JoinIndex, build_joins
from kg_tools.labels import NodeLabels, pick_language, read_labels
from kg_tools.offers import Offers, read_offers
from kg_tools.product_index import ProductIndex, read_descriptions, read_products, with_words
from kg_tools.products import Node, ProductFilter
from kg_tools.query_runner import QueryRunner
from kg_tools.shops import ShopManifest
from kg_tools.words import singular

SORTED_WELL = 0.9
"""Share of the products named after a category that lie in it, from which on the category is taken at its word."""
NAMES_KEPT = 1000


class Snapshot:
    """The bulk of one shop's graph. Safe to share between threads; only the offers ever change.

    Where products come or go, a new one takes its place. Who still holds the old one reads on in it: all its parts go
    by its own list of products, also those that are read later.
    """

    def __init__(
        self, runner: QueryRunner, manifest: ShopManifest, lock: AbstractContextManager[bool] | None = None
    ) -> None:
        """Read nothing yet.

        Args:
            runner: where to ask.
            manifest: languages and base of IRIs of the shop.
            lock: held while the graph changes; shared by the snapshots of one catalogue.
        """
        self._runner = runner
        self._manifest = manifest
        self._offers: Offers | None = None
        self._named_before: dict[tuple[str, bool], NDArray[np.bool_]] = {}
        self.lock = lock or threading.RLock()

    def read(self) -> None:
        """Read now what nearly every question needs, so that no shopper waits for it."""
        _ = self.nodes, self.offers

    @cached_property
    def products(self) -> ProductIndex:
        """Ids, IRIs and titles."""
        return read_products(self._runner, self._manifest.languages)

    @cached_property
    def confidence(self) -> dict[str, float]:
        """Confidence of the sources mined from text."""
        return read_confidence(self._runner)

    @cached_property
    def direct(self) -> Edges:
        """Joins to attribute nodes as stated."""
        return read_edges(self._runner, node_predicates(), self.products.iri_array(), self.confidence)

    @cached_property
    def widened(self) -> Edges:
        """Joins with those that follow from narrower categories."""
        return with_broader(self.direct, read_broader(self._runner))

    @cached_property
    def joins(self) -> JoinIndex:
        """The joins, indexed both ways."""
        return build_joins(self.direct, self.widened, len(self.products.ids))

    @cached_property
    def labels(self) -> NodeLabels:
        """Labels of attribute nodes."""
        return read_labels(self._runner)

    @cached_property
    def descriptions(self) -> Mapping[str, list[str]]:
        """Product IRI -> descriptions."""
        return read_descriptions(self._runner, self._manifest.languages)

    @cached_property
    def nodes(self) -> dict[str, Node]:
        """All attribute nodes by IRI, those without products included."""
        joins, labels = self.joins, self.labels
        joined = {
            iri: self._node(iri, int(joins.counts[index]), mined=bool(joins.mined[index]))
            for index, iri in enumerate(joins.nodes)
        }
        return joined | {iri: self._node(iri, 0, mined=False) for iri in labels.kinds if iri not in joined}

    @property
    def offers(self) -> Offers:
        """Prices and stock of now."""
        offers = self._offers
        if offers is not None:
            return offers
        # Under the lock, so that what was read before an update cannot replace what it wrote.
        with self.lock:
            if self._offers is None:
                self._offers = read_offers(
                    self._runner, self.products.position_of_iri, f"{self._manifest.base}source:updates"
                )
            return self._offers

    @offers.setter
    def offers(self, offers: Offers | None) -> None:
        """New values, or None to read them again."""
        self._offers = offers

    def matching(self, needs: ProductFilter) -> NDArray[np.bool_]:
        """Which products satisfy a filter: bool, shape (P,)."""
        count = len(self.products.ids)
        found = np.ones(count, np.bool_)
        for group, words in zip_longest(needs.wanted, needs.named[: len(needs.wanted)], fillvalue=""):
            found &= self._joined_or_named(tuple(group), words)
        if needs.avoided:
            found &= ~self._joined_to_any(needs.avoided)
        found &= self._offered(needs)
        for product_id in needs.excluded:
            index = self.products.position.get(product_id)
            if index is not None:
                found[index] = False
        for words in needs.avoided_words:
            self._restrict(found, self.products.searchable, words, keep=False)
        for words in needs.wanted_words:
            self._restrict(found, self._searchable_texts, words, keep=True)
        return found

    def _joined_or_named(self, nodes: tuple[str, ...], words: str) -> NDArray[np.bool_]:
        """Products of the nodes, and those named so where the shop's own sorting misses many of them."""
        joined = self._joined_to_any(nodes)
        if not words:
            return joined
        named = self._named(words, as_head=False)
        heads = self._named(words, as_head=True)
        # Tent pegs are no tents, so they do not tell how well the shop sorts tents.
        judged = heads if heads.any() else named
        if int((judged & joined).sum()) >= SORTED_WELL * int(judged.sum()):
            return joined
        return joined | named

    def _named(self, words: str, *, as_head: bool) -> NDArray[np.bool_]:
        """Products with the words in a title, in singular or plural; kept for the words asked for last."""
        key = (words.casefold(), as_head)
        known = self._named_before.get(key)
        if known is None:
            known = with_words(self.products.searchable, key[0], as_head=as_head)
            for other in {singular(key[0]), f"{key[0]}s"} - {key[0]}:
                known |= with_words(self.products.searchable, other, as_head=as_head)
            if len(self._named_before) >= NAMES_KEPT:
                self._named_before.clear()
            self._named_before[key] = known
        return known

    def _joined_to_any(self, nodes: tuple[str, ...]) -> NDArray[np.bool_]:
        found = np.zeros(len(self.products.ids), np.bool_)
        for node in nodes:
            found[self.joins.products_of(node)] = True
        return found

    def _offered(self, needs: ProductFilter) -> NDArray[np.bool_]:
        offers = self.offers
        found = np.ones(len(offers.prices), np.bool_)
        # Comparisons with NaN are false: a product without a price fails any price bound.
        if needs.price_min is not None:
            found &= offers.prices >= needs.price_min
        if needs.price_max is not None:
            found &= offers.prices <= needs.price_max
        if needs.in_stock_only:
            found &= offers.stock != 0
        return found

    def _restrict(self, found: NDArray[np.bool_], texts: tuple[str, ...], words: str, *, keep: bool) -> None:
        """Test only the products still in ``found``, in place."""
        indices = np.flatnonzero(found)
        hits = with_words([texts[index] for index in indices], words)
        found[indices[hits != keep]] = False

    @cached_property
    def _searchable_texts(self) -> tuple[str, ...]:
        described = self.descriptions
        return tuple(
            "\n".join([titles, *described.get(iri, ())]).casefold()
            for iri, titles in zip(self.products.iris, self.products.searchable, strict=True)
        )

    def _node(self, iri: str, products: int, *, mined: bool) -> Node:
        names = self.labels.names.get(iri)
        label = pick_language(names, "en") if names else self.labels.label(iri, "en").replace("-", " ")
        kind = self.labels.kinds.get(iri) or self.joins.kinds[self.joins.position[iri]]
        return Node(iri, kind, label, products, mined)
