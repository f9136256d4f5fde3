"""Tuning: it finds what is better, keeps its budget, repeats itself, and its choice is kept and used."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from kg_tools.progress import Progress, silent
from ranker.baselines.baseline import Baseline
from ranker.baselines.budgets import BASELINES, Choice, Range, Tuning
from ranker.baselines.ease import Ease
from ranker.baselines.neural import NeuralBaseline
from ranker.errors import RankerError
from ranker.evaluation import MODELS, evaluate_ranking
from ranker.evaluation_baselines import BaselineBench
from ranker.histories import TRAIN, VALID, Histories, from_interactions, from_sequences, targets
from ranker.shares import Validation
from ranker.testing import MemoryCatalogue, board_arrays, board_interactions
from ranker.tuning import Tuned, fit_tuned, sample_validation, tune, valid_ndcg

PRODUCTS = 50


class Dial:
    """Ranks each shopper's product the higher the nearer ``dial`` is to 0.3; a baseline whose optimum is known."""

    name = "dial"
    fits: list[float]

    def __init__(self, dial: float = 1.0) -> None:
        self.dial = dial
        Dial.fits.append(dial)

    def fit(self, histories: Histories) -> None:
        del histories

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        scores = np.tile(np.arange(PRODUCTS, dtype=np.float32), (len(histories), 1))
        # The target is product 0; the distance from the optimum is the number of products above it.
        scores[:, 0] = PRODUCTS - 0.5 - 10 * abs(self.dial - 0.3)
        return scores


class Slope(NeuralBaseline[nn.Linear]):
    """Trained in epochs along a curve that is given; ``height`` scales it."""

    name = "slope"
    curve: tuple[float, ...] = (1, 3, 2, 5, 4, 3, 2, 1, 1, 9)
    trained: list[int]

    def __init__(self, height: float = 1.0, epochs: int = 10, seed: int = 0) -> None:
        super().__init__(epochs=epochs, batch=1, learning_rate=0.1, weight_decay=0, seed=seed, longest_epoch=1)
        self.height = height

    def train_epochs(self, histories: Histories, progress: Progress = silent) -> Iterator[float]:
        del histories, progress
        self.net = nn.Linear(1, 1, bias=False)
        for epoch in range(self.epochs):
            nn.init.constant_(self.net.weight, self.curve[epoch] * self.height)
            Slope.trained[-1] += 1
            yield 0.0

    def _prepare(self, histories: Histories) -> int:
        raise NotImplementedError

    def _loss(self, examples: torch.Tensor) -> torch.Tensor:
        raise NotImplementedError

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        scores = np.tile(np.arange(PRODUCTS, dtype=np.float32), (len(histories), 1))
        scores[:, 0] = PRODUCTS - 10.5 + float(self.net.weight.detach())
        return scores


class Clock:
    """A second passes each time it is read."""

    def __init__(self) -> None:
        self._ticks = count()

    def __call__(self) -> float:
        return float(next(self._ticks))


DIAL = Tuning(Dial, {"dial": Range(0, 1, 1.0)}, trials=20, seconds=1e9)


def slope(**budget: float) -> Tuning:
    def make(**settings: float) -> Baseline:
        Slope.trained.append(0)
        return Slope(**settings)

    usual = Tuning(
        make,
        {"height": Choice((1.0, 0.1), 1.0)},
        trials=6,
        seconds=1e9,
        seeded=True,
        trial_epochs=5,
        patience=3,
        fit_seconds=1e9,
    )
    return replace(usual, **budget)


@pytest.fixture(autouse=True)
def forget() -> None:
    Dial.fits, Slope.trained = [], []


@pytest.fixture
def validation() -> Validation:
    return Validation(from_sequences([[1], [2, 3]], PRODUCTS), np.zeros(2, np.int64))


NOTHING = from_sequences([[1]], PRODUCTS)


