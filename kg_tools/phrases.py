"""Phrases and labels cut into comparable tokens: "Men's Sulfate-Free Shampoos" meets "sulfate free shampoo"."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LETTER = r"[^\W_\u3400-\u9fff\uf900-\ufaff]"
_TOKEN = re.compile(rf"{_CJK.pattern}|{_LETTER}+(?:['’]{_LETTER}+)*")

_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse",
    "knives": "knife", "wives": "wife", "shelves": "shelf", "scarves": "scarf", "lens": "lens",
    "lenses": "lens", "gas": "gas", "gray": "grey", "sulphate": "sulfate", "color": "colour", "colors": "colour",
    "always": "always", "jeans": "jeans",
}  # fmt: skip
_KEEPS_ITS_S = ("ss", "us", "is")
_TAKES_ES = ("sses", "shes", "ches", "xes", "zzes")

_STOP = """
a an the any some this that these those one ones something anything thing things it its i me my we us you your
he she they them their is are was be been am do does did have has had can could would will should may might must
please want need like prefer looking look find show get give buy recommend for to of in on at with and or but by
from as so very really quite just also too than then there here what which who whom good nice great best better
new
"""
_STOP_ZH = """
的 了 吗 呢 吧 啊 我 你 您 他 她 它 是 有 要 想 买 请 给 找 和 与 或 在 个 款 些 件 把 支 瓶 种
我想 想要 需要 一个 一款 一些 一支 一把 一件 一种 一瓶 推荐 帮我 适合 有没有 可以 比较 什么 怎么
这个 那个 这款 那款 东西 产品 商品 请问 给我 用的 好的 好用 不错 最好 比较好
"""
STOP_WORDS = frozenset(_STOP.split())
STOP_WORDS_ZH = frozenset(_STOP_ZH.split())


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one Chinese character, of a phrase.

    Attributes:
        text: folded: case, accents, plural and possessive gone.
        start: where it begins in the phrase.
        end: where it ends, exclusive.
    """

    text: str
    start: int
    end: int

    @property
    def is_cjk(self) -> bool:
        """A Chinese character."""
        return _CJK.match(self.text) is not None


def tokenize(phrase: str) -> list[Token]:
    """Cut a phrase into folded tokens; punctuation, hyphens and spaces only separate.

    Args:
        phrase: any text.

    Returns:
        Tokens whose positions refer to the phrase as given.
    """
    # Folded word by word, so that positions stay those of the phrase although folding may change lengths.
    tokens: list[Token] = []
    for match in _TOKEN.finditer(phrase):
        folded = fold_word(match.group())
        if folded:
            tokens.append(Token(folded, match.start(), match.end()))
    return tokens


@lru_cache(maxsize=65536)
def fold_word(word: str) -> str:
    """Fold one word: NFKC, case, accents, possessive, plural.

    Args:
        word: without spaces.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", word).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = unicodedata.normalize("NFKC", plain).replace("’", "'")
    plain = plain.removesuffix("'s").replace("'", "")
    return _singular(plain)


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word.endswith(_KEEPS_ITS_S):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(_TAKES_ES):
        return word[:-2]
    return word[:-1]
