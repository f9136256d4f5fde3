"""Mentions of shown products ("the second one", "第二个", "the Garmin") and which products they mean."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from agent.intent import ShownProduct
from agent.language import fold, has_chinese
from agent.rules_words import word_set

MentionKind = Literal["position", "pointing", "described", "title", "pronoun"]

_ORDINALS = {
    word: position
    for position, word in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], start=1
    )
} | {f"{n}{suffix}": n for n, suffix in zip(range(1, 11), ["st", "nd", "rd", *["th"] * 7], strict=True)}
_CARDINALS = {
    word: position
    for position, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], start=1
    )
} | {str(n): n for n in range(1, 11)}
_HAN_POSITIONS = {char: position for position, char in enumerate("一二三四五六七八九十", start=1)} | {"两": 2}

_ORD = "|".join(sorted([*_ORDINALS, "last"], key=len, reverse=True))
_NUM = "|".join(sorted(_CARDINALS, key=len, reverse=True))
_NOUN = "ones?|options?|products?|items?|choices?|suggestions?|recommendations?|results?|picks?|model"
_JOIN = r"\s?(?:,\s?and|,|and|or|&|/|vs\.?|versus|with|to|against|than)\s"
_AFTER_ORDINAL = (
    r"(?=\s*(?:$|[.,;:!?)\x1f]|'s\b|(?:but|and|or|is|are|in|with|looks?|was|has|have|please|vs|versus|to|"
    r"for|because|it|"
    r"seems?|could|does|did|would|will|at|from|as|too|made|one's|instead|again|you|i|so|if|on|than|got|"
    r"feels?)\b))"
)
_PARTS = word_set(
    "screen display battery strap handle colour color size weight design keyboard camera lens zoom case "
    "lid storage memory sound price"
)
_NOT_MEANT = "right|best|perfect|only|same|next|new|another|first"

_ENGLISH: tuple[tuple[MentionKind, re.Pattern[str]], ...] = (
    ("position", re.compile(rf"(?<!\bmy\s)\b(?:the\s|your\s)?(?:{_ORD})\s(?:{_NOUN})\b(?!-)")),
    ("position", re.compile(r"\bthe\s(?:first|last|top)\s(?:two|three|four|2|3|4)\b(?:\sones)?")),
    ("position", re.compile(rf"\bthe\s(?:{_ORD}){_AFTER_ORDINAL}")),
    (
        "position",
        re.compile(rf"\b(?:{_ORD})(?={_JOIN}(?:the\s)?(?:{_ORD})\b)|(?<=[a-z&,.]\s)(?:{_ORD})(?=\s*(?:$|[.,!?]))"),
    ),
    (
        "position",
        re.compile(
            rf"(?:\b(?:numbers?|no\.|nr\.?|options?|products?|items?|choices?|results?)\s?#?|"
            rf"#)(?:{_NUM})\b(?![.,%]?[0-9])"
        ),
    ),
    (
        "position",
        re.compile(
            r"\bthe\s(?:former|latter)\b|\b(?:all|both|either|none) of (?:them|these|"
            r"those)\b(?!\s[a-z]{2,}s\b)"
        ),
    ),
    (
        "described",
        re.compile(
            rf"\bthe\s(?!(?:{_NOT_MEANT})\b)(?:(?!(?:on|of|for|with|and|or|to|is|in|that|"
            rf"this)\b)[a-z0-9$€£.'-]{{2,}}\s){{1,3}}?ones?\b(?!-)"
        ),
    ),
    ("described", re.compile(r"\bthe\sones?\s(?:with|from|in|by|you)(?:\s[a-z0-9'-]+){1,4}")),
    ("pointing", re.compile(rf"\b(?:that|this|these|those)\s(?:last\s)?(?:two|three|{_NOUN})\b")),
)
_NUMBER_LIST = re.compile(rf"\b(?:{_NUM})(?:{_JOIN}(?:number\s)?(?:{_NUM})){{1,6}}\b(?!\s?(?:hundred|thousand|%|k\b))")
_PRONOUN = re.compile(
    r"\b(?:(?:it|they|them|both)\b(?:'s)?|(?:this|that|these|those)\b(?:'s|(?=\s*(?:$|[.,;!?\n]|(?:is|was|"
    r"are|were|has|have|looks?|seems?|"
    r"sounds?|feels?|made|does|do|did|already|but|and|be|come|work|fit|too|for|not|isn't|doesn't|just|"
    r"really|won't|would|will|can|could|compare|with|in|as)\b))))"
)
_DEMONSTRATIVE_NOUN = re.compile(
    rf"\b(?:this|that|these|those|the|"
    rf"your)\s(?:(?P<ordinal>{_ORD})\s(?:[a-z]{{3,}}\s)?)?(?P<noun>[a-z][a-z-]{{2,}})\b"
)

_MEASURE = "个|款|种|件|条|台|双|只|瓶|支|张|把|本|号|部|套|顶|辆|盒|副|块"
_NOT_POINTED = r"(?!价|预算|牌子|品牌|颜色|季节|月|时候|样子|东西|意思|问题|地方|尺寸|类)"
_CHINESE: tuple[tuple[MentionKind, re.Pattern[str]], ...] = (
    ("position", re.compile(rf"(?:倒数)?第[一二三四五六七八九十两0-9]{{1,2}}(?:{_MEASURE})?")),
    ("position", re.compile(rf"最后(?:那|一|的)?(?:一)?(?:{_MEASURE})")),
    (
        "position",
        re.compile(
            rf"前(?:两|三|二|2|3)(?:{_MEASURE})|前者|后者|这两(?:{_MEASURE})|"
            rf"(?<![0-9.])[一二三四五1-9]号(?!店)"
        ),
    ),
    ("described", re.compile(rf"(?:最|更|比较)?[一-鿿]{{1,3}}的?那(?:一)?(?:{_MEASURE})")),
    ("pointing", re.compile(rf"(?:这|那)(?:一)?(?:{_MEASURE}|些|几个|几款){_NOT_POINTED}")),
)
_HAN_NUMBER_LIST = re.compile(
    r"(?<![一-鿿0-9])[一二三四五1-9](?:[和与跟、](?:第)?[一二三四五1-9])+(?:号|个|款)?|"
    r"[一二三四五1-9][和与跟][一二三四五1-9](?:号)?(?=比|哪|对)"
)
_HAN_PRONOUN = re.compile(r"它们?|这(?=是|能|有|会)")

_MOST_WORDS = 300
"""Words of a message compared with titles; with ten long titles on the screen this bounds the time."""
_HAN_POSITION = re.compile(rf"(倒数)?第?([一二三四五六七八九十]|[0-9]{{1,2}})(?:{_MEASURE}|$)")
_COUNTED_NOUNS = word_set("number numbers no nr option options product item choice result the")

_WORD = re.compile(r"[^\W_]+")
_LITTLE_WORDS = word_set(
    "the a an and or of for with in on to by from it is are was this that these those one ones at as new "
    "your my all "
    "you me i we set size pack black white red blue green pink grey gray small large"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the message that points at a product.

    Attributes:
        start: first character.
        end: one past the last character.
        kind: how it points; a ``pronoun`` only counts where nothing else points.
    """

    start: int
    end: int
    kind: MentionKind


