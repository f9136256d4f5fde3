"""What every baseline keeps to, and how one serves requests."""

from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from ranker.histories import Histories, from_sequences
from ranker.ranking import RankedProduct, RankingRequest, Term
from ranker.selecting import best_first


class Baseline(Protocol):
    """A model that knows nothing but who met what, and in which order."""

    name: ClassVar[str]

    def fit(self, histories: Histories) -> None:
        """Learns from S shoppers' histories."""
        ...

    def scores(self, histories: Histories) -> NDArray[np.float32]:
        """Scores of all products for B histories, seen in the fit or not, shape (B, P)."""
        ...


class BaselineRanker:
    """A fitted baseline as a ``Ranker``. Its whole score is one term without a path: it can give no reason.

    Args:
        baseline: fitted.
        product_ids: the shop's ids, in the order of the product indices it was fitted on.
    """

    def __init__(self, baseline: Baseline, product_ids: tuple[str, ...]) -> None:
        self.name = baseline.name
        self._baseline = baseline
        self._product_ids = product_ids
        self._position = {product_id: number for number, product_id in enumerate(product_ids)}
        self._id_order = np.argsort(np.argsort(np.array(product_ids, dtype=np.str_)))

    def rank(self, request: RankingRequest) -> list[RankedProduct]:
        """The best ``request.k`` products, best first; needs are not understood, likes count as history."""
        barred = request.exclude | set(request.disliked)
        offered = self._product_ids if request.candidates is None else dict.fromkeys(request.candidates)
        allowed = [self._position[one] for one in offered if one in self._position and one not in barred]
        if not allowed:
            return []
        met = [self._position[one] for one in (*request.history, *request.liked) if one in self._position]
        rows = from_sequences([met], len(self._product_ids))
        totals = self._baseline.scores(rows)[0].astype(np.float64)
        winners = best_first(totals, np.array(allowed, dtype=np.int64), self._id_order, request.k)
        name = "popularity" if self._baseline.name == "popularity" else "collaborative"
        return [
            RankedProduct(self._product_ids[one], float(totals[one]), (Term(name, float(totals[one])),))
            for one in winners
        ]
