"""Products come and go, prices and stock change, while an assistant serves: a small shop, really trained."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.assembly import build_assistant
from agent.assistant import Assistant
from agent.recommend import Recommender
from agent.settings import Settings
from agent.shop_training import train_shop
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.demo_shop import write_demo_shop
from kg_tools.errors import StoreError
from kg_tools.ingest import ingest
from kg_tools.products import NewProduct
from kg_tools.progress import silent
from kg_tools.shops import open_shop
from kg_tools.vocabulary import SCHEMA
from ranker.ranking import RankingRequest
from tests.end_to_end.conftest import Answer, Talk

pytestmark = pytest.mark.model

TENT = NewProduct(
    "new-tent",
    "Zephyrine Two-Person Tent",
    price=99.0,
    in_stock=True,
    attributes={"brand": ["Zephyrine"], "category": ["tents"], "feature": ["waterproof"]},
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("changing-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BECAUSE_HOME", str(place))
        ingest(write_demo_shop(place / "data", products=300, shoppers=60, interactions=900), place, "demo", silent)
        train_shop("demo", epochs=1, progress=silent)
        yield place


@pytest.fixture
def shop(home: Path) -> Iterator[Catalogue]:
    """The open catalogue; what a test adds goes again."""
    catalogue = open_catalogue(open_shop(home, "demo"), writable=True)
    yield catalogue
    if catalogue.knows_product(TENT.product_id):
        catalogue.remove_product(TENT.product_id)
    catalogue.close()


@pytest.fixture
def serving(home: Path, shop: Catalogue) -> Assistant:
    return build_assistant("demo", Settings(home=home, llm=False), catalogue=shop)


def ask(assistant: Assistant, message: str, user_id: str | None = None) -> Answer:
    return Talk(assistant, user_id).say(message)


def ranker_of(assistant: Assistant) -> Any:
    return assistant._parts.recommender.ranker


def test_a_new_product_is_recommended_in_the_next_turn_with_reasons_that_are_facts(
    serving: Assistant, shop: Catalogue
) -> None:
    before, old = ask(serving, "a tent"), ranker_of(serving)
    request = RankingRequest(history=tuple(before.ids), k=300)
    ranked, products = old.rank(request), serving.shop.products
    shop.add_product(TENT)
    serving.refresh()

    for message in ("a tent by Zephyrine", "a Zephyrine tent"):
        answer = ask(serving, message)
        assert answer.ids == [TENT.product_id]
        (view,) = answer.products
        assert view.price == 99.0
        assert view.score == pytest.approx(sum(term.value for term in view.terms), abs=1e-3)
        assert any(term.name == "need" for term in view.terms)
        assert {"It is made by Zephyrine."} < {reason.text for reason in view.reasons}
        for fact in (fact for reason in view.reasons for fact in reason.facts):
            (found,) = shop.find_facts((fact.subject, fact.predicate, fact.object))
            assert found.source == fact.source == f"{shop.manifest.base}source:updates"
    assert serving.shop.products == products + 1
    assert ranker_of(serving) is not old
    assert old.rank(request) == ranked, "the old ranker is untouched"
    assert TENT.product_id not in old.graph.product_ids


def test_a_removed_product_is_never_shown_again(serving: Assistant, shop: Catalogue) -> None:
    shop.add_product(TENT)
    serving.refresh()
    talk = Talk(serving)
    assert talk.say("a Zephyrine tent").ids == [TENT.product_id]
    list(serving.react(TENT.product_id, "like", session_id=talk.session_id))
    shop.remove_product(TENT.product_id)

    def check() -> None:
        """Conversations that showed it go on."""
        for message in ("is it waterproof?", "why this one?", "a waterproof tent", "the first but cheaper"):
            answer = talk.say(message)
            assert TENT.product_id not in answer.ids
        assert TENT.product_id not in ask(serving, "a waterproof tent").ids
        assert ask(serving, "a Zephyrine tent").ids == []

    check()  # the catalogue says so at once
    serving.refresh()
    check()
    assert TENT.product_id not in ranker_of(serving).graph.product_ids
    shop.add_product(TENT)
    serving.refresh()
    assert ask(serving, "a Zephyrine tent").ids == [TENT.product_id], "and back again"


def test_prices_and_stock_need_no_refresh(serving: Assistant, shop: Catalogue) -> None:
    (first, *_) = ask(serving, "a tent").products
    price = first.price
    assert price is not None
    try:
        shop.update_offer(first.product_id, price=0.5)
        answer = ask(serving, "a tent under 1")
        assert [(one.product_id, one.price) for one in answer.products] == [(first.product_id, 0.5)]
        facts = [fact for reason in answer.products[0].reasons for fact in reason.facts]
        assert "0.5" in {fact.object for fact in facts if fact.predicate == str(SCHEMA.price)}
        shop.update_offer(first.product_id, in_stock=False)
        assert ask(serving, "a tent under 1").ids == []
        assert first.product_id not in ask(serving, "a tent").ids
    finally:
        shop.update_offer(first.product_id, price=price, in_stock=True)
    assert first.product_id in ask(serving, "a tent").ids


def test_a_turn_in_flight_finishes_with_the_old_ranker(
    serving: Assistant, shop: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = ranker_of(serving)
    asked: list[RankingRequest] = []
    rank = old.rank
    monkeypatch.setattr(old, "rank", lambda request: asked.append(request) or rank(request))
    events = serving.reply("a waterproof tent", session_id="in-flight")
    next(events)
    shop.add_product(TENT)
    serving.refresh()
    assert not asked
    (*_, last) = events
    assert last.kind == "finished"
    assert last.turn.products
    assert asked


def test_a_product_that_goes_in_the_middle_of_a_turn_is_not_shown(
    serving: Assistant, shop: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.add_product(TENT)
    serving.refresh()
    compose = Recommender.compose
    ranked: list[list[str]] = []

    def removing_first(recommender: Recommender, turn: Any, model: Any) -> None:
        ranked.append([one.product_id for one in turn.ranked])
        if shop.knows_product(TENT.product_id):
            shop.remove_product(TENT.product_id)
        compose(recommender, turn, model)

    monkeypatch.setattr(Recommender, "compose", removing_first)
    talk = Talk(serving)
    answer = talk.say("a tent by Zephyrine")
    assert ranked == [[TENT.product_id]]
    assert answer.products == ()
    assert "Nothing in the shop matches" in answer.turn.reply
    said = [message.content for message in serving.session(talk.session_id).messages if message.role == "user"]
    assert said == ["a tent by Zephyrine"], "remembered once although the turn began again"
    assert ask(serving, "a waterproof tent").products


def test_four_threads_ask_while_products_come_and_go(serving: Assistant, shop: Catalogue) -> None:
    log = shop.interactions()
    messages = ("a waterproof tent", "a Zephyrine tent", "a tent", "something new")
    failures: list[object] = []
    done = threading.Event()

    def asking(number: int) -> None:
        try:
            while not done.is_set():
                answer = ask(serving, messages[number], log.shopper_ids[number])
                assert answer.products or number == 1
                for view in answer.products:
                    assert view.score == pytest.approx(sum(term.value for term in view.terms), abs=1e-3)
        except Exception as error:  # noqa: BLE001 - told to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=asking, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            shop.add_product(TENT)
            serving.refresh()
            assert TENT.product_id in ask(serving, "a Zephyrine tent").ids
            shop.remove_product(TENT.product_id)
            serving.refresh()
            assert TENT.product_id not in ask(serving, "a Zephyrine tent").ids
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_a_refresh_that_fails_leaves_the_assistant_as_it_was(
    serving: Assistant, shop: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, view = serving._parts, serving.shop

    def down() -> None:
        raise StoreError("the store does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(shop, "arrays", down)
        with pytest.raises(StoreError):
            serving.refresh()
    assert serving._parts is parts
    assert serving.shop is view
    assert ask(serving, "a tent").products
    serving.refresh()
    assert serving._parts is not parts
