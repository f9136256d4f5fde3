"""Which clarifying question to ask, if any: the one whose answer halves the candidates best."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from agent.sessions import SessionState
from agent.wording import listing, say
from kg_tools.products import FacetCount, Language, NodeKind, ProductFilter

WORTH_ASKING_ABOVE = 12
"""Candidates; fewer than this are read faster than a question is answered."""

_KINDS: tuple[NodeKind, ...] = ("category", "audience", "feature", "material", "colour")
_OPTIONS = 3
_LEAST_GAIN = 0.6  # bits; a facet that tells less is not worth a turn


class FacetSource(Protocol):
    """Counts of a result by attribute; ``kg_tools.catalogue.Catalogue``."""

    def facets(self, needs: ProductFilter, kind: NodeKind, limit: int) -> list[FacetCount]:
        """The most frequent nodes of a kind among the products of a filter."""
        ...

    def label(self, term: str, language: Language = "en") -> str:
        """What people call a node."""
        ...


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the key under which it counts as asked."""

    key: str
    text: str


def choose_question(
    catalogue: FacetSource, candidates: ProductFilter, total: int, session: SessionState
) -> Question | None:
    """The facet with the highest expected information gain over the candidates, not asked before.

    The gain of a facet is the mean binary entropy of its best few values: how much a yes or no to one of the
    offered options tells, in bits (at most 1).

    Args:
        catalogue: where the counts come from.
        candidates: what is left after the hard needs.
        total: how many that are.
        session: needs already stated and questions already asked.
    """
    if total <= WORTH_ASKING_ABOVE:
        return None
    stated = {need.kind for need in session.needs}
    best: tuple[float, str, list[FacetCount]] | None = None
    for kind in _KINDS:
        if kind in stated or f"facet:{kind}" in session.asked:
            continue
        counts = [facet for facet in catalogue.facets(candidates, kind, 8) if facet.count < total][:_OPTIONS]
        gain = _gain(counts, total)
        if len(counts) > 1 and gain >= _LEAST_GAIN and (best is None or gain > best[0]):
            best = (gain, kind, counts)
    if best is None:
        return None
    _, kind, counts = best
    options = listing([catalogue.label(facet.node.iri, session.language) for facet in counts], session.language, "or")
    facet = say(f"facet_{kind}", session.language)
    return Question(f"facet:{kind}", say("ask_facet", session.language, facet=facet, options=options))


def _gain(counts: Sequence[FacetCount], total: int) -> float:
    if not counts:
        return 0.0
    return sum(_entropy(facet.count / total) for facet in counts) / len(counts)


def _entropy(share: float) -> float:
    if share in (0.0, 1.0):
        return 0.0
    return -share * math.log2(share) - (1 - share) * math.log2(1 - share)
