"""Chinese: clauses -> wanted and avoided phrases, each a run of the shopper's own characters.

Chinese has no spaces; a phrase is what is left of a clause when the frame around it ("想买一个…的") is taken off.
Latin words inside are content ("索尼", "Sony" alike) unless English counts them as function words.
"""

import re

from agent.language import BREAK
from agent.rules_english import Phrases, is_frame_word
from agent.rules_words import word_set

_CLAUSE_BREAK = re.compile(rf"[，。！？；：、,.!?;:~～…\n\"'“”()（）【】\[\]/|{BREAK}]+|(?<=[一-鿿])\s(?=[一-鿿])")
_SPLIT = re.compile(
    r"的(?!话|士)|(?:而且|并且|同时|另外|还要|还得|还有|但是|不过|只是|但|然后|或者?|以及|和(?!面|田|服|平|"
    r"谐)|跟(?!鞋|腱)|又(?=[一-鿿]{2})|并(?=[一-鿿]{2})|"
    r"因为|买(?:一)?(?:个|点|条|双|件|把|台|本|束|些|款)|(?<!供)(?:送)?给(?!力)|因为|所以|如果|"
    r"要(?=[一-鿿a-z])(?<!不要)(?<!主要)(?<!重要)(?<!需要)(?<!想要)|最好|(?<=[一-鿿]{2})能(?![量力源够]))"
)
_CUE = re.compile(
    r"(?<!要)(?:不想要|不需要|不喜欢|不太喜欢|不考虑|不要|不想|不含|不带|不能有|不能太|不能|不爱|不用|不买|"
    r"不希望有?|不接受|别要|别给我?|别买|别(?!人|墅|致|针|的|样|出心裁|家)|"
    r"除了|除|讨厌|受不了|避开|排除|去掉|没有|不是|对(?=[一-鿿]{1,6}过敏))"
)
_HEAD = re.compile(
    r"(?:我们?|你们?|您|他们?|她们?|它们?|咱们?|自己|家里|"
    r"你好|您好|请问|请|麻烦|谢谢|那么|那就|那|嗯|哦|好的(?=[，,\s])|其实|就是|就|还是|还|也|都|再|又|然后|"
    r"另外|最好|尽量|可能|大概|应该|希望|必须|一定|主要|最近|今天|正好|"
    r"有没有|有什么|有哪些|有啥|有|没有|没|想买|想要|想找|想看看?|想入手|想换|想送|想给|想|需要|需|要买|"
    r"要找|要看|要|求|买给|买|购买|选购|选|挑|找|看看|看|来|换成|换|改成|改|推荐|介绍|"
    r"帮我|帮忙|帮|给我|给|送给|送|用来|用于|用在|用|拿来|能够|能|可以|会|是|得|比较|稍微|稍|相对|带有|"
    r"带(?!子|鱼|娃)|支持|具有|具备|喜欢|爱好?|平时|经常|"
    r"一下|几(?:个|款|种|件|双|台|条|瓶|支)|[一两](?:个|款|双|台|件|条|点儿?|些|瓶|支|把|张|盒|套|种|副|顶|"
    r"本|部|辆|块|只)|(?:个|款|双(?!肩|层|人|面|头)|台(?!灯|球|历)|些|种|件|条|瓶|支|副|把)|"
    r"这种|那种|这样|那样|这|哪种|哪些|什么样?|啥|怎么|多|很|非常|特别|超级?|蛮|挺|十分|真|太|适合(?=$)|"
    r"关于|一|的|地(?![毯板图漆灯垫铁拖球])|了|着|吗|呢|吧|啊|\s)"
)
_TAIL = re.compile(
    r"(?:就行了?|就好了?|就可以了?|即可|可以吗?|行吗|好吗|可以|的话|什么的|之类|之类的|有吗|有没有|有推荐|"
    r"推荐|吗|呢|吧|啊|呀|哦|嘛|么|的|了|谢谢|多谢|一下|比较好|更好|最好|为主|都行|都可以|优先|"
    r"没有|有|买|看看|用|款式?|这种|那种|一些|哪些|什么|哪个|好|想要|需要|我|你|他|她|它|是|要|也|都|还|就|"
    r"和|跟|或|给|能|会|\s)$"
)
_KEEP_TAIL = re.compile(
    r"(?:友好|良好|爱好|耐用|实用|家用|商用|车用|旅行用|户外用|送我|易用|好用|孕妇用|儿童用|专用|两用|日用|"
    r"电吹风用|做饭用|手机用|夏天用|办公用|.{1,4}用)$"
)
_GENERIC = word_set(
    "东西 产品 商品 款 牌子 品牌 推荐 选择 建议 种类 类型 价格 预算 价位 钱 块 元 左右 人 时候 个 点 些 吗 "
    "便宜 时 上 里 大家 问题 一点 好 不错 别 其他 其它 别的"
) - {"便宜"}
_MAX_CHARS = 24


