"""The sentences we say ourselves, in both languages. Templates only: what fills them comes from the graph.

Both tables have the same keys and the same placeholders (tested).
"""

from kg_tools.products import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        # openings
        "found": "{total} products match {needs}. My {count} picks:",
        "found_one": "Exactly one product matches {needs}:",
        "found_all": "{count} products match {needs}, all of them here:",
        "for_you": "Going by what you chose before, these may be new to you:",
        "popular": "I know nothing about you yet, so these are simply popular here:",
        "closest": "I looked through the whole shop for {needs}. The closest {count}:",
        "nothing": "Nothing in the shop matches {needs}.",
        "relax_one": "Without “{need}”: {count}.",
        "relax_none": "No single change helps, nor do two together. A different kind of product might.",
        "again": "Nothing else fits, so you have seen {titles} before.",
        "preferred": "I also took into account: {needs}.",
        "no_prices": "The catalogue states no prices, so I could not check {price}.",
        "unknown_words": "The catalogue has no entry for {words}, so I compared it with the product texts.",
        "variant": "{title} is the same model.",
        "nearest": "The same model does not come like that here; these are the nearest.",
        "noted_like": "Noted that you like {title}.",
        "noted_dislike": "I leave out {title} from now on.",
        "noted_owned": "I leave out {title}, which is there already.",
        # questions
        "ask_kind": "What kind of product are you looking for?",
        "ask_relax": "Shall I drop “{need}”?",
        "ask_facet": "Do you have a wish for {facet}: {options}?",
        # answers
        "smalltalk": "You are welcome! Tell me whenever you need something from the shop.",
        "hello": "Hello! Tell me what you are looking for and I will search {shop} for you.",
        "out_of_scope": "I can only help with finding products of {shop}. What are you looking for?",
        "which_product": "Which product do you mean? Say its number or its name.",
        "yes": "Yes: the catalogue states “{label}” for {title}.",
        "yes_mined": "The text of {title} mentions “{label}”.",
        "says_kind": "For {title} the catalogue states: {values}. It does not state “{label}”.",
        "not_stated": "The catalogue does not say whether {title} is or has “{label}”.",
        "not_stated_all": "The catalogue does not say.",
        "price_is": "{title} costs {price}.",
        "price_unknown": "The catalogue states no price for {title}.",
        "stock_yes": "{title} is in stock.",
        "stock_no": "{title} is out of stock.",
        "stock_unknown": "The catalogue does not say whether {title} is in stock.",
        "why": "{title} is there because: {reasons}",
        "why_unknown": "I have no fact that speaks for {title} in particular.",
        "compare_intro": "Side by side, from the catalogue:",
        "compare_need_two": "Tell me which two products to compare, for example “compare one and three”.",
        "compare_ties": "They state the same in everything else.",
        "cheaper_of": "{title} is the cheaper one.",
        "degraded": "The language model is not available; this is a simplified answer.",
        "kept_secret": "That is nothing I can do. I can help you find products of {shop}.",
        # reasons
        "r_category": "It is listed under {label}.",
        "r_brand": "It is made by {label}.",
        "r_colour": "It comes in {label}.",
        "r_material": "It is made of {label}.",
        "r_feature": "Its features include {label}.",
        "r_occasion": "It fits the occasion “{label}”.",
        "r_audience": "It suits {label}.",
        "r_mined": "Its text mentions “{label}”.",
        "r_words": "Its text says “{label}”.",
        "r_price": "It costs {price}, within your limit.",
        "r_avoid_brand": "It is made by {label}, not {avoided}.",
        "r_avoid_colour": "It comes in {label}, not {avoided}.",
        "r_avoid_material": "It is made of {label}, not {avoided}.",
        "r_collaborative": "Shoppers who chose {title} also chose this.",
        "r_shared_brand": "Like {title}, it is made by {label}.",
        "r_shared_category": "Like {title}, it is listed under {label}.",
        "r_shared_colour": "Like {title}, it comes in {label}.",
        "r_shared_material": "Like {title}, it is made of {label}.",
        "r_shared_feature": "Like {title}, it has {label}.",
        "r_shared_occasion": "Like {title}, it fits the occasion “{label}”.",
        "r_shared_audience": "Like {title}, it suits {label}.",
        "r_boughtTogether": "It is often bought together with {title}.",
        "r_alsoBought": "People who bought {title} also bought it.",
        "r_alsoViewed": "People who viewed {title} also viewed it.",
        "r_coupled_boughtTogether": "It and {title} are both often bought together with {other}.",
        "r_coupled_alsoBought": "People who bought {title} and people who bought this one both also bought {other}.",
        "r_coupled_alsoViewed": "People who viewed {title} and people who viewed this one both also viewed {other}.",
        "r_coupled_isAccessoryFor": "It and {title} are both accessories for {other}.",
        "r_something_elsewhere": "the same thing, which this shop does not have",
        "r_isAccessoryFor": "It is an accessory for {title}.",
        "r_has_accessory": "{title} is an accessory for it.",
        # parts
        "and": " and ",
        "comma": ", ",
        "or": " or ",
        "quote": "“{text}”",
        "under": "at most {price}",
        "over": "at least {price}",
        "between": "{low} to {high}",
        "not": "not {text}",
        "your_request": "your request",
        "the_price": "the price",
        "facet_category": "the kind",
        "facet_brand": "a brand",
        "facet_colour": "the colour",
        "facet_material": "the material",
        "facet_feature": "a feature",
        "facet_occasion": "the occasion",
        "facet_audience": "who it is for",
    },
    "zh": {
        "found": "有{total}件商品符合{needs}。我挑了这{count}件：",
        "found_one": "只有一件商品符合{needs}：",
        "found_all": "有{count}件商品符合{needs}，全部在此：",
        "for_you": "根据您之前的选择，这些可能是您没见过的：",
        "popular": "我还不了解您，先给您看看店里受欢迎的商品：",
        "closest": "我按{needs}找遍了全店，最接近的{count}件：",
        "nothing": "店里没有符合{needs}的商品。",
        "relax_one": "去掉“{need}”：{count}件。",
        "relax_none": "放宽一两个条件也没有，换一类商品也许可以。",
        "again": "没有别的合适商品了，{titles}您之前看过。",
        "preferred": "我还考虑了：{needs}。",
        "no_prices": "目录没有写价格，所以无法核对{price}。",
        "unknown_words": "目录里没有{words}这一项，我改用商品文字来比较。",
        "variant": "{title}是同一款。",
        "nearest": "同一款没有这样的，这些最接近。",
        "noted_like": "记下了：您喜欢{title}。",
        "noted_dislike": "之后不再推荐{title}。",
        "noted_owned": "{title}已经有了，不再推荐。",
        "ask_kind": "您想找哪一类商品？",
        "ask_relax": "要去掉“{need}”吗？",
        "ask_facet": "您对{facet}有要求吗：{options}？",
        "smalltalk": "不客气！需要什么商品随时告诉我。",
        "hello": "您好！告诉我您想找什么，我在{shop}里帮您找。",
        "out_of_scope": "我只能帮您在{shop}里找商品。您想找什么？",
        "which_product": "您指的是哪一件？请说序号或名称。",
        "yes": "是的：目录写明{title}有“{label}”。",
        "yes_mined": "{title}的文字里提到“{label}”。",
        "says_kind": "{title}在目录里写的是：{values}，没有写“{label}”。",
        "not_stated": "目录没有说明{title}是否“{label}”。",
        "not_stated_all": "目录没有说明。",
        "price_is": "{title}的价格是{price}。",
        "price_unknown": "目录没有写{title}的价格。",
        "stock_yes": "{title}有货。",
        "stock_no": "{title}缺货。",
        "stock_unknown": "目录没有说明{title}是否有货。",
        "why": "推荐{title}是因为：{reasons}",
        "why_unknown": "没有专门支持{title}的事实。",
        "compare_intro": "按目录逐项比较：",
        "compare_need_two": "请告诉我比较哪两件，例如“比较第一个和第三个”。",
        "compare_ties": "其余各项目录所写相同。",
        "cheaper_of": "{title}更便宜。",
        "degraded": "语言模型暂时不可用，这是简化的回答。",
        "kept_secret": "这个我做不到。我可以帮您在{shop}里找商品。",
        "r_category": "它属于{label}类。",
        "r_brand": "它是{label}的产品。",
        "r_colour": "它有{label}。",
        "r_material": "它的材质是{label}。",
        "r_feature": "它的特点包括{label}。",
        "r_occasion": "它适合“{label}”这个场合。",
        "r_audience": "它适合{label}。",
        "r_mined": "它的文字里提到“{label}”。",
        "r_words": "它的文字里写着“{label}”。",
        "r_price": "它的价格是{price}，在您的范围内。",
        "r_avoid_brand": "它是{label}的，不是{avoided}。",
        "r_avoid_colour": "它是{label}，不是{avoided}。",
        "r_avoid_material": "它的材质是{label}，不是{avoided}。",
        "r_collaborative": "选择{title}的顾客也选了它。",
        "r_shared_brand": "和{title}一样，是{label}的产品。",
        "r_shared_category": "和{title}一样，属于{label}类。",
        "r_shared_colour": "和{title}一样有{label}。",
        "r_shared_material": "和{title}一样，材质是{label}。",
        "r_shared_feature": "和{title}一样有{label}。",
        "r_shared_occasion": "和{title}一样适合{label}的场合。",
        "r_shared_audience": "和{title}一样适合{label}。",
        "r_boughtTogether": "它常与{title}一起购买。",
        "r_alsoBought": "买了{title}的人也买了它。",
        "r_alsoViewed": "看过{title}的人也看了它。",
        "r_coupled_boughtTogether": "它和{title}都常与{other}一起购买。",
        "r_coupled_alsoBought": "买了{title}的人和买了它的人都还买了{other}。",
        "r_coupled_alsoViewed": "看过{title}的人和看过它的人都还看了{other}。",
        "r_coupled_isAccessoryFor": "它和{title}都是{other}的配件。",
        "r_something_elsewhere": "同一件本店没有的商品",
        "r_isAccessoryFor": "它是{title}的配件。",
        "r_has_accessory": "{title}是它的配件。",
        "and": "和",
        "comma": "、",
        "or": "或",
        "quote": "“{text}”",
        "under": "不超过{price}",
        "over": "至少{price}",
        "between": "{low}到{high}",
        "not": "不要{text}",
        "your_request": "您的要求",
        "the_price": "价格",
        "facet_category": "种类",
        "facet_brand": "品牌",
        "facet_colour": "颜色",
        "facet_material": "材质",
        "facet_feature": "特点",
        "facet_occasion": "场合",
        "facet_audience": "使用者",
    },
}

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "CNY": "¥", "JPY": "¥"}


def say(key: str, language: Language, **values: object) -> str:
    """The sentence of that key with its placeholders filled; values are never read as templates."""
    return WORDS[language][key].format(**values)


def money(amount: float, currency: str | None) -> str:
    """An amount as people write it: "€79", "$12.50", "1,200 SEK"; without a currency just the number."""
    number = f"{amount:,.2f}".removesuffix(".00")
    if currency in _SIGNS:
        return f"{_SIGNS[currency]}{number}"
    return f"{number} {currency}" if currency else number


def listing(parts: list[str], language: Language, last: str = "and") -> str:
    """Joins the parts as the language lists things: one, two and three; ``last`` is "and" or "or"."""
    if len(parts) <= 1:
        return "".join(parts)
    return say("comma", language).join(parts[:-1]) + say(last, language) + parts[-1]


def short(title: str, limit: int = 60) -> str:
    """A title cut at a word boundary for use inside a sentence; the card shows it whole."""
    if len(title) <= limit:
        return title
    cut = title[:limit].rsplit(" ", 1)[0].rstrip(" ,;:-–(")
    return f"{cut or title[:limit]}…"
