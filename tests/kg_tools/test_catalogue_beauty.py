"""Speed and answers on a real catalogue of 12,101 products and 1.4 million triples.

Limits are three to ten times what an idle machine takes.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.linking import Linker
from kg_tools.paths import GraphIndex
from kg_tools.products import ProductFilter
from kg_tools.shops import open_shop

pytestmark = pytest.mark.beauty


@pytest.fixture(scope="module")
def beauty(beauty_home: Any) -> Iterator[Catalogue]:
    catalogue = open_catalogue(open_shop(beauty_home.home, "beauty"))
    yield catalogue
    catalogue.close()


def median_ms(work: Callable[[], object], times: int = 30) -> float:
    taken: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return float(np.median(taken)) * 1000


def test_curling_irons_not_by_conair(beauty: Catalogue) -> None:
    linker = Linker(beauty.lexicon())
    iron, conair = linker.link("curling iron"), linker.link("Conair")
    assert iron.groups[0][0].node.label == "Curling Irons"
    needs = ProductFilter(
        wanted=tuple(tuple(link.node.iri for link in group) for group in iron.groups),
        avoided=tuple(link.node.iri for group in conair.groups for link in group),
    )
    found = beauty.products(beauty.search(needs))
    assert len(found) > 30
    for product in found:
        assert "Curling Irons" in product.attributes["category"]
        assert "Conair" not in product.attributes.get("brand", ())
    assert median_ms(lambda: beauty.search(needs)) < 5
    assert median_ms(lambda: beauty.products([product.product_id for product in found[:10]])) < 30


def test_linking_takes_no_time(beauty: Catalogue) -> None:
    linker = Linker(beauty.lexicon())
    for phrase in ("ceramic curling iron", "sulphate free shampo", "something for my mother's sensitive skin"):
        assert median_ms(lambda phrase=phrase: linker.link(phrase)) < 2


def test_arrays_and_paths(beauty: Catalogue) -> None:
    began = time.perf_counter()
    arrays = beauty.arrays()
    assert time.perf_counter() - began < 60
    assert len(arrays.heads) > 1_000_000
    index = GraphIndex(arrays)
    log = beauty.interactions()
    pairs = [(int(log.product[row]), int(log.product[row + 1])) for row in range(0, 2000, 10)]
    assert median_ms(lambda: [index.find_paths(*pair) for pair in pairs], 3) / len(pairs) < 10
    paths = [path for pair in pairs for path in index.find_paths(*pair, limit=1)]
    assert len(paths) > len(pairs) / 2
    for path in paths[:50]:
        for triple in path.triples:
            assert beauty.find_facts(triple)
