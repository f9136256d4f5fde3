"""Mentions of shown products and the products they mean."""

import pytest

from agent.intent import ShownProduct
from agent.language import fold
from agent.references import find_mentions, resolve

SHOWN = tuple(
    ShownProduct(product_id=product_id, title=title)
    for product_id, title in [
        ("a", "Norvik Air 2 Wireless Headphones"),
        ("b", "Talbo Soundcase Q20i Over-Ear"),
        ("c", "西昊 M57 人体工学椅"),
    ]
)


def strong(message: str, *, comparing: bool = False) -> list[str]:
    mentions = find_mentions(fold(message), SHOWN, comparing=comparing)
    return [message[mention.start : mention.end] for mention in mentions if mention.kind != "pronoun"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("the second one please", ["the second one"]),
        ("what about number two", ["number two"]),
        ("no. 3 looks fine", ["no. 3"]),
        ("first and third", ["first", "third"]),
        ("I prefer the last", ["the last"]),
        ("the cheaper one", ["the cheaper one"]),
        ("that one", ["that one"]),
        ("is the Norvik any good", ["the Norvik"]),
        ("the Talbo Q20i", ["the Talbo Q20i"]),
        ("第二个怎么样", ["第二个"]),
        ("就要西昊这款", ["西昊这款"]),
        ("最后一款", ["最后一款"]),
        ("my first camera", []),
        ("everything for a first camping night", []),
        ("headphones for the train", []),
        ("no one told me", []),
        ("a one-touch lid", []),
        ("my last one broke", []),
    ],
)
def test_mentions(message: str, expected: list[str]) -> None:
    assert strong(message) == expected


def test_bare_numbers_are_mentions_only_when_comparing() -> None:
    assert strong("compare one and three", comparing=True) == ["one", "three"]
    assert strong("一和三比一下", comparing=True) == ["一", "三"]
    assert strong("packs of one and three") == []


@pytest.mark.parametrize(
    ("mention", "ids"),
    [
        ("the first one", "a"), ("2nd", "b"), ("number three", "c"), ("#2", "b"), ("one", "a"), ("the last", "c"),
        ("the first two", "ab"), ("the latter", "b"), ("both", "ab"), ("it", "a"), ("that one", "a"), ("这个", "a"),
        ("第二个", "b"), ("倒数第二个", "b"), ("最后一款", "c"), ("前两个", "ab"), ("三号", "c"), ("the Norvik", "a"),
        ("Soundcase", "b"), ("西昊这款", "c"), ("those", "abc"), ("number 9", ""), ("the cheaper one", ""),
        ("the Conair dryer", ""), ("", ""),
    ],
)  # fmt: skip
def test_resolve(mention: str, ids: str) -> None:
    assert resolve([mention], SHOWN) == tuple(ids)


def test_resolve_names_each_product_once_and_nothing_where_nothing_is_shown() -> None:
    assert resolve(["the second", "第二个", "the first"], SHOWN) == ("b", "a")
    assert resolve(["the first", "it"], ()) == ()
