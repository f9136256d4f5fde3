"""Paths are real triples, joined end to end, found in order of length and rarity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_tools.catalogue import Catalogue
from kg_tools.paths import GraphIndex
from kg_tools.products import GraphArrays, Path
from kg_tools.vocabulary import BECAUSE, SCHEMA

BASE = "urn:because:corner:"


def node(index: GraphIndex, name: str) -> int:
    found = index.node(BASE + name)
    assert found is not None
    return found


def ends(path: Path, start: str) -> str:
    """Walk a path from its start; every triple must hold on to where the last one led."""
    here = start
    for subject, _, target in path.triples:
        assert here in (subject, target)
        here = target if here == subject else subject
    return here


def test_paths_between_two_products(corner: Catalogue) -> None:
    index = GraphIndex(corner.arrays())
    start, end = node(index, "product:iron1"), node(index, "product:iron2")
    paths = index.find_paths(start, end, max_edges=2)
    assert paths[0] == Path(((BASE + "product:iron1", str(BECAUSE.alsoBought), BASE + "product:iron2"),))
    irons = BASE + "category:curling-irons"
    category = str(SCHEMA.category)
    assert paths[1] == Path(((BASE + "product:iron1", category, irons), (BASE + "product:iron2", category, irons)))
    for path in paths:
        assert ends(path, BASE + "product:iron1") == BASE + "product:iron2"


def test_paths_from_a_need_to_a_product(corner: Catalogue) -> None:
    index = GraphIndex(corner.arrays())
    start, end = node(index, "brand:breeze"), node(index, "product:iron2")
    paths = index.find_paths(start, end, max_edges=3, limit=100)
    assert (
        (BASE + "product:iron1", str(SCHEMA.brand), BASE + "brand:breeze"),
        (BASE + "product:iron1", str(BECAUSE.alsoBought), BASE + "product:iron2"),
    ) in {path.triples for path in paths}
    assert [len(path.triples) for path in paths] == sorted(len(path.triples) for path in paths)
    for path in paths:
        assert ends(path, BASE + "brand:breeze") == BASE + "product:iron2"
        for triple in path.triples:
            assert corner.find_facts(triple)


def test_hubs_are_no_reason(corner: Catalogue) -> None:
    index = GraphIndex(corner.arrays())
    start, end = node(index, "product:shampoo1"), node(index, "product:iron2")
    through = {triple[2] for path in index.find_paths(start, end, max_edges=2) for triple in path.triples}
    assert BASE + "category:hair-care" in through
    assert index.find_paths(start, end, max_edges=2, degree_cap=6) == []


def test_limits(corner: Catalogue) -> None:
    index = GraphIndex(corner.arrays())
    start, end = node(index, "product:iron1"), node(index, "product:iron2")
    assert len(index.find_paths(start, end, limit=2)) == 2
    assert index.find_paths(start, start) == []
    assert index.node("urn:none") is None
    with pytest.raises(ValueError, match="max_edges"):
        index.find_paths(start, end, max_edges=4)


def test_shared_nodes_rarest_first(corner: Catalogue) -> None:
    index = GraphIndex(corner.arrays())
    shared = index.shared_nodes(node(index, "product:iron1"), node(index, "product:iron2"))
    names = [index.arrays.node_iris[position].removeprefix(BASE) for position in shared]
    assert names == ["category:curling-irons", "category:styling-tools", "category:hair-care"]


def random_arrays(pairs: list[tuple[int, int, int]]) -> GraphArrays:
    kept = sorted({(head, relation, tail) for head, relation, tail in pairs if head != tail})
    columns = np.array(kept, np.int32).reshape(-1, 3)
    return GraphArrays(
        node_iris=tuple(f"urn:{index}" for index in range(8)),
        node_kinds=("product",) * 5 + ("feature",) * 3,
        product_ids=tuple("abcde"),
        relations=("urn:r0", "urn:r1"),
        heads=columns[:, 0],
        relation_index=columns[:, 1].astype(np.int16),
        tails=columns[:, 2],
        confidence=np.ones(len(kept), np.float32),
        prices=np.zeros(5, np.float32),
        in_stock=np.ones(5, np.bool_),
        titles=tuple("abcde"),
        texts=tuple("abcde"),
    )


def all_paths(arrays: GraphArrays, start: int, end: int, longest: int) -> set[Path]:
    """Every simple path by plain depth-first search, as an oracle."""
    triples = [
        (int(head), int(tail), (f"urn:{head}", arrays.relations[relation], f"urn:{tail}"))
        for head, relation, tail in zip(arrays.heads, arrays.relation_index, arrays.tails, strict=True)
    ]
    found: set[Path] = set()

    def walk(here: int, seen: frozenset[int], way: tuple[tuple[str, str, str], ...]) -> None:
        if here == end:
            found.add(Path(way))
            return
        if len(way) == longest:
            return
        for head, tail, triple in triples:
            for one, other in ((head, tail), (tail, head)):
                if one == here and other not in seen:
                    walk(other, seen | {other}, (*way, triple))

    walk(start, frozenset({start}), ())
    return found


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 1), st.integers(0, 7)), max_size=25),
    st.integers(0, 7),
    st.integers(0, 7),
    st.integers(1, 3),
)
def test_all_simple_paths_are_found_and_no_others(
    pairs: list[tuple[int, int, int]], start: int, end: int, longest: int
) -> None:
    arrays = random_arrays(pairs)
    paths = GraphIndex(arrays).find_paths(start, end, max_edges=longest, limit=100_000)
    assert len(paths) == len(set(paths))
    assert set(paths) == (all_paths(arrays, start, end, longest) if start != end else set())
