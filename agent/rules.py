"""Understanding without a language model: fixed rules for English, Chinese and both mixed.

The steps of ``understand``, each on the folded message (same length, so spans cut the shopper's own words):
price -> take-backs -> mentions of shown products -> wanted and avoided phrases of what is left -> act.
Pure functions; time is linear in the length, and of a very long one only its head and tail are read.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from agent import rules_acts as acts
from agent import rules_chinese, rules_english
from agent.intent import Act, Intent, Message, Sentiment, ShownProduct
from agent.language import fold, has_chinese, mask
from agent.prices import find_price
from agent.references import Mention, find_mentions
from agent.rules_decide import Reading, asked_in, decide, is_open
from agent.rules_english import Phrases
from agent.rules_forget import find_forgotten

HEAD, TAIL = 1600, 800
"""Characters read of a longer message: letters open with the matter and close with the wish."""

_LETTER_SENTENCES = 3
_LETTER_WORDS = 45
"""From so many sentences and words on a message is read as a letter: only its requests count."""

_SENTENCE = re.compile(r"(?:[^.!?。！？\n；;]|(?<=\d)\.(?=\d))+[.!?。！？\n；;]*")
_WHY_NOT = re.compile(
    r"\bwhy not (?P<product>(?:the )?[^?.,!;\n\x1f]{2,60})|为什么不(?:是|推荐|"
    r"选)(?P<chinese>[^？?，。！\x1f]{2,30})"
)
_TOO = re.compile(r"\btoo [a-z-]+|(?<!不)太[一-鿿]{1,3}?(?=了|$|[，。！])")


def understand(message: str, history: Sequence[Message] = (), shown: Sequence[ShownProduct] = ()) -> Intent:
    """What a message means.

    Args:
        message: the shopper's message, any length and language.
        history: earlier messages, oldest first.
        shown: products on the screen, in their order.

    Returns:
        The intent; every phrase in ``want``, ``avoid``, ``refers_to`` and ``forget`` (but for the
        words "price" and "everything") is a substring of ``message``.
    """
    text = message if len(message) <= HEAD + TAIL else f"{message[:HEAD]}\n{message[-TAIL:]}"
    reading = _read(text, fold(text), history, shown)
    act, sentiment = decide(reading)
    if act in {"smalltalk", "out_of_scope"}:
        return Intent.model_validate({"act": act})
    return _intent(reading, act, sentiment)


def _read(text: str, folded: str, history: Sequence[Message], shown: Sequence[ShownProduct]) -> Reading:
    price = find_price(folded, asked=_budget_was_asked(history))
    open_request = is_open(history, shown)
    forgotten = find_forgotten(folded, text)
    if not open_request:
        # Nothing was asked for yet: "it needn't be new" describes the wish and takes nothing back.
        forgotten = replace(forgotten, needs=tuple(need for need in forgotten.needs if need in {"price", "everything"}))
    masked = mask(folded, [*price.spans, *forgotten.spans])
    mentions = _mentions(text, masked, shown)
    pointing = [(mention.start, mention.end) for mention in mentions if mention.kind != "pronoun"]
    return Reading(
        text=text,
        folded=folded,
        open_request=open_request,
        said_before=" ".join(fold(item.content[:400]) for item in history if item.role == "user"),
        shown=shown,
        price=price,
        forgotten=forgotten,
        mentions=mentions,
        phrases=_phrases(mask(masked, pointing)),
    )


def _budget_was_asked(history: Sequence[Message]) -> bool:
    if not history or history[-1].role != "assistant":
        return False
    last = fold(history[-1].content[-400:])
    return last.rstrip().endswith(("?", "？")) and bool(acts.BUDGET_QUESTION.search(last))


def _mentions(text: str, masked: str, shown: Sequence[ShownProduct]) -> list[Mention]:
    """Mentions; a brand that is asked for ("any Sony headphones?") is a wish, not a mention."""
    asks_for_products = bool(acts.REQUEST.search(masked))
    return [
        mention
        for mention in find_mentions(masked, shown, comparing=bool(acts.COMPARE.search(masked)))
        if mention.kind != "title"
        or masked.startswith("the ", mention.start)
        or (
            not asks_for_products
            and not acts.REJECT.search(masked[: mention.start])
            and (text[mention.start].isupper() or has_chinese(masked))
        )
        or any(char.isdigit() for char in masked[mention.start : mention.end])
    ]


def _phrases(masked: str) -> Phrases:
    """Phrases of every sentence in the rules of its script; of a letter, only its requests."""
    sentences = [match.span() for match in _SENTENCE.finditer(masked)]
    if len(sentences) >= _LETTER_SENTENCES and len(masked.split()) >= _LETTER_WORDS:
        sentences = [span for span in sentences if _speaks_of_needs(masked[span[0] : span[1]])] or sentences
    found = Phrases()
    for start, end in sentences:
        for clause_start, clause_end in _by_script(masked, start, end):
            if has_chinese(masked[clause_start:clause_end]):
                part = rules_chinese.find_phrases(masked, clause_start, clause_end)
            else:
                part = rules_english.find_phrases(masked, clause_start, clause_end)
            found.want += part.want
            found.avoid += part.avoid
    return found


def _speaks_of_needs(sentence: str) -> bool:
    return (len(sentence.split()) <= 5 and not has_chinese(sentence)) or bool(acts.NEEDS.search(sentence))


def _by_script(masked: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentence whole where it is in one script, else its comma-separated clauses."""
    if not has_chinese(masked[start:end]):
        return [(start, end)]
    clauses: list[tuple[int, int]] = []
    position = start
    for comma in [*re.finditer(r"[，,]", masked[start:end]), None]:
        stop = start + comma.start() if comma else end
        clauses.append((position, stop))
        position = stop + 1
    return clauses


