import string

import pytest

from agent.wording import WORDS, listing, money, say, short
from kg_tools.products import Language
from kg_tools.vocabulary import LINK_PREDICATES, NODE_PREDICATES


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, text in WORDS["en"].items():
        assert placeholders(text) == placeholders(WORDS["zh"][key]), key


def test_every_relation_of_the_graph_has_a_reason_sentence() -> None:
    for kind in NODE_PREDICATES:
        assert {f"r_{kind}", f"r_shared_{kind}"} <= WORDS["en"].keys()
    for link in LINK_PREDICATES.keys() - {"boughtAlongside"}:
        assert f"r_{link}" in WORDS["en"]


def test_values_are_never_read_as_templates() -> None:
    assert "{needs}" in say("nothing", "en", needs="{needs}")


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [(79.0, "EUR", "€79"), (12.5, "USD", "$12.50"), (1200.0, "SEK", "1,200 SEK"), (3.0, None, "3")],
)
def test_money(amount: float, currency: str | None, expected: str) -> None:
    assert money(amount, currency) == expected


@pytest.mark.parametrize(("language", "expected"), [("en", "a, b and c"), ("zh", "a、b和c")])
def test_listing(language: Language, expected: str) -> None:
    assert listing(["a", "b", "c"], language) == expected
    assert listing(["a"], language) == "a"
    assert listing([], language) == ""


def test_a_long_title_is_cut_between_words() -> None:
    assert short("Norvik Trailhead 2-person tent, ripstop nylon, olive", 30) == "Norvik Trailhead 2-person…"
    assert short("Short") == "Short"
