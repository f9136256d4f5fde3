"""Titles and descriptions as words: one way to cut text for everything that is found in it."""

import re
import unicodedata
from functools import lru_cache

_MARKS = re.compile(r"[®™©]|\((?:tm|r|c)\)", re.IGNORECASE)
_SEGMENT = re.compile(r"[^,;:|()\[\]{}/!?*+•~\"“”]+")
_WORD = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['’]s\b", re.IGNORECASE)


def plain(text: str) -> str:
    """Text without trade marks, accents and possessive endings; its case is kept."""
    if text.isascii():
        return _POSSESSIVE.sub("", _MARKS.sub(" ", text))
    decomposed = unicodedata.normalize("NFKD", _MARKS.sub(" ", text))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return _POSSESSIVE.sub("", bare)


def words(text: str) -> list[str]:
    """The words of a text, case kept: ``L'Oréal 2-in-1`` -> L, Oreal, 2, in, 1."""
    return _WORD.findall(plain(text))


def segments(text: str) -> list[list[str]]:
    """The words of a text in small letters, cut where punctuation ends a phrase.

    ``Shampoo, Sulfate-Free - 8 oz`` -> [shampoo], [sulfate, free], [8, oz].
    """
    pieces = (part for piece in _SEGMENT.findall(plain(text)) for part in re.split(r"\s[-–—.]\s|\.\s", piece))
    return [found for piece in pieces if (found := _WORD.findall(piece.casefold()))]


@lru_cache(maxsize=65536)
def singular(word: str) -> str:
    """A rough singular, to tell ``brush`` and ``brushes`` for one: only for comparing, never shown."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("shes", "ches", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word
