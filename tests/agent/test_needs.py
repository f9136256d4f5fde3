from agent.intent import Intent
from agent.needs import PhraseLinker, as_filter, as_stated, relaxations, remove_need, update_needs
from agent.sessions import SessionState
from kg_tools.products import Node

EMPTY = SessionState()


def phrases(session: SessionState) -> list[str]:
    return [need.phrase for need in session.needs]


def look_up(iri: str) -> Node:
    return Node(iri=iri, kind="brand", label=iri.rsplit(":", 1)[-1].title())


def wanting(linker: PhraseLinker, *want: str, act: str = "recommend", **more: object) -> SessionState:
    return update_needs(EMPTY, Intent.model_validate({"act": act, "want": want, **more}), linker)


def test_kind_brand_colour_material_and_stated_features_are_hard_the_rest_is_not(linker: PhraseLinker) -> None:
    session = wanting(linker, "black leather headphones", "norvik", "wireless", "tourmaline", "for commuting", "gizmo")
    hard = {need.phrase: need.hard for need in session.needs}
    assert hard == {
        "black": True,
        "leather": True,
        "headphones": True,
        "norvik": True,
        "wireless": True,
        "tourmaline": False,  # mined from text: a product that does not say it may still have it
        "for commuting": False,
        "gizmo": False,
    }


def test_a_brand_inside_a_phrase_is_sure_only_with_its_capital(linker: PhraseLinker) -> None:
    assert [need.hard for need in wanting(linker, "norvik headphones").needs] == [False, True]
    assert [need.hard for need in wanting(linker, "Norvik headphones").needs] == [True, True]
    assert [need.hard for need in wanting(linker, "norvik").needs] == [True]


def test_a_brand_of_common_words_needs_its_capital(linker: PhraseLinker) -> None:
    assert [need.hard for need in wanting(linker, "personal care").needs] == [False]
    assert [need.hard for need in wanting(linker, "Personal Care").needs] == [True]


def said(session: SessionState, message: str, linker: PhraseLinker, **intent: object) -> SessionState:
    return update_needs(session.saying("user", message), Intent.model_validate(intent), linker)


def test_the_request_stays_in_its_own_words_without_what_is_avoided_or_paid(linker: PhraseLinker) -> None:
    before = said(EMPTY, "quiet headphones under 100, no Norvik", linker, act="recommend",
                  want=["headphones"], avoid=["Norvik"], price_max=100)  # fmt: skip
    assert before.words.split() == ["quiet", "headphones", "under", ",", "no"]
    assert as_stated(before)[0].phrase == before.words
    after = said(before, "for long flights", linker, act="refine", want=["for long flights"])
    assert after.words.endswith("for long flights")
    assert "quiet" in after.words
    assert said(after, "thanks!", linker, act="smalltalk").words == after.words
    assert said(after, "start over", linker, act="refine", forget=["everything"]).words.strip() in ("", "start over")
    assert said(after, "a tent", linker, act="recommend", want=["tent"]).words == "a tent"


def test_words_of_a_need_go_with_it(linker: PhraseLinker) -> None:
    session = said(EMPTY, "wireless headphones", linker, act="recommend", want=["wireless headphones"])
    assert remove_need(session, "+wireless").words == "headphones"


def test_only_categories_may_be_met_by_name(linker: PhraseLinker) -> None:
    found = as_filter(wanting(linker, "leather headphones"), look_up)
    assert found.named == ("", "headphones")


def test_only_the_first_kind_of_a_message_decides(linker: PhraseLinker) -> None:
    session = wanting(linker, "speakers", "for headphones")
    assert [(need.phrase, need.hard) for need in session.needs] == [("speakers", True), ("for headphones", False)]


def test_words_that_mean_nothing_here_stay_as_text(linker: PhraseLinker) -> None:
    need = wanting(linker, "gizmo").needs[0]
    assert (need.kind, need.leftover, need.groups) == ("text", "gizmo", ())


def test_a_new_request_starts_afresh(linker: PhraseLinker) -> None:
    before = wanting(linker, "wireless headphones", price_max=100)
    after = update_needs(before, Intent(act="recommend", want=("tent",)), linker)
    assert phrases(after) == ["tent"]
    assert after.price_max is None


