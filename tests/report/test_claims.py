import polars as pl

from shopcart_assets.report.claims import MAX_MODELS, claims, limits, sentence
from shopcart_assets.report.table_1 import Estimate, Row, measured
from tests.report import invented

HERE = measured(invented.accuracy(), invented.outcomes())


def with_family(family: str, rival: str, **changes: object) -> pl.DataFrame:
    rows = invented.comparisons().filter(policy=invented.BEST).head(1)
    return rows.with_columns(family=pl.lit(family), rival=pl.lit(rival)).with_columns(
        **{name: pl.lit(value, rows.schema[name]) for name, value in changes.items()}
    )


def test_a_model_is_held_against_its_prompted_self_first_and_then_the_constant_policies() -> None:
    rows = pl.concat(
        [
            with_family("fine_tuned_v_always_buy", "always_buy", p_holm=0.3, mde_points=6.25),
            with_family("fine_tuned_v_always_terminate", "always_terminate", p_holm=None, low_points=None),
            invented.comparisons(),
        ]
    )
    best = next(claim for claim in claims(HERE, rows) if claim.policy == invented.BEST)
    prompted, leaves, buys = best.sentences
    assert prompted.startswith(f"Distinguishable from {invented.RIVAL}, its prompt-only self: 34.5 points higher (95 %")
    assert leaves.startswith("It cannot be judged against always_terminate: ") and "no interval" in leaves
    assert buys.startswith("Not distinguishable from always_buy: ")
    assert buys.endswith("minimum detectable difference 6.2 points.")


def test_only_the_most_accurate_models_are_said_in_words_and_none_without_a_comparison() -> None:
    names = [f"m{number}" for number in range(MAX_MODELS + 3)]
    here = [Row(name, "g", "fine_tuned", Estimate(float(at)), None) for at, name in enumerate(names)]
    rows = pl.concat(
        [with_family("fine_tuned_v_prompted", "p").with_columns(policy=pl.lit(name)) for name in names[:-1]]
    )
    assert [claim.policy for claim in claims(here, rows)] == names[-2 : -2 - MAX_MODELS : -1]
    assert claims(HERE, invented.comparisons().clear()) == []


def test_with_too_few_users_the_page_says_that_nothing_can_be_distinguished() -> None:
    few = with_family("fine_tuned_v_prompted", "p", n_users=5, p_sign_flip_least=0.0625)
    many = with_family("fine_tuned_v_prompted", "p", n_users=40, p_sign_flip_least=2e-12)
    assert limits(few).startswith("With 5 test users the test can call no difference distinguishable, however large")
    assert limits(many).startswith("The minimum detectable difference") and "does not mean equal" in limits(many)


def test_a_difference_without_standard_error_has_no_detectable_one() -> None:
    (row,) = with_family("fine_tuned_v_prompted", "p", mde_points=None).to_dicts()
    assert "detectable" not in sentence(row)
