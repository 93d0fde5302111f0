"""Which sessions are told: none twice, the same for equal tables, a sample that hardly moves when the lake grows."""

import polars as pl
import pytest

from shopcart_assets.evaluation.story.choice import ASKED, SAMPLE, chosen, disagreement, picked


def test_a_few_sessions_are_chosen_none_twice_and_ties_go_to_the_smaller_id() -> None:
    splits = pl.DataFrame(
        [("c", "test", 9, "terminate"), ("b", "test", 9, "purchase"), ("d", "test", 3, "purchase"),
         ("e", "test", 3, "terminate"), ("a", "train", 20, "purchase")],
        schema=["session_id", "split", "n_steps", "outcome"], orient="row",
    )  # fmt: skip
    differing = pl.DataFrame({"session_id": ["b", "d", "e", "c"], "disagreement": [0.9, 0.8, 0.5, 0.1]})
    wanted = {"the longest session": "b", "a purchase": "d", "where policies differ most": "e"}
    assert chosen(splits, differing) == chosen(splits.reverse(), differing.reverse()) == wanted
    assert chosen(splits.filter(session_id="c"), differing.clear()) == {"the longest session": "c"}
    assert chosen(splits.clear(), differing.clear()) == {}


def test_disagreement_is_the_share_of_pairs_that_differ() -> None:
    case = {"session_id": ["s", "s"], "step": [2, 3]}
    guesses = [pl.DataFrame({**case, "predicted_action": said}) for said in (["x", "y"], ["x", None], ["z", None])]
    ((session, share),) = disagreement(guesses).rows()
    assert session == "s" and share == pytest.approx(2 / 3)
    assert disagreement(guesses[:1]).is_empty() and disagreement([]).is_empty()


def sessions(n: int) -> pl.DataFrame:
    names = [f"s{number:04d}" for number in range(n)]
    return pl.DataFrame({"session_id": names, "split": "test", "n_steps": 3, "outcome": "terminate"})


def test_the_sample_is_seeded_and_sessions_asked_for_stand_beside_it() -> None:
    none = disagreement([])
    drawn = picked(sessions(500), none, ["s0007"], n_sample=50, seed=0)
    assert drawn["s0007"] == ASKED and 50 <= len(drawn) <= 52 and "the longest session" in drawn.values()
    assert picked(sessions(500).reverse(), none, ["s0007"], n_sample=50, seed=0) == drawn
    assert (
        picked(sessions(500), none, [], n_sample=50, seed=1).keys()
        != picked(sessions(500), none, [], n_sample=50, seed=0).keys()
    )
    assert set(picked(sessions(500), none, [], n_sample=0, seed=0).values()) == {"the longest session"}


def test_a_lake_that_grows_keeps_most_of_its_sample() -> None:
    none = disagreement([])
    few, more = (picked(sessions(n), none, [], n_sample=100, seed=0) for n in (500, 550))
    kept = {one for one, why in few.items() if why == SAMPLE} & set(more)
    assert len(kept) > 75
