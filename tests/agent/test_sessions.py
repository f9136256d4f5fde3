from agent.intent import Need, ShownProduct
from agent.sessions import REMEMBERED_MESSAGES, SessionState


def test_only_the_last_messages_are_remembered() -> None:
    session = SessionState()
    for number in range(20):
        session = session.saying("user", str(number))
    assert [message.content for message in session.messages] == [str(n) for n in range(20 - REMEMBERED_MESSAGES, 20)]


def test_what_was_seen_is_kept_once_in_order() -> None:
    first = SessionState().showing((ShownProduct(product_id="a", title="A"), ShownProduct(product_id="b", title="B")))
    second = first.showing((ShownProduct(product_id="b", title="B"), ShownProduct(product_id="c", title="C")))
    assert second.seen == ("a", "b", "c")
    assert [product.product_id for product in second.shown] == ["b", "c"]


def test_it_survives_as_json() -> None:
    session = SessionState(
        needs=(Need(key="+tent", phrase="tent", groups=(("urn:x",),)),), price_max=9.5, language="zh"
    )
    assert SessionState.model_validate(session.model_dump(mode="json")) == session


def test_what_is_gone_is_no_longer_on_the_screen_but_was_seen() -> None:
    session = SessionState().showing((ShownProduct(product_id="a", title="A"), ShownProduct(product_id="b", title="B")))
    left = session.showing_only({"b", "c"}.__contains__)
    assert [product.product_id for product in left.shown] == ["b"]
    assert left.seen == ("a", "b")
    assert left.showing_only({"b"}.__contains__) is left
