"""English: clauses -> wanted and avoided phrases, each a run of the shopper's own words.

A clause is read left to right. A negation cue turns what follows into a thing to avoid until the scope ends;
commas, "but", "with", "for" and relative pronouns end a phrase; function words are trimmed at its edges.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent import rules_words as words
from agent.language import BREAK

_TOKEN = re.compile(rf"[^\W_]+(?:['\-./&+][^\W_]+)*%?|[.,;:!?()\[\]{{}}\"\n|/–—•*]|{BREAK}| - ")
_SOFT_BREAKS = frozenset({",", "/", " - ", "–", "—", "|", "(", ")", '"', BREAK, "[", "]", "{", "}", "*", "•"})
_HARD_BREAKS = frozenset({".", ";", ":", "!", "?", "\n"})
_JOINERS = words.word_set(
    "but which who because although though while since so if when unless plus however whereas where cause"
)
_OPEN_PHRASE = words.word_set(
    "with that in from by has have having featuring includes including preferably ideally must should "
    "needs can could will would is are and or than also"
)
_TWO_WORD_CUES = frozenset(
    tuple(pair.split())
    for pair in (
        *("anything but", "apart from", "other than", "instead of", "rather than", "rather not", "allergic to"),
        *("away from", "free of", "free from", "clear of", "can't stand", "cannot stand", "sick of", "tired of"),
        *("nothing like", "less of"),
    )
)
_NO_NEGATION = {
    "not": words.word_set("only just sure necessarily yet bad really at too-sure"),
    "no": words.word_set(
        "problem problems worries thanks idea preference preferences rush doubt matter one longer need "
        "hurry budget the that it this i they we not it's that's"
    ),
    "nothing": frozenset({"else", "fits", "there"}),
    "never": frozenset({"mind"}),
    "none": frozenset({"of"}),
}
_NOT_AN_AVOIDANCE = words.word_set(
    "know think understand see find decide believe mind afford tell say get seem remember own possess "
    "realise realize bother care mean give"
)
_COMMENTS = words.word_set("sounds sound looks seems helps makes great good perfect interesting helpful amazing made")
_NEGATED_BEFORE = frozenset({"why", "if"})
_NOBODY = words.word_set("me us it this that something anything one example now")
_MAX_WORDS = 8
_LONGEST_CHUNK = 60


@dataclass(slots=True)
class Token:
    """A word or break of the folded text with its place in it."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class Phrases:
    """Spans of wanted and avoided phrases in the message, in order of mention."""

    want: list[tuple[int, int]] = field(default_factory=list)
    avoid: list[tuple[int, int]] = field(default_factory=list)


@dataclass(slots=True)
class _Chunk:
    tokens: list[Token]
    wanted: bool
    opener: str = ""


def tokens(folded: str, start: int = 0, end: int | None = None) -> list[Token]:
    """Words and breaks of ``folded[start:end]``."""
    stop = len(folded) if end is None else end
    return [Token(match[0], match.start(), match.end()) for match in _TOKEN.finditer(folded, start, stop)]


def find_phrases(folded: str, start: int = 0, end: int | None = None) -> Phrases:
    """Wanted and avoided phrases of the English text ``folded[start:end]``."""
    found = Phrases()
    for chunk in _chunks(tokens(folded, start, end)):
        if not found.want and chunk.opener == "for" and _after_break(folded, chunk):
            # "my budget is 200 for a stroller": the kind itself, not a person or use.
            chunk.tokens = chunk.tokens[1:]
        span = _trim(chunk)
        if span is not None:
            (found.want if chunk.wanted else found.avoid).append(span)
    return found


def _after_break(folded: str, chunk: _Chunk) -> bool:
    return (
        len(chunk.tokens) > 2
        and folded[: chunk.tokens[0].start].rstrip(" ").endswith(BREAK)
        and chunk.tokens[1].text in {"a", "an", "some"}
    )


def is_cue(items: list[Token], index: int) -> int:
    """How many tokens from ``index`` on make a negation cue; 0 where none stands there."""
    word = items[index].text
    following = items[index + 1].text if index + 1 < len(items) else ""
    before = items[index - 1].text if index else ""
    if (word, following) in _TWO_WORD_CUES:
        return 2
    if before in _NEGATED_BEFORE:
        return 0
    if word in words.NEGATED_AUXILIARIES or (word == "not" and before in words.AUXILIARIES):
        opens_question = index == 0 or (
            before in words.PRONOUNS and before not in {"i", "we", "she", "he", "they", "it", "that", "which", "who"}
        )
        asks = (
            opens_question
            and word in words.NEGATED_AUXILIARIES
            and following in {"you", "there", "it", "that", "this", "they"}
        )
        return 0 if asks or following in _NOT_AN_AVOIDANCE else 1
    if word in words.NEGATION_CUES and following not in _NO_NEGATION.get(word, ()):
        alone = not following or following in _SOFT_BREAKS | _HARD_BREAKS
        return 0 if alone and word in {"no", "not", "nothing", "never", "none", "neither"} else 1
    return 0


