"""Ablations: each takes out its part and nothing else; cold starts; comparisons."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kg_tools.progress import silent
from ranker.ablations import ABLATIONS, Inputs
from ranker.config import ModelConfig, RankerConfig, TrainingConfig
from ranker.evaluation import evaluate_ranking
from ranker.evaluation_cold import new_products, without_products, words_only
from ranker.evaluation_summary import compare
from ranker.evaluation_task import Task, read_task, target_ranks
from ranker.graph_data import build_graph_data
from ranker.histories import TEST
from ranker.testing import MemoryCatalogue, board_arrays, board_interactions
from ranker.training import fit_on_train, slot_knowledge

TINY = RankerConfig(
    encoder=None,
    model=ModelConfig(width=8, hidden=2, knowledge_width=4),
    training=TrainingConfig(epochs=1, examples=64, batch=32, columns=8),
)
TEXT = np.eye(20, 8, dtype=np.float32)


@pytest.fixture(scope="module")
def task() -> Task:
    return read_task(board_arrays(), board_interactions(), TEXT)


def inputs() -> Inputs:
    return Inputs(build_graph_data(board_arrays()).without_links(), TEXT, TINY)


def test_each_ablation_takes_out_one_part() -> None:
    whole = inputs()
    after = {name: change(whole) for name, change in ABLATIONS.items()}
    assert after["graph/no-graph"].graph.incidence.nnz == 0
    assert after["graph/no-text"].text.shape == (20, 0)
    assert after["graph/mean-pooling"].config.model.pooling == "mean"
    assert after["graph/no-knowledge"].config.model.knowledge_width == 0
    assert not after["graph/no-residual"].config.model.residual
    assert after["graph/no-needs"].config.training.stated_needs == 0
    for name, one in after.items():
        changed = [one.graph is not whole.graph, one.text is not whole.text, one.config != whole.config]
        assert sum(changed) == 1, name


def test_shuffling_keeps_the_degrees_of_each_relation() -> None:
    whole = inputs()
    shuffled = ABLATIONS["graph/shuffled-graph"](whole).graph
    before, after = whole.graph.incidence, shuffled.incidence
    assert (before != after).nnz
    np.testing.assert_array_equal(np.diff(before.indptr), np.diff(after.indptr))
    np.testing.assert_array_equal(np.asarray(before.sum(axis=0)), np.asarray(after.sum(axis=0)))


def test_ablations_stand_in_the_report_with_what_they_cost(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    report = evaluate_ranking(
        shop,
        tmp_path,
        kept=tmp_path / "kept",
        seeds=(0,),
        models=("popularity", "graph", "graph/no-graph", "knowledge"),
        config=TINY,
        progress=silent,
    )
    assert set(report.ablations) == {"graph/no-graph"}
    assert [loss.model for loss in report.ablation_losses] == ["graph/no-graph"]
    assert {one.other for one in report.comparisons} == {"popularity"}
    assert report.knowledge["held_out"] > 0
    text = "\n".join(report.lines())
    assert "graph/no-graph" in text
    assert "Knowledge-graph embedding" in text
    assert set(report.slices) >= {"new shoppers, from words only", "new products, from facts only"}
    assert report.as_json()["ablations"]["graph/no-graph"]["against graph"]["other"] == "graph"


def test_new_products_leave_the_log_but_for_test(task: Task) -> None:
    gone = np.zeros(20, bool)
    gone[:4] = True
    log = without_products(task.interactions, gone)
    assert set(log.split[gone[log.product]].tolist()) <= {TEST}
    found = new_products(task, replace(inputs(), knowledge=np.zeros((6, 4), np.float32)), silent)
    assert set(found) == {"ours", "likeness of text", "chance"}
    assert all(len(rank) == len(found["ours"]) > 0 for rank in found.values())


def test_words_alone_find_what_has_the_attributes(task: Task) -> None:
    graph = task.graph.without_links()
    knowledge = slot_knowledge(graph, TINY, silent)
    fitted = fit_on_train(graph, TEXT, task.interactions, TINY, knowledge=knowledge, progress=silent)
    found = words_only(task, graph, fitted)
    # Colour and brand leave five of the twenty products.
    assert found["ours"].max() < 5
    assert found["attributes, then popularity"].max() < 5
    assert found["popularity"].mean() > found["ours"].mean()


def test_a_comparison_is_paired() -> None:
    ours, theirs = np.array([[0, 1, 5], [0, 1, 5]]), np.array([[0, 1, 30]])
    one = compare("a", ours, "b", theirs)
    assert one.difference.mean == pytest.approx(1 / np.log2(7) / 3)
    assert one.relative.mean == pytest.approx(one.difference.mean / ((1 + 1 / np.log2(3)) / 3))
    assert compare("a", ours, "b", ours).difference.high == 0


def test_scores_that_are_no_numbers_are_refused(task: Task) -> None:
    with pytest.raises(Exception, match="NaN"):
        target_ranks(task, lambda rows, _: np.full((len(rows), 20), np.nan, np.float32))


def test_parts_can_be_measured_apart(tmp_path: Path) -> None:
    shop = MemoryCatalogue(board_arrays(), board_interactions())
    for models in (("graph/no-residual",), ("knowledge",)):
        report = evaluate_ranking(
            shop, tmp_path, kept=tmp_path, seeds=(0,), models=models, config=TINY, progress=silent
        )
        assert report.models == {}
        assert report.comparisons == []
        assert "\n".join(report.lines())
