"""Coupling against sums made by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from ranker.coupling import couple, couple_links, scaled_lists
from ranker.graph_data import build_graph_data
from ranker.sparse import csr_matrix
from ranker.testing import board_arrays

LINKS = np.array([[1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 1, 1], [0, 0, 0, 0]], np.float32)


def test_rows_have_length_one_and_rare_entries_weigh_more() -> None:
    lists = scaled_lists(csr_matrix(LINKS)).toarray()
    np.testing.assert_allclose(np.linalg.norm(lists, axis=1), [1, 1, 1, 0], rtol=1e-6)
    assert lists[0, 1] > lists[0, 0] > 0  # entry 1 stands in one list, entry 0 in two


def test_pairs_are_cosines_strongest_first_without_the_product_itself() -> None:
    lists = scaled_lists(csr_matrix(LINKS))
    coupling = couple(lists)
    cosine = (lists @ lists.T).toarray()
    assert coupling.index[1, :2].tolist() == [0, 2] if cosine[1, 0] >= cosine[1, 2] else [2, 0]
    for head in range(4):
        known = coupling.index[head] >= 0
        np.testing.assert_allclose(coupling.weight[head][known], cosine[head, coupling.index[head][known]], rtol=1e-6)
        assert head not in coupling.index[head]
    assert (coupling.index[3] == -1).all()


def test_only_the_strongest_are_kept() -> None:
    coupling = couple(
        scaled_lists(csr_matrix(np.ones((6, 3), np.float32) * np.eye(6, 3, dtype=np.float32) + 1)), kept=2
    )
    assert coupling.index.shape[1] <= 2


@given(arrays(np.bool_, (5, 7), elements=st.booleans()))
def test_a_pair_is_the_sum_of_what_it_shares(links: np.ndarray) -> None:
    coupling = couple(scaled_lists(csr_matrix(links.astype(np.float32))))
    for head in range(5):
        for place, tail in enumerate(coupling.index[head].tolist()):
            if tail >= 0:
                entries, values = coupling.shared(head, tail)
                assert values.sum() == pytest.approx(coupling.weight[head, place], abs=1e-6)
                assert all(links[head, entry] and links[tail, entry] for entry in entries.tolist())
                assert (np.diff(values) <= 0).all()


def test_entries_outside_the_catalogue_couple_too() -> None:
    also, outside = "urn:because:vocabulary:alsoBought", "urn:elsewhere:x"
    graph = build_graph_data(
        board_arrays(4, edges=[(0, also, outside), (2, also, outside), (1, also, "urn:elsewhere:y")])
    )
    assert graph.links == {}
    (coupling,) = couple_links(graph).values()
    assert coupling.index[0].tolist() == [2]
    assert coupling.index[1].tolist() == [-1]


def test_no_links_at_all() -> None:
    assert couple_links(build_graph_data(board_arrays(3, edges=[]))) == {}
