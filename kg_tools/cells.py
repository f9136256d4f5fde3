"""What a cell of a table says: text, prices, availability, times. Strict: what is unclear is refused."""

import html
import math
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import cast

from kg_tools.tables import Cell


class CellError(ValueError):
    """A cell that cannot be understood; the message says why."""


_PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,.' ]\d{2,3})*[,.' ]\d{3}")
_MARKED = re.compile(r"(?P<before>[^\d.,+-]*)(?P<number>[+-]?[\d.,' ]*\d)(?P<after>[^\d]*)")
_MARKS: dict[str, frozenset[str] | None] = {
    "": None,
    "$": None,  # a dozen currencies are written so
    "US$": frozenset({"USD"}),
    "€": frozenset({"EUR"}),
    "£": frozenset({"GBP"}),
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY"}),
    "円": frozenset({"JPY"}),
    "₹": frozenset({"INR"}),
    "₩": frozenset({"KRW"}),
}
_MAX_PRICE = Decimal(10) ** 12
_YES = frozenset({"true", "yes", "y", "1", "in stock", "instock", "available", "limitedavailability", "有货"})
_NO = frozenset(
    {"false", "no", "n", "0", "out of stock", "outofstock", "sold out", "soldout", "unavailable"}
    | {"discontinued", "缺货", "无货"}
)
_SPLITS = {"train": 0, "valid": 1, "validation": 1, "val": 1, "dev": 1, "test": 2, "0": 0, "1": 1, "2": 2}


def clean_text(cell: Cell) -> str:
    """A cell as one line of text: HTML entities resolved, spaces collapsed, control characters gone.

    Returns:
        "" for an empty cell.

    Raises:
        CellError: it is not text (a list or an object), or not valid Unicode.
    """
    if cell is None:
        return ""
    if isinstance(cell, list | tuple | dict):
        raise CellError("a list or object where one value is expected")
    if isinstance(cell, float):
        text = "" if math.isnan(cell) else str(int(cell)) if cell.is_integer() else repr(cell)
    else:
        text = str(cell)
    if text.isascii() and text.isprintable():
        # The common case, kept fast: nothing to do but entities and spaces.
        text = html.unescape(text) if "&" in text else text
    else:
        text = _readable(html.unescape(text))
    return " ".join(text.split())


def _readable(text: str) -> str:
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise CellError("not valid Unicode text")
    return "".join(" " if unicodedata.category(c) == "Cc" else c for c in unicodedata.normalize("NFC", text))


def texts(cell: Cell, separator: str | None = None, ignore: Iterable[str] = ()) -> list[str]:
    """The values of a cell, each once, in order: a list's items, or the parts between separators.

    Args:
        cell: the cell.
        separator: splits text; None takes it whole.
        ignore: case-folded values to leave out.
    """
    if isinstance(cell, list | tuple):
        parts = cast("Iterable[Cell]", cell)
    elif separator is not None and isinstance(cell, str):
        parts = cell.split(separator)
    else:
        parts = [cell]
    values = dict.fromkeys(text for part in parts if (text := clean_text(part)))
    return [value for value in values if value.casefold() not in ignore]


def identifier(cell: Cell) -> str:
    """An id; "12" for the number 12 and 12.0.

    Raises:
        CellError: it is empty.
    """
    if isinstance(cell, str) and cell.isalnum() and cell.isascii():
        return cell
    text = clean_text(cell)
    if not text:
        raise CellError("the id is missing")
    return text


def price(cell: Cell, currency: str | None = None) -> Decimal | None:
    """A price: ``12.50``, ``$12.50``, ``1,200.00``, ``12,50 €``, ``1.234,50``.

    Args:
        cell: the cell.
        currency: the shop's currency; a mark of another one is refused, as prices must compare.

    Returns:
        At least 0; None for an empty cell.

    Raises:
        CellError: it is no price, negative, not finite, ambiguous, or in another currency.
    """
    text = clean_text(cell)
    if not text:
        return None
    number = _number(text, currency)
    if number < 0:
        raise CellError("a price cannot be negative")
    if number >= _MAX_PRICE:
        raise CellError("a price cannot be that large")
    return number


def _number(text: str, currency: str | None) -> Decimal:
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text)
    match = _MARKED.fullmatch(text)
    if match is None:
        raise CellError("not a price")
    mark = (match["before"] + match["after"]).strip()
    known = _MARKS.get(mark, frozenset({mark}) if re.fullmatch("[A-Z]{3}", mark) else frozenset())
    if known is not None and not known:
        raise CellError("not a price")
    if known is not None and currency is not None and currency not in known:
        raise CellError(f"a price in {' or '.join(sorted(known))}, but the shop's currency is {currency}")
    return Decimal(_decimal_point(match["number"].replace(" ", "").replace("'", ""), mark))


def _decimal_point(digits: str, mark: str) -> str:
    """``1,234.50`` and ``1.234,50`` -> ``1234.50``; what could mean two amounts is refused."""
    last = max(digits.rfind(","), digits.rfind("."))
    if last < 0:
        return digits
    separator, decimals = digits[last], len(digits) - last - 1
    other = "." if separator == "," else ","
    if digits.count(separator) > 1:
        if other in digits or not _THOUSANDS.fullmatch(digits):
            raise CellError("not a price")
        return digits.replace(separator, "")
    if other in digits:
        whole = digits[:last]
        if not _THOUSANDS.fullmatch(whole):
            raise CellError("not a price")
        return f"{whole.replace(other, '')}.{digits[last + 1 :]}"
    if decimals == 3 and (separator == "," or mark == "€"):
        if mark == "€" or digits.startswith("0"):
            raise CellError("unclear whether the price has decimals or thousands")
        return digits.replace(",", "")
    if separator == "," and decimals > 3:
        raise CellError("not a price")
    return digits.replace(",", ".")


def availability(cell: Cell) -> bool | None:
    """Whether a product can be bought; None for an empty cell.

    Raises:
        CellError: it is neither a yes nor a no.
    """
    if isinstance(cell, bool):
        return cell
    said = clean_text(cell).casefold()
    if not said:
        return None
    said = said.rsplit("/", 1)[-1].rsplit(":", 1)[-1].replace("_", " ").replace("-", " ")
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise CellError('not an availability; write "in stock" or "out of stock"')


def count(cell: Cell) -> int | None:
    """A whole number of at least 0; None for an empty cell.

    Raises:
        CellError: anything else.
    """
    text = clean_text(cell)
    if not text:
        return None
    if not re.fullmatch(r"\d{1,9}", text):
        raise CellError("not a whole number of at least 0")
    return int(text)


def moment(cell: Cell) -> float:
    """A place in time: a number as it stands, a date or time in ISO 8601 as seconds since 1970 (UTC).

    Raises:
        CellError: anything else.
    """
    if isinstance(cell, date) and not isinstance(cell, datetime):
        cell = datetime(cell.year, cell.month, cell.day, tzinfo=UTC)
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    text = clean_text(cell)
    if _PLAIN_NUMBER.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise CellError("neither a number nor an ISO 8601 date") from None
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()


def split(cell: Cell) -> int:
    """0 train, 1 valid, 2 test.

    Raises:
        CellError: anything else.
    """
    part = _SPLITS.get(clean_text(cell).casefold())
    if part is None:
        raise CellError('not a split; write "train", "valid" or "test"')
    return part
