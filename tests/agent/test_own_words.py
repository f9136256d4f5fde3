"""A model's intent is held to the shopper's own words, and joined with the rules' one."""

import pytest

from agent.intent import Intent
from agent.own_words import keep_own_words, merge


def test_invented_phrases_are_dropped_and_named() -> None:
    message = "Something Warm for my dog’s walk, not wool"
    model = Intent(
        act="recommend",
        want=("something warm", "dog's walk", "coat", "my walk"),
        avoid=("WOOL", "cotton"),
        refers_to=("the first",),
        forget=("price", "colour"),
    )
    kept, dropped = keep_own_words(model, message)
    assert kept.want == ("something warm", "dog's walk")
    assert kept.avoid == ("WOOL",)
    assert kept.refers_to == ()
    assert kept.forget == ("price",)
    assert dropped == ("coat", "my walk", "cotton", "the first", "colour")


def test_part_of_a_word_is_not_the_shoppers_word() -> None:
    kept, dropped = keep_own_words(Intent(act="recommend", want=("art",)), "a smart watch")
    assert kept.want == ()
    assert dropped == ("art",)


def test_chinese_phrases_need_no_word_borders() -> None:
    kept, dropped = keep_own_words(Intent(act="recommend", want=("蓝牙音箱", "音响")), "想买蓝牙音箱")
    assert kept.want == ("蓝牙音箱",)
    assert dropped == ("音响",)


@pytest.mark.parametrize(
    ("message", "price"),
    [("up to 1.2k", 1200), ("两百以内", 200), ("two hundred at most", 200), ("$1,500", 1500), ("around 50", 60)],
)
def test_said_prices_stay(message: str, price: float) -> None:
    kept, dropped = keep_own_words(Intent(act="recommend", price_max=price), message)
    assert kept.price_max == price
    assert dropped == ()


def test_invented_prices_go() -> None:
    kept, dropped = keep_own_words(Intent(act="recommend", price_min=0, price_max=99), "a tent under 100")
    assert (kept.price_min, kept.price_max) == (None, None)
    assert dropped == ("price_min=0", "price_max=99")


def test_merge_adds_what_the_rules_missed_and_keeps_their_prices_and_act() -> None:
    rules = Intent(act="refine", want=("red tent",), avoid=("nylon",), price_max=100)
    model = Intent(act="ask", want=("tent", "sturdy", "the"), avoid=("smell of rubber",), price_max=50, price_min=10)
    merged = merge(rules, model)
    assert merged.act == "refine"
    assert merged.want == ("red tent", "sturdy")
    assert merged.avoid == ("nylon", "smell of rubber")
    assert (merged.price_min, merged.price_max) == (None, 100)


def test_merge_never_wants_and_avoids_the_same() -> None:
    merged = merge(Intent(act="refine"), Intent(act="refine", want=("pink",), avoid=("pink",)))
    assert (merged.want, merged.avoid) == ((), ("pink",))


@pytest.mark.parametrize("act", ["ask", "feedback", "compare", "smalltalk", "out_of_scope"])
def test_merge_makes_no_needs_of_questions_and_opinions(act: str) -> None:
    rules = Intent.model_validate({"act": act})
    merged = merge(rules, Intent(act="recommend", want=("waterproof",), avoid=("pink",)))
    assert (merged.want, merged.avoid) == ((), ())


def test_merge_fills_prices_only_where_the_rules_found_none() -> None:
    model = Intent(act="recommend", price_max=80)
    assert merge(Intent(act="refine"), model).price_max == 80
    assert merge(Intent(act="refine", forget=("price",)), model).price_max is None