def find_mentions(folded: str, shown: Sequence[ShownProduct], *, comparing: bool = False) -> list[Mention]:
    """Mentions in a folded message, in order, without overlaps.

    Args:
        folded: message as ``language.fold`` leaves it; its masked parts are no mentions.
        shown: products on the screen, for mentions by title.
        comparing: the message compares, so "one and three" are positions.
    """
    found = list(_title_mentions(folded, shown))
    if comparing:
        found += _listed_numbers(folded)
    for kind, pattern in (*_ENGLISH, *_CHINESE):
        found += [Mention(match.start(), match.end(), kind) for match in pattern.finditer(folded)]
    found += _demonstratives(folded, shown)
    kept = _without_overlaps(found)
    pronouns = [
        Mention(match.start(), match.start() + len(match[0].removesuffix("'s")), "pronoun")
        for pattern in (_PRONOUN, _HAN_PRONOUN)
        for match in pattern.finditer(folded)
    ]
    return _without_overlaps([*kept, *pronouns], priority=kept)


def resolve(mentions: Sequence[str], shown: Sequence[ShownProduct]) -> tuple[str, ...]:
    """Product ids the mentions mean, in order of mention, each once.

    Positions count from the top of the screen; "it" and "that one" mean the only or the first product shown.
    A mention that fits none (a position beyond the list, "the cheaper one", a title not shown) gives nothing.
    """
    ids: dict[str, None] = {}
    for mention in mentions:
        for product in _resolve_one(fold(mention).strip(), shown):
            ids[product.product_id] = None
    return tuple(ids)


