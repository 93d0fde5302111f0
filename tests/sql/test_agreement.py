"""Every metric equals an independent numpy and scipy computation from the raw answers, to 1e-12, whatever the rows' order."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from shopcart_assets.evaluation.verdicts import verdicts
from shopcart_assets.platform.dictionary import TABLES
from shopcart_assets.platform.lake import open_lake
from shopcart_assets.platform.warehouse import Warehouse
from tests.evaluation.invented import filled, measure, one_refresh
from tests.sql import invented_study as invented
from tests.sql.invented_study import CATEGORIES, FOLDED, TARGETS, TYPES, Ints, Study

STUDY = invented.study()
EXACT = 1e-12
KINDS = ("search", "purchase", "product", "filter", "page", "other", "terminate", "illegal")
VIEWS = [name for name, table in TABLES.items() if table.is_view and name.startswith("evaluation.")]
Floats = NDArray[np.float64]


def build(folder: Path, arrange: Callable[[pl.DataFrame], pl.DataFrame]) -> Warehouse:
    """A lake with the study, its rows in some order, judged and added up by the project."""
    lake = Warehouse(open_lake(str(folder / "lake"), folder), folder / "warehouse.duckdb")
    cases = STUDY.cases()
    names = [
        {"page_id": page, "name": name, "role": role, "position": place, "day": invented.DAY}
        for page in invented.PAGES
        for place, (name, role) in enumerate(invented.NAMES.items(), 1)
    ]
    pages = pl.DataFrame({"page_id": list(invented.PAGES), "url": list(invented.PAGES.values())})
    with one_refresh(lake):
        lake.write("dataset.cases", arrange(cases), day=invented.DAY)
        lake.write("privacy.pages", filled("privacy.pages", arrange(pages)), day=invented.DAY)
        for policy in STUDY.answers:
            judged = verdicts(arrange(STUDY.predictions(policy)), arrange(cases), arrange(pl.DataFrame(names)))
            lake.write("evaluation.verdicts", arrange(judged), policy=policy)
        measure(lake)
    return lake


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    return build(tmp_path_factory.mktemp("study"), lambda frame: frame)


class Of:
    """One policy's answered cases, as arrays."""

    def __init__(self, study: Study, policy: str) -> None:
        there = study.answers[policy] >= 0
        self.human, self.said = study.human[there], study.answers[policy][there]
        self.session, self.user, self.step = study.session[there], study.user[there], study.step[there]
        self.weight = 1 / study.n_of_session[there]
        self.is_final = self.step == study.n_of_session[there] + 1
        self.is_exact = self.said == self.human
        self.is_target = TARGETS[self.said] == TARGETS[self.human]
        self.is_type = TYPES[self.said] == TYPES[self.human]
        self.is_folded = FOLDED[self.said] == FOLDED[self.human]
        before = np.concatenate(([0], study.human[:-1]))  # a search, as the first step of every session is
        self.before = np.where(study.step == 2, 0, before)[there]

    def session_means(self) -> tuple[Floats, Ints]:
        """The accuracy of each session with an answer, and its user."""
        _, first, place = np.unique(self.session, return_index=True, return_inverse=True)
        return np.bincount(place, self.is_exact) / np.bincount(place), self.user[first]

    def errors(self) -> NDArray[np.str_]:
        wrong = np.where(TYPES[self.human] == "click", "clicked_wrong_button", "searched_wrong_keyword")
        missed = np.select(
            [TYPES[self.human] == "terminate", TYPES[self.human] == "click"],
            ["didnt_terminate", "didnt_click"],
            "didnt_search",
        )
        told = np.where(self.is_type, wrong, missed)
        return np.where(self.is_exact, "correct", np.where(TYPES[self.said] == "illegal", "illegal", told))


def each(lake: Warehouse, view: str) -> Iterator[tuple[Of, pl.DataFrame]]:
    """Each policy with its rows of a view."""
    rows = lake.read(f"evaluation.{view}")
    for policy in STUDY.answers:
        yield Of(STUDY, policy), rows.filter(pl.col("policy") == policy)