def test_finds_better_than_the_defaults_which_come_first(validation: Validation) -> None:
    tuned = tune(DIAL, NOTHING, validation, silent)
    assert Dial.fits[0] == 1.0
    assert tuned.trials == len(Dial.fits) == 20
    assert abs(tuned.settings["dial"] - 0.3) < 0.1
    assert tuned.ndcg == 1.0 > valid_ndcg(Dial(), validation)


def test_repeats_itself(validation: Validation) -> None:
    first, again = (tune(DIAL, NOTHING, validation, silent, Clock()) for _ in range(2))
    assert first == again
    assert Dial.fits[:20] == Dial.fits[20:]


@pytest.mark.parametrize(("seconds", "trials"), [(0, 1), (3, 1), (13, 6), (1e9, 20)])
def test_no_trial_is_begun_that_would_end_after_the_seconds(
    validation: Validation, seconds: float, trials: int
) -> None:
    # The clock is read before and after a trial, so each trial takes two seconds, one of them its own.
    tuned = tune(replace(DIAL, seconds=seconds), NOTHING, validation, silent, Clock())
    assert tuned.trials == len(Dial.fits) == trials
    assert tuned.seconds <= max(seconds, 3) + 1


def test_without_a_validation_the_defaults_stand_untried() -> None:
    assert tune(DIAL, NOTHING, None, silent) == Tuned({"dial": 1.0}, 0.0, 0, 0, 0.0)
    assert Dial.fits == []
    baseline, curve = fit_tuned(DIAL, {"dial": 1.0}, 0, NOTHING, None, progress=silent)
    assert curve == ()
    assert baseline.name == "dial"


def test_trials_of_epochs_are_short_and_hopeless_ones_stopped(validation: Validation) -> None:
    tuned = tune(slope(), NOTHING, validation, silent)
    assert tuned.settings == {"height": 1.0}
    assert tuned.trials == 6
    assert 0 < tuned.stopped < 6
    assert max(Slope.trained) == 5
    assert min(Slope.trained) < 5


def test_seconds_end_a_trial_within_its_epochs(validation: Validation) -> None:
    tuned = tune(slope(seconds=2), NOTHING, validation, silent, Clock())
    assert tuned.trials == 1
    assert tuned.stopped == 0, "the defaults are fitted however little time there is"
    assert Slope.trained == [2]
    assert tuned.settings == {"height": 1.0}


def test_the_full_fit_stops_early_and_keeps_the_best_epoch(validation: Validation) -> None:
    baseline, curve = fit_tuned(slope(), {"height": 1.0}, 0, NOTHING, validation, progress=silent)
    assert isinstance(baseline, Slope)
    assert len(curve) == 4 + 3, "three epochs without a better one after the fourth"
    assert int(np.argmax(curve)) == 3
    assert float(baseline.net.weight.detach()) == 5
    assert valid_ndcg(baseline, validation) == max(curve)


def test_the_full_fit_ends_with_its_seconds(validation: Validation) -> None:
    _, curve = fit_tuned(slope(fit_seconds=3), {"height": 1.0}, 0, NOTHING, validation, progress=silent, clock=Clock())
    assert 1 <= len(curve) <= 2
    baseline, curve = fit_tuned(slope(), {"height": 1.0}, 0, NOTHING, None, progress=silent)
    assert curve == ()
    assert isinstance(baseline, Slope)
    assert float(baseline.net.weight.detach()) == Slope.curve[-1], "without a validation all epochs are run"


def test_scores_that_are_no_numbers_are_the_worst(validation: Validation) -> None:
    class Broken(Dial):
        def scores(self, histories: Histories) -> NDArray[np.float32]:
            return np.full((len(histories), PRODUCTS), np.nan, np.float32)

    assert valid_ndcg(Broken(), validation) == 0.0


def test_the_sample_of_valid_is_seeded_and_of_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ranker.tuning.TUNING_SHOPPERS", 5)
    log = board_interactions()
    histories, target = from_interactions(log, 20, [TRAIN]), targets(log, VALID)
    first, again = sample_validation(histories, target), sample_validation(histories, target)
    assert first is not None
    assert again is not None
    assert len(first.target) == 5
    np.testing.assert_array_equal(first.histories.items, again.histories.items)
    assert sample_validation(histories, np.full(40, -1)) is None


