"""Measuring a shop's ranker: brings the shop, understanding and the measurements together."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from agent import rules
from agent.needs import as_filter, as_stated, update_needs
from agent.sessions import SessionState
from agent.settings import Settings
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.demo_shop.oracle import oracle_scores
from kg_tools.linking import Linker
from kg_tools.products import GraphArrays, Interactions
from kg_tools.progress import Progress
from kg_tools.shops import ShopFolder, ShopManifest, open_shop
from kg_tools.vocabulary import BECAUSE
from ranker.artefacts import load_ranker
from ranker.config import RankerConfig
from ranker.evaluation import MODELS, evaluate_ranking
from ranker.evaluation_plots import PlottedResults, write_plots
from ranker.evaluation_report import RankingReport
from ranker.histories import TEST
from ranker.ranking import Ranker, StatedNeed
from ranker.requests_evaluation import (
    RequestsReport,
    ShoppingRequest,
    evaluate_requests,
    pairs_in_interactions,
    read_requests,
    training_without,
)
from ranker.text_features import load_encoder
from ranker.training import text_vectors, train


def evaluate_shop_ranking(
    shop: str,
    *,
    seeds: int,
    models: tuple[str, ...] = (),
    fresh: bool = False,
    plots: Path | None = None,
    progress: Progress,
) -> RankingReport:
    """The ranking table of a shop; results are kept beside the shop and used again until its data changes.

    Args:
        shop: its name.
        seeds: runs of the models that have a seed.
        models: names out of ``ranker.evaluation.MODELS``; all when empty.
        fresh: measure again what is kept.
        plots: folder to draw the results into.
        progress: told after each step.

    Raises:
        CatalogueError: no such shop.
        RankerError: unknown model, or nothing to measure.
    """
    settings = Settings()
    folder = open_shop(settings.home, shop)
    catalogue = open_catalogue(folder, endpoint=settings.sparql_url)
    tastes = settings.home / "demo-data" / "tastes.npz"
    known_tastes = folder.manifest.synthetic and tastes.is_file()
    report = evaluate_ranking(
        catalogue,
        settings.vector_cache,
        kept=folder.path / "evaluation",
        seeds=range(seeds),
        models=models or MODELS,
        config=RankerConfig(encoder=settings.encoder),
        oracle=partial(oracle_scores, tastes) if known_tastes else None,
        fresh=fresh,
        progress=progress,
    )
    if plots is not None:
        write_plots(PlottedResults(report.shop, report.by_length, report.term_sizes, report.curves), plots)
    return report


def evaluate_shop_requests(shop: str, source: Path | None, *, progress: Progress) -> RequestsReport:
    """Requests in words, answered by a ranker that was trained without the pairs that are asked for.

    That ranker is kept beside the shop, so a second run only answers.

    Args:
        shop: its name.
        source: JSONL of requests; None makes requests from what test shoppers bought, by template.
        progress: told after each step.

    Raises:
        CatalogueError: no such shop.
        RankerError: the requests cannot be read, or ask for nothing this shop has.
    """
    settings = Settings()
    folder = open_shop(settings.home, shop)
    catalogue = open_catalogue(folder, endpoint=settings.sparql_url)
    requests = read_requests(source) if source else template_requests(catalogue)
    arrays, interactions = _without_derived(catalogue.arrays()), catalogue.interactions()
    rows = pairs_in_interactions(requests, arrays, interactions)
    config = RankerConfig(encoder=settings.encoder)
    blind = _Blind(folder.manifest, arrays, training_without(interactions, rows))
    encoder = load_encoder(settings.encoder, settings.vector_cache)
    return evaluate_requests(
        requests,
        arrays,
        interactions,
        _blind_ranker(folder, blind, rows, settings, progress),
        shop=shop,
        encoder=encoder,
        product_vectors=text_vectors(arrays, config, settings.vector_cache, progress),
        understand=_Reader(
            catalogue, Linker(catalogue.lexicon(), encoder), has_prices=bool(np.isfinite(arrays.prices).any())
        ),
        clean=True,
        progress=progress,
    )


def template_requests(catalogue: Catalogue, count: int = 200, seed: int = 0) -> list[ShoppingRequest]:
    """Requests for what shoppers of the test split bought, worded by template from two or three of its attributes.

    Easier than people's own words: every word is a label of the graph. A shop's own requests measure more.
    """
    log, ids = catalogue.interactions(), catalogue.arrays().product_ids
    bought = np.flatnonzero(log.split == TEST)
    chosen = np.sort(np.random.default_rng(seed).permutation(bought)[:count])
    requests: list[ShoppingRequest] = []
    for row in chosen.tolist():
        earlier = np.flatnonzero((log.shopper == log.shopper[row]) & (log.position < log.position[row]))
        target = catalogue.product(ids[int(log.product[row])])
        labels = {kind: values[-1] for kind, values in target.attributes.items() if values}
        if "category" not in labels:
            continue
        words = [labels[kind] for kind in ("feature", "material") if kind in labels]
        colour = f" in {labels['colour']}" if "colour" in labels else ""
        requests.append(
            ShoppingRequest(
                query=f"{' '.join([*words, labels['category']])}{colour}",
                shopper_id=str(log.shopper_ids[int(log.shopper[row])]),
                history=tuple(ids[int(product)] for product in log.product[earlier]),
                target=target.product_id,
            )
        )
    return requests


@dataclass(frozen=True, slots=True)
class _Blind:
    """A shop to train on without the answers; the links that training derives go nowhere."""

    manifest: ShopManifest
    graph: GraphArrays
    log: Interactions

    def arrays(self) -> GraphArrays:
        return self.graph

    def interactions(self) -> Interactions:
        return self.log

    def replace_links(self, relation: str, pairs: Iterable[tuple[str, str]]) -> None:
        del relation, pairs


@dataclass(frozen=True, slots=True)
class _Reader:
    """Words -> needs and candidates, by the same steps as a turn, without a session and without the model."""

    catalogue: Catalogue
    linker: Linker
    has_prices: bool

    def __call__(self, query: str) -> tuple[tuple[StatedNeed, ...], tuple[str, ...] | None]:
        session = update_needs(SessionState().saying("user", query), rules.understand(query), self.linker)
        hard = as_filter(session, self.catalogue.node)
        if not self.has_prices:
            hard = replace(hard, price_min=None, price_max=None)
        return as_stated(session), self.catalogue.search(hard) or None


def _blind_ranker(folder: ShopFolder, blind: _Blind, rows: list[int], settings: Settings, progress: Progress) -> Ranker:
    config = RankerConfig(encoder=settings.encoder)
    digest = hashlib.sha256(f"{rows}{config.model_dump_json()}".encode()).hexdigest()[:12]
    kept = folder.path / "evaluation" / f"blind-{digest}"
    if not (kept / "card.json").is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        train(blind, kept, cache=settings.vector_cache, config=config, progress=progress)
    return load_ranker(kept, blind.arrays(), encoder=load_encoder(settings.encoder, settings.vector_cache))


def _without_derived(arrays: GraphArrays) -> GraphArrays:
    """The graph without the links that the serving ranker learnt: they know the answers."""
    derived = str(BECAUSE.boughtAlongside)
    keep = np.array([relation != derived for relation in arrays.relations], dtype=bool)[arrays.relation_index]
    return replace(
        arrays,
        heads=arrays.heads[keep],
        relation_index=arrays.relation_index[keep],
        tails=arrays.tails[keep],
        confidence=arrays.confidence[keep],
    )
