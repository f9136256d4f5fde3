"""Training a shop's ranker: brings the shop, its encoder and the training together."""

from pathlib import Path
from typing import TYPE_CHECKING

from agent.settings import Settings
from kg_tools.catalogue import open_catalogue
from kg_tools.progress import Progress
from kg_tools.shops import list_shops, open_shop

if TYPE_CHECKING:
    from ranker.training import TrainingReport


DEMO_EPOCHS = 4
"""Enough to show what training adds while a first start takes minutes; ``because train`` goes on while it helps."""


def train_shop(shop: str, *, progress: Progress, seed: int = 0, epochs: int | None = None) -> "TrainingReport":
    """Trains the ranker that serves a shop and writes the links it learnt into the shop's graph.

    Args:
        shop: its name.
        progress: told after each step.
        seed: of everything random.
        epochs: at most so many passes; None for the ranker's own default, which early stopping usually ends sooner.

    Raises:
        CatalogueError: no such shop, or its store is held by a running server.
        RankerError: the data cannot be trained on.
    """
    settings = Settings()
    folder = open_shop(settings.home, shop)
    catalogue = open_catalogue(folder, writable=True, endpoint=settings.sparql_url)
    try:
        progress("Loading the training code", None)
        from ranker.config import RankerConfig, TrainingConfig  # noqa: PLC0415 - torch, seconds
        from ranker.text_features import load_encoder  # noqa: PLC0415
        from ranker.training import train  # noqa: PLC0415

        training = TrainingConfig(seed=seed) if epochs is None else TrainingConfig(seed=seed, epochs=epochs)
        config = RankerConfig(encoder=settings.encoder, training=training)
        report = train(catalogue, folder.ranker_dir, cache=settings.vector_cache, config=config, progress=progress)
        # Linking compares unknown words with these; kept now, no shopper waits for it.
        labels = [entry.label for entry in catalogue.lexicon()]
        load_encoder(settings.encoder, settings.vector_cache).encode_and_keep(labels, progress)
        return report
    finally:
        catalogue.close()


def is_trained(home: Path, shop: str) -> bool:
    """Whether the shop is there and has a trained ranker (its files; loading it checks the rest)."""
    names = {manifest.name for manifest in list_shops(home)}
    return shop in names and (open_shop(home, shop).ranker_dir / "card.json").is_file()


def trained_shops(home: Path) -> list[str]:
    """Names of the shops that can be served, the demo shop last."""
    names = [manifest.name for manifest in list_shops(home) if is_trained(home, manifest.name)]
    return sorted(names, key=lambda name: (name == "demo", name))
