"""From intents to needs: what holds after a message, and the hard part of it as a filter."""

import re
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Protocol

from agent.intent import Intent, Need
from agent.sessions import SessionState
from kg_tools.products import Link, LinkedPhrase, Node, ProductFilter
from ranker.ranking import StatedNeed

HARD_KINDS = frozenset({"category", "brand", "colour", "material", "feature"})
"""Kinds that leave products out; occasion, audience and free text only move the ranking."""

SINGLE_KINDS = frozenset({"category", "brand", "colour", "material"})
"""Kinds of which a product wanted now replaces the one wanted before ("in white" after "in black")."""

MOST_WORDS = 1000
"""Characters of a running request that are compared with product texts; of a longer one the last."""

MET_ALREADY = 0.2
"""Weight of a hard need: every candidate meets it, some only by name, which shall not cost them much."""
UNSURE = 0.3
"""Weight of a need that could be hard but for the shop's word: its fact was mined, or the link is a guess."""
OF_THE_REQUEST = 0.3
"""Weight of a need's own words where the whole request, which holds them, is compared too."""

_CHEAPER = re.compile(r"\b(cheaper|less expensive|lower price)\b|便宜", re.IGNORECASE)
_WORDS_NAMED_IN_TITLES = frozenset({"brand", "colour", "text"})
"""Avoided things of these kinds are also looked for in titles: the graph may not state them."""


class PhraseLinker(Protocol):
    """Finds what a phrase means in the graph; ``kg_tools.linking.Linker``."""

    def link(self, phrase: str, kinds: frozenset[str] | None = None) -> LinkedPhrase:
        """The parts of the phrase that mean something, and what is left over."""
        ...

    def is_label(self, phrase: str) -> bool:
        """Whether the phrase as a whole is a label of the graph."""
        ...

    def is_common(self, phrase: str) -> bool:
        """Whether all words of the phrase also stand in labels that are no brands."""
        ...


def update_needs(
    session: SessionState, intent: Intent, linker: PhraseLinker, shown_prices: Sequence[float] = ()
) -> SessionState:
    """The session after an intent: takes back, replaces, adds.

    A new request for another kind of product starts afresh; a refinement ("actually, hiking boots") replaces
    the kind and keeps the rest.

    Args:
        session: the state before.
        intent: the message, understood.
        linker: phrases -> nodes.
        shown_prices: prices on the screen, for "cheaper".
    """
    session = _take_back(session, intent.forget, linker)
    session = _say(session, intent)
    wanted = _one_kind([need for phrase in intent.want for need in read_need(phrase, linker, wanted=True)])
    avoided = [need for phrase in intent.avoid for need in _read_avoided(phrase, linker)]
    if intent.act == "recommend" and any(need.kind == "category" for need in wanted):
        said = _say(session.model_copy(update={"words": ""}), intent)
        session = said.model_copy(update={"needs": (), "price_min": None, "price_max": None})
    needs = session.needs
    for need in (*wanted, *avoided):
        needs = (*(old for old in needs if not _replaces(need, old)), need)
    prices: dict[str, float | None] = {}
    if intent.price_min is not None or intent.price_max is not None:
        prices = {"price_min": intent.price_min, "price_max": intent.price_max}
    elif shown_prices and any(_CHEAPER.search(phrase) for phrase in intent.want):
        prices = {"price_max": _below(shown_prices, session.price_min)}
    return session.model_copy(update={"needs": needs, **prices})


def _say(session: SessionState, intent: Intent) -> SessionState:
    """The words of the running request with those of the last message, if it is one.

    Rules and model find needs in a message; what they miss still stands in its words. What the shopper does not want
    would lift the very products to be avoided, and amounts of money are no sizes, so both are left out.
    """
    last = session.messages[-1] if session.messages else None
    if last is None or last.role != "user" or intent.act not in ("recommend", "refine"):
        return session
    said = last.content
    for phrase in (*intent.avoid, *intent.forget, *intent.refers_to):
        said = said.replace(phrase, " ")
    for amount in (intent.price_min, intent.price_max):
        said = said if amount is None else re.sub(rf"(?<![\d.,]){amount:g}(?![\d.,]?\d)", " ", said)
    return session.model_copy(update={"words": f"{session.words} {said}".strip()[-MOST_WORDS:]})


