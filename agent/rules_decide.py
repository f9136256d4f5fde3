"""From what was found in a message to its act and sentiment."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agent import rules_acts as acts
from agent.intent import Act, Message, Sentiment, ShownProduct
from agent.language import BREAK, fold, has_chinese, mask
from agent.prices import PriceFound
from agent.references import Mention
from agent.rules_english import Phrases
from agent.rules_forget import Forgotten

_SENTENCE = re.compile(r"(?:[^.!?。！？\n；;]|(?<=\d)\.(?=\d))+[.!?。！？\n；;]*")
_RECENT = 8
_OPINION_OF_PRONOUN = re.compile(
    r"\b(?:love|like|adore|hate|dislike|take|want|choose|buy|prefer|pick|keep|stand) (?:it|this|that|these|"
    r"those|them)(?! to\b| \w+ to\b)"
    r"(?=\s*(?:$|[.,;!?]|(?:and|but|so|because|very|a lot|one|though|too|as|since|much)\b))"
    r"|(?:\b(?:it|this|they|both)|(?:^|[.,;!?]\s*|\b(?:but|and|think|guess|no|yes|because|oh|feel|well|so|"
    r"ok)\s+)(?:that|these|those))"
    r"(?:'s| is| are| was| looks?| seems?| feels?| made| gave| broke| smells?|'re| won't| wouldn't|"
    r" doesn't| don't| isn't| aren't| ha[sd](?! to\b)| sounds?| suits?| fits?| covers?| does| meets|"
    r" covers| ticks| offers| is going)\b"
    r"|\bnot (?:this|that|it|these|those)(?: one)?\s*(?:$|[.,;!?])|^(?:no|nope|nah)?,? ?too \w+"
    r"|它|这(?=是|太|不|很|挺|有)|这个|那个|这款|那款|这些"
)
_STATES_MERIT = re.compile(
    r"^\W*(?:because )?(?:it|this|this one|this [a-z]+)(?: also| just)? (?:has|had|offers|offered|covers|"
    r"(?:seems|seemed) to|meets|ticks|fits)\b(?! to\b| not\b| no\b)"
)
_SIMILAR = re.compile(
    r"\b(?:something|anything|one|ones|more|products?|similar|others?) (?:like|to|similar to)\b|"
    r"\bsimilar\b|\bsame as\b|类似|差不多|像"
)
_BOOLEAN_ONLY = re.compile(r"\bnot (?:bad|sure)\b")
_ACTUALLY = re.compile(r"\b(?:actually|instead|on second thoughts?|changed my mind|rather)\b|还是|算了|改成|换成")
_WONDERS = re.compile(r"\bwonder(?:ing)? (?:if|whether) you (?:could|can|have|sell|would|stock|might)\b")
_WHAT_OR_WHICH = re.compile(r"^\W*(?:what|which|who makes|any)\b")
_MORE_ASKED = re.compile(
    r"\bbut (?:in|with|without|cheaper|smaller|bigger|lighter|not|less|more|a|the|for|under|something)\b|"
    r"但|不过|只是"
)


@dataclass(slots=True)
class Reading:
    """Everything found in a message before its act is decided.

    Attributes:
        text: the message, cut to the length read.
        folded: ``text`` as ``language.fold`` leaves it.
        open_request: the dialogue already has a request, so a new need changes it.
        said_before: folded words of the shopper's earlier messages.
        shown: products on the screen.
    """

    text: str
    folded: str
    open_request: bool
    said_before: str
    shown: Sequence[ShownProduct]
    price: PriceFound
    forgotten: Forgotten
    mentions: list[Mention]
    phrases: Phrases

    @property
    def pointing(self) -> list[Mention]:
        """Mentions that are more than a pronoun."""
        return [mention for mention in self.mentions if mention.kind != "pronoun"]

    @property
    def has_needs(self) -> bool:
        """Whether anything was wanted, avoided or limited."""
        return bool(self.phrases.want or self.phrases.avoid or (self.price.spans and not self.price.weak))


def is_open(history: Sequence[Message], shown: Sequence[ShownProduct]) -> bool:
    """Whether the dialogue already has a request: something shown, or an earlier message that asked for something."""
    if shown:
        return True
    users = [fold(message.content[:400]) for message in history if message.role == "user"]
    return any(not is_chatter(text) and not is_errand(text) for text in users[-_RECENT:])


def is_chatter(folded: str) -> bool:
    """Greetings, thanks, bare yes and no, questions about the assistant itself."""
    if len(folded) > 160:
        return False
    return bool(acts.SMALLTALK.match(folded) or acts.SMALLTALK_CHINESE.match(folded)) or not any(
        char.isalnum() for char in folded
    )


def is_errand(folded: str) -> bool:
    """Not this shop's business: general knowledge, chores, orders to the machine, order desk."""
    if acts.ORDER_TO_MACHINE.search(folded):
        return True
    found = acts.OUT_OF_SCOPE.search(folded)
    return bool(found) and not acts.BUYS.search(folded)


def decide(reading: Reading) -> tuple[Act, Sentiment | None]:
    """The act and, for feedback, what the shopper thinks of the product. The first that fits wins."""
    running: Act = "refine" if reading.open_request else "recommend"
    if is_errand(reading.folded):
        return "out_of_scope", None
    if reading.forgotten.needs:
        return (running if reading.has_needs else "refine"), None
    if is_chatter(reading.folded):
        return "smalltalk", None
    if acts.MORE.match(reading.folded):
        return running, None
    return _about_products(reading, running)


