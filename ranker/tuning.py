"""Tuning the baselines on valid, each over the settings and within the budget of ``ranker.baselines.budgets``.

Optuna searches by TPE (Bergstra et al., NeurIPS 2011), the defaults being the first trial. Models that are trained
in epochs get short trials, hopeless ones stopped by the median rule; the setting chosen is then trained in full,
with early stopping. Only train and valid are looked at.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kg_tools.progress import Progress
from ranker.baselines.baseline import Baseline
from ranker.baselines.budgets import Choice, Range, Settings, Tuning
from ranker.baselines.neural import NeuralBaseline
from ranker.histories import Histories
from ranker.metrics import metrics_of_ranks, ranks
from ranker.shares import SCORING_BATCH, Validation

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import Trial

TUNING_SHOPPERS = 3000
"""Valid shoppers, a seeded sample, by whose NDCG@10 settings and epochs are chosen."""

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What tuning chose.

    Attributes:
        settings: by name, all of the space.
        ndcg: valid NDCG@10 of the trial that had them.
        trials: settings tried, those stopped early included.
        stopped: of these, stopped early.
        seconds: all of it took.
    """

    settings: dict[str, float]
    ndcg: float
    trials: int
    stopped: int
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """All of it by name; ``Tuned(**it)`` makes it again."""
        return asdict(self)


def sample_validation(histories: Histories, target: NDArray[np.int64]) -> Validation | None:
    """The shoppers of valid that choices are made by; None if there are none.

    Args:
        histories: the train split, S rows.
        target: int64 (S,), each shopper's valid product, -1 without.
    """
    rows = np.random.default_rng(0).permutation(np.flatnonzero(target >= 0))[:TUNING_SHOPPERS]
    return Validation(histories.take(rows), target[rows]) if len(rows) else None


def valid_ndcg(baseline: Baseline, validation: Validation) -> float:
    """NDCG@10 of a fitted baseline, products met before left out; 0 where its scores are no numbers."""
    found: list[NDArray[np.int64]] = []
    for start in range(0, len(validation.target), SCORING_BATCH):
        rows = validation.histories.take(range(start, min(start + SCORING_BATCH, len(validation.target))))
        scores = np.array(baseline.scores(rows), dtype=np.float32)
        if not np.isfinite(scores).all():
            return 0.0
        scores[rows.matrix().nonzero()] = -np.inf
        found.append(ranks(scores, validation.target[start : start + SCORING_BATCH]))
    return float(metrics_of_ranks(np.concatenate(found))["ndcg@10"].mean())


def tune(
    tuning: Tuning,
    histories: Histories,
    validation: Validation | None,
    progress: Progress,
    clock: Clock = time.monotonic,
) -> Tuned:
    """Searches the space within its budget, the same way each time as long as the seconds suffice.

    Args:
        tuning: what is tried.
        histories: the train split.
        validation: whose NDCG@10 decides; without one the defaults stand untried.
        progress: told after each trial and epoch.
        clock: seconds that only grow.

    Raises:
        TooLargeError: the catalogue is too large for this model.
    """
    defaults = {name: float(one.default) for name, one in tuning.space.items()}
    if validation is None or tuning.trials < 2:
        return Tuned(defaults, 0.0, 0, 0, 0.0)
    search = _Search(tuning, histories, validation, progress, clock)
    return search.run(defaults)


class _Search:
    """One search over the settings of one baseline."""

    def __init__(
        self, tuning: Tuning, histories: Histories, validation: Validation, progress: Progress, clock: Clock
    ) -> None:
        self._tuning, self._histories, self._validation = tuning, histories, validation
        self._progress, self._clock = progress, clock
        self._started = clock()
        self._number = 0

    def run(self, defaults: Settings) -> Tuned:
        from optuna.trial import TrialState  # noqa: PLC0415 - takes a second

        study = _study(self._tuning)
        study.enqueue_trial({name: _plain(value) for name, value in defaults.items()})
        slowest = 0.0
        while self._number < self._tuning.trials:
            began = self._clock()
            if self._number and began + slowest > self._deadline:
                break
            self._progress(f"tuning, trial {self._number + 1} of {self._tuning.trials}", self._share)
            trial = study.ask(_distributions(self._tuning.space))
            score = self._try(trial)
            study.tell(trial, score, state=TrialState.COMPLETE if score is not None else TrialState.PRUNED)
            slowest = max(slowest, self._clock() - began)
            self._number += 1
        stopped = sum(trial.state == TrialState.PRUNED for trial in study.trials)
        settings = {name: float(value) for name, value in study.best_params.items()}
        tried = sum(trial.state.is_finished() for trial in study.trials)
        return Tuned(settings, study.best_value, tried, stopped, self._clock() - self._started)

    def _try(self, trial: "Trial") -> float | None:
        """Valid NDCG@10 of a trial; None if it was stopped."""
        more = {"epochs": self._tuning.trial_epochs} if self._tuning.trial_epochs else {}
        baseline = build(self._tuning, trial.params, seed=0, **more)
        if not isinstance(baseline, NeuralBaseline):
            baseline.fit(self._histories)
            return valid_ndcg(baseline, self._validation)
        best = 0.0
        for epoch, _ in enumerate(baseline.train_epochs(self._histories), start=1):
            ndcg = valid_ndcg(baseline, self._validation)
            best = max(best, ndcg)
            self._progress(
                f"tuning, trial {self._number + 1} of {self._tuning.trials}, epoch {epoch}: valid NDCG@10 {ndcg:.4f}",
                self._share,
            )
            trial.report(ndcg, epoch)
            if self._number and (trial.should_prune() or self._clock() > self._deadline):
                return None
            if self._clock() > self._deadline:
                break
        return best

    @property
    def _deadline(self) -> float:
        return self._started + self._tuning.seconds

    @property
    def _share(self) -> float:
        """Of the tuning, which counts as the first half of the whole."""
        return 0.5 * self._number / self._tuning.trials