def _resolve_one(mention: str, shown: Sequence[ShownProduct]) -> Sequence[ShownProduct]:
    if not shown or not mention:
        return ()
    by_title = _by_title(mention, shown)
    if by_title is not None and not re.match(r"(?:the\s)?(?:number|no\.|option|第)", mention):
        return (by_title,)
    positions = _positions(mention, len(shown))
    if positions is not None:
        return [shown[position - 1] for position in positions if 1 <= position <= len(shown)]
    words = set(_WORD.findall(mention))
    if words & {"these", "those", "they", "them", "all", "它们"} or re.search(r"[这那](?:些|几)", mention):
        return shown
    if words & {"it", "this", "that", "它", "这"} or re.fullmatch(rf"[这那]一?(?:{_MEASURE})", mention):
        return shown[:1]
    return ()


def _positions(mention: str, count: int) -> list[int] | None:
    """Positions from 1 that a mention names among ``count`` products, None where it names none."""
    for read in (_group, _chinese_position, _english_position):
        positions = read(mention, count)
        if positions is not None:
            return positions
    return None


def _group(mention: str, count: int) -> list[int] | None:
    """Such as "both", "the latter", "the first two", "前两个"."""
    if re.search(r"\b(?:both|former|latter|either)\b|前者|后者|这两", mention):
        return {"former": [1], "前者": [1], "latter": [2], "后者": [2]}.get(re.sub(r"^the\s", "", mention), [1, 2])
    found = re.search(r"\b(first|top|last)\s(two|three|four|2|3|4)\b", mention)
    if found:
        size = _CARDINALS[found[2]]
        first = max(1, count - size + 1) if found[1] == "last" else 1
        return list(range(first, first + size))
    found = re.search(r"前([二两三23])", mention)
    return list(range(1, _number(found[1]) + 1)) if found else None


def _chinese_position(mention: str, count: int) -> list[int] | None:
    if mention.startswith("最后"):
        return [count]
    found = _HAN_POSITION.search(mention)
    if not found:
        return None
    position = _number(found[2])
    return [count + 1 - position] if found[1] else [position]


def _english_position(mention: str, count: int) -> list[int] | None:
    words = re.findall(r"[a-z0-9]+", mention)
    if "last" in words:
        return [count]
    ordinals = [_ORDINALS[word] for word in words if word in _ORDINALS]
    if ordinals:
        return ordinals[:1]
    telling = [word for word in words if word not in _COUNTED_NOUNS]
    return [_CARDINALS[telling[0]]] if len(telling) == 1 and telling[0] in _CARDINALS else None


def _number(text: str) -> int:
    return _HAN_POSITIONS.get(text) or int(text)


def _by_title(mention: str, shown: Sequence[ShownProduct]) -> ShownProduct | None:
    """The shown product whose title holds at least half of the mention's telling words, best first."""
    for product in shown:
        brand = next(iter(_WORD.findall(fold(product.title))), "")
        if len(brand) >= 2 and has_chinese(brand) and brand in mention:
            return product
    words = [word for word in _WORD.findall(mention) if word not in _LITTLE_WORDS and word not in _ORDINALS]
    if all(word.isdigit() for word in words):
        return None
    scores = [len(set(words) & set(_WORD.findall(fold(product.title)))) for product in shown]
    best = max(scores)
    if best == 0 or 2 * best < len(set(words)) or scores.count(best) == len(shown) > 1:
        return None
    return shown[scores.index(best)]