def clustered(residuals: Floats, users: Ints, n: int) -> float:
    """Half the width of the 95 % interval of a mean over `n`, from residuals clustered by user."""
    summed = np.bincount(users, residuals)[np.unique(users)]
    clusters = len(summed)
    se = np.sqrt((summed**2).sum() * clusters / (clusters - 1)) / n
    return float(stats.t.ppf(0.975, clusters - 1) * se)


def near(expected: object) -> object:
    return pytest.approx(expected, rel=0, abs=EXACT)


def test_accuracy(lake: Warehouse) -> None:
    for mine, rows in each(lake, "accuracy"):
        row = rows.row(0, named=True)
        means, users = mine.session_means()
        reach = clustered(means - means.mean(), users, len(means))
        assert row["macro_accuracy"] == near(means.mean())
        assert (row["low"], row["high"]) == near((max(0, means.mean() - reach), min(1, means.mean() + reach)))
        assert row["micro_accuracy"] == near(mine.is_exact.mean())
        assert row["non_final_accuracy"] == near(mine.is_exact[~mine.is_final].mean())
        for name in ("type", "target", "folded"):
            assert row[f"{name}_accuracy"] == near(getattr(mine, f"is_{name}").mean())
        assert (row["n_cases"], row["n_sessions"]) == (len(mine.said), len(means))
        assert row["n_users"] == len(np.unique(users)) == invented.N_USERS
        assert row["coverage"] == near(len(mine.said) / len(STUDY.human))
    assert sorted(lake.read("evaluation.accuracy")["coverage"].to_list())[1] == 1.0


@pytest.mark.parametrize("view", ["accuracy_by_step", "accuracy_by_human_type", "accuracy_by_site"])
def test_slices(lake: Warehouse, view: str) -> None:
    for mine, rows in each(lake, view):
        by = {
            "step": mine.step,
            "human_type": TYPES[mine.human],
            "site": np.array(invented.SITES)[mine.step % 2],
        }
        keys = [name for name in by if name in rows.columns]
        for row in rows.to_dicts():
            here = np.logical_and.reduce([by[key] == row[key] for key in keys])
            assert (row["n_cases"], row["n_exact"]) == (here.sum(), mine.is_exact[here].sum())
            for name in ("type", "target"):
                assert row[f"{name}_accuracy"] == near(getattr(mine, f"is_{name}")[here].mean())
            assert row["accuracy"] == near(mine.is_exact[here].mean())
        assert rows["n_cases"].sum() == len(mine.said) and rows.n_unique(keys) == rows.height


def test_outcomes(lake: Warehouse) -> None:
    for mine, rows in each(lake, "outcomes"):
        row = rows.row(0, named=True)
        bought, called = mine.human[mine.is_final] == invented.BUY, CATEGORIES[mine.said[mine.is_final]]
        tp, fp = (called[bought] == "purchase").sum(), (called[~bought] == "purchase").sum()
        fn, tn = bought.sum() - tp, (~bought).sum() - fp
        assert (row["tp"], row["fp"], row["fn"], row["tn"]) == (tp, fp, fn, tn)
        assert row["f1"] == near(2 * tp / (2 * tp + fp + fn))
        share = stats.binomtest(int(tp), int(tp + fp + fn)).proportion_ci(method="wilson")
        assert (row["low"], row["high"]) == near(tuple(2 * end / (1 + end) for end in share))
        table = {
            (end, call): row[f"n_{end}_{call}"]
            for end in ("bought", "left")
            for call in ("purchase", "terminate", "other", "illegal")
        }
        shown = np.where(np.isin(called, ("purchase", "terminate", "illegal")), called, "other")
        for (end, call), n in table.items():
            assert n == (shown[bought if end == "bought" else ~bought] == call).sum()
        assert sum(table.values()) == mine.is_final.sum()
        assert row["share_neither"] == near(np.isin(shown, ("other", "illegal")).mean())
        assert row["bootstrap_low"] < row["f1"] < row["bootstrap_high"]


