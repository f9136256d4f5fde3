"""The graph as arrays for the ranker, and the file that keeps them between runs."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from kg_tools.arrays_file import load_arrays, save_arrays
from kg_tools.arrays_updates import Outdated, links_now
from kg_tools.columns import codes, numbers, positions, strings
from kg_tools.edges import Edges, read_edges
from kg_tools.errors import StoreError
from kg_tools.offers import Offers
from kg_tools.products import GraphArrays, Interactions
from kg_tools.query_runner import QueryRunner
from kg_tools.shops import ShopFolder, replace_text
from kg_tools.snapshot import Snapshot
from kg_tools.vocabulary import LINK_PREDICATES


def load_kept(folder: ShopFolder) -> GraphArrays | None:
    """The arrays from their file; None when it is missing, damaged or outdated."""
    return load_arrays(folder.arrays_path, _key(folder))


def load_or_export(
    folder: ShopFolder, snapshot: Snapshot, runner: QueryRunner, outdated: Outdated | None = None
) -> GraphArrays:
    """The arrays from their file, or made anew when the file is missing, damaged or outdated.

    Args:
        folder: of the shop.
        snapshot: joins, titles and offers.
        runner: where to ask for links between products.
        outdated: arrays of before some products changed, where only products did.
    """
    key = _key(folder)
    arrays = load_arrays(folder.arrays_path, key)
    if arrays is None:
        arrays = export_arrays(snapshot, runner, outdated)
        save_arrays(folder.arrays_path, arrays, key)
    return arrays


def export_arrays(snapshot: Snapshot, runner: QueryRunner, outdated: Outdated | None = None) -> GraphArrays:
    """Make the arrays from the graph.

    An edge to a wider category is made for every product in a narrower one. Edges of a product to itself
    are left out.

    Args:
        snapshot: joins, titles and offers.
        runner: where to ask for links between products.
        outdated: arrays of before some products changed; the links of the others are taken from there.
    """
    products, joins = snapshot.products, snapshot.widened
    links = _all_links(snapshot, runner) if outdated is None else links_now(outdated, snapshot, runner)
    attributes = sorted(set(joins.targets) - products.position_of_iri.keys())
    known = strings([*products.iris, *attributes])
    externals = _missing([joins, *links], known)
    nodes = pa.concat_arrays([known, externals])
    parts = [_renumbered(edges, nodes) for edges in (joins, *links)]
    heads = np.concatenate([part.product for part in parts])
    tails = np.concatenate([part.target for part in parts])
    relations, relation_index = _relations(parts)
    keep = heads != tails
    kinds = {iri: snapshot.nodes[iri].kind for iri in attributes}
    descriptions = snapshot.descriptions
    return GraphArrays(
        node_iris=tuple(nodes.to_pylist()),
        node_kinds=("product",) * len(products.ids)
        + tuple(kinds[iri] for iri in attributes)
        + ("external",) * len(externals),
        product_ids=products.ids,
        relations=relations,
        heads=heads[keep],
        relation_index=relation_index[keep],
        tails=tails[keep],
        confidence=np.concatenate([part.confidence for part in parts])[keep],
        prices=snapshot.offers.prices.astype(np.float32),
        in_stock=snapshot.offers.stock != 0,
        titles=products.titles,
        texts=tuple(
            "\n".join(text for text in (title, *descriptions.get(iri, ())[:1]) if text)
            for iri, title in zip(products.iris, products.titles, strict=True)
        ),
    )


def _all_links(snapshot: Snapshot, runner: QueryRunner) -> list[Edges]:
    products = snapshot.products.iri_array()
    return [
        read_edges(runner, [str(predicate)], products, snapshot.confidence) for predicate in LINK_PREDICATES.values()
    ]


def with_offers(arrays: GraphArrays, offers: Offers) -> GraphArrays:
    """The arrays with the prices and stock of now; the same object if nothing changed.

    Args:
        arrays: as exported or loaded.
        offers: of the same products.
    """
    prices, in_stock = offers.prices.astype(np.float32), offers.stock != 0
    if np.array_equal(prices, arrays.prices, equal_nan=True) and np.array_equal(in_stock, arrays.in_stock):
        return arrays
    return replace(arrays, prices=prices, in_stock=in_stock)


@contextmanager
def outdating(folder: ShopFolder) -> Generator[None, None, None]:
    """Mark the arrays' file as outdated while the graph's links or products change.

    Counted up before and after: arrays exported during the change carry the number between and are
    never loaded again.

    Args:
        folder: of the shop.
    """
    _count_up(folder)
    try:
        yield
    finally:
        _count_up(folder)


def read_interactions(path: Path, position: Mapping[str, int]) -> Interactions:
    """Read the interaction log.

    Args:
        path: Parquet file with shopper_id, product_id, position, split.
        position: product id -> index; rows of other products are skipped.

    Raises:
        StoreError: the file is missing or damaged.
    """
    try:
        table = parquet.read_table(path, columns=["shopper_id", "product_id", "position", "split"])
    except (OSError, pa.ArrowInvalid) as error:
        raise StoreError(f"The interaction log {path} cannot be read ({error}). Ingest the shop again.") from error
    indices = np.fromiter(position.values(), np.int32, len(position))
    found = positions(table["product_id"].cast(pa.large_string()), strings(list(position)))
    known = found >= 0
    shopper, shoppers = codes(table.filter(pa.array(known))["shopper_id"])
    when = numbers(table["position"])[known]
    order = np.lexsort((when, shopper))
    return Interactions(
        shopper_ids=tuple(shoppers),
        shopper=shopper[order],
        product=indices[found[known]][order],
        position=when[order],
        split=numbers(table["split"])[known].astype(np.int8)[order],
    )


def _missing(parts: Sequence[Edges], known: pa.Array) -> pa.Array:
    """Targets that are neither products nor attribute nodes, sorted."""
    targets = pa.concat_arrays([strings(edges.targets) for edges in parts]).unique()
    return targets.filter(pa.array(positions(targets, known) < 0)).sort()


def _renumbered(edges: Edges, nodes: pa.Array) -> Edges:
    """The edges with targets as node indices."""
    index = positions(strings(edges.targets), nodes)
    return replace(edges, target=index[edges.target])


def _relations(parts: Sequence[Edges]) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """All relations of the vocabulary, whether the shop uses them or not, and an index per edge."""
    relations: list[str] = []
    shifted: list[NDArray[np.int16]] = []
    for edges in parts:
        shifted.append((edges.predicate + len(relations)).astype(np.int16))
        relations.extend(edges.predicates)
    return tuple(relations), np.concatenate(shifted)


def _generation_path(folder: ShopFolder) -> Path:
    return folder.path / "generation"


def _key(folder: ShopFolder) -> str:
    path = _generation_path(folder)
    generation = path.read_text(encoding="utf-8").strip() if path.is_file() else "0"
    return f"{folder.manifest.version}/{generation}"


def _count_up(folder: ShopFolder) -> None:
    generation = int(_key(folder).rpartition("/")[2]) + 1
    replace_text(_generation_path(folder), f"{generation}\n")