def _about_products(reading: Reading, running: Act) -> tuple[Act, Sentiment | None]:
    if _compares(reading):
        return "compare", None
    judged = _judgement(reading)
    if judged is not None:
        return judged
    return ("ask" if _asks(reading) else _request(reading, running)), None


def _compares(reading: Reading) -> bool:
    folded = reading.folded
    found = acts.COMPARE.search(folded)
    if not found:
        return False
    if acts.COMPARE_PLAINLY.search(folded):
        return True
    return bool(
        reading.shown or len(reading.pointing) > 1 or (reading.open_request and not acts.REQUEST.search(folded))
    )


def _judgement(reading: Reading) -> tuple[Act, Sentiment | None] | None:
    """Feedback about something shown, if the message is one; a question after the praise counts more."""
    sentences = [(match.start(), match[0]) for match in _SENTENCE.finditer(reading.folded)]
    if any(_is_question(sentence.strip()) for _, sentence in sentences):
        return None
    for start, sentence in sentences:
        inside = [m for m in reading.pointing if start <= m.start < start + len(sentence)]
        if not inside and reading.open_request and acts.HAS_ALREADY.search(sentence):
            return "feedback", None
        if not inside and not (reading.shown and _OPINION_OF_PRONOUN.search(sentence)):
            continue
        bare = mask(sentence, [(m.start - start, m.end - start) for m in inside])
        if _SIMILAR.search(bare):
            return None
        verdict = _verdict(bare, sentence, [m.start - start for m in inside])
        if verdict is not None:
            sentiment: Sentiment | None = None if verdict == "has" else verdict
            if sentiment == "like" and _MORE_ASKED.search(sentence) and reading.has_needs:
                return "refine", sentiment
            return "feedback", sentiment
    return None


def _verdict(bare: str, sentence: str, starts: Sequence[int]) -> Literal["like", "dislike", "has"] | None:
    if any(acts.REJECT.search(sentence[:start]) for start in starts):
        return "dislike"
    if re.search(r"\b(?:none|neither) of\b", sentence):
        return "dislike"
    if acts.HAS_ALREADY.search(bare.replace(BREAK, "")) or acts.HAS_ALREADY.search(sentence):
        return "has"
    if acts.DISLIKE.search(bare) and not _BOOLEAN_ONLY.search(bare):
        return "dislike"
    if (acts.LIKE if starts else acts.OPINION).search(bare) or _STATES_MERIT.match(sentence):
        return "like"
    return None


def _asks(reading: Reading) -> bool:
    """A question that asks for facts, not for products."""
    sentences = [match[0].strip() for match in _SENTENCE.finditer(reading.folded)]
    questions = [sentence for sentence in sentences if _is_question(sentence)]
    if not questions:
        return False
    if any(_is_request_question(sentence) for sentence in sentences):
        return False
    others = [sentence for sentence in sentences if sentence not in questions]
    if any(acts.REQUEST.search(sentence) for sentence in others) and not reading.open_request:
        return False
    if (
        not reading.open_request
        and _WHAT_OR_WHICH.match(questions[0])
        and reading.phrases.want
        and not reading.mentions
    ):
        return bool(re.search(r"\b(?:difference|mean|is an?)\b", questions[0]))
    return True


def asked_in(folded: str, position: int) -> bool:
    """Whether the sentence around ``position`` is a question."""
    return any(
        match.start() <= position < match.end() and _is_question(match[0].strip())
        for match in _SENTENCE.finditer(folded)
    )


def _is_question(sentence: str) -> bool:
    if has_chinese(sentence):
        return bool(acts.ASK_ANYWHERE.search(sentence) or acts.ASK_END_CHINESE.search(sentence))
    return bool(acts.ASK_START.match(sentence) or acts.ASK_ANYWHERE.search(sentence))


def _is_request_question(sentence: str) -> bool:
    if acts.WHY.search(sentence):
        return False
    if _WONDERS.search(sentence):
        return True
    if has_chinese(sentence):
        pointed = re.search(r"^(?:那)?(?:它|这个|那个|这款|那款|第.[个款])", sentence)
        return bool(acts.ASKS_FOR_PRODUCTS_CHINESE.search(sentence)) and not pointed
    return bool(acts.ASKS_FOR_PRODUCTS.match(sentence))


def _request(reading: Reading, running: Act) -> Act:
    folded = reading.folded
    if not reading.has_needs and not reading.pointing and not acts.REQUEST.search(folded):
        return (
            "recommend"
            if any(_is_request_question(s) for s in [folded]) and running == "recommend"
            else (
                "refine"
                if reading.open_request and (reading.price.spans or _is_request_question(folded))
                else "smalltalk"
            )
        )
    if running == "refine" and _opens_another(reading):
        return "recommend"
    return running


def _opens_another(reading: Reading) -> bool:
    """Whether an open dialogue turns to a new kind of product: an opener, an article and a noun not said before."""
    if _ACTUALLY.search(reading.folded) or reading.pointing:
        return False
    match = acts.RESTART.search(reading.folded)
    if not match:
        return False
    rest = match["rest"] or match["rest_zh"] or ""
    if acts.PART_OF_PRODUCT.search(re.split(r"\b(?:for|with|that|which|under|below|to)\b", rest)[0]):
        return False
    if match["rest_zh"]:
        head = rest.split("的")[-1].strip()[-2:]
        return bool(head) and head not in reading.said_before
    nouns = re.findall(r"[a-z-]{3,}", re.split(r"\b(?:for|with|that|which|under|below|to|in|about)\b", rest)[0])
    return bool(nouns) and not any(noun.rstrip("s") in reading.said_before for noun in nouns)