def test_a_change_of_mind_replaces_the_kind_and_keeps_the_rest(linker: PhraseLinker) -> None:
    before = wanting(linker, "wireless headphones", price_max=100)
    after = update_needs(before, Intent(act="refine", want=("speakers",)), linker)
    assert phrases(after) == ["wireless", "speakers"]
    assert after.price_max == 100


def test_another_colour_replaces_the_colour(linker: PhraseLinker) -> None:
    after = update_needs(wanting(linker, "black headphones"), Intent(act="refine", want=("in white",)), linker)
    assert phrases(after) == ["headphones", "in white"]


def test_no_wires_is_wireless_where_the_shop_has_a_name_for_it(linker: PhraseLinker) -> None:
    after = update_needs(wanting(linker, "headphones"), Intent(act="refine", avoid=("wires",)), linker)
    need = after.needs[-1]
    assert need.wanted
    assert need.hard
    assert need.groups == (("urn:test:feature:wireless",),)


def test_wanting_what_was_avoided_replaces_it(linker: PhraseLinker) -> None:
    avoided = update_needs(EMPTY, Intent(act="recommend", avoid=("leather",)), linker)
    after = update_needs(avoided, Intent(act="refine", want=("leather",)), linker)
    assert [(need.phrase, need.wanted) for need in after.needs] == [("leather", True)]


def test_forgetting_the_price_keeps_everything_else(linker: PhraseLinker) -> None:
    before = wanting(linker, "headphones", price_max=100)
    after = update_needs(before, Intent(act="refine", forget=("price",)), linker)
    assert (phrases(after), after.price_max) == (["headphones"], None)


def test_forgetting_a_need_by_its_words_and_everything(linker: PhraseLinker) -> None:
    before = wanting(linker, "wireless headphones")
    assert phrases(update_needs(before, Intent(act="refine", forget=("wireless",)), linker)) == ["headphones"]
    assert update_needs(before, Intent(act="refine", forget=("everything",)), linker).needs == ()


def test_cheaper_is_below_what_is_on_the_screen(linker: PhraseLinker) -> None:
    before = wanting(linker, "headphones")
    after = update_needs(before, Intent(act="refine", want=("something cheaper",)), linker, [80.0, 59.0])
    assert after.price_max == 58.99
    assert phrases(after) == ["headphones"]


def test_cheaper_leaves_room_above_a_lower_limit(linker: PhraseLinker) -> None:
    before = wanting(linker, "headphones", price_min=20, price_max=40)
    after = update_needs(before, Intent(act="refine", want=("cheaper",)), linker, [20.0, 39.5])
    assert (after.price_min, after.price_max) == (20, 39.49)


def test_the_filter_holds_hard_needs_only_and_looks_for_avoided_brands_in_titles(linker: PhraseLinker) -> None:
    session = update_needs(
        EMPTY, Intent(act="recommend", want=("headphones", "for commuting"), avoid=("Norvik",), price_max=90), linker
    )
    found = as_filter(session, look_up, excluded=frozenset({"p1"}))
    assert found.wanted == (("urn:test:category:headphones",),)
    assert found.avoided == ("urn:test:brand:norvik",)
    assert found.avoided_words == ("norvik",)
    assert (found.price_max, found.excluded) == (90, frozenset({"p1"}))


def test_the_ranker_is_told_soft_needs_too(linker: PhraseLinker) -> None:
    session = wanting(linker, "headphones", "for commuting", "gizmo")
    stated = as_stated(session)
    assert [(one.phrase, one.hard, bool(one.nodes)) for one in stated] == [
        ("headphones", True, True),
        ("for commuting", False, True),
        ("gizmo", False, False),
    ]


def test_relaxations_try_one_need_then_two_and_never_a_soft_one(linker: PhraseLinker) -> None:
    session = wanting(linker, "leather tent", "for commuting", price_max=10)
    ways = [given_up for given_up, _ in relaxations(session)]
    assert ways[:3] == [("+leather",), ("+tent",), ("price",)]
    assert len(ways) == 6


def test_removing_a_need_by_its_key(linker: PhraseLinker) -> None:
    session = wanting(linker, "wireless headphones", price_max=10)
    assert phrases(remove_need(session, "+wireless")) == ["headphones"]
    assert remove_need(session, "price").price_max is None
    assert remove_need(session, "+nothing") == session
