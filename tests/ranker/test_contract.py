"""Every ranker of the package keeps the contract; a new baseline without a test class fails here."""

import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import ranker.baselines as baselines_package
from ranker.baselines.baseline import Baseline, BaselineRanker
from ranker.baselines.bpr_mf import BprMf
from ranker.baselines.ease import Ease
from ranker.baselines.ials import Ials
from ranker.baselines.item_knn import ItemKNN
from ranker.baselines.lightgcn import LightGcn
from ranker.baselines.neural_cf import NeuralCf
from ranker.baselines.p3_alpha import P3Alpha
from ranker.baselines.popularity import Popularity
from ranker.baselines.sasrec import SasRec
from ranker.errors import TooLargeError
from ranker.histories import Histories, from_sequences
from ranker.ranking import Ranker, RankingRequest
from ranker.testing import LearnsTheBoard, RankerContract, checkerboard

IDS = tuple(f"p{number}" for number in range(20))


def board_histories() -> Histories:
    """The checkerboard, each shopper's products in an order of their own."""
    random = np.random.default_rng(0)
    return from_sequences([random.permutation(row.indices) for row in checkerboard()], 20)


def fitted(baseline: Baseline) -> Ranker:
    baseline.fit(board_histories())
    return BaselineRanker(baseline, IDS)


class TestGraphRanker(RankerContract, LearnsTheBoard):
    @pytest.fixture
    def ranker(self, graph_ranker: Ranker) -> Ranker:
        return graph_ranker


class TestPopularity(RankerContract):
    covers = Popularity

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(Popularity())


class TestItemKNN(RankerContract, LearnsTheBoard):
    covers = ItemKNN

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(ItemKNN())


class TestP3Alpha(RankerContract, LearnsTheBoard):
    covers = P3Alpha

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(P3Alpha())


class TestEase(RankerContract, LearnsTheBoard):
    covers = Ease

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(Ease(penalty=1.0))

    def test_is_the_closed_form(self) -> None:
        model = Ease(penalty=2.0)
        model.fit(board_histories())
        dense = checkerboard().toarray()
        inverse = np.linalg.inv(dense.T @ dense + 2 * np.eye(20))
        expected = -inverse / np.diag(inverse)
        np.fill_diagonal(expected, 0)
        np.testing.assert_allclose(model.scores(board_histories()), dense @ expected, atol=1e-3)

    def test_refuses_what_does_not_fit_in_memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("ranker.baselines.ease.LARGEST", 10)
        with pytest.raises(TooLargeError, match="20 x 20"):
            Ease().fit(board_histories())


class TestBprMf(RankerContract, LearnsTheBoard):
    covers = BprMf

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(BprMf(width=8, epochs=60, batch=64, learning_rate=0.05))


class TestIals(RankerContract, LearnsTheBoard):
    covers = Ials

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(Ials(width=4, penalty=0.1))


class TestLightGcn(RankerContract, LearnsTheBoard):
    covers = LightGcn

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(LightGcn(width=8, layers=2, epochs=20, batch=64, learning_rate=0.05))


class TestNeuralCf(RankerContract, LearnsTheBoard):
    covers = NeuralCf

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(NeuralCf(width=8, epochs=60, batch=64, learning_rate=0.02, dropout=0.0))


class TestSasRec(RankerContract, LearnsTheBoard):
    covers = SasRec

    @pytest.fixture
    def ranker(self) -> Ranker:
        return fitted(SasRec(width=8, layers=1, epochs=40, batch=8, learning_rate=0.02, dropout=0.3))

    def test_order_counts(self, ranker: Ranker) -> None:
        """The last product says most, so the same products in another order are another history."""
        forth, back = (ranker.rank(RankingRequest(history=one, k=20)) for one in (("p0", "p2"), ("p2", "p0")))
        assert forth != back


def test_every_baseline_has_a_contract_test_and_a_source() -> None:
    covered = {test.covers for test in RankerContract.__subclasses__() if hasattr(test, "covers")}
    for module in pkgutil.iter_modules(baselines_package.__path__):
        loaded = importlib.import_module(f"ranker.baselines.{module.name}")
        models = [value for value in vars(loaded).values() if isinstance(value, type) and "fit" in vars(value)]
        for model in models:
            if model is not Baseline and not inspect.isabstract(model):
                assert model in covered, f"{model.__name__} has no test class in {__name__}"
                assert loaded.__doc__, f"{module.name} says not where its method comes from"
