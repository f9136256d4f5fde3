"""The baselines of one evaluation: tuned once per shop, fitted once per seed, their settings kept as JSON."""

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from kg_tools.products import Interactions
from kg_tools.progress import Progress
from ranker.baselines.baseline import Baseline
from ranker.baselines.budgets import BASELINES
from ranker.histories import TRAIN, VALID, from_interactions, targets
from ranker.tuning import Tuned, fit_tuned, sample_validation, tune

BASELINES_VERSION = "3"
"""Raised when a baseline computes something else than before, so that no older result is taken for one of it."""


class BaselineBench:
    """Fits baselines on the train split with the settings that rank valid best. Test is not looked at.

    Args:
        interactions: the log.
        products: P.
        kept: folder of earlier results, read and added to.
        fresh: tune again what is kept.
    """

    def __init__(self, interactions: Interactions, products: int, kept: Path, *, fresh: bool = False) -> None:
        self._histories = from_interactions(interactions, products, [TRAIN])
        self._validation = sample_validation(self._histories, targets(interactions, VALID))
        self._log = _log_fingerprint(interactions, products)
        self._kept, self._fresh = kept, fresh
        self._tuned: dict[str, Tuned] = {}

    def digest(self, model: str) -> str:
        """Of all that a baseline's result depends on: who met what, and how the model is tuned. Not of the graph."""
        text = f"{self._log} {BASELINES_VERSION} {BASELINES[model]}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def fitted(self, model: str, seed: int, progress: Progress) -> tuple[Baseline, float, dict[str, dict[str, float]]]:
        """A fitted baseline, the seconds its fit took, and what the report may say of both.

        Raises:
            TooLargeError: the catalogue is too large for this model.
        """
        tuned = self.tuned(model, progress)
        started = time.monotonic()
        baseline, curve = fit_tuned(
            BASELINES[model], tuned.settings, seed, self._histories, self._validation, progress=progress
        )
        seconds = time.monotonic() - started
        extras = {
            "settings": tuned.settings,
            "tuning": {
                "trials": float(tuned.trials),
                "stopped": float(tuned.stopped),
                "seconds": tuned.seconds,
                "ndcg@10": tuned.ndcg,
            },
            "valid": {"ndcg@10": max(curve, default=0.0), "epochs": float(np.argmax(curve) + 1 if curve else 0)},
        }
        return baseline, seconds, extras

    def tuned(self, model: str, progress: Progress) -> Tuned:
        """The settings chosen for a model, kept from an earlier run or chosen now.

        Raises:
            TooLargeError: the catalogue is too large for this model.
        """
        if model not in self._tuned:
            file = self._kept / f"tuned-{model}-{self.digest(model)}.json"
            if file.is_file() and not self._fresh:
                self._tuned[model] = Tuned(**json.loads(file.read_text(encoding="utf-8")))
            else:
                self._tuned[model] = tune(BASELINES[model], self._histories, self._validation, progress)
                _write(file, self._tuned[model].as_json())
        return self._tuned[model]


def _log_fingerprint(interactions: Interactions, products: int) -> str:
    digest = hashlib.sha256(str(products).encode())
    for column in (interactions.shopper, interactions.product, interactions.split):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def _write(file: Path, stored: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    staged = file.with_suffix(f".{os.getpid()}.tmp")
    staged.write_text(json.dumps(stored, indent=2), encoding="utf-8")
    staged.replace(file)
