import pytest

from agent.questions import choose_question
from agent.sessions import SessionState
from kg_tools.products import FacetCount, Language, Node, NodeKind, ProductFilter


class Facets:
    def __init__(self, counts: dict[str, dict[str, int]]) -> None:
        self.counts = counts

    def facets(self, needs: ProductFilter, kind: NodeKind, limit: int) -> list[FacetCount]:
        del needs
        found = [
            FacetCount(Node(f"urn:{name}", kind, name), count) for name, count in self.counts.get(kind, {}).items()
        ]
        return found[:limit]

    def label(self, term: str, language: Language = "en") -> str:
        del language
        return term.removeprefix("urn:")


def test_the_facet_that_halves_the_candidates_is_asked() -> None:
    source = Facets({"feature": {"wireless": 20, "foldable": 19}, "material": {"plastic": 38, "steel": 1}})
    question = choose_question(source, ProductFilter(), 40, SessionState())
    assert question is not None
    assert question.key == "facet:feature"
    assert "wireless or foldable" in question.text
    assert question.text.count("?") == 1


@pytest.mark.parametrize(
    ("total", "session"),
    [
        (12, SessionState()),  # read faster than answered
        (40, SessionState(asked=("facet:feature",))),  # never twice
    ],
)
def test_no_question_where_it_would_not_help(total: int, session: SessionState) -> None:
    source = Facets({"feature": {"wireless": total // 2, "foldable": total // 2}})
    assert choose_question(source, ProductFilter(), total, session) is None


def test_what_every_candidate_has_is_no_question() -> None:
    assert (
        choose_question(Facets({"feature": {"wireless": 40, "foldable": 40}}), ProductFilter(), 40, SessionState())
        is None
    )
