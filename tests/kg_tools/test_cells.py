from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg_tools import cells
from kg_tools.cells import CellError


@pytest.mark.parametrize(
    ("cell", "currency", "expected"),
    [
        ("12.50", None, "12.50"),
        ("$12.50", "USD", "12.50"),
        ("1,200.00", "USD", "1200.00"),
        ("12,50 €", "EUR", "12.50"),
        ("1.234,50 €", "EUR", "1234.50"),
        ("1 234,50", "EUR", "1234.50"),
        ("1,200", "USD", "1200"),
        ("1,200,000", "USD", "1200000"),
        ("USD 5", "USD", "5"),
        ("￥99", "CNY", "99"),
        (12.5, None, "12.5"),
        (12, None, "12"),
        ("0", None, "0"),
        ("1e3", None, "1E+3"),
    ],
)
def test_prices(cell: object, currency: str | None, expected: str) -> None:
    assert cells.price(cell, currency) == Decimal(expected)


@pytest.mark.parametrize("cell", ["", None, " ", float("nan")])
def test_no_price(cell: object) -> None:
    assert cells.price(cell) is None


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        ("-1", "negative"),
        (-0.01, "negative"),
        ("$-5.00", "negative"),
        ("free", "not a price"),
        ("inf", "not a price"),
        (float("inf"), "not a price"),
        ("NaN", "not a price"),
        ("12.50 - 15.00", "not a price"),
        ("1.2.3", "not a price"),
        ("1,2345", "not a price"),
        ("12 apples", "not a price"),
        ("0,500", "unclear"),
        ("12 €", "shop's currency is USD"),
        ("EUR 12", "shop's currency is USD"),
        ("9" * 15, "that large"),
        ([1], "a list"),
    ],
)
def test_bad_prices(cell: object, problem: str) -> None:
    with pytest.raises(CellError, match=problem):
        cells.price(cell, "USD")


@pytest.mark.parametrize("cell", ["1.200 €", "12,500 €"])
def test_a_price_that_could_be_two_amounts_is_refused(cell: str) -> None:
    with pytest.raises(CellError, match="unclear"):
        cells.price(cell, "EUR")


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_prices_survive_both_ways_of_writing(amount: Decimal) -> None:
    english = f"{amount:,.2f}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert cells.price(english) == cells.price(continental + " €") == amount


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("  a\tb\n c ", "a b c"),
        ("Tom &amp; Jerry&#39;s", "Tom & Jerry's"),
        ("a\x00b", "a b"),
        (12.0, "12"),
        (float("nan"), ""),
        (True, "True"),
        ("cafe\u0301", "café"),
    ],
)
def test_clean_text(cell: object, expected: str) -> None:
    assert cells.clean_text(cell) == expected


@given(st.text())
def test_clean_text_is_safe_and_stable(text: str) -> None:
    try:
        clean = cells.clean_text(text)
    except CellError:
        return
    clean.encode("utf-8")
    assert not any(character in clean for character in "\n\r\t\x00")


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(CellError, match="Unicode"):
        cells.clean_text("a\ud800b")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("in stock", True),
        ("https://schema.org/OutOfStock", False),
        ("Sold-out", False),
        (True, True),
        ("", None),
        ("有货", True),
        (0, False),
        ("in_stock", True),
    ],
)
def test_availability(cell: object, expected: bool | None) -> None:
    assert cells.availability(cell) is expected


@pytest.mark.parametrize(
    ("reader", "cell"),
    [
        (cells.availability, "maybe"),
        (cells.count, "-1"),
        (cells.count, "1.5"),
        (cells.moment, ""),
        (cells.moment, "soon"),
        (cells.moment, "nan"),
        (cells.split, "holdout"),
        (cells.identifier, "  "),
        (cells.identifier, None),
    ],
)
def test_what_is_unclear_is_refused(reader: object, cell: object) -> None:
    assert callable(reader)
    with pytest.raises(CellError):
        reader(cell)


def test_moments_compare_across_forms() -> None:
    assert cells.moment("2024-01-01") == cells.moment(datetime(2024, 1, 1, tzinfo=UTC)) == 1704067200.0
    assert cells.moment("2024-01-01T01:00:00+01:00") == 1704067200.0
    assert cells.moment("17") == cells.moment(17) == 17.0


def test_texts_split_and_ignore() -> None:
    assert cells.texts("a| b |a||n/a", "|", frozenset({"n/a"})) == ["a", "b"]
    assert cells.texts(["x", None, "y"]) == ["x", "y"]
    assert cells.texts("a|b") == ["a|b"]
