import pytest

from agent.grounding import ungrounded

FACTS = ["Hot Tools Nano Ceramic Curling Iron, 1 Inch", "It is made by Hot Tools.", "ceramic curling iron"]


@pytest.mark.parametrize(
    "sentence",
    ["Here is a ceramic curling iron by Hot Tools.", "These curling irons are all ceramic."],
)
def test_a_sentence_of_fact_words_passes(sentence: str) -> None:
    assert ungrounded(sentence, FACTS) is None


@pytest.mark.parametrize(
    ("sentence", "culprit"),
    [
        ("Here is a curling iron by Conair.", "conair"),
        ("This is a ceramic iron with 20.", "20"),
        ("The best ceramic curling iron.", "best"),
        ("A curling iron, not ceramic.", "not"),
        ("It never burns your hair.", "never"),
        ("A 2 inch curling iron.", "2"),
        ("", "empty"),
        ("ceramic " * 60, "longer"),
    ],
)
def test_what_no_fact_carries_is_named(sentence: str, culprit: str) -> None:
    problem = ungrounded(sentence, FACTS)
    assert problem is not None
    assert culprit in problem