def test_errors_add_up_and_reconcile_with_accuracy(lake: Warehouse) -> None:
    macro = dict(lake.read("evaluation.accuracy").select("policy", "macro_accuracy").rows())
    for mine, rows in each(lake, "errors"):
        kinds = mine.errors()
        outside = np.isin(kinds, ("correct", "illegal"))
        for row in rows.to_dicts():
            here = kinds == row["error"]
            assert row["n_cases"] == here.sum()
            assert row["share_of_cases"] == near(here.mean())
            assert row["weighted_share"] == near(mine.weight[here].sum() / mine.weight.sum())
            expected = None if row["error"] in ("correct", "illegal") else here.sum() / (~outside).sum()
            assert row["share_of_errors"] == (expected if expected is None else near(expected))
        for name in ("share_of_cases", "share_of_errors", "weighted_share"):
            assert rows[name].sum() == near(1)
        if len(mine.said) == len(STUDY.human):
            wrong = rows.filter(pl.col("error") != "correct")
            assert wrong["weighted_share"].sum() == near(1 - macro[rows["policy"][0]])


def test_mix(lake: Warehouse) -> None:
    everybody = Of(STUDY, "p00")
    policies = [(mine, rows, mine.said) for mine, rows in each(lake, "mix")]
    people = lake.read("evaluation.mix").filter(pl.col("policy") == "human")
    for mine, rows, done in [*policies, (everybody, people, everybody.human)]:
        assert set(rows["category"]) == set(KINDS) - ({"illegal"} if rows is people else set())
        assert rows["share"].sum() == near(1)
        for row in rows.to_dicts():
            here = CATEGORIES[done] == row["category"]
            reach = clustered(here - here.mean(), mine.user, len(here))
            assert (row["n_cases"], row["share"]) == (here.sum(), near(here.mean()))
            assert (row["low"], row["high"]) == near((max(0, here.mean() - reach), min(1, here.mean() + reach)))
            assert row["per_session"] == near(here.sum() / len(np.unique(mine.session)))


def test_transitions(lake: Warehouse) -> None:
    for mine, rows in each(lake, "transitions"):
        assert rows["n_predicted"].sum() == rows["n_human"].sum() == len(mine.said)
        for row in rows.to_dicts():
            after = CATEGORIES[mine.before] == row["previous_category"]
            for done, n, share in ((mine.said, "n_predicted", "share"), (mine.human, "n_human", "human_share")):
                here = CATEGORIES[done[after]] == row["category"]
                assert (row[n], row[share]) == (here.sum(), near(here.mean()))


def test_divergence(lake: Warehouse) -> None:
    for mine, rows in each(lake, "divergence"):
        known = {"nothing": np.zeros(len(mine.said)), "previous_category": CATEGORIES[mine.before], "step": mine.step}
        assert set(rows["given"]) == set(known)
        for row in rows.to_dicts():
            _, given = np.unique(known[row["given"]], return_inverse=True)
            tables = []
            for done in (mine.said, mine.human):
                place = given * len(KINDS) + np.array([KINDS.index(one) for one in CATEGORIES[done]])
                tables.append(np.bincount(place, minlength=(given.max() + 1) * len(KINDS)).tolist())
            assert row["js_bits"] == near(jensenshannon(tables[0], tables[1], base=2) ** 2)
            assert 0 < row["human_js_bits"] <= row["human_js_bits_p95"]


def test_the_leaderboard_is_those_numbers_rounded(lake: Warehouse) -> None:
    board = lake.read("evaluation.leaderboard")
    accuracy = lake.read("evaluation.accuracy")
    assert board["policy"].to_list() == accuracy["policy"].to_list()
    assert board["place"].to_list() == list(range(1, invented.N_POLICIES + 1))
    for mine, rows in each(lake, "leaderboard"):
        row = rows.row(0, named=True)
        illegal = (TYPES[mine.said] == "illegal").mean()
        assert row["illegal_pct"] == pytest.approx(100 * illegal, abs=0.0051)
        assert row["macro_accuracy_pct"] == pytest.approx(100 * mine.session_means()[0].mean(), abs=0.0051)
        assert (row["n_seeds"], row["seed_low_pct"]) == (1, None)


def test_the_order_of_the_rows_does_not_matter(lake: Warehouse, tmp_path: Path) -> None:
    seeds = iter(range(1_000))
    shuffled = build(tmp_path, lambda frame: frame.sample(fraction=1.0, shuffle=True, seed=next(seeds)))
    for view in VIEWS:
        assert shuffled.read(view).equals(lake.read(view)), view
    assert len(VIEWS) >= 10
