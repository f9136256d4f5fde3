"""Prices said in a message: "under 100", "between 40 and 60", "300以内".

Every number of the message is looked at with a short window of text on either side, so the time is linear
in the length of the message whatever stands in it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from agent.numbers import NumberFound, find_numbers
from agent.rules_words import word_set

AROUND = 0.2
"""How far "around 50" reaches to either side, as a fraction."""

_WINDOW = 40
_MOST_NUMBERS = 100

_CURRENCY_LEFT = re.compile(r"(?:us\$|[$€£¥]|\b(?:usd|eur|gbp|cny|rmb))\s?$")
_CURRENCY_RIGHT = re.compile(
    r"\s?(?:[$€£¥]|(?:usd|us dollars?|eur|euros?|gbp|dollars?|pounds?|bucks?|quid|yuan|rmb|cny)\b"
    r"|块钱|人民币|欧元|美元|美金|英镑|元钱?|块(?![0-9])|欧|刀)"
)
_UNIT = re.compile(
    r"-?in\b|\s?-?\s?(?:%|percent|per cent|°|\"|''|x\s?[0-9]"
    r"|(?:inch(?:es)?|ft|feet|foot|cm|mm|m|km|metres?|meters?|miles?|yards?|[kmgt]b|gigs?|terabytes?|m?ah|"
    r"hz|khz|w|kw|"
    r"watts?|v|volts?|lumens?|db|mp|megapixels?|p|k|fps|kg|kilos?|g|grams?|mg|oz|ounces?|lbs?|ml|cl|l|"
    r"lit(?:er|re)s?|"
    r"gallons?|quarts?|cups?|people|persons?|adults?|kids?|children|guests?|years?|yrs?|yo|y/o|months?|"
    r"weeks?|days?|"
    r"hours?|hrs?|h|minutes?|mins?|seconds?|secs?|s|pieces?|pcs|packs?|pairs?|sets?|items?|products?|"
    r"options?|"
    r"choices?|ones|bottles?|times|stars?|star|reviews?|pages?|players?|cores?|pockets?|slots?|ports?|"
    r"layers?|steps?|"
    r"speeds?|size|st|nd|rd|th|mm|nm|spf|degrees?|off|am|pm|o'clock)\b(?!['’])"
    r"|英?寸|周?岁|"
    r"[个人台件升克斤米码号瓶月天年折款种代瓦度层支双盒包片颗次点倍平档键伏毫厘公分秒小套张本位口条步集位"
    r"代]"
    r"|h\b|mah|gb|世纪)"
)
_NOT_PRICE_LEFT = re.compile(
    r"(?:\b(?:sizes?|sized|age[ds]?|ages|model|number|numbers|no\.|nr\.?|iso|spf|version|gen|generation|"
    r"room|eu|us|uk|"
    r"option|item|page|level|grade|series|iphone|galaxy|pixel|windows|since|year|born in|top|height|"
    r"weigh(?:s|ing)?|"
    r"(?:women|men|people|anyone|adults?|someone|kids|children|ladies|skin)\s(?:over|under|above|below|"
    r"aged))|[#第])\s?$"
)
_PLURAL_NOUN = re.compile(r"[ -]([a-z]{3,}s)\b")
_NOT_A_NOUN = word_set(
    "tops upwards onwards plus this thus less unless perhaps please always its bucks dollars euros "
    "pounds yes thanks as is"
)

_MAX_LEFT = re.compile(
    r"(?:\b(?:sub-?|under|below|beneath|less than|lower than|cheaper than|up to|upto|max(?:imum)?(?: of)?|"
    r"at (?:the )?most|within|"
    r"inside|capped at|cap of|cap at|limit(?: is| of)?|not exceed(?:ing)?|budget(?: is|'s| of| around)?|"
    r"till|until|smaller than)|<=?|最多|最高|不超过|不要超过|别超过|不能超过|不高于|低于|少于|小于|不到|"
    r"不多于|上限(?:是|为)?|顶多|控制在|便宜(?:过|于)|预算(?:是|大概是?|在|为|只有|有|就|大约)?)[.:\s]{0,2}$"
)
_MAX_LEFT_NEGATED = re.compile(
    r"\b(?:no|not|nothing|don't|doesn't|never|without|can't|cannot|won't|isn't|nor|n't)\b[a-z' ]{0,30}?"
    r"\b(?:more(?: expensive)? than|over|above|exceed(?:ing)?|beyond|higher than|past|spend|dearer than|"
    r"pricier than)\s?$"
)
_MIN_LEFT_NEGATED = re.compile(
    r"\b(?:no|not|nothing|don't|never|isn't)\b[a-z' ]{0,30}?\b(?:less than|under|below|cheaper than|"
    r"lower than)\s?$"
)
_MIN_LEFT = re.compile(
    r"(?:\b(?:over|above|more(?: expensive)? than|at least|at the least|min(?:imum)?(?: of)?|start(?:s|"
    r"ing)? (?:at|from)|"
    r"upwards? of|higher than|from|beyond|exceed(?:ing|s)?|greater than)|>=?|超过|高于|大于|多于|至少|起码|"
    r"最少|最低|不低于|"
    r"不少于|不小于)[:\s]{0,2}$"
)
_AROUND_LEFT = re.compile(
    r"(?:\b(?:around|about|approx(?:imately)?\.?|roughly|near(?:ly)?|circa|close to|somewhere (?:around|"
    r"near)|"
    r"more or less|in the region of|ballpark)|~|大概是?|大约|差不多|约)\s{0,2}$"
)
_WEAK_LEFT = re.compile(
    r"\b(?:spend(?:ing)?|pay(?:ing)?|have|got|for|only|price[ds]?(?: is| of| at)?|cost(?:s|ing)?|"
    r"budget(?: is)?|"
    r"allowance of|of|it)\s?$|(?:只有|花|有|价格|价位|卖)(?:是|在)?$"
)
_MAX_RIGHT = re.compile(
    r"\s?(?:(?:or|and) (?:less|under|below|cheaper|lower)\b|max(?:imum)?\b|tops\b|at (?:the )?most\b|"
    r"(?:in total|total|altogether|all in|all together)\b|budget\b|(?:price )?(?:limit|cap)\b|or so max\b|"
    r"以内|以下|之内|之下|内(?!存)|封顶|"
    r"(?:的)?预算|打住)"
)
_MIN_RIGHT = re.compile(
    r"\s?(?:(?:or|and) (?:more|above|over|up|higher)\b|upwards?\b|onwards?\b|minimum\b|min\b|at least\b|\+|"
    r"以上|之上|起(?!来)|往上|开外)"
)
_AROUND_RIGHT = re.compile(
    r"\s?(?:-?ish\b|or so\b|give or take\b|more or less\b|ballpark\b|左右|上下|附近|出头|的?样子)"
)
_BUDGET = re.compile("budget|预算")
_BETWEEN_RIGHT = re.compile(r"\s?(?:之间|中间)")
_JOINT = re.compile(r"\s?(?:(?P<dash>[-–—~])|(?P<to>to|until|till|up to|到|至)|(?P<and>and|or|和))\s?")
_RANGE_LEFT = re.compile(
    r"(?:\b(?:between|from|price[ds]?(?: range)?(?: is| of)?|budget(?: is| of)?|spend(?:ing)?|cost(?:s|"
    r"ing)?|range(?: of)?|"
    r"around|about|anywhere|somewhere|maybe|say)|[$€£¥]|价格(?:在)?|价位(?:在)?|预算(?:在|是)?|大概|"
    r"在)[:\s]{0,2}$"
)


_LIMITS_BEFORE = (
    (_MAX_LEFT_NEGATED, "max"),
    (_MIN_LEFT_NEGATED, "min"),
    (_MAX_LEFT, "max"),
    (_MIN_LEFT, "min"),
    (_AROUND_LEFT, "around"),
)
_LIMITS_AFTER = ((_MAX_RIGHT, "max"), (_AROUND_RIGHT, "around"), (_MIN_RIGHT, "min"))


@dataclass(frozen=True, slots=True)
class PriceFound:
    """What a message says about the price.

    Attributes:
        minimum: lowest price in the shop's currency, None where none is said.
        maximum: highest price, None where none is said.
        spans: the characters that said it, in order.
        weak: only a bare amount ("the $50 one") was said, without a word of limit.
    """

    minimum: float | None = None
    maximum: float | None = None
    spans: tuple[tuple[int, int], ...] = ()
    weak: bool = False


@dataclass(frozen=True, slots=True)
class _Amount:
    """A number that may be a price, with its currency sign inside the span."""

    number: NumberFound
    start: int
    end: int
    currency: bool
    unit: bool


def find_price(folded: str, *, asked: bool = False) -> PriceFound:
    """The price range of a folded message.

    Args:
        folded: message as ``language.fold`` leaves it.
        asked: the assistant just asked about the budget, so a bare number answers it.

    Returns:
        The last maximum and the last minimum said ("not 300, under 200" is at most 200).
    """
    amounts = [_amount(folded, number) for number in find_numbers(folded)[:_MOST_NUMBERS]]
    minimum = maximum = None
    spans: list[tuple[int, int]] = []
    weak_found: tuple[float, tuple[int, int]] | None = None
    for low, high, span, weak in _readings(folded, amounts, asked=asked):
        if weak:
            weak_found = (high or 0.0, span)
            continue
        minimum = low if low is not None else minimum
        maximum = high if high is not None else maximum
        spans.append(span)
    if minimum is not None and maximum is not None and minimum > maximum:
        minimum, maximum = maximum, minimum
    if not spans and weak_found:
        return PriceFound(None, weak_found[0], (weak_found[1],), weak=True)
    return PriceFound(minimum, maximum, tuple(spans))


_Reading = tuple[float | None, float | None, tuple[int, int], bool]


def _readings(folded: str, amounts: list[_Amount], *, asked: bool) -> Iterator[_Reading]:
    in_range: set[int] = set()
    for index, (first, second) in enumerate(pairwise(amounts)):
        if index not in in_range and (reading := _range(folded, first, second, asked=asked)):
            in_range |= {index, index + 1}
            yield reading
    for index, amount in enumerate(amounts):
        if index not in in_range and (reading := _single(folded, amount, asked=asked)):
            yield reading


def _amount(folded: str, number: NumberFound) -> _Amount:
    start, end, currency = number.start, number.end, False
    if before := _CURRENCY_LEFT.search(folded, max(0, start - 5), start):
        start, currency = before.start(), True
    if after := _CURRENCY_RIGHT.match(folded, end):
        end, currency = after.end(), True
    left = folded[max(0, start - _WINDOW) : start]
    unit = bool(_UNIT.match(folded, end)) and not (currency and not folded.startswith(("%", " %"), end))
    letter = not currency and end < len(folded) and folded[end].isascii() and folded[end].isalpha()
    glued = letter and not _AROUND_RIGHT.match(folded, end)
    noun = _PLURAL_NOUN.match(folded, end)
    counted = noun is not None and not currency and noun[1] not in _NOT_A_NOUN
    labelled = not currency and bool(_NOT_PRICE_LEFT.search(left))
    # "3千" and "三百" carry no sign, yet 点/个 after a round Chinese number are still units.
    return _Amount(number, start, end, currency, unit or glued or counted or labelled)


def _range(folded: str, first: _Amount, second: _Amount, *, asked: bool) -> _Reading | None:
    joint = _JOINT.fullmatch(folded, first.end, second.start)
    if not joint or second.unit or (first.unit and not second.currency):
        return None
    left = folded[max(0, first.start - _WINDOW) : first.start]
    cue = _RANGE_LEFT.search(left)
    money = first.currency or second.currency or bool(_MAX_RIGHT.match(folded, second.end))
    alone = not folded[: first.start].strip(" .,") and not folded[second.end :].strip(" .,!?")
    enough = {
        "dash": money or cue or asked or (alone and second.number.value >= 10),
        "to": money or cue or asked or second.number.value >= 10,
        "and": cue is not None and cue[0].startswith(("between", "anywhere", "somewhere", "在", "价")),
    }
    if not enough[joint.lastgroup or "and"]:
        return None
    low, high = first.number, second.number
    if low.scale == 1 and high.scale > 1 and low.value < high.value / high.scale:
        low = replace(low, value=low.value * high.scale)
    end = _swallow_right(folded, second.end)
    start = first.start - len(cue[0]) if cue else first.start
    lowest, highest = sorted((low.value, high.value))
    return lowest, highest, (start, end), False


def _swallow_right(folded: str, end: int) -> int:
    after = _BETWEEN_RIGHT.match(folded, end) or _MAX_RIGHT.match(folded, end) or _AROUND_RIGHT.match(folded, end)
    return after.end() if after else end


def _single(folded: str, amount: _Amount, *, asked: bool) -> _Reading | None:
    if amount.unit:
        return None
    upper = amount.number.upper
    reading = _limit_before(folded, amount) or _limit_after(folded, amount)
    if reading is None and upper is not None and (amount.currency or asked):
        return amount.number.value, upper, (amount.start, amount.end), False
    return reading or _bare(folded, amount, folded[max(0, amount.start - _WINDOW) : amount.start], asked=asked)


def _limit_before(folded: str, amount: _Amount) -> _Reading | None:
    """Such as "under 100", "at least 30", "around 50": the word of limit stands before the number."""
    window = max(0, amount.start - _WINDOW)
    left = folded[window : amount.start]
    for pattern, side in _LIMITS_BEFORE:
        cue = pattern.search(left)
        if not cue:
            continue
        start = window + cue.start()
        around = _AROUND_RIGHT.match(folded, amount.end)
        maximum = _MAX_RIGHT.match(folded, amount.end)
        if around and _BUDGET.search(cue[0]):
            return _reading("around", amount, (start, around.end()))
        if side == "around":
            return _reading("max" if maximum else side, amount, (start, maximum.end() if maximum else amount.end))
        after = maximum or around
        return _reading(side, amount, (start, after.end() if after else amount.end))
    return None


def _limit_after(folded: str, amount: _Amount) -> _Reading | None:
    """Such as "300以内", "50 or more", "80 or so": the word of limit follows the number."""
    for pattern, side in _LIMITS_AFTER:
        if cue := pattern.match(folded, amount.end):
            return _reading(side, amount, (amount.start, cue.end()))
    return None


def _reading(side: str, amount: _Amount, span: tuple[int, int]) -> _Reading:
    value, upper = amount.number.value, amount.number.upper
    if side == "min":
        return value, None, span, False
    if side == "max":
        return None, upper or value, span, False
    if upper is not None:
        return value, upper, span, False
    return round(value * (1 - AROUND), 2), round(value * (1 + AROUND), 2), span, False


def _bare(folded: str, amount: _Amount, left: str, *, asked: bool) -> _Reading | None:
    if asked and not amount.unit:
        return None, amount.number.value, (amount.start, amount.end), False
    if not amount.currency:
        return None
    weak = not _WEAK_LEFT.search(left)
    return None, amount.number.value, (amount.start, amount.end), weak
