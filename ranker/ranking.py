"""What a ranker is asked and what it answers. Every model, ours or a baseline, keeps this protocol."""

from dataclasses import dataclass
from typing import Literal, Protocol

from kg_tools.products import Path


@dataclass(frozen=True, slots=True)
class StatedNeed:
    """One thing the shopper asked for or against, as the graph knows it.

    Attributes:
        phrase: the shopper's words.
        nodes: IRIs of the nodes it may mean, best first; empty when it stays text.
        wanted: False for a thing to avoid.
        hard: the candidates already satisfy it; it still counts as a reason.
        weight: importance, 1.0 by default.
    """

    phrase: str
    nodes: tuple[str, ...] = ()
    wanted: bool = True
    hard: bool = False
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class RankingRequest:
    """One request for a ranking.

    Attributes:
        history: product ids the shopper bought or used before, oldest first; unknown ids are ignored.
        liked: product ids liked in this session.
        disliked: product ids disliked in this session; never returned.
        needs: stated needs.
        candidates: product ids to rank; None ranks the whole catalogue.
        exclude: product ids never to return (already shown, already owned).
        k: how many to return, at least 1.
        shopper: IRI under which paths name the shopper, None for a stranger.
    """

    history: tuple[str, ...] = ()
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    needs: tuple[StatedNeed, ...] = ()
    candidates: tuple[str, ...] | None = None
    exclude: frozenset[str] = frozenset()
    k: int = 10
    shopper: str | None = None


TermName = Literal["collaborative", "need", "path", "text", "popularity", "liked", "disliked", "residual"]


@dataclass(frozen=True, slots=True)
class Term:
    """One named summand of a score.

    Attributes:
        name: which part of the formula.
        value: the summand itself, in score units.
        path: the facts behind it; None for terms that rest on no fact (text, popularity, residual).
        about: what it is about, for wording: the need's phrase, or the id of the earlier product.
    """

    name: TermName
    value: float
    path: Path | None = None
    about: str | None = None


@dataclass(frozen=True, slots=True)
class RankedProduct:
    """A product with its score; ``score`` equals the sum of its terms' values (tested, to 1e-4)."""

    product_id: str
    score: float
    terms: tuple[Term, ...]


class Ranker(Protocol):
    """Scores candidates for one request. Thread-safe after construction; never mutates the request."""

    name: str

    def rank(self, request: RankingRequest) -> list[RankedProduct]:
        """The best ``request.k`` products, best first; ties by product id; empty if nothing is left."""
        ...
