"""Random paths to compare cited ones with: same relations, same length, the same start where there is another."""

from collections.abc import Iterator, Sequence

import numpy as np

from kg_tools.products import Triple
from ranker.deletion import FactRemover
from ranker.graph_data import INTERACTED_WITH
from ranker.ranking import RankingRequest

ELSEWHERE = 50
"""Random products tried as a start where the history has no other path of the kind."""


class PathSampler:
    """Draws paths of the graph.

    Args:
        remover: for what the graph holds.
        random: what to draw with.
    """

    def __init__(self, remover: FactRemover, random: np.random.Generator) -> None:
        self._remover = remover
        self._random = random
        graph = remover.graph
        self._iri = dict(zip(graph.product_ids, graph.product_iris, strict=True))
        self._products = graph.product_iris

    def like(self, path: Sequence[Triple], request: RankingRequest) -> tuple[Triple, ...]:
        """A random path of the graph that shares no fact with ``path``; empty if there is none.

        It starts at the product ``path`` starts at, else at another product of the history, else anywhere.

        Args:
            path: one or two facts; that the shopper met a product does not count, as it is no fact of the graph.
            request: for the history.
        """
        facts = [triple for triple in path if triple[1] != INTERACTED_WITH]
        if not facts:
            return ()
        history = [self._iri[one] for one in request.history if one in self._iri]
        relation = facts[0][1]
        # A link may be walked against its direction: then the history stands at its end.
        backwards = len(facts) == 1 and facts[0][0] not in history and facts[0][2] in history
        start = facts[0][2] if backwards else facts[0][0]
        ends = {facts[-1][0], facts[-1][2]} - {start}
        for product in self._starts(start, history):
            if len(facts) == 1:
                found = self._steps(product, relation, backwards=backwards)
                paths = [(triple,) for triple in found if triple not in facts]
            else:
                paths = self._meetings(product, relation, avoided=ends, facts=facts)
            if paths:
                return paths[int(self._random.integers(len(paths)))]
        return ()

    def _starts(self, start: str, history: Sequence[str]) -> Iterator[str]:
        yield start
        others = sorted(set(history) - {start})
        if start in history:
            yield from (others[place] for place in self._random.permutation(len(others)))
        for place in self._random.integers(len(self._products), size=ELSEWHERE):
            if self._products[place] != start:
                yield self._products[place]

    def _steps(self, product: str, relation: str, *, backwards: bool) -> list[Triple]:
        place = 2 if backwards else 0
        return [one for one in self._remover.facts(product, relation) if one[place] == product]

    def _meetings(
        self, product: str, relation: str, *, avoided: set[str], facts: Sequence[Triple]
    ) -> list[tuple[Triple, ...]]:
        """Paths from a product over a node to a random other holder of it; one per node."""
        found: list[tuple[Triple, ...]] = []
        for first in self._steps(product, relation, backwards=False):
            others = [one for one in self._remover.holders(relation, first[2]) if one != product and one not in avoided]
            paths = [(first, (one, relation, first[2])) for one in others]
            paths = [path for path in paths if not set(path) & set(facts)]
            if paths:
                found.append(paths[int(self._random.integers(len(paths)))])
        return found