def _one_kind(wanted: list[Need]) -> list[Need]:
    """The kind is what a message names first; further kinds in it describe ("a mirror for applying lipstick")."""
    found = False
    needs: list[Need] = []
    for need in wanted:
        further = need.kind == "category" and found
        found = found or need.kind == "category"
        needs.append(need.model_copy(update={"hard": False}) if further else need)
    return needs


def _below(shown_prices: Sequence[float], price_min: float | None) -> float:
    """Cheaper than all that is shown; where the lower limit leaves no room for that, than the dearest of it."""
    least = round(min(shown_prices) - 0.01, 2)
    return least if price_min is None or least >= price_min else round(max(shown_prices) - 0.01, 2)


def read_need(phrase: str, linker: PhraseLinker, *, wanted: bool) -> list[Need]:
    """The needs in a phrase: one per part that means something, and one for the words left over.

    "for dry hair", where only "dry" is known, stays one soft need with all its words; "warm tent" becomes a hard
    "tent" and a soft "warm".
    """
    if _CHEAPER.search(phrase):
        return []
    linked = linker.link(phrase)
    needs = [_linked_need(phrase, group, linked, linker, wanted=wanted) for group in linked.groups]
    if not linked.leftover:
        return needs
    if len(needs) == 1 and not needs[0].hard:
        whole = {"key": _key(phrase, wanted), "phrase": phrase, "leftover": linked.leftover}
        return [needs[0].model_copy(update=whole)]
    words = linked.leftover if needs else phrase
    return [*needs, Need(key=_key(words, wanted), phrase=words, wanted=wanted, hard=False, leftover=words)]


def _linked_need(
    phrase: str, group: tuple[Link, ...], linked: LinkedPhrase, linker: PhraseLinker, *, wanted: bool
) -> Need:
    alone = len(linked.groups) == 1 and not linked.leftover
    words = phrase if alone else group[0].phrase
    best = group[0]
    sure = best.method != "embedding" and not best.node.mined
    if (
        best.node.kind == "brand"
    ):  # brands are called Curl, Now and Personal Care: only a capital tells, or no other use
        sure = sure and (best.phrase != best.phrase.lower() or (alone and not linker.is_common(words)))
    return Need(
        key=_key(words, wanted),
        phrase=words,
        wanted=wanted,
        hard=sure and best.node.kind in HARD_KINDS,
        groups=(tuple(link.node.iri for link in group),),
        kind=best.node.kind,
    )


def _read_avoided(phrase: str, linker: PhraseLinker) -> list[Need]:
    """An avoided thing; "no wires" is a wanted thing where the shop has a name for it (wireless)."""
    for negated in (f"no {phrase}", f"without {phrase}"):
        if linker.is_label(negated):
            return read_need(negated, linker, wanted=True)
    needs: list[Need] = []
    for need in read_need(phrase, linker, wanted=False):
        guessed = need.groups and not need.hard and need.kind in HARD_KINDS
        needs.append(need.model_copy(update={"hard": True} if need.kind == "text" or guessed else {}))
    return needs


def _replaces(new: Need, old: Need) -> bool:
    same_meaning = bool(new.groups) and new.groups == old.groups
    if new.key[1:] == old.key[1:] or same_meaning:
        return True
    both_decide = new.wanted and old.wanted and new.hard and old.hard
    return both_decide and new.kind == old.kind and new.kind in SINGLE_KINDS


