"""How well a knowledge-graph embedding tells held-out facts: filtered ranks, beside two floors.

The standard protocol (Bordes et al., NeurIPS 2013): a fact (h, r, t) is held out; then t is ranked among all tails and
h among all heads; other true answers, held out or not, are left out of the ranking (*filtered*). Candidates are all
entities of the right kind: every product as head, every node that some product has under r as tail (for a link,
every product). Of one held-out fact both ranks are averaged; the interval is over facts.

torch-geometric's ``KGEModel.test`` is not used: it ranks tails only, against every node whatever its kind, and does
not filter.

The figure is for comparing embeddings. It is helped by facts that imply each other (a subcategory and its parent).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kg_tools.progress import Progress
from ranker.graph_data import GraphData
from ranker.kg_embedding import Floats, KgEmbedding, KgEmbeddingConfig, fit_triples
from ranker.kg_triples import Integers, Triples, read_triples
from ranker.metrics import Interval, bootstrap, ranks
from ranker.sparse import csr_matrix

HITS_AT = (1, 3, 10)
CHUNK = 256

Scorer = Callable[[Integers, int, Integers], Floats]
"""(heads (B,), relation, tails (C,)) -> plausibility, shape (B, C)."""


@dataclass(frozen=True, slots=True)
class KgEmbeddingReport:
    """Filtered ranking of held-out facts.

    Attributes:
        facts: facts learnt from.
        held_out: facts ranked.
        models: scorer -> metric ("mrr", "hits@1", "hits@3", "hits@10") -> interval, heads and tails together.
        heads: the same for finding the product of a slot.
        tails: the same for finding the node of a product.
    """

    facts: int
    held_out: int
    models: dict[str, dict[str, Interval]]
    heads: dict[str, dict[str, Interval]]
    tails: dict[str, dict[str, Interval]]

    def as_json(self) -> dict[str, Any]:
        """All figures by name."""
        sides = {"models": self.models, "heads": self.heads, "tails": self.tails}
        plain = {
            side: {name: {metric: value.as_json() for metric, value in row.items()} for name, row in table.items()}
            for side, table in sides.items()
        }
        return {"facts": self.facts, "held_out": self.held_out, **plain}

    def lines(self) -> list[str]:
        """The table for people."""
        lines = [f"Knowledge-graph embedding: {self.held_out} of {self.facts + self.held_out} facts held out, filtered"]
        if not self.held_out:
            return [*lines, "  no fact can be held out: each is the only one of its product or its node"]
        names = ("mrr", *(f"hits@{k}" for k in HITS_AT))
        lines.append("  ".join([f"  {'model':<20}", f"{'mrr (95 %)':<19}", *(f"{name:>8}" for name in names[1:])]))
        for name, row in self.models.items():
            mrr = row["mrr"]
            cells = [f"  {name:<20}", f"{mrr.mean:.3f} ({mrr.low:.3f}-{mrr.high:.3f})"]
            lines.append("  ".join([*cells, *(f"{row[metric].mean:>8.3f}" for metric in names[1:])]))
        return lines


def evaluate_kg_embedding(
    graph: GraphData, config: KgEmbeddingConfig, progress: Progress, held_out: float = 0.05
) -> KgEmbeddingReport:
    """Fits TransE and RotatE on most facts and ranks the others.

    Besides the two models, each also "from facts": the product's own point replaced by its knowledge vector, as a
    product gets one that was not there in training. Floors: random scores; the tail that most products have under
    the relation (for heads: the product with most facts of the relation).

    Args:
        graph: the catalogue's graph.
        config: settings of both; ``model`` is set by the row of the table. ``seed`` also draws the held-out facts.
        progress: told after each epoch.
        held_out: share of facts, in 0..1; fewer where products or nodes would lose their last fact.
    """
    triples = read_triples(graph, links=config.links)
    kept, tested = split_triples(triples, held_out, config.seed)
    scorers: dict[str, Scorer] = {
        "random": _random_scores(config.seed),
        "most frequent": _frequency_scores(kept),
    }
    for number, name in enumerate(("TransE", "RotatE")):
        settings = config.model_copy(update={"model": name})
        embedding = fit_triples(kept, settings, _part(progress, number, 2))
        scorers[name] = _distance_scores(embedding, embedding.entity_points(np.arange(kept.products)), kept)
        scorers[f"{name}, from facts"] = _distance_scores(embedding, _points_from_facts(embedding, kept), kept)
    ranked = {name: filtered_ranks(scorer, triples, tested) for name, scorer in scorers.items()}
    return KgEmbeddingReport(
        facts=len(kept),
        held_out=len(tested),
        models={name: _metrics((heads, tails)) for name, (heads, tails) in ranked.items()},
        heads={name: _metrics((heads,)) for name, (heads, _) in ranked.items()},
        tails={name: _metrics((tails,)) for name, (_, tails) in ranked.items()},
    )


def split_triples(triples: Triples, share: float, seed: int) -> tuple[Triples, Triples]:
    """(kept, held out): a held-out triple's head, its tail and its tail under its relation still occur in the rest."""
    wanted = int(share * len(triples))
    slot = triples.relation * triples.entities + triples.tail
    of_slot = dict(zip(*np.unique(slot, return_counts=True), strict=True))
    of_head = np.bincount(triples.head, minlength=triples.products)
    out = np.zeros(len(triples), bool)
    for row in np.random.default_rng(seed).permutation(len(triples)):
        if wanted <= 0:
            break
        if of_head[triples.head[row]] > 1 and of_slot[slot[row]] > 1:
            of_head[triples.head[row]] -= 1
            of_slot[slot[row]] -= 1
            out[row] = True
            wanted -= 1
    return triples.take(~out), triples.take(out)


