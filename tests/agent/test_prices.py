"""What is a price and what is only a number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language import fold
from agent.prices import find_price


@pytest.mark.parametrize(
    ("message", "low", "high"),
    [
        ("under 100", None, 100),
        ("below $1,200", None, 1200),
        ("between 40 and 60", 40, 60),
        ("20 to 40", 20, 40),
        ("max 50 euros", None, 50),
        ("at least 30", 30, None),
        ("around 50", 40, 60),
        ("cheaper than 45 and please", None, 45),
        ("over 200", 200, None),
        ("over 200 but under 400", 200, 400),
        ("€20-40", 20, 40),
        ("for 50 bucks", None, 50),
        ("no more than 80", None, 80),
        ("up to 1.5k", None, 1500),
        ("1-2k budget", 1000, 2000),
        ("within 300", None, 300),
        ("200 in total", None, 200),
        ("no less than 20", 20, None),
        ("under two hundred", None, 200),
        ("one hundred and fifty max", None, 150),
        ("50ish", 40, 60),
        ("less than €1.200", None, 1200),
        ("under 49,99", None, 49.99),
        ("100 or so max, from 30", 30, 100),
        ("a $30 gift", None, 30),
        ("300以内", None, 300),
        ("不超过500元", None, 500),
        ("100到200块", 100, 200),
        ("两百左右", 160, 240),
        ("五百元以下", None, 500),
        ("3千以内", None, 3000),
        ("1到2千", 1000, 2000),
        ("两三百块", 200, 300),
        ("预算三百五", None, 350),
        ("预算三百左右", 240, 360),
        ("至少１００元", 100, None),
        ("一千二以上", 1200, None),
    ],
)
def test_prices(message: str, low: float | None, high: float | None) -> None:
    found = find_price(fold(message))
    assert (found.minimum, found.maximum) == (low, high)
    assert found.spans


@pytest.mark.parametrize(
    "message",
    [
        "size 42", "2-person tent", "for my 10 year old", "fits A4", "13 inch", "under 13 inch", "16GB",
        "at least 16 GB",
        "90 % off", "1 inch", "for 4 people", "the 2024 model", "iPhone 15", "WH-1000XM5", "ages 3 to 5",
        "2-3 products",
        "under 2 kg", "for women over 50", "at least 8 hours", "4k monitor", "number 3", "half that",
        "less than 3 steps",
        "20-40 litre backpack", "at least one pocket", "第2个", "打9折", "10岁", "13寸", "至少8小时", "百合花", "三个",
    ],
)  # fmt: skip
def test_not_prices(message: str) -> None:
    found = find_price(fold(message))
    assert (found.minimum, found.maximum, found.spans) == (None, None, ())


def test_a_bare_amount_is_weak_and_a_limit_beats_it() -> None:
    assert find_price("is the $50 one any good").weak
    found = find_price("not the $50 one, under 30")
    assert (found.maximum, found.weak) == (30, False)


def test_the_last_limit_said_counts() -> None:
    assert find_price("under 300, no wait, under 200").maximum == 200


@pytest.mark.parametrize(("answer", "low", "high"), [("150", None, 150), ("两三百", 200, 300), ("50-80", 50, 80)])
def test_a_number_alone_answers_a_question_about_the_budget(answer: str, low: float | None, high: float) -> None:
    found = find_price(fold(answer), asked=True)
    assert (found.minimum, found.maximum) == (low, high)


@given(
    st.integers(1, 99_999), st.sampled_from(["under {}", "at most ${}", "{} euros or less", "不超过{}元", "{}块以内"])
)
def test_any_number_is_read_back(number: int, form: str) -> None:
    for written in (str(number), f"{number:,}"):
        found = find_price(fold(form.format(written)))
        assert (found.minimum, found.maximum) == (None, number)


@given(st.text(max_size=200))
def test_any_text_gives_an_ordered_range_inside_the_text(text: str) -> None:
    folded = fold(text)
    found = find_price(folded)
    if found.minimum is not None and found.maximum is not None:
        assert found.minimum <= found.maximum
    assert all(0 <= start < end <= len(folded) for start, end in found.spans)
