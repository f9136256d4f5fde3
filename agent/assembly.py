"""The composition root: the only place that picks implementations and reads the settings."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from langgraph.checkpoint.memory import InMemorySaver

from agent.answers import Answerer
from agent.assistant import Assistant, Parts
from agent.compose import Composer
from agent.errors import LanguageModelError
from agent.events import ShopView
from agent.examples import example_requests
from agent.llm import LanguageModel, open_language_model
from agent.recommend import Recommender
from agent.settings import Settings
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.linking import Linker
from kg_tools.products import GraphArrays, Interactions, LexiconEntry
from kg_tools.progress import silent
from kg_tools.shops import ShopFolder, open_shop
from ranker.artefacts import load_ranker
from ranker.refreshing import refreshed
from ranker.text_features import CachedEncoder, load_encoder

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OpenModel:
    """The language model, or why there is none.

    Attributes:
        model: None when it could not be opened or was switched off.
        problem: None unless it could not be opened.
    """

    model: LanguageModel | None
    problem: str | None = None


class LoggedHistories:
    """What shoppers bought before, from the interaction log.

    Args:
        log: the interactions, ordered by shopper, then time.
        product_ids: ``GraphArrays.product_ids``.
    """

    def __init__(self, log: Interactions, product_ids: Sequence[str]) -> None:
        histories: dict[str, list[str]] = defaultdict(list)
        for shopper, product in zip(log.shopper.tolist(), log.product.tolist(), strict=True):
            histories[log.shopper_ids[int(shopper)]].append(product_ids[int(product)])
        self._histories = {shopper: tuple(products) for shopper, products in histories.items()}

    def of(self, user_id: str) -> tuple[str, ...]:
        """Product ids, oldest first; empty for a stranger."""
        return self._histories.get(user_id, ())


def open_model(settings: Settings) -> OpenModel:
    """The language model of the settings; a model that is down is a note, not an error."""
    if not settings.llm:
        return OpenModel(None)
    try:
        return OpenModel(open_language_model(settings))
    except LanguageModelError as error:
        _log.warning("%s", error)
        return OpenModel(None, str(error))


def build_assistant(
    shop: str,
    settings: Settings,
    opened: OpenModel | None = None,
    *,
    writable: bool = False,
    catalogue: Catalogue | None = None,
) -> Assistant:
    """An assistant for one shop, ready to answer.

    Args:
        shop: the shop's name under ``settings.home``.
        settings: of this process.
        opened: the language model, shared between shops; opened here when None.
        writable: whether updates of the catalogue go through this process.
        catalogue: the shop's, shared with what changes it; opened here when None. After products came or went, call
            ``Assistant.refresh``.

    Raises:
        CatalogueError: no such shop, or its store cannot be opened.
        RankerError: the shop is not trained, or the artefacts are of other data.
    """
    opened = opened if opened is not None else open_model(settings)
    folder = open_shop(settings.home, shop)
    if catalogue is None:
        catalogue = open_catalogue(folder, writable=writable, endpoint=settings.sparql_url)
    encoder = load_encoder(settings.encoder, settings.vector_cache)
    assembly = _Assembly(folder, catalogue, encoder, opened)
    return Assistant(*assembly.first, renew=assembly.renewed)


class _Assembly:
    """What one assistant is made of, now and after changes of its catalogue. Asked by one thread at a time.

    Attributes:
        first: view and parts with the ranker as it was saved.
    """

    def __init__(self, folder: ShopFolder, catalogue: Catalogue, encoder: CachedEncoder, opened: OpenModel) -> None:
        self._folder = folder
        self._catalogue = catalogue
        self._encoder = encoder
        self._opened = opened
        self._checkpointer = InMemorySaver()
        arrays, histories, self._lexicon = self._read()
        self._ranker = load_ranker(folder.ranker_dir, arrays, encoder=encoder)
        self._linker = Linker(self._lexicon, encoder)
        self.first = self._parts(arrays, histories)

    def renewed(self) -> tuple[ShopView, Parts]:
        """View and parts for the catalogue of now; the ranker follows without training."""
        arrays, histories, lexicon = self._read()
        self._ranker = refreshed(self._ranker, arrays, encoder=self._encoder)
        if lexicon != self._lexicon:
            # Encoded before anybody asks for them; the labels of before were when the shop was trained.
            fresh = {entry.label for entry in lexicon} - {entry.label for entry in self._lexicon}
            self._encoder.encode_and_keep(sorted(fresh), silent)
            self._lexicon, self._linker = lexicon, Linker(lexicon, self._encoder)
        return self._parts(arrays, histories)

    def _read(self) -> tuple[GraphArrays, LoggedHistories, list[LexiconEntry]]:
        """What goes together of the catalogue of now."""
        catalogue = self._catalogue
        with catalogue.unchanging():
            arrays = catalogue.arrays()
            return arrays, LoggedHistories(catalogue.interactions(), arrays.product_ids), catalogue.lexicon()

    def _parts(self, arrays: GraphArrays, histories: LoggedHistories) -> tuple[ShopView, Parts]:
        catalogue, currency = self._catalogue, self._folder.manifest.currency
        composer = Composer(catalogue, currency)
        recommender = Recommender(
            catalogue=catalogue,
            ranker=self._ranker,
            composer=composer,
            histories=histories,
            currency=currency,
            has_prices=bool(np.isfinite(arrays.prices).any()),
        )
        view = shop_view(self._folder, catalogue, arrays)
        parts = Parts(
            recommender=recommender,
            answerer=Answerer(catalogue, composer, self._linker, view.title, currency),
            linker=self._linker,
            knows_shopper=catalogue.knows_shopper,
            knows_product=catalogue.knows_product,
            model=self._opened.model,
            model_problem=self._opened.problem,
            checkpointer=self._checkpointer,
        )
        return view, parts


def shop_view(folder: ShopFolder, catalogue: Catalogue, arrays: GraphArrays) -> ShopView:
    """What the doors show of a shop."""
    manifest = folder.manifest
    return ShopView(
        name=manifest.name,
        title=manifest.title,
        synthetic=manifest.synthetic,
        products=len(arrays.product_ids),
        currency=manifest.currency,
        created=manifest.created,
        examples=example_requests(catalogue, manifest.currency),
    )
