"""For tests of rankers: an oracle data set, a small shop in memory, and the contract every ranker keeps.

The checkerboard: even shoppers meet even products, odd shoppers odd ones, so the right answers are known by
construction.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.products import GraphArrays, Interactions
from kg_tools.vocabulary import BECAUSE, SCHEMA
from ranker.ranking import Ranker, RankingRequest
from ranker.sparse import Csr, csr_matrix

BASE = "urn:because:board:"
COLOURS = ("white", "black")


def checkerboard(shoppers: int = 40, products: int = 20) -> Csr:
    """Shopper s met product p where both are even or both odd, except p = s (mod products)."""
    s, p = np.indices((shoppers, products))
    return csr_matrix(((s % 2 == p % 2) & (p != s % products)).astype(np.float32))


def board_interactions(shoppers: int = 40, products: int = 20, length: int = 7, seed: int = 0) -> Interactions:
    """A log in which every shopper meets ``length`` products of their own colour; last test, last but one valid."""
    random = np.random.default_rng(seed)
    rows = [random.permutation(np.arange(shopper % 2, products, 2))[:length] for shopper in range(shoppers)]
    split = np.zeros(length, np.int8)
    if length > 2:
        split[-2:] = (1, 2)
    return Interactions(
        shopper_ids=tuple(f"s{shopper}" for shopper in range(shoppers)),
        shopper=np.repeat(np.arange(shoppers), [len(row) for row in rows]).astype(np.int32),
        product=np.concatenate(rows).astype(np.int32) if rows else np.zeros(0, np.int32),
        position=np.concatenate([np.arange(len(row)) for row in rows]).astype(np.int32)
        if rows
        else np.zeros(0, np.int32),
        split=np.concatenate([split[: len(row)] for row in rows]) if rows else np.zeros(0, np.int8),
    )


def no_interactions() -> Interactions:
    """An empty log."""
    empty = np.zeros(0, np.int32)
    return Interactions((), empty, empty, empty, np.zeros(0, np.int8))


def board_arrays(products: int = 20, *, edges: Sequence[tuple[int, str, str]] | None = None) -> GraphArrays:
    """The board as a graph: a colour node and one of four brands per product, and a link to the next of its colour.

    Args:
        products: how many.
        edges: (product, relation IRI, node IRI) instead of the usual ones; a product's IRI as node makes a link.
    """
    iris = [f"{BASE}product:p{number}" for number in range(products)]
    if edges is None:
        edges = [(p, str(SCHEMA.color), f"{BASE}colour:{COLOURS[p % 2]}") for p in range(products)]
        edges += [(p, str(SCHEMA.brand), f"{BASE}brand:b{p % 4}") for p in range(products)]
        edges += [(p, str(BECAUSE.boughtTogether), iris[p + 2]) for p in range(products - 2)]
    nodes = iris + sorted({node for _, _, node in edges} - set(iris))
    relations = sorted({relation for _, relation, _ in edges})
    kinds = ["product" if iri in set(iris) else iri[len(BASE) :].split(":")[0] for iri in nodes]
    titles = tuple(f"{COLOURS[p % 2]} thing number {p}" for p in range(products))
    return GraphArrays(
        node_iris=tuple(nodes),
        node_kinds=tuple(kinds),
        product_ids=tuple(f"p{number}" for number in range(products)),
        relations=tuple(relations),
        heads=np.array([head for head, _, _ in edges], np.int32),
        relation_index=np.array([relations.index(relation) for _, relation, _ in edges], np.int16),
        tails=np.array([nodes.index(node) for _, _, node in edges], np.int32),
        confidence=np.ones(len(edges), np.float32),
        prices=np.full(products, np.nan, np.float32),
        in_stock=np.ones(products, bool),
        titles=titles,
        texts=titles,
    )


def without_edge(arrays: GraphArrays, triple: tuple[str, str, str]) -> GraphArrays:
    """The same graph without one triple.

    Raises:
        AssertionError: the triple is not in the graph.
    """
    head, relation, tail = triple
    hit = (
        (arrays.heads == arrays.node_iris.index(head))
        & (arrays.relation_index == arrays.relations.index(relation))
        & (arrays.tails == arrays.node_iris.index(tail))
    )
    if not hit.any():
        raise AssertionError(f"not in the graph: {triple}")
    return with_edges(arrays, ~hit)


def with_edges(arrays: GraphArrays, keep: NDArray[np.bool_]) -> GraphArrays:
    """The same graph with only the edges of a mask, shape (E,)."""
    columns = ("heads", "relation_index", "tails", "confidence")
    fields: dict[str, Any] = {name: getattr(arrays, name) for name in arrays.__slots__}
    return GraphArrays(**(fields | {name: fields[name][keep] for name in columns}))


@dataclass
class MemoryCatalogue:
    """A catalogue in memory that training accepts; remembers the links it was given.

    Attributes:
        graph: what ``arrays`` returns, with the derived links added once there are any.
        log: what ``interactions`` returns.
        name: the shop's name.
        links: relation name -> pairs of product ids.
    """

    graph: GraphArrays
    log: Interactions
    name: str = "board"
    links: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @property
    def manifest(self) -> SimpleNamespace:
        """Only the name."""
        return SimpleNamespace(name=self.name)

    def arrays(self) -> GraphArrays:
        """The graph with its derived links."""
        pairs = self.links.get("boughtAlongside", [])
        if not pairs:
            return self.graph
        position = {product_id: number for number, product_id in enumerate(self.graph.product_ids)}
        fields: dict[str, Any] = {name: getattr(self.graph, name) for name in self.graph.__slots__}
        added = len(pairs)
        number = len(self.graph.relations)
        fields["relations"] = (*self.graph.relations, str(BECAUSE.boughtAlongside))
        fields["heads"] = np.append(self.graph.heads, np.array([position[head] for head, _ in pairs], np.int32))
        fields["tails"] = np.append(self.graph.tails, np.array([position[tail] for _, tail in pairs], np.int32))
        fields["relation_index"] = np.append(self.graph.relation_index, np.full(added, number, np.int16))
        fields["confidence"] = np.append(self.graph.confidence, np.ones(added, np.float32))
        return GraphArrays(**fields)

    def interactions(self) -> Interactions:
        """The log."""
        return self.log

    def replace_links(self, relation: str, pairs: Iterable[tuple[str, str]]) -> None:
        """Remembers the pairs."""
        self.links[relation] = list(pairs)


class RankerContract:
    """What every ranker must do. A new ranker's test class inherits this and gives it a ``ranker`` fixture.

    The fixture is a ranker of the board with 20 products (``board_arrays`` or ``checkerboard``).
    """

    def test_returns_k_products_best_first(self, ranker: Ranker) -> None:
        """Exactly k, in falling order, each once."""
        ranked = ranker.rank(RankingRequest(history=("p0", "p2"), k=5))
        scores = [one.score for one in ranked]
        assert len(ranked) == 5  # noqa: S101 - these are the assertions of tests
        assert scores == sorted(scores, reverse=True)  # noqa: S101
        assert len({one.product_id for one in ranked}) == 5  # noqa: S101

    def test_score_is_the_sum_of_its_terms(self, ranker: Ranker) -> None:
        """To 1e-4."""
        for one in ranker.rank(RankingRequest(history=("p4", "p6", "p8"), liked=("p2",), k=20)):
            assert abs(one.score - sum(term.value for term in one.terms)) < 1e-4  # noqa: S101
            assert np.isfinite(one.score)  # noqa: S101

    def test_candidates_exclusions_and_dislikes_hold(self, ranker: Ranker) -> None:
        """Only candidates, none excluded or disliked; unknown ids are ignored."""
        request = RankingRequest(
            history=("p0", "nothing"),
            disliked=("p2",),
            candidates=("p2", "p4", "p6", "p8", "nothing", "p4"),
            exclude=frozenset({"p6", "nothing"}),
            k=50,
        )
        assert {one.product_id for one in ranker.rank(request)} == {"p4", "p8"}  # noqa: S101

    def test_nothing_left_gives_nothing(self, ranker: Ranker) -> None:
        """No candidates, or all of them excluded."""
        assert ranker.rank(RankingRequest(candidates=())) == []  # noqa: S101
        assert ranker.rank(RankingRequest(candidates=("p1",), exclude=frozenset({"p1"}))) == []  # noqa: S101

    def test_a_stranger_gets_an_answer(self, ranker: Ranker) -> None:
        """No history, no needs."""
        assert len(ranker.rank(RankingRequest(k=3))) == 3  # noqa: S101

    def test_the_same_request_gives_the_same_answer(self, ranker: Ranker) -> None:
        """Deterministic, ties by id."""
        request = RankingRequest(history=("p3", "p5"), k=20)
        assert ranker.rank(request) == ranker.rank(request)  # noqa: S101


class LearnsTheBoard:
    """For rankers that learn from histories: a shopper of even products is offered even products."""

    def test_offers_the_shoppers_own_colour(self, ranker: Ranker) -> None:
        """The top 3 are of the shopper's colour."""
        for history in (("p0", "p2", "p4"), ("p1", "p3", "p5")):
            own = int(history[0][1:]) % 2
            ranked = ranker.rank(RankingRequest(history=history, exclude=frozenset(history), k=3))
            assert [int(one.product_id[1:]) % 2 for one in ranked] == [own] * 3  # noqa: S101