def fit_tuned(
    tuning: Tuning,
    settings: Settings,
    seed: int,
    histories: Histories,
    validation: Validation | None,
    *,
    progress: Progress,
    clock: Clock = time.monotonic,
) -> tuple[Baseline, tuple[float, ...]]:
    """The baseline fitted in full, and its curve: valid NDCG@10 after each epoch, one value if it has no epochs.

    A model trained in epochs keeps its best one; without a validation it runs all of them.
    """
    baseline = build(tuning, settings, seed)
    if not isinstance(baseline, NeuralBaseline):
        progress("fitting", 0.5)
        baseline.fit(histories)
        return baseline, (valid_ndcg(baseline, validation),) if validation else ()
    return baseline, _train(baseline, tuning, histories, validation, progress=progress, clock=clock)


def _train(
    baseline: NeuralBaseline[Any],
    tuning: Tuning,
    histories: Histories,
    validation: Validation | None,
    *,
    progress: Progress,
    clock: Clock,
) -> tuple[float, ...]:
    """Epochs until valid has not risen for ``patience`` of them or time is over; the best one is kept."""
    started, curve = clock(), list[float]()
    best = None

    def tell(message: str, share: float | None) -> None:
        progress(message, 0.5 + 0.5 * (share or 0.0))

    for epoch, _ in enumerate(baseline.train_epochs(histories, tell), start=1):
        spent = clock() - started
        if validation is not None:
            curve.append(valid_ndcg(baseline, validation))
            if best is None or curve[-1] > max(curve[:-1]):
                best = baseline.state()
            left = min(spent / epoch * (baseline.epochs - epoch), max(tuning.fit_seconds - spent, 0))
            tell(
                f"epoch {epoch}, valid NDCG@10 {curve[-1]:.4f}, best {max(curve):.4f}, at most {left:.0f} s left",
                epoch / baseline.epochs,
            )
            if epoch - 1 - int(np.argmax(curve)) >= tuning.patience:
                break
        if clock() - started > tuning.fit_seconds:
            break
    if best is not None:
        baseline.restore(best)
    return tuple(curve)


def build(tuning: Tuning, settings: Settings, seed: int, **more: float) -> Baseline:
    """A baseline with settings, seeded if it can be."""
    if tuning.seeded:
        more["seed"] = seed
    return tuning.build(**{name: _plain(value) for name, value in settings.items()}, **more)


def _plain(value: float) -> float:
    """Whole numbers as int: layers and widths are counted."""
    return int(value) if float(value).is_integer() else value


def _study(tuning: Tuning) -> "Study":
    import optuna  # noqa: PLC0415 - takes a second

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=max(tuning.trial_epochs // 3, 1))
    sampler = optuna.samplers.TPESampler(seed=0, n_startup_trials=max(tuning.trials // 3, 2))
    return optuna.create_study(direction="maximize", sampler=sampler, pruner=pruner)


def _distributions(space: Mapping[str, Range | Choice]) -> dict[str, Any]:
    from optuna.distributions import (  # noqa: PLC0415 - takes a second
        CategoricalDistribution,
        FloatDistribution,
        IntDistribution,
    )

    found: dict[str, Any] = {}
    for name, one in space.items():
        if isinstance(one, Choice):
            found[name] = CategoricalDistribution(one.values)
        elif one.whole:
            found[name] = IntDistribution(int(one.low), int(one.high), log=one.log)
        else:
            found[name] = FloatDistribution(one.low, one.high, log=one.log)
    return found
