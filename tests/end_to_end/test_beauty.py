"""A real catalogue, from its files to an answer: nothing of the demo shop's tidiness can be relied on."""

from collections.abc import Iterator
from typing import Any

import pytest

from agent.assembly import OpenModel, build_assistant
from agent.assistant import Assistant
from agent.settings import Settings
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.progress import silent
from kg_tools.shops import open_shop
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.training import train

pytestmark = pytest.mark.beauty


@pytest.fixture(scope="module")
def settings(beauty_home: Any) -> Settings:
    """The shop, trained without text vectors and without the residual: seconds instead of minutes."""
    settings = Settings(home=beauty_home.home, llm=False)
    folder = open_shop(settings.home, "beauty")
    catalogue = open_catalogue(folder, writable=True)
    config = RankerConfig(
        encoder=None, model=ModelConfig(residual=False), training=TrainingConfig(epochs=0, valid_shoppers=200)
    )
    train(catalogue, folder.ranker_dir, cache=settings.vector_cache, config=config, progress=silent)
    catalogue.close()
    return settings


@pytest.fixture(scope="module")
def assistant(settings: Settings) -> Assistant:
    return build_assistant("beauty", settings, OpenModel(None))


@pytest.fixture(scope="module")
def catalogue(settings: Settings) -> Iterator[Catalogue]:
    catalogue = open_catalogue(open_shop(settings.home, "beauty"))
    yield catalogue
    catalogue.close()


def answer(assistant: Assistant, message: str, user_id: str | None = None) -> Any:
    last = list(assistant.reply(message, session_id=f"{message}{user_id}", user_id=user_id))[-1]
    assert last.kind == "finished", last
    return last.turn


def test_a_ceramic_curling_iron_not_conair(assistant: Assistant, catalogue: Catalogue) -> None:
    turn = answer(assistant, "a ceramic curling iron, not Conair")
    assert turn.products
    for view in turn.products:
        product = catalogue.product(view.product_id)
        assert "Curling Irons" in product.attributes["category"]
        assert "conair" not in product.title.casefold()
        assert "Conair" not in product.attributes.get("brand", ())
        assert view.reasons
        for reason in view.reasons:
            assert reason.facts
            for fact in reason.facts:
                assert fact.source in {
                    one.source for one in catalogue.find_facts((fact.subject, fact.predicate, fact.object))
                }
    assert any("ceramic" in reason.text for view in turn.products for reason in view.reasons)


def test_a_known_shopper_is_answered_from_the_history(assistant: Assistant, catalogue: Catalogue) -> None:
    shopper = catalogue.interactions().shopper_ids[0]
    turn = answer(assistant, "anything new for me?", shopper)
    stranger = answer(assistant, "anything new for me?")
    assert turn.products
    assert [one.product_id for one in turn.products] != [one.product_id for one in stranger.products]
    assert not set(assistant.history_of(shopper)) & {one.product_id for one in turn.products}
    assert any(view.reasons for view in turn.products)


def test_a_price_that_cannot_be_checked_is_said(assistant: Assistant) -> None:
    turn = answer(assistant, "a shampoo under 20")
    assert turn.products
    assert "no prices" in turn.reply
