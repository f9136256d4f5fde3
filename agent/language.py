"""Which language a text is in, and a form of it that can be searched without losing positions."""

import re
from typing import Literal

Language = Literal["en", "zh"]

BREAK = "\x1f"
"""Stands in a masked text where something already understood was taken out; ends a phrase."""

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_LETTERS = re.compile(r"[^\W\d_\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")

_SAME_WIDTH = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)},  # full-width ASCII
    0x3000: " ",
    0x00A0: " ",
    0x2018: "'",
    0x2019: "'",
    0x02BC: "'",
    0x201C: '"',
    0x201D: '"',
    0x2010: "-",
    0x2011: "-",
    0xFFE5: "¥",
    0xFFE1: "£",
    0x301C: "~",
}


def fold(text: str) -> str:
    """Lower-case and unify typographic variants, one character for one.

    The result has exactly the length of ``text``, so a span found in it cuts the shopper's own words
    out of ``text``. NFKC and casefold would be more thorough but change lengths.
    """
    translated = text.translate(_SAME_WIDTH)
    lowered = translated.lower()
    if len(lowered) == len(translated):
        return lowered
    # A few capitals grow when lowered (İ); those keep their shape.
    return "".join(low if len(low := char.lower()) == 1 else char for char in translated)


def mask(text: str, spans: list[tuple[int, int]]) -> str:
    """``text`` with every span overwritten by ``BREAK`` characters; same length."""
    chars = list(text)
    for start, end in spans:
        chars[start:end] = BREAK * (end - start)
    return "".join(chars)


def has_chinese(text: str) -> bool:
    """Whether any Han character occurs in a text that is not Japanese."""
    return bool(_HAN.search(text)) and not _KANA.search(text)


def detect(text: str) -> Language:
    """The language to answer in: ``zh`` where Chinese carries the message, else ``en``.

    A Chinese word has about two characters, so one Latin word (often a brand) outweighs two of them.
    Text in any other script is answered in English.
    """
    if not has_chinese(text):
        return "en"
    han = len(_HAN.findall(text))
    latin_words = sum(1 for _ in _LETTERS.finditer(text))
    return "zh" if han >= 2 * latin_words or han >= 6 else "en"