def filtered_ranks(scorer: Scorer, every: Triples, tested: Triples) -> tuple[Integers, Integers]:
    """0-based ranks of the heads and of the tails of ``tested``, int64 (T,) each, without other facts of ``every``."""
    heads, tails = np.zeros(len(tested), np.int64), np.zeros(len(tested), np.int64)
    products = np.arange(every.products)
    for relation, allowed in enumerate(every.ranges):
        facts = every.take(every.relation == relation)
        shape = (every.products, every.entities)
        has = csr_matrix((np.ones(len(facts), bool), (facts.head, facts.tail)), shape=shape)[:, allowed]
        rows = np.flatnonzero(tested.relation == relation)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            head, place = tested.head[chunk], np.searchsorted(allowed, tested.tail[chunk])
            tails[chunk] = _rank(scorer(head, relation, allowed), has[head].toarray(), place)
            by_head = scorer(products, relation, tested.tail[chunk]).T
            heads[chunk] = _rank(by_head, has[:, place].toarray().T, head)
    return heads, tails


def _rank(scores: Floats, true: NDArray[np.bool_], target: Integers) -> Integers:
    rows = np.arange(len(target))
    masked = np.where(true, -np.inf, scores).astype(np.float32)
    masked[rows, target] = scores[rows, target]
    return ranks(masked, target)


def _distance_scores(embedding: KgEmbedding, points: Floats, triples: Triples) -> Scorer:
    """Nearer is more plausible; ``points``: (P, d), of products as heads."""
    heads = torch.from_numpy(points)

    def score(head: Integers, relation: int, tail: Integers) -> Floats:
        slots = torch.from_numpy(embedding.slot_points(relation, tail))
        return -torch.cdist(heads[head], slots).numpy()

    return score


def _points_from_facts(embedding: KgEmbedding, triples: Triples) -> Floats:
    """Mean of what each product's facts say, shape (P, d), whatever their confidence."""
    total = np.zeros((triples.products, embedding.config.width), np.float32)
    for relation in range(len(triples.relations)):
        rows = triples.relation == relation
        np.add.at(total, triples.head[rows], embedding.slot_points(relation, triples.tail[rows]))
    count = np.bincount(triples.head, minlength=triples.products)
    return total / np.maximum(count, 1)[:, None].astype(np.float32)


def _random_scores(seed: int) -> Scorer:
    random = np.random.default_rng(seed)
    return lambda head, _, tail: random.random((len(head), len(tail)), dtype=np.float32)


def _frequency_scores(triples: Triples) -> Scorer:
    tails = {}
    heads = {}
    for relation in range(len(triples.relations)):
        rows = triples.relation == relation
        tails[relation] = np.bincount(triples.tail[rows], minlength=triples.entities).astype(np.float32)
        heads[relation] = np.bincount(triples.head[rows], minlength=triples.products).astype(np.float32)

    def score(head: Integers, relation: int, tail: Integers) -> Floats:
        # Along a row only the tail differs, along a column only the head, so the sum ranks both.
        return heads[relation][head][:, None] + tails[relation][tail][None, :]

    return score


def _metrics(sides: tuple[Integers, ...]) -> dict[str, Interval]:
    """Means over facts of the mean over sides."""
    found = {"mrr": np.mean([1 / (side + 1.0) for side in sides], axis=0)}
    found |= {f"hits@{k}": np.mean([(side < k).astype(float) for side in sides], axis=0) for k in HITS_AT}
    return {name: bootstrap(values) for name, values in found.items()}


def _part(progress: Progress, number: int, parts: int) -> Progress:
    def tell(message: str, fraction: float | None) -> None:
        progress(message, None if fraction is None else (number + fraction) / parts)

    return tell
