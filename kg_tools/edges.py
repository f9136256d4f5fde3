"""What products are joined to, read from the graph in bulk: the ground of search, facets and the export."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from rdflib import URIRef

from kg_tools.columns import codes, positions, strings
from kg_tools.query_runner import QueryRunner
from kg_tools.vocabulary import NODE_PREDICATES


@dataclass(frozen=True, slots=True)
class Edges:
    """Distinct edges from products, as columns of equal length E.

    Attributes:
        predicates: predicate IRIs, length R.
        targets: IRIs of what is joined, length T, sorted.
        product: int32, index into the product list.
        predicate: int16, index into ``predicates``.
        target: int32, index into ``targets``.
        confidence: float32 in (0, 1], the highest of the sources that state the edge.
    """

    predicates: tuple[str, ...]
    targets: tuple[str, ...]
    product: NDArray[np.int32]
    predicate: NDArray[np.int16]
    target: NDArray[np.int32]
    confidence: NDArray[np.float32]


def read_edges(
    runner: QueryRunner, predicates: list[str], products: pa.Array, confidence: Mapping[str, float]
) -> Edges:
    """Read the edges of the catalogue's products.

    Args:
        runner: where to ask.
        predicates: predicate IRIs.
        products: product IRIs as strings, in catalogue order; subjects that are not among them are skipped.
        confidence: source IRI -> confidence; sources that are not in it count 1.
    """
    table = runner.table("edges", predicate=[URIRef(predicate) for predicate in predicates])
    return _edges_of_table(table, predicates, products, confidence)


def read_edges_of(
    runner: QueryRunner, predicate: str, changed: Collection[str], products: pa.Array, confidence: Mapping[str, float]
) -> Edges:
    """Read the edges of one predicate from and to some products.

    Args:
        runner: where to ask.
        predicate: predicate IRI.
        changed: IRIs of those products, in the catalogue or not.
        products: as in ``read_edges``.
        confidence: as in ``read_edges``.
    """
    table = runner.table("edges_of", changed=[URIRef(iri) for iri in sorted(changed)], predicate=URIRef(predicate))
    return _edges_of_table(table, [predicate], products, confidence)


def _edges_of_table(
    table: pa.Table, predicates: list[str], products: pa.Array, confidence: Mapping[str, float]
) -> Edges:
    product = positions(table["product"], products)
    target, targets = codes(table["target"])
    source, sources = codes(table["source"])
    of_source = np.array([confidence.get(iri, 1.0) for iri in sources], np.float32)
    known = product >= 0
    columns = distinct(
        product[known],
        positions(table["predicate"], strings(predicates)).astype(np.int16)[known],
        target[known],
        of_source[source[known]],
    )
    return Edges(tuple(predicates), tuple(targets), *columns)


def read_broader(runner: QueryRunner) -> dict[str, frozenset[str]]:
    """Every category node -> all the nodes it lies in, at any distance, itself left out."""
    steps: dict[str, set[str]] = {}
    table = runner.table("broader")
    for narrower, broader in zip(table["narrower"].to_pylist(), table["broader"].to_pylist(), strict=True):
        steps.setdefault(narrower, set()).add(broader)
    return {node: _reachable(node, steps) for node in steps}


def with_broader(edges: Edges, broader: Mapping[str, Collection[str]]) -> Edges:
    """Add the edges that follow from narrower categories: in Curling Irons means in Styling Tools.

    Args:
        edges: as read.
        broader: see ``read_broader``.
    """
    pairs = [(target, wider) for target, iri in enumerate(edges.targets) for wider in broader.get(iri, ())]
    if not pairs:
        return edges
    targets = list(edges.targets)
    index = {iri: position for position, iri in enumerate(targets)}
    for _, wider in pairs:
        if wider not in index:
            index[wider] = len(targets)
            targets.append(wider)
    order = np.argsort(edges.target, kind="stable")
    starts = np.searchsorted(edges.target[order], np.arange(len(targets) + 1))
    pieces: list[NDArray[np.int64]] = [order[starts[target] : starts[target + 1]] for target, _ in pairs]
    rows = np.concatenate(pieces)
    wider_target = np.repeat(np.array([index[wider] for _, wider in pairs], np.int32), [len(piece) for piece in pieces])
    columns = distinct(
        np.concatenate([edges.product, edges.product[rows]]),
        np.concatenate([edges.predicate, edges.predicate[rows]]),
        np.concatenate([edges.target, wider_target]),
        np.concatenate([edges.confidence, edges.confidence[rows]]),
    )
    return Edges(edges.predicates, tuple(targets), *columns)


def read_confidence(runner: QueryRunner) -> dict[str, float]:
    """Source IRI -> confidence in (0, 1], for the sources that were mined from text."""
    table = runner.table("source_confidence")
    pairs: Iterable[tuple[str, str]] = zip(table["source"].to_pylist(), table["confidence"].to_pylist(), strict=True)
    return {source: min(1.0, float(confidence)) for source, confidence in pairs}


def node_predicates() -> list[str]:
    """The predicates that join products to attribute nodes."""
    return [str(predicate) for predicate in NODE_PREDICATES.values()]


def distinct(
    product: NDArray[np.int32],
    predicate: NDArray[np.int16],
    target: NDArray[np.int32],
    confidence: NDArray[np.float32],
) -> tuple[NDArray[np.int32], NDArray[np.int16], NDArray[np.int32], NDArray[np.float32]]:
    """Sort by product, predicate, target; of equal edges keep the one of highest confidence."""
    order = np.lexsort((-confidence, target, predicate, product))
    product, predicate, target = product[order], predicate[order], target[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (np.diff(product) != 0) | (np.diff(predicate) != 0) | (np.diff(target) != 0)
    return product[first], predicate[first], target[first], confidence[order][first]


def _reachable(node: str, steps: Mapping[str, set[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = [node]
    while waiting:
        for wider in steps.get(waiting.pop(), ()):
            if wider not in found and wider != node:  # a circle in the data must not hang us
                found.add(wider)
                waiting.append(wider)
    return frozenset(found)