def _intent(reading: Reading, act: Act, sentiment: Sentiment | None) -> Intent:
    want, avoid = _needs(reading, act, sentiment)
    price = reading.price
    limited = bool(price.spans) and not (price.weak and act in {"ask", "feedback", "compare"})
    return Intent(
        act=act,
        want=want,
        avoid=avoid,
        price_min=price.minimum if limited else None,
        price_max=price.maximum if limited else None,
        refers_to=_refers_to(reading, act),
        sentiment=sentiment,
        forget=reading.forgotten.needs,
    )


def _needs(reading: Reading, act: Act, sentiment: Sentiment | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Wanted and avoided phrases. A question or a bare opinion makes no need; its reason does not either."""
    want, avoid = _words(reading, reading.phrases.want), _words(reading, reading.phrases.avoid)
    if act == "ask":
        return (), ()
    if act == "compare":
        return tuple(phrase for phrase in want if fold(phrase).startswith(("for ", "适合", "用"))), ()
    if act == "feedback":
        too = [match.span() for match in _TOO.finditer(reading.folded)] if sentiment == "dislike" else []
        asked = [span for span in reading.phrases.want if _asked_for(reading, span)]
        return (_words(reading, asked), _words(reading, too))
    return want, tuple(phrase for phrase in avoid if phrase not in want)


def _asked_for(reading: Reading, span: tuple[int, int]) -> bool:
    """Whether a phrase of a judging message stands in a clause that asks for something."""
    start = max(reading.folded.rfind(mark, 0, span[0]) for mark in ",.;!?，。；！？") + 1
    before = reading.folded[start : span[0]]
    return bool(acts.ASKS_WITH_FEEDBACK.search(before + reading.folded[span[0] : span[1]]))


def _refers_to(reading: Reading, act: Act) -> tuple[str, ...]:
    pointing = _words(reading, [(mention.start, mention.end) for mention in reading.pointing])
    if act == "recommend" and not reading.shown:
        return ()
    if pointing:
        return pointing
    if why_not := _WHY_NOT.search(reading.folded):
        group = why_not.lastgroup or "product"
        return _words(reading, [why_not.span(group)])
    if act in {"ask", "feedback", "compare"} or (reading.open_request and acts.SIMILAR_TO_IT.search(reading.folded)):
        chosen = next((mention for mention in reading.mentions if asked_in(reading.folded, mention.start)), None)
        chosen = chosen or next(iter(reading.mentions), None)
        return _words(reading, [(chosen.start, chosen.end)]) if chosen else ()
    return ()


def _words(reading: Reading, spans: Sequence[tuple[int, int]]) -> tuple[str, ...]:
    """The shopper's words at the spans, each once."""
    words = (reading.text[start:end].strip() for start, end in spans)
    return tuple(dict.fromkeys(word for word in words if word))
