"""The real thing, once per test run: the demo shop generated, ingested, trained, with the embedded model."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agent.assembly import OpenModel, build_assistant, open_model
from agent.assistant import Assistant
from agent.events import Event, NeedView, ProductView, TurnResult
from agent.settings import Settings
from agent.shop_training import DEMO_EPOCHS, train_shop
from kg_tools.catalogue import Catalogue, open_catalogue
from kg_tools.demo_shop import write_demo_shop
from kg_tools.ingest import ingest
from kg_tools.progress import silent
from kg_tools.shops import open_shop


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("because-home")
    patch = pytest.MonkeyPatch()
    patch.setenv("BECAUSE_HOME", str(home))
    mapping = write_demo_shop(home / "demo-data")
    ingest(mapping, home, "demo", silent)
    train_shop("demo", epochs=DEMO_EPOCHS, progress=silent)
    yield home
    patch.undo()


@pytest.fixture(scope="session")
def settings(demo_home: Path) -> Settings:
    return Settings(home=demo_home)


@pytest.fixture(scope="session")
def embedded(settings: Settings) -> OpenModel:
    opened = open_model(settings)
    assert opened.model is not None, opened.problem
    return opened


@pytest.fixture(scope="session")
def assistant(settings: Settings, embedded: OpenModel) -> Assistant:
    return build_assistant("demo", settings, embedded)


@pytest.fixture(scope="session")
def catalogue(demo_home: Path) -> Catalogue:
    return open_catalogue(open_shop(demo_home, "demo"))


@dataclass
class Answer:
    """One turn as a test reads it."""

    events: list[Event]
    turn: TurnResult
    needs: tuple[NeedView, ...]

    @property
    def products(self) -> tuple[ProductView, ...]:
        return self.turn.products

    @property
    def ids(self) -> list[str]:
        return [product.product_id for product in self.products]

    @property
    def chips(self) -> set[str]:
        return {need.text for need in self.needs}


@dataclass
class Talk:
    """A conversation with the assistant."""

    assistant: Assistant
    user_id: str | None = None
    session_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def say(self, message: str) -> Answer:
        return self.read(self.assistant.reply(message, session_id=self.session_id, user_id=self.user_id))

    def read(self, events: Iterator[Event]) -> Answer:
        seen = list(events)
        needs = [event.needs for event in seen if event.kind == "understood"]
        finished = [event.turn for event in seen if event.kind == "finished"]
        assert len(finished) == 1, seen
        assert seen[-1].kind == "finished"
        text = "".join(event.text for event in seen if event.kind == "text")
        assert text == finished[0].reply
        return Answer(seen, finished[0], needs[-1] if needs else ())


@pytest.fixture
def make_talk(assistant: Assistant) -> Callable[..., Talk]:
    def make(user_id: str | None = None) -> Talk:
        return Talk(assistant, user_id)

    return make


@pytest.fixture
def talk(assistant: Assistant) -> Talk:
    return Talk(assistant)