def find_phrases(folded: str, start: int, end: int) -> Phrases:
    """Wanted and avoided phrases of the Chinese or mixed text ``folded[start:end]``."""
    found = Phrases()
    position = start
    for piece in [*_CLAUSE_BREAK.finditer(folded, start, end), None]:
        stop = piece.start() if piece else end
        _read_clause(folded, position, stop, found)
        position = piece.end() if piece else end
    return found


def _read_clause(folded: str, start: int, end: int, found: Phrases) -> None:
    cue = _cue(folded, start, end)
    if cue is None:
        found.want += _phrases(folded, start, end)
        return
    found.want += _phrases(folded, start, cue.start())
    if cue[0] in {"除了", "除"}:
        beyond = re.compile(r"(?:之外|以外|外)?(?:都行|都可以|其他|别的)?").search(folded, cue.end(), end)
        stop = re.compile(r"之外|以外|都|其他|别的|还").search(folded, cue.end(), end)
        end = stop.start() if stop and beyond else end
    if cue[0] == "对":
        allergy = folded.find("过敏", cue.end(), end)
        end = allergy if allergy > 0 else end
    if cue[0].endswith("太") or folded.startswith("太", cue.end()):
        inside = cue.end() - 1 if cue[0].endswith("太") else cue.end()
        if (span := _trim(folded, inside + 1, end)) is not None:
            found.avoid.append((inside, span[1]) if span[0] == inside + 1 else span)
        return
    found.avoid += _phrases(folded, cue.end(), end)


def _cue(folded: str, start: int, end: int) -> re.Match[str] | None:
    for match in _CUE.finditer(folded, start, end):
        before = folded[max(start, match.start() - 1) : match.start()]
        if match[0].startswith("别") and before and before in "特区分级类个性告差辨有":
            continue
        if match[0] == "没有" and (before == "有" or match.end() >= end):
            continue
        if match[0] in {"不用", "不是"} and match.end() >= end:
            continue
        return match
    return None


def _phrases(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    position = start
    for split in [*_SPLIT.finditer(folded, start, end), None]:
        stop = split.start() if split else end
        if (span := _trim(folded, position, stop)) is not None:
            spans.append(span)
        position = split.end() if split else end
    return spans


def _trim(folded: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end:
        if frame := _HEAD.match(folded, start, end):
            start = frame.end()
        elif (word := _LATIN.match(folded, start, end)) and is_frame_word(word[0]):
            start = word.end()
        else:
            break
    while start < end:
        tail = _TAIL.search(folded, max(start, end - 5), end)
        if tail and not _KEEP_TAIL.search(folded, start, end):
            end = tail.start()
        elif (word := _LAST_LATIN.search(folded, max(start, end - 20), end)) and is_frame_word(word[0].strip()):
            end = word.start()
        else:
            break
    if start >= end or folded[start:end].strip() in _GENERIC:
        return None
    return start, min(end, start + _MAX_CHARS)


_LATIN = re.compile(r"[a-z][a-z']*")
_LAST_LATIN = re.compile(r"(?<![a-z'0-9])[a-z][a-z']*\s*$")