def _chunks(items: list[Token]) -> Iterator[_Chunk]:
    """Cuts at breaks and phrase openers; carries the polarity as far as its scope reaches."""
    current, wanted, cue, opener = list[Token](), True, "", ""
    index, dropped = 0, False
    while index < len(items):
        token = items[index]
        word = token.text
        width = is_cue(items, index)
        dropped = dropped or _drops(items, index)
        ends = width or word in _SOFT_BREAKS or word in _HARD_BREAKS or word in _JOINERS
        if ends or (_opens(items, index, wanted=wanted) and current):
            if current and not dropped:
                yield _Chunk(current, wanted, opener)
            current, dropped = [], dropped and not ends
            if width:
                wanted, cue = False, word
            elif word in {"and", "or", "nor"}:
                wanted = wanted or (word == "and" and (cue == "not" or _new_statement(items, index + 1)))
            elif word in {",", "/"}:
                wanted = wanted or not _list_goes_on(items, index)
            elif word not in {"to"} or ends:
                wanted = True
        if width:
            index += width
            continue
        if not ends:
            opener = opener if current else word
            current.append(token)
        index += 1
    if current and not dropped:
        yield _Chunk(current, wanted, opener)


def _drops(items: list[Token], index: int) -> bool:
    """Whether what follows says nothing about needs: "don't mind ...", "that sounds ..."."""
    word = items[index].text
    following = items[index + 1].text if index + 1 < len(items) else ""
    if word in words.NEGATED_AUXILIARIES | {"not"} and following in _NOT_AN_AVOIDANCE:
        return True
    opens = index == 0 or items[index - 1].text in _SOFT_BREAKS | _HARD_BREAKS | _JOINERS
    return opens and word in {"that", "this", "those", "these", "it", "that's", "they"} and following in _COMMENTS


def _opens(items: list[Token], index: int, *, wanted: bool) -> bool:
    word = items[index].text
    if word == "for":
        before = items[index - 1].text if index else ""
        return before not in words.LOOKING_FOR
    if not wanted and word in {"with", "from", "that"} and _describes(items, index):
        return False
    if word in {"and", "or", "with", "that", "having", "featuring", "including", "preferably", "ideally", "also"}:
        return True
    if not wanted:
        return False
    if word in {"size", "sized"}:
        return index + 1 < len(items) and len(items[index + 1].text) <= 4
    return word in _OPEN_PHRASE


def _describes(items: list[Token], index: int) -> bool:
    """Whether "with", "from" or "that" belongs to a pointed-at thing: "that brand with the bear"."""
    if items[index].text == "that":
        return index + 1 < len(items) and items[index + 1].text not in words.AUXILIARIES | words.PRONOUNS
    return any(token.text in {"that", "those", "this", "these"} for token in items[max(0, index - 3) : index])


def _new_statement(items: list[Token], index: int) -> bool:
    following = [token.text for token in items[index : index + 3]]
    return any(
        word
        in {"i", "want", "need", "with", "please", "must", "should", "it", "we", "prefer", "is", "has", "under", "for"}
        for word in following
    )


def _list_goes_on(items: list[Token], comma: int) -> bool:
    """Whether "no A, B or C" goes on after this comma: short members closed by "or" or "nor"."""
    since_comma = 0
    for token in items[comma + 1 : comma + 9]:
        if token.text in {"or", "nor"}:
            return since_comma <= 2
        if token.text in _HARD_BREAKS or token.text in _JOINERS or token.text in words.PRONOUNS:
            return False
        since_comma = 0 if token.text == "," else since_comma + 1
        if since_comma > 2:
            return False
    return False


def _trim(chunk: _Chunk) -> tuple[int, int] | None:
    """The chunk without function words at its edges, or None where nothing is left."""
    items = chunk.tokens[:_LONGEST_CHUNK]
    left = _left_edge(items, wanted=chunk.wanted)
    right = len(items)
    while right > left and _trailing(items[right - 1].text):
        right -= 1
    if left >= right:
        return None
    kept = items[left:right]
    if len(kept) > _MAX_WORDS:
        kept = kept[:_MAX_WORDS]
    if all(_empty(token.text) or token.text in words.VAGUE for token in kept) and not _graded(kept):
        return None
    return kept[0].start, kept[-1].end