@pytest.mark.parametrize("name", BASELINES)
def test_every_space_holds_its_defaults(name: str) -> None:
    tuning = BASELINES[name]
    for one in tuning.space.values():
        if isinstance(one, Choice):
            assert one.default in one.values
        else:
            assert one.low <= one.default <= one.high
    assert bool(tuning.trial_epochs) == bool(tuning.fit_seconds) == bool(tuning.patience)


def test_settings_are_chosen_once_per_shop_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tunings = {"slope": slope(), "dial": DIAL}
    monkeypatch.setattr("ranker.evaluation_baselines.BASELINES", tunings)
    bench = BaselineBench(board_interactions(products=PRODUCTS), PRODUCTS, tmp_path)
    for seed in range(3):
        _, _, extras = bench.fitted("slope", seed, silent)
    assert len(Slope.trained) == 6 + 3
    assert extras["tuning"]["trials"] == 6
    assert extras["settings"].keys() == {"height"}
    (file,) = tmp_path.iterdir()
    assert file.name == f"tuned-slope-{bench.digest('slope')}.json"
    stored = json.loads(file.read_text()) | {"settings": {"height": 0.1}}
    file.write_text(json.dumps(stored))
    later = BaselineBench(board_interactions(products=PRODUCTS), PRODUCTS, tmp_path)
    assert later.tuned("slope", silent).settings == {"height": 0.1}
    anew = BaselineBench(board_interactions(products=PRODUCTS), PRODUCTS, tmp_path, fresh=True)
    assert anew.tuned("slope", silent).trials == 6


def test_a_digest_is_of_the_log_and_the_budget(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def digest(seed: int = 0) -> str:
        return BaselineBench(board_interactions(seed=seed), 20, tmp_path).digest("ease")

    before = digest()
    assert digest() == before != digest(seed=1)
    monkeypatch.setitem(BASELINES, "ease", replace(BASELINES["ease"], trials=3))
    assert digest() != before


def test_a_model_too_large_for_the_shop_is_left_out_with_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ranker.baselines.ease.LARGEST", 10)
    shop = MemoryCatalogue(board_arrays(), board_interactions())

    def evaluate(*models: str) -> list[str]:
        report = evaluate_ranking(shop, tmp_path, kept=tmp_path / "kept", models=models, progress=silent)
        assert set(report.as_json()["left_out"]) == {"ease"}
        assert "ease" not in report.models
        return report.lines()

    assert any(line.startswith("ease is left out: EASE needs") for line in evaluate("popularity", "ease"))
    with pytest.raises(RankerError, match="EASE needs"):
        evaluate("ease")


def test_every_baseline_stands_in_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, tuning in list(BASELINES.items()):
        short = {"trials": min(tuning.trials, 2), "trial_epochs": min(tuning.trial_epochs, 1), "fit_seconds": 0.5}
        monkeypatch.setitem(BASELINES, name, replace(tuning, **short))
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    report = evaluate_ranking(
        shop, tmp_path, kept=tmp_path / "kept", seeds=(0, 1), models=tuple(BASELINES), progress=silent
    )
    assert tuple(report.models) == tuple(BASELINES) == MODELS[:9]
    for name, tuning in BASELINES.items():
        assert ("2 seeds" in report.measured[name]) == tuning.seeded
        (kept, *_) = (tmp_path / "kept").glob(f"{name}-0-*.json")
        assert json.loads(kept.read_text())["extras"]["settings"].keys() == tuning.space.keys()


def test_ease_is_tuned_over_its_penalty(tmp_path: Path) -> None:
    bench = BaselineBench(board_interactions(), 20, tmp_path)
    baseline, seconds, extras = bench.fitted("ease", 0, silent)
    assert isinstance(baseline, Ease)
    assert extras["tuning"]["trials"] == 12
    assert extras["tuning"]["ndcg@10"] == pytest.approx(extras["valid"]["ndcg@10"])
    assert seconds < extras["tuning"]["seconds"]
