"""Every sentence of the interface, in the languages it speaks. The assistant words its own replies."""

from dataclasses import dataclass

from kg_tools.products import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """The interface in one language; ``{...}`` are filled with ``str.format``."""

    language: str
    lead: str
    synthetic: str
    synthetic_hint: str
    catalogue: str
    try_one: str
    placeholder: str
    message_label: str
    send: str
    new_conversation: str
    settings: str
    shopper_id: str
    shopper_id_hint: str
    shop: str
    understood: str
    nothing_understood: str
    avoid: str
    wanted: str
    must: str
    if_possible: str
    remove_need: str
    you: str
    assistant: str
    because: str
    facts: str
    this_product: str
    no_price: str
    in_stock: str
    out_of_stock: str
    like: str
    dislike: str
    like_product: str
    dislike_product: str
    liked_message: str
    disliked_message: str
    removed_message: str
    degraded: str
    done: str
    thinking: str
    empty_hint: str
    busy_hint: str
    cannot_do: str
    broken: str
    not_ready: str
    source_stated: str
    source_mined: str
    source_interactions: str
    source_updates: str


EN = Wording(
    language="en",
    lead="Tell me what you need in your own words. I pick from this shop and show the facts behind every pick.",
    synthetic="Synthetic data",
    synthetic_hint="Products, brands and shoppers of this shop are made up.",
    catalogue="{products} products · catalogue of {date}",
    try_one="Try one of these",
    placeholder="What are you looking for?",
    message_label="Your message",
    send="Ask",
    new_conversation="New conversation",
    settings="Settings",
    shopper_id="Shopper id",
    shopper_id_hint="Optional. A known shopper's earlier purchases count as well.",
    shop="Shop",
    understood="What I understood",
    nothing_understood="No needs yet.",
    avoid="not wanted",
    wanted="wanted",
    must="must",
    if_possible="if possible",
    remove_need="Remove: {need}",
    you="You",
    assistant="Assistant",
    because="Because",
    facts="Facts behind this reason",
    this_product="This product",
    no_price="Price not stated",
    in_stock="In stock",
    out_of_stock="Out of stock",
    like="Like",
    dislike="Not for me",
    like_product="Like {title}",
    dislike_product="Not for me: {title}",
    liked_message="I like “{title}”.",
    disliked_message="“{title}” is not for me.",
    removed_message="Never mind: {need}.",
    degraded="This is a simplified answer.",
    done="Answer complete. Products shown: {count}.",
    thinking="One moment…",
    empty_hint="Write what you are looking for, or pick an example.",
    busy_hint="One moment, I am still answering.",
    cannot_do="That cannot be done any more. Please write what you would like instead.",
    broken="Something went wrong on our side. Please try again; if it happens again, mention request {request_id}.",
    not_ready="The assistant gave no answer. Please try again; if it happens again, mention request {request_id}.",
    source_stated="stated in “{source}”",
    source_mined="found in the product text",
    source_interactions="from shopping histories",
    source_updates="from the latest stock and price update",
)

ZH = Wording(
    language="zh",
    lead="用您自己的话说出需求，我从本店商品里挑选，并列出每个推荐理由背后的事实。",
    synthetic="合成数据",
    synthetic_hint="本店的商品、品牌和顾客均为虚构。",
    catalogue="共 {products} 件商品 · 目录日期 {date}",
    try_one="试试这些",
    placeholder="您想找什么？",
    message_label="您的消息",
    send="提问",
    new_conversation="新对话",
    settings="设置",
    shopper_id="顾客编号",
    shopper_id_hint="可不填。填写后会参考该顾客以往的购买记录。",
    shop="商店",
    understood="我的理解",
    nothing_understood="暂无需求。",
    avoid="不要",
    wanted="想要",
    must="必须",
    if_possible="最好",
    remove_need="移除：{need}",
    you="您",
    assistant="助手",
    because="理由",
    facts="这条理由依据的事实",
    this_product="本商品",
    no_price="未标价",
    in_stock="有货",
    out_of_stock="缺货",
    like="喜欢",
    dislike="不合适",
    like_product="喜欢 {title}",
    dislike_product="不合适：{title}",
    liked_message="我喜欢「{title}」。",
    disliked_message="「{title}」不适合我。",
    removed_message="不用考虑：{need}。",
    degraded="这是简化的回答。",
    done="回答完毕，共 {count} 件商品。",
    thinking="请稍候……",
    empty_hint="请写下您想找的商品，或选择一个示例。",
    busy_hint="请稍候，我还在回答。",
    cannot_do="这一步已无法执行，请直接写下您的需求。",
    broken="我们这边出了点问题，请重试；如果再次出现，请告知请求编号 {request_id}。",
    not_ready="助手没有给出回答，请重试；如果再次出现，请告知请求编号 {request_id}。",
    source_stated="来自「{source}」",
    source_mined="取自商品文字",
    source_interactions="来自购物记录",
    source_updates="来自最新的库存和价格更新",
)


def wording(language: Language | str) -> Wording:
    """The wording for a language tag such as ``zh`` or ``zh-CN,zh;q=0.9``; English for any other."""
    return ZH if language.strip().lower().startswith("zh") else EN
