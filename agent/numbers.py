"""Numbers as people write them: 1,200 · 1.5k · two hundred · 两百 · 3千."""

import re
from dataclasses import dataclass
from itertools import pairwise

_SMALL = {
    "zero": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_SCALES = {"hundred": 100, "thousand": 1000, "grand": 1000}
_SUFFIX = {"k": 1000, "thousand": 1000, "grand": 1000, "hundred": 100, "百": 100, "千": 1000, "万": 10_000}

_DIGITS = re.compile(
    r"(?<![a-z0-9])(?<![0-9][.,])(?<![a-z]-)"
    r"(?P<whole>[0-9]{1,3}(?:[,.][0-9]{3})+|[0-9]{1,9})(?P<decimals>[.,][0-9]{1,2})?(?![0-9])"
    r"(?:[ ]?(?P<scale>k|thousand|grand|hundred|百|千|万)(?:(?![a-z])|(?<=[百千万])))?(?![a-z0-9]{0,3}[0-9])"
)
_WORD = "|".join(sorted([*_SMALL, *_TENS, *_SCALES], key=len, reverse=True))
_WORDS = re.compile(rf"\b(?:an?[ ])?(?:{_WORD})\b(?:(?:[ ]and[ ]|[ -])(?:{_WORD})\b){{0,6}}")

_HAN_DIGITS = {"零": 0, "〇": 0, **{char: value for value, char in enumerate("一二三四五六七八九", start=1)}, "两": 2}
_HAN_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_HAN = re.compile(r"[零〇一二三四五六七八九两十百千万]{1,12}")
_HAN_SPREAD = re.compile(r"([一二两三四五六七八])([二两三四五六七八九])([十百千万])")


@dataclass(frozen=True, slots=True)
class NumberFound:
    """A number in a folded text.

    Attributes:
        start: first character.
        end: one past the last character.
        value: what it says.
        upper: the larger end of 两三百 (200 to 300), else None.
        scale: the 1000 of ``2k``, else 1; ``1-2k`` lends it to the 1.
    """

    start: int
    end: int
    value: float
    upper: float | None = None
    scale: int = 1


def find_numbers(folded: str) -> list[NumberFound]:
    """All numbers of a folded text in order. Digits glued to Latin letters (A4, XM5) are none."""
    found = [*_digit_numbers(folded), *_word_numbers(folded), *_han_numbers(folded)]
    found.sort(key=lambda number: (number.start, -number.end))
    kept: list[NumberFound] = []
    for number in found:
        if not kept or number.start >= kept[-1].end:
            kept.append(number)
    return kept


def _digit_numbers(folded: str) -> list[NumberFound]:
    numbers: list[NumberFound] = []
    for match in _DIGITS.finditer(folded):
        whole = re.sub("[,.]", "", match["whole"])
        decimals = (match["decimals"] or "").replace(",", ".")
        scale = _SUFFIX.get(match["scale"] or "", 1)
        numbers.append(NumberFound(match.start(), match.end(), float(whole + decimals) * scale, scale=scale))
    return numbers


def _word_numbers(folded: str) -> list[NumberFound]:
    numbers: list[NumberFound] = []
    for match in _WORDS.finditer(folded):
        value = _words_value(re.findall(r"[a-z]+", match[0]))
        if value is not None:
            numbers.append(NumberFound(match.start(), match.end(), value))
    return numbers


def _words_value(words: list[str]) -> float | None:
    total, current = 0, 0
    for word in words:
        if word in _SCALES:
            current = max(current, 1) * _SCALES[word]
            if _SCALES[word] == 1000:
                total, current = total + current, 0
        elif word in _TENS:
            current += _TENS[word]
        elif word in _SMALL:
            current += _SMALL[word]
    value = total + current
    # "one", "two" are pronouns and counts far more often than prices.
    return float(value) if value >= 10 else None


def _han_numbers(folded: str) -> list[NumberFound]:
    numbers: list[NumberFound] = []
    for match in _HAN.finditer(folded):
        text = match[0]
        if spread := _HAN_SPREAD.fullmatch(text):
            low, high = _HAN_DIGITS[spread[1]], _HAN_DIGITS[spread[2]]
            factor = _HAN_SCALES[spread[3]]
            upper = float(high * factor) if high > low else None
            numbers.append(NumberFound(match.start(), match.end(), float(low * factor), upper))
        elif any(char in _HAN_SCALES for char in text) and (value := _han_value(text)) >= 10:
            numbers.append(NumberFound(match.start(), match.end(), float(value)))
    return numbers


def _han_value(text: str) -> int:
    total, section, digit = 0, 0, 0
    for char in text:
        if char in _HAN_DIGITS:
            digit = _HAN_DIGITS[char]
            continue
        scale = _HAN_SCALES[char]
        if scale == 10_000:
            total, section, digit = (total + section + digit or 1) * scale, 0, 0
        else:
            section, digit = section + max(digit, 1) * scale, 0
    if digit and any(pair[0] in _HAN_SCALES and pair[1] == text[-1] for pair in pairwise(text[-2:])):
        # 三百五 is 350, 一千二 is 1200; 十五 and 三百零五 are not shortened.
        last = _HAN_SCALES[text[-2]]
        return total + section + digit * (last // 10 if last > 10 else 1)
    return total + section + digit