def _left_edge(items: list[Token], *, wanted: bool) -> int:
    """Index of the first word that belongs to the phrase."""
    left = 0
    while left < len(items):
        start = _phrase_start(items, left, wanted=wanted)
        if start is not None:
            return start
        if not _strips(items, left, wanted=wanted):
            break
        left += 1
    return left


def _phrase_start(items: list[Token], left: int, *, wanted: bool) -> int | None:
    """Where the phrase starts if the frame word at ``left`` belongs to it: "for my son", "more RAM", "too heavy"."""
    word = items[left].text
    following = [token.text for token in items[left + 1 : left + 9]]
    if not following:
        return None
    head = following[0]
    starts = (
        (not wanted and word in {"that", "those"} and len(following) > 2)
        or (word == "for" and _names_someone(following) and not _asked_before(items, left))
        or (word in {"something", "anything"} and _comparative(head))
        or (word in {"more", "most", "less"} and head not in words.GENERIC_NOUNS)
        or (word in {"too", "overly"} and not wanted)
    )
    if starts:
        return left
    if word in {"very", "so"} and not wanted:
        return left + 1
    if word in words.GRADING and not _empty(head):
        return left + (left > 0 and items[left - 1].text in {"any", "some"})
    return None


def _strips(items: list[Token], left: int, *, wanted: bool) -> bool:
    word = items[left].text
    if word in words.MEASURES:
        return left + 1 < len(items) and items[left + 1].text == "of"
    if word == "use":
        return left > 0 and items[left - 1].text in {"could", "can"}
    return _leading(word) or (not wanted and word in words.SCOPE_VERBS)


def _names_someone(following: list[str]) -> bool:
    """Whether "for ..." names a person, occasion or use: not "for me", "for it", "for something"."""
    if not following or following[0] in _NOBODY:
        return False
    return any(not _empty(word) or word in {"her", "him"} for word in following)


def _asked_before(items: list[Token], index: int) -> bool:
    return any(token.text in words.LOOKING_FOR for token in items[max(0, index - 2) : index])


def _graded(kept: list[Token]) -> bool:
    """Such as "something cheaper", "something better": a comparative is a wish even without a noun."""
    return len(kept) > 1 and kept[0].text in {"something", "anything", "more", "less"} and _comparative(kept[1].text)


def _comparative(word: str) -> bool:
    return word in {"more", "less", "better"} or (
        len(word) > 4
        and word.endswith(("er", "ier"))
        and word
        not in {"under", "over", "other", "either", "leather", "paper", "silver", "water", "summer", "winter", "her"}
    )


def _base(word: str) -> str:
    """The word before a contraction: "it's" -> "it", "sister's" stays."""
    stem, apostrophe, ending = word.partition("'")
    if (
        apostrophe
        and ending in {"s", "m", "re", "ve", "ll", "d", "t"}
        and stem in words.PRONOUNS | {"let", "who", "what", "there", "how"}
    ):
        return stem
    return word


def _leading(word: str) -> bool:
    base = _base(word)
    return (
        base in words.PRONOUNS
        or base in words.ARTICLES
        or base in words.AUXILIARIES
        or base in words.FRAME_VERBS
        or base in words.FILLERS
        or base in words.PREPOSITIONS
        or base in words.GENERIC_NOUNS
        or word in words.NEGATED_AUXILIARIES
        or base
        in {
            "for",
            "and",
            "or",
            "how",
            "why",
            "when",
            "where",
            "im",
            "id",
            "ive",
            "whats",
            "its",
            "able",
            "than",
            "if",
            "not",
            "kinda",
            "because",
        }
    )


def _trailing(word: str) -> bool:
    return (
        (word in words.PRONOUNS or word in words.FILLERS or word in words.AUXILIARIES or word in words.PREPOSITIONS)
        or word in words.ARTICLES
        or word
        in {
            "for",
            "and",
            "or",
            "that",
            "needed",
            "required",
            "want",
            "need",
            "needs",
            "available",
            "because",
            "made",
            "preferred",
        }
        or word in words.GENERIC_NOUNS
    )


def _empty(word: str) -> bool:
    return _leading(word) or word in words.PRICE_FRAME


def is_frame_word(word: str) -> bool:
    """Whether an English word only frames a phrase and is no need of its own."""
    return _empty(word)