def _title_mentions(folded: str, shown: Sequence[ShownProduct]) -> Iterator[Mention]:
    """Runs of words that stand in one title the same way and tell it from the others.

    A single word counts when it opens the title (the brand) or holds a digit (the model); longer runs
    count when they open the title, hold a digit, or follow "the" or "that". Common nouns ("headphones") do not.
    """
    words = [(match[0], match.start(), match.end()) for match in islice(_WORD.finditer(folded), _MOST_WORDS)]
    titles = [_WORD.findall(fold(product.title)) for product in shown]
    shared = set[str].intersection(*map(set, titles)) if len(titles) > 1 else set[str]()
    for title in titles:
        places: dict[str, list[int]] = {}
        for place, word in enumerate(title):
            places.setdefault(word, []).append(place)
        yield from _chinese_brand(folded, title)
        index = 0
        while index < len(words):
            length, place = _longest_run(words, index, places)
            run = [word for word, _, _ in words[index : index + length]]
            before = words[index - 1][0] if index else ""
            if run and _tells(run, before, opens_title=place == 0, shared=shared):
                start = words[index][1]
                yield Mention(_with_article(folded, start), words[index + length - 1][2], "title")
            index += max(length, 1)


def _chinese_brand(folded: str, title: list[str]) -> Iterator[Mention]:
    """A Chinese title's first word, found inside running text: "就要永艺这款"."""
    if title and len(title[0]) >= 2 and has_chinese(title[0]):
        for match in re.finditer(rf"{re.escape(title[0])}(?:的?[这那]一?(?:{_MEASURE}))?", folded):
            yield Mention(match.start(), match.end(), "title")


def _longest_run(words: list[tuple[str, int, int]], index: int, places: dict[str, list[int]]) -> tuple[int, int]:
    best, best_place = 0, 0
    for place in places.get(words[index][0], ())[:4]:
        length, at = 1, place
        while index + length < len(words) and length < 12:
            # A title may say more between two words: "the Canon Rebel" is the Canon EOS Rebel T7i.
            after = [later for later in places.get(words[index + length][0], ()) if at < later <= at + 3]
            if not after:
                break
            length, at = length + 1, after[0]
        if length > best:
            best, best_place = length, place
    return best, best_place


def _tells(run: list[str], before: str, *, opens_title: bool, shared: set[str]) -> bool:
    """Whether a run of title words names the product; ``shared`` are the words all shown titles have."""
    telling = [word for word in run if word not in _LITTLE_WORDS and len(word) > 1 and not word.isdigit()]
    if not telling or shared.issuperset(telling):
        return False
    model = any(any(char.isdigit() for char in word) and not word.isdigit() for word in telling)
    named = opens_title and len(telling[0]) > 2
    return model or named or (len(telling) >= 2 and before in {"the", "that", "this", "your"})


def _with_article(folded: str, start: int) -> int:
    return start - 4 if folded[max(0, start - 4) : start] == "the " else start


def _demonstratives(folded: str, shown: Sequence[ShownProduct]) -> Iterator[Mention]:
    """Such as "this watch", "that one's strap": a demonstrative with a noun that stands in a shown title."""
    nouns = {word for product in shown for word in _WORD.findall(fold(product.title))} - _LITTLE_WORDS
    for match in _DEMONSTRATIVE_NOUN.finditer(folded):
        if match[0].startswith(("the", "your")) and not match["ordinal"] and match["noun"] in _PARTS:
            continue
        if match["noun"] in nouns or match["noun"].removesuffix("s") in nouns:
            kind: MentionKind = "described" if match[0].startswith(("the", "your")) else "pointing"
            kind = "position" if match["ordinal"] else kind
            yield Mention(match.start(), match.end(), kind)


def _listed_numbers(folded: str) -> list[Mention]:
    mentions: list[Mention] = []
    for match in _NUMBER_LIST.finditer(folded):
        mentions += [
            Mention(match.start() + number.start(), match.start() + number.end(), "position")
            for number in re.finditer(rf"\b(?:{_NUM})\b", match[0])
        ]
    for match in _HAN_NUMBER_LIST.finditer(folded):
        mentions += [
            Mention(match.start() + number.start(), match.start() + number.end(), "position")
            for number in re.finditer(r"[一二三四五1-9]", match[0])
        ]
    return mentions


def _without_overlaps(found: list[Mention], priority: Sequence[Mention] = ()) -> list[Mention]:
    """The longest of overlapping mentions; those of ``priority`` always stay."""
    longest_first = sorted(found, key=lambda item: (item.start - item.end, item.start))
    taken = bytearray(max((mention.end for mention in found), default=0))
    kept: list[Mention] = []
    for mention in [*priority, *longest_first]:
        if not any(taken[mention.start : mention.end]):
            taken[mention.start : mention.end] = b"\1" * (mention.end - mention.start)
            kept.append(mention)
    return sorted(kept, key=lambda item: item.start)
