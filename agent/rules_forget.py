"""Needs taken back: "forget the budget", "any colour is fine", "start over", "价格无所谓"."""

import re
from dataclasses import dataclass

from agent.rules_words import word_set

_THING = r"(?:[a-z0-9][a-z0-9'-]*)(?:\s(?!and\b|but\b|please\b|it\b)[a-z0-9][a-z0-9'-]*){0,3}?"
_END = (
    r"(?=\s*(?:$|[.,;!?\n\x1f]|"
    r"(?:and|but|please|it|i|then|thanks|for now|now|too|anymore|any more|entirely|altogether)\b))"
)
_DETERMINER = r"(?:(?:the|my|that|this|about|any|all|it being|being|having|to be)\s){0,3}"
_UNIMPORTANT = (
    r"(?:(?:(?:is|are|'s)\s)?(?:not|no)(?:\s(?:really|that|so|an|a|my))*\s(?:important|necessary|needed|"
    r"required|essential|issue|concern|priority|"
    r"object|matter|problem)|(?:isn't|aren't|is n't)(?:\s(?:really|that|so|an|a|my))*\s(?:important|"
    r"necessary|needed|required|essential|issue|"
    r"concern|priority|problem)|(?:won't|will not|wouldn't) be (?:an?|my) (?:issue|problem|concern)|"
    r"(?:doesn't|don't|does not|do not|dont|doesnt)\s(?:really\s)?matter|(?:is|are)\s(?:irrelevant|"
    r"optional|flexible|open|unimportant))"
)

_EVERYTHING = re.compile(
    r"\b(?:start(?:ing)? (?:over|again|afresh|anew|from scratch|fresh)|begin again|from scratch|"
    r"reset(?: (?:everything|all|it))?|"
    r"new search|clean slate|(?:forget|clear|ignore|scrap|drop|delete|remove|"
    r"cancel)(?: about)? (?:everything|it all|all (?:of )?(?:that|this|it)|"
    r"(?:all )?(?:my|the) (?:needs|filters|requirements|preferences|criteria)|all)|wipe (?:it|everything)|"
    r"let's (?:start|begin) again)\b"
    r"|重新(?:开始|来过?|找起|选起)|从头(?:开始|再来|来)|清空|全部?(?:忘掉|忘了|取消|清除)|(?:条件|"
    r"要求)(?:都|全)(?:不要|取消|清掉)了?|推倒重来"
)
_FREE_PRICE = re.compile(
    r"\b(?:(?:any|whatever|no matter the|regardless of (?:the )?) ?(?:price|budget|cost)(?: range|"
    r" limit)?(?: (?:is|will do|works)(?: (?:fine|ok|okay|good))?)?|"
    r"(?:price|money|cost|budget)(?:'s| is)? (?:no|not an?) (?:object|issue|problem|concern|limit)|"
    r"(?:no|without(?: a| any)?) (?:budget|price limit|price cap|upper limit|spending limit|"
    r"price range)(?: limit)?|"
    r"i don't care (?:about )?(?:what|how much) it costs?|(?:the )?(?:price|budget|cost|money) (?:doesn't|"
    r"does not|don't|isn't going to) (?:really )?matter|"
    r"(?:the )?budget is (?:open|flexible|unlimited)|unlimited budget|sky's the limit)\b"
    r"|(?:价格|价钱|预算|价位|多少钱)(?:都|倒)?(?:无所谓|不限|不是问题|没关系|不重要|随意|不管|都?可以|"
    r"都?行|不设限)"
    r"|(?:不限|不管|不看|不考虑|别管|忘了|取消|去掉|不用管|没有|不设)(?:预算|价格|价钱|价位)(?:限制|上限|了)?"
)
_TAKE_BACK = re.compile(
    rf"\b(?:forget(?: about)?|never ?mind(?: about)?|ignore|drop|scrap|skip|remove|lose|cancel|leave out|"
    rf"take out|take off|"
    rf"don't worry about|no need for|no longer (?:need|want|care about)|not bothered (?:by|about)|"
    rf"i don't care about|i don't mind about|"
    rf"don't (?:really )?need|do not need|no preference (?:on|for|about|in)|"
    rf"not fussed about)\s{_DETERMINER}(?P<thing>{_THING}){_END}"
)
_NEED_NOT = re.compile(
    rf"\b(?:doesn't|does not|don't|it needn't|needn't|doesnt)\s(?:(?:really|necessarily)\s)?(?:have to|"
    rf"need to|be)\s?(?:be\s|have\s)?{_DETERMINER}(?P<thing>{_THING}){_END}"
)
_ANY_WILL_DO = re.compile(
    r"\b(?:any|whatever|either)\s(?P<thing>colou?r|size|brand|style|shape|material|model|length|"
    r"type)(?:\s(?:is|will|would|'s)\s?(?:be\s)?(?:fine|ok|okay|do|good|great|works?)|\s(?:works|goes))?"
    rf"{_END}"
)
_DOES_NOT_MATTER = re.compile(
    rf"(?:^|[.,;!\n]|\b(?:the|my|so|and|but|as|while|since|because|though)\b)\s{{0,2}}(?:(?:so|and|but|as|"
    rf"the|my)\s){{0,3}}(?P<thing>[a-z][a-z-]*(?:\s(?!is\b|are\b)[a-z][a-z-]*)??)\s?{_UNIMPORTANT}\b"
)
_CHINESE = re.compile(
    r"(?:^|[，,。；;！!\s\x1f])(?P<before>[一-鿿a-z]{1,5}?)(?:什么的)?(?:都)?(?:无所谓|都行|都可以|不重要|"
    r"没关系|随便|不限|不是问题)(?:了)?"
    r"|(?:不用|不需要|不必|别管|不管|忘了|忘掉|取消|去掉|不要求)(?:是|有|"
    r"管)?(?P<after>[一-鿿a-z0-9]{1,8}?)(?:的要求|的条件|这个要求|这条)?了(?=$|[，,。；;！!\s])"
)
_PRICE_WORDS = re.compile(
    r"\b(?:budget|price|prices|cost|costs|money|price limit|price range|spending limit|limit)\b|预算|价格|"
    r"价钱|价位"
)
_NOT_A_NEED = word_set(
    "it that this me everything all i you them those one what which there problem worries he she they nothing anything"
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """Needs taken back and the characters that did it.

    Attributes:
        needs: ``"everything"``, ``"price"`` or the shopper's own words, each once.
        spans: what to leave out when looking for wants.
    """

    needs: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def find_forgotten(folded: str, message: str) -> Forgotten:
    """What a message takes back; ``folded`` is ``message`` as ``language.fold`` leaves it."""
    needs: dict[str, None] = {}
    spans: list[tuple[int, int]] = []
    for match in _EVERYTHING.finditer(folded):
        needs["everything"] = None
        spans.append(match.span())
    for match in _FREE_PRICE.finditer(folded):
        needs["price"] = None
        spans.append(match.span())
    for pattern in (_TAKE_BACK, _NEED_NOT, _ANY_WILL_DO, _DOES_NOT_MATTER, _CHINESE):
        for match in pattern.finditer(folded):
            group = match.lastgroup
            if group is None or any(start < match.end() and match.start() < end for start, end in spans):
                continue
            if match[group].split(maxsplit=1)[0] in _NOT_A_NEED:
                spans += [match.span()] if pattern is _TAKE_BACK else []
                continue
            thing = "price" if _PRICE_WORDS.fullmatch(match[group]) else message[match.start(group) : match.end(group)]
            needs[thing] = None
            spans.append(match.span())
    return Forgotten(tuple(needs), tuple(sorted(spans)))