def _take_back(session: SessionState, forget: Sequence[str], linker: PhraseLinker) -> SessionState:
    for words in forget:
        if words == "everything":
            return session.model_copy(update={"needs": (), "words": "", "price_min": None, "price_max": None})
        if words == "price":
            session = session.model_copy(update={"price_min": None, "price_max": None})
            continue
        dropped = {need.key[1:] for need in read_need(words, linker, wanted=True)}
        kept = tuple(
            need
            for need in session.needs
            if need.key[1:] not in dropped and words.casefold() not in (need.kind, need.phrase)
        )
        said = session.words
        for need in set(session.needs) - set(kept):
            said = said.replace(need.phrase, " ").strip()
        session = session.model_copy(update={"needs": kept, "words": said})
    return session


def remove_need(session: SessionState, key: str) -> SessionState:
    """The session without the need of that key ("price" for the price range); unchanged if there is none."""
    if key == "price":
        return session.model_copy(update={"price_min": None, "price_max": None})
    said = session.words
    for need in session.needs:
        said = said.replace(need.phrase, " ").strip() if need.key == key else said
    kept = tuple(need for need in session.needs if need.key != key)
    return session.model_copy(update={"needs": kept, "words": said})


def _key(words: str, wanted: bool) -> str:
    return ("+" if wanted else "-") + "-".join(words.casefold().split())


def as_filter(
    session: SessionState, node: Callable[[str], Node], *, excluded: frozenset[str] = frozenset()
) -> ProductFilter:
    """The hard part of the needs.

    Args:
        session: the needs.
        node: looks up a node by IRI, for the names of avoided things.
        excluded: product ids to leave out besides.
    """
    avoided = [need for need in session.needs if not need.wanted and need.hard]
    words: list[str] = []
    for need in avoided:
        if need.kind in _WORDS_NAMED_IN_TITLES:
            words.append(need.phrase)
            words.extend(node(iri).label for group in need.groups for iri in group)
    return ProductFilter(
        wanted=tuple(group for need in session.needs if need.wanted and need.hard for group in need.groups),
        named=tuple(
            need.phrase if need.kind == "category" else ""
            for need in session.needs
            if need.wanted and need.hard
            for _ in need.groups
        ),
        avoided=tuple(iri for need in avoided for group in need.groups for iri in group),
        avoided_words=tuple(dict.fromkeys(word.casefold() for word in words)),
        price_min=session.price_min,
        price_max=session.price_max,
        excluded=excluded,
    )


def as_stated(session: SessionState) -> tuple[StatedNeed, ...]:
    """The needs as the ranker reads them; the whole request, and words that mean nothing, are compared as text."""
    stated = [StatedNeed(phrase=session.words)] if session.words else []
    for need in session.needs:
        nodes = tuple(iri for group in need.groups for iri in group)
        text = OF_THE_REQUEST if session.words and need.wanted else 1.0
        weight = _weight(need) if nodes else text
        stated.append(StatedNeed(phrase=need.phrase, nodes=nodes, wanted=need.wanted, hard=need.hard, weight=weight))
        if nodes and need.leftover:
            stated.append(StatedNeed(phrase=need.phrase, wanted=need.wanted, weight=text))
    return tuple(stated)


def _weight(need: Need) -> float:
    if need.wanted and need.hard:
        return MET_ALREADY
    return UNSURE if need.wanted and need.kind in HARD_KINDS else 1.0


def relaxations(session: SessionState) -> list[tuple[tuple[str, ...], SessionState]]:
    """Each way of giving up one hard need, then each way of giving up two: (keys given up, what is left)."""
    keys = [need.key for need in session.needs if need.hard]
    if session.price_min is not None or session.price_max is not None:
        keys.append("price")
    ways: list[tuple[tuple[str, ...], SessionState]] = []
    for size in (1, 2):
        for given_up in combinations(keys, size):
            relaxed = session
            for key in given_up:
                relaxed = remove_need(relaxed, key)
            ways.append((given_up, relaxed))
    return ways
