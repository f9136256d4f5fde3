"""What a visitor can do, without Gradio and without a browser."""

from collections.abc import Iterator
from typing import Any

import pytest

from agent.events import Event, Failed, ReplyText
from kg_tools.errors import StoreError, UnknownProductError
from ui.conversation import Conversation, product_id_of
from ui.guarded_turn import guarded
from ui.page_html import header_html, turns_html, welcome_html
from ui.visits import Visits
from ui.wording import EN, ZH


@pytest.fixture
def visits(assistant: Any) -> Visits:
    return Visits({"demo": assistant})


@pytest.fixture
def tab(visits: Visits) -> Conversation:
    return visits.begin(None, "en-GB,en")


def test_an_empty_message_only_brings_a_hint(visits: Visits, tab: Conversation, assistant: Any) -> None:
    assert list(visits.ask(tab, " \n", "")) == [EN.empty_hint]
    assert tab.turns == []
    assert assistant.sessions == {}


def test_a_turn_is_drawn_step_by_step(visits: Visits, tab: Conversation, assistant: Any) -> None:
    drawn = []
    for notice in visits.ask(tab, "a waterproof pack", " U1 "):
        drawn.append(turns_html(tab, tab.turns, visits.shop(tab)))
        assert notice == ""
    assert EN.thinking in drawn[0]
    assert "Searching 6 products…" in "".join(drawn)
    assert 'aria-busy="true"' in drawn[0]
    assert 'aria-busy="false"' in drawn[-1]
    assert drawn[-1].count('class="bc-card"') == 4
    assert EN.done.format(count=4) in drawn[-1]
    assert assistant.users == ["U1"]


def test_a_very_long_message_is_answered_and_not_repeated_in_full(visits: Visits, tab: Conversation) -> None:
    list(visits.ask(tab, "y" * 20_000, ""))
    assert len(tab.turns[0].asked) < 700
    assert "too long" in (tab.turns[0].failed or "")
    assert "too long" in turns_html(tab, tab.turns, visits.shop(tab))


def test_a_fault_is_told_with_a_request_id_and_the_next_turn_works(
    visits: Visits, tab: Conversation, caplog: pytest.LogCaptureFixture
) -> None:
    list(visits.ask(tab, "explode", ""))
    told = tab.turns[0].failed or ""
    assert "secret" not in told
    request_id = told.rsplit(" ", 1)[1].rstrip(".")
    assert request_id in caplog.text
    assert "secret detail" in caplog.text
    list(visits.ask(tab, "a tent", ""))
    assert tab.turns[1].finished


def test_a_second_turn_waits_and_the_first_goes_on(visits: Visits, tab: Conversation) -> None:
    first = visits.ask(tab, "a tent", "")
    next(first)
    assert list(visits.ask(tab, "a mug", "")) == [EN.busy_hint]
    list(first)
    assert [turn.asked for turn in tab.turns] == ["a tent"]
    list(visits.ask(tab, "a mug", ""))
    assert len(tab.turns) == 2


def test_leaving_in_the_middle_closes_the_turn_and_frees_the_tab(
    visits: Visits, tab: Conversation, assistant: Any
) -> None:
    turn = visits.ask(tab, "slow", "")
    for _ in range(3):
        next(turn)
    turn.close()  # type: ignore[attr-defined]
    assert assistant.closed.is_set()
    assert not tab.busy.locked()


def test_only_what_was_shown_can_be_liked_and_only_standing_needs_removed(
    visits: Visits, tab: Conversation, assistant: Any
) -> None:
    assert list(visits.react(tab, "T-1", "like")) == [EN.cannot_do]
    assert list(visits.remove(tab, "k0")) == [EN.cannot_do]
    list(visits.ask(tab, "a tent", ""))
    assert list(visits.react(tab, "T-1", "buy")) == [EN.cannot_do]
    list(visits.react(tab, "T-1", "dislike"))
    assert assistant.reactions == [("T-1", "dislike")]
    assert tab.reactions == {"T-1": "dislike"}
    list(visits.remove(tab, "k0"))
    assert tab.needs == ()
    assert [turn.asked for turn in tab.turns][1:] == [
        "“Norrvik Trail Pack 28 litres, waterproof, slate” is not for me.",
        "Never mind: a tent.",
    ]


def test_two_tabs_have_sessions_of_their_own(visits: Visits, assistant: Any) -> None:
    one, two = visits.begin("demo", ""), visits.begin("no such shop", "")
    list(visits.ask(one, "a tent", ""))
    list(visits.ask(two, "a mug", ""))
    assert one.session_id != two.session_id
    assert [need.text for need in two.needs] == ["a mug"]
    visits.leave(one)
    assert assistant.forgotten == [one.session_id]


def test_the_language_follows_browser_then_message(visits: Visits) -> None:
    tab = visits.begin(None, "zh-CN,zh;q=0.9")
    assert ZH.lead in welcome_html(visits.shop(tab), tab.words)
    list(visits.ask(tab, "a tent", ""))
    assert tab.words is EN
    list(visits.ask(tab, "背包", ""))
    assert tab.words is ZH
    assert ZH.like in turns_html(tab, tab.turns, visits.shop(tab))


def test_a_made_up_shop_says_so_and_a_real_one_does_not(another_assistant: Any) -> None:
    assert EN.synthetic in header_html(another_assistant().shop, EN)
    assert EN.synthetic not in header_html(another_assistant(synthetic=False).shop, EN)


def test_a_degraded_turn_says_so(visits: Visits, tab: Conversation) -> None:
    list(visits.ask(tab, "something simple", ""))
    assert "The language model does not answer" in turns_html(tab, tab.turns, visits.shop(tab))


def test_product_ids_are_read_from_our_iris_only() -> None:
    assert product_id_of("urn:because:demo:product:a%2Fb") == "a/b"
    assert product_id_of("urn:because:demo:brand:x") is None
    assert product_id_of("https://example.org/:product:x") is None


def raising(fault: Exception) -> Iterator[Event]:
    yield ReplyText(text="so far")
    raise fault


@pytest.mark.parametrize(
    ("fault", "told"),
    [(UnknownProductError("no product 'X'"), True), (StoreError("/srv/shop/store is locked"), False)],
)
def test_only_errors_about_the_request_are_told(fault: Exception, told: bool) -> None:
    *before, last = guarded(lambda: raising(fault), request_id="r1")
    assert before == [ReplyText(text="so far")]
    assert isinstance(last, Failed)
    assert (last.message == str(fault)) is told
    assert told or "r1" in last.message


def test_a_turn_runs_to_its_end_but_says_so_once() -> None:
    remembered: list[bool] = []

    def turn() -> Iterator[Event]:
        yield Failed(message="first")
        remembered.append(True)
        yield Failed(message="second")

    assert list(guarded(turn, request_id="r3")) == [Failed(message="first")]
    assert remembered == [True]


def test_a_turn_that_just_stops_ends_in_failed() -> None:
    *_, last = guarded(lambda: iter([ReplyText(text="x")]), request_id="r2")
    assert isinstance(last, Failed)
    assert "r2" in last.message
