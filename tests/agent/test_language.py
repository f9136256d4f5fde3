"""Language detection by script, and folding that keeps positions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.language import BREAK, detect, fold, mask


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("a tent", "en"), ("", "en"), ("123 !", "en"), ("想买帐篷", "zh"), ("想要一个 waterproof 的背包", "zh"),
        ("要 Sony 的", "zh"), ("do you have 茶 in a tin for my mother", "en"), ("テントが欲しい", "en"),
        ("مرحبا", "en"),
    ],
)  # fmt: skip
def test_detect(text: str, language: str) -> None:
    assert detect(text) == language


@given(st.text(max_size=100))
def test_fold_keeps_every_position(text: str) -> None:
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


def test_fold_unifies_widths_quotes_and_case() -> None:
    assert fold("Ｄｏｎ’t　２００￥ İ") == "don't 200¥ İ"


def test_mask_overwrites_and_keeps_length() -> None:
    assert mask("abcdef", [(1, 3)]) == f"a{BREAK}{BREAK}def"
