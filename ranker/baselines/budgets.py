"""Which settings of each baseline are tried on valid, and within which budget (``ranker.tuning`` does it).

A baseline is only worth comparing with when it is tuned (Ferrari Dacrema et al., RecSys 2019).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ranker.baselines.baseline import Baseline
from ranker.baselines.bpr_mf import BprMf
from ranker.baselines.ease import Ease
from ranker.baselines.ials import Ials
from ranker.baselines.item_knn import ItemKNN
from ranker.baselines.lightgcn import LightGcn
from ranker.baselines.neural_cf import NeuralCf
from ranker.baselines.p3_alpha import P3Alpha
from ranker.baselines.popularity import Popularity
from ranker.baselines.sasrec import SasRec

Settings = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from ``low`` to ``high``, both included; on a logarithmic scale if ``log``, whole ones if ``whole``."""

    low: float
    high: float
    default: float
    log: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few numbers."""

    values: tuple[float, ...]
    default: float


@dataclass(frozen=True, slots=True)
class Tuning:
    """How one baseline is tuned.

    The seconds hold on a catalogue of any size: no trial is begun that would end after them, going by the slowest
    so far, and training ends with the epoch in which they run out. The defaults are always fitted, though.

    Attributes:
        build: makes a baseline from settings by name; one that has a seed takes ``seed`` too.
        space: setting -> what is tried.
        trials: settings tried at most, the defaults first; 1 means that there is nothing to tune.
        seconds: for all trials together.
        seeded: whether chance plays a part, so that it is measured over several seeds.
        trial_epochs: of a trial, for models trained in epochs.
        patience: epochs without a better valid NDCG@10 after which the full fit ends.
        fit_seconds: for the full fit of a model trained in epochs.
    """

    build: Callable[..., Baseline]
    space: Mapping[str, Range | Choice]
    trials: int
    seconds: float
    seeded: bool = False
    trial_epochs: int = 0
    patience: int = 0
    fit_seconds: float = 0.0


_WIDTH = Choice((32, 64, 128), 64)
_RATE = Range(1e-3, 3e-2, 1e-2, log=True)
_KEPT = Range(50, 2000, 1000, log=True, whole=True)

BASELINES: dict[str, Tuning] = {
    "popularity": Tuning(Popularity, {}, trials=1, seconds=60),
    "item-knn": Tuning(ItemKNN, {"shrink": Range(0.3, 300, 10, log=True), "neighbours": _KEPT}, trials=20, seconds=120),
    "p3-alpha": Tuning(P3Alpha, {"alpha": Range(0.2, 2, 1), "neighbours": _KEPT}, trials=20, seconds=120),
    "ease": Tuning(Ease, {"penalty": Range(1, 3000, 250, log=True)}, trials=12, seconds=400),
    "ials": Tuning(
        Ials,
        {
            "width": Choice((64, 128, 256), 64),
            "penalty": Range(1e-2, 1e2, 1, log=True),
            "alpha": Range(1, 100, 10, log=True),
            "iterations": Range(5, 25, 15, whole=True),
        },
        trials=20,
        seconds=240,
        seeded=True,
    ),
    "bpr-mf": Tuning(
        BprMf,
        {"width": _WIDTH, "learning_rate": _RATE, "penalty": Range(1e-6, 1e-2, 1e-4, log=True)},
        trials=10,
        seconds=120,
        seeded=True,
        trial_epochs=15,
        patience=8,
        fit_seconds=180,
    ),
    "lightgcn": Tuning(
        LightGcn,
        {
            "layers": Range(1, 4, 3, whole=True),
            "learning_rate": _RATE,
            "penalty": Range(1e-6, 1e-2, 1e-4, log=True),
        },
        trials=8,
        seconds=240,
        seeded=True,
        trial_epochs=12,
        patience=8,
        fit_seconds=180,
    ),
    "neural-cf": Tuning(
        NeuralCf,
        {
            "width": Choice((16, 32, 64), 32),
            "learning_rate": Range(5e-4, 1e-2, 3e-3, log=True),
            "weight_decay": Range(1e-4, 1, 1e-2, log=True),
        },
        trials=8,
        seconds=300,
        seeded=True,
        trial_epochs=8,
        patience=5,
        fit_seconds=400,
    ),
    "sasrec": Tuning(
        SasRec,
        {
            "dropout": Choice((0.3, 0.5), 0.5),
            "learning_rate": Range(5e-4, 1e-2, 3e-3, log=True),
            "weight_decay": Range(1e-3, 1, 1e-2, log=True),
        },
        trials=6,
        seconds=600,
        seeded=True,
        trial_epochs=12,
        patience=12,
        fit_seconds=1200,
    ),
}
"""Name -> how it is tuned; the order is the order of the tables."""
