"""Simulated shapes beside real ones: distances are right, and the page says what the data say."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sesame.errors import SesameError
from sesame.simulate import shapes, shapes_measure
from sesame.simulate.shapes import PAGE
from sesame.simulate.shapes_measure import SQL, Compared, Values, plan

COMPARISONS, DATA_SETS = plan().comparisons, plan().data_sets
# In these a view gives the real side other rows than the simulated one.
OF_TWO_VIEWS = {"utilisation", "paid_share", "repayment_status", "friends"}

POPULATION = "eight persons, by hand"
LARGEST_PLOT_BYTES = 60_000

# --- distances ----------------------------------------------------------------------------------


def values(*numbers: float) -> Values:
    return np.array(numbers, dtype=np.float64)


def test_the_same_sample_is_at_no_distance() -> None:
    sample = values(1, 2, 2, 5)
    assert shapes_measure.ks_distance(sample, sample) == 0
    assert shapes_measure.shape_distance(sample, sample) == 0
    assert shapes_measure.total_variation(sample, sample) == 0


def test_samples_without_overlap_are_at_distance_one() -> None:
    assert shapes_measure.ks_distance(values(1, 2, 3), values(4, 5)) == 1
    assert shapes_measure.total_variation(values(3, 0), values(0, 8)) == 1


def test_distances_between() -> None:
    """Uniform on 1 to 100 and on 51 to 150 share half; a quarter of the shares has moved."""
    low, high = np.arange(1.0, 101), np.arange(51.0, 151)
    assert shapes_measure.ks_distance(low, high) == pytest.approx(0.5)
    assert shapes_measure.total_variation(values(2, 2), values(3, 1)) == pytest.approx(0.25)


def test_shape_forgets_the_currency_and_nothing_else() -> None:
    sample = values(1, 2, 3, 4, 9)
    assert shapes_measure.ks_distance(sample, 8 * sample) == pytest.approx(0.8)
    assert shapes_measure.shape_distance(sample, 8 * sample) == 0
    assert shapes_measure.shape_distance(sample, sample**2) == pytest.approx(0.2)


def test_a_median_of_zero_has_no_shape() -> None:
    assert shapes_measure.shape_distance(values(0, 0, 1), values(1, 2, 3)) is None


SAMPLES = st.lists(st.integers(1, 50), min_size=3, max_size=30).map(lambda found: values(*found))


@given(SAMPLES, SAMPLES)
def test_distances_are_ratios_and_have_no_direction(left: Values, right: Values) -> None:
    for distance in (shapes_measure.ks_distance, shapes_measure.shape_distance):
        there, back = distance(left, right), distance(right, left)
        assert there == back
        assert there is not None
        assert 0 <= there <= 1


# --- a population that can be counted by hand ---------------------------------------------------

# c1 to c6 are consumers, b1 is a business. What must not count stands in it too: a card of a
# business, a loan, a rating of a shop, dirt, and views from before the four months.
TABLES = {
    "identity/subjects": """
        select 'c' || i as subject_id, 'consumer' as kind from range(1, 7) as r (i)
        union all select 'b1', 'business'
    """,
    "marketplace/orders": """
        select * from (values
            ('o1', 'c1', 's1', 10.00, timestamp '2024-06-30 12:00:00'),
            ('o2', 'c1', 's1', 40.00, timestamp '2024-06-01 12:00:00'),
            ('o3', 'c2', 's1', 20.00, timestamp '2024-05-01 12:00:00'),
            ('o4', 'c2', 's2', -1.00, timestamp '2022-05-01 12:00:00')
        ) as t (order_id, subject_id, shop_id, amount, ordered_at)
    """,
    "marketplace/order_items": """
        select * from (values
            ('o1', 'c1', timestamp '2024-06-30 12:00:00'),
            ('o1', 'c1', timestamp '2024-06-30 12:00:00'),
            ('o2', 'c1', timestamp '2024-06-01 12:00:00'),
            ('o3', 'c2', timestamp '2024-05-01 12:00:00'),
            ('o4', 'c2', timestamp '2022-05-01 12:00:00')
        ) as t (order_id, subject_id, ordered_at)
    """,
    "marketplace/page_views": """
        select 'c1' as subject_id, 'view' as action, timestamp '2024-06-01 00:00:00' as viewed_at
        from range(6)
        union all select 'c2', 'view', timestamp '2024-05-01 00:00:00' from range(10)
        union all select 'c3', 'view', timestamp '2024-04-01 00:00:00' from range(5)
        union all select 'c3', 'favourite', timestamp '2024-04-01 00:00:00'
        union all select 'c3', 'share', timestamp '2024-04-01 00:00:00'
        union all select 'c4', 'view', timestamp '2024-01-01 00:00:00' from range(7)
        union all select 'c5', 'view', timestamp '2024-07-09 00:00:00' from range(7)
    """,
    "payments/invoices": """
        select
            'b' || (i % 2) as subject_id,
            if(i < 40, 'issued', 'received') as direction,
            case when i % 10 = 0 then 'voided' when i % 10 = 1 then 'reversed' else 'valid' end
                as status,
            cast(if(i % 10 = 1, -100, 100 + i) as decimal(18, 2)) as net_amount
        from range(80) as r (i)
    """,
    "payments/credit_accounts": """
        select * from (values
            ('a1', 'c1', 'card'), ('a2', 'c2', 'instalment_loan'), ('a3', 'b1', 'card')
        ) as t (account_id, subject_id, kind)
    """,
    "payments/credit_statements": """
        select * from (values
            ('a1', 'c1', 100.00, 50.00, 50.00, 0, '-1'),
            ('a1', 'c1', 100.00, 0.00, 0.00, 0, '-2'),
            ('a1', 'c1', 100.00, 80.00, 8.00, 0, '0'),
            ('a1', 'c1', 100.00, 90.00, 0.00, 30, '1'),
            ('a1', 'c1', 100.00, 95.00, 0.00, 31, '2'),
            ('a1', 'c1', 100.00, 97.00, 0.00, 61, '3'),
            ('a1', 'c1', 100.00, 98.00, 0.00, 91, '4'),
            ('a1', 'c1', 100.00, null, null, null, '4'),
            ('a2', 'c2', null, 500.00, 0.00, 200, '0'),
            ('a3', 'b1', 100.00, 500.00, 0.00, 200, '0')
        ) as t (account_id, subject_id, limit_amount, balance_amount, paid_amount, days_past_due,
            lender_status)
    """,
    "social/friendships": """
        select * from (values
            ('c1', 'c2', null), ('c2', 'c1', null), ('c1', 'c3', null),
            ('c1', 'c4', timestamp '2024-01-01 00:00:00')
        ) as t (from_subject_id, to_subject_id, until_at)
    """,
    "social/ratings": """
        select * from (values
            ('c1', 'c2', 1), ('c2', 'c1', 2), ('c3', 'c2', -10), ('c1', 'c3', 1), ('c4', 'c2', 99),
            ('c1', 'b1', 5)
        ) as t (from_subject_id, to_subject_id, value)
    """,
}


def deliver(folder: Path, part: str = ".parquet", **changed: str) -> Path:
    """Write TABLES as <domain>/<table><part>; a changed table is given as <domain>_<table>=SQL."""
    for name, query in TABLES.items():
        path = folder / f"{name}{part}"
        path.parent.mkdir(parents=True, exist_ok=True)
        duckdb.sql(changed.get(name.replace("/", "_"), query)).write_parquet(str(path))
    return folder


def measured(files: Path, real: Path) -> dict[str, Compared]:
    compared, _ = shapes_measure.measure(files, dict.fromkeys(DATA_SETS, real))
    return {one.comparison.name: one for one in compared}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As the simulator delivers: in parts, by the month of delivery."""
    return deliver(tmp_path_factory.mktemp("files"), "/month=2024-07/block-0000.parquet")


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As an adapter maps: one file per table; here the same rows."""
    return deliver(tmp_path_factory.mktemp("real"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("order_value", [10, 20, 40]),
        ("lines_per_order", [1, 1, 1, 2]),
        ("orders_per_customer", [1, 2]),
        # c4's views are too old; c5's come after the last order that is reported
        ("views_per_user", [5, 6, 10]),
        ("click_to_buy", [0, 1 / 10, 3 / 6]),
        ("actions", [21, 1, 0, 4]),
        ("void_rate_issued", [0, 0.2]),
        ("red_rate_received", [0, 0.2]),
        ("utilisation", [0, 0.5, 0.8, 0.9, 0.95, 0.97, 0.98]),
        ("paid_share", [0, 0, 0, 0, 0.1, 1]),
        ("repayment_status", [2, 1, 1, 1, 2]),
        ("ratings_received", [1, 1, 2]),
        ("ratings_given", [1, 1, 2]),
        ("friends", [1, 1, 2]),
        ("rating_value", [1, *[0] * 10, 2, 1, *[0] * 8]),
    ],
)
def test_the_simulated_side_counts(
    name: str, expected: list[float], files: Path, real: Path
) -> None:
    assert measured(files, real)[name].simulated.tolist() == pytest.approx(expected)


def test_the_same_rows_on_both_sides_are_at_no_distance(files: Path, real: Path) -> None:
    compared, numbers = shapes_measure.measure(files, dict.fromkeys(DATA_SETS, real))
    apart = {one.comparison.name for one in compared if one.distance}
    assert apart <= OF_TWO_VIEWS
    for statistic, simulated, found in numbers:
        assert simulated == pytest.approx(found, nan_ok=True), statistic.title


def test_rates_are_counted(files: Path, real: Path) -> None:
    _, numbers = shapes_measure.measure(files, dict.fromkeys(DATA_SETS, real))
    found = {statistic.title: simulated for statistic, simulated, _ in numbers}
    assert found["order lines per page view, all users"] == pytest.approx(4 / 21)
    assert found["share of users with a view who buy in 4 months"] == pytest.approx(2 / 3)
    assert found["void rate, issued"] == pytest.approx(0.1)
    assert found["reciprocity: ratings answered by one back"] == pytest.approx(2 / 4)
    assert found["share of ratings below zero"] == pytest.approx(1 / 4)


def test_another_currency_is_no_other_shape(files: Path, tmp_path: Path) -> None:
    orders = f"select * replace (amount * 9 as amount) from ({TABLES['marketplace/orders']})"
    one = measured(files, deliver(tmp_path, marketplace_orders=orders))["order_value"]
    assert one.distance > 0
    assert one.shape_distance == one.counting == 0


def test_a_population_without_a_table_is_refused(real: Path, tmp_path: Path) -> None:
    with pytest.raises(SesameError, match="identity/subjects") as error:
        measured(tmp_path, real)
    assert error.value.exit_code == 2


def test_what_dirt_spoiled_is_not_read(files: Path, real: Path, tmp_path: Path) -> None:
    spoiled = deliver(tmp_path, "/month=2024-07/block-0000.parquet")
    for prefix in ("spoiled", "drifted"):
        path = spoiled / "marketplace" / "orders" / "month=2024-07" / f"{prefix}-0000-0.parquet"
        duckdb.sql("select 'o9' as order_id, 'twelve' as amount").write_parquet(str(path))
    assert measured(spoiled, real)["order_value"].simulated.tolist() == [10, 20, 40]


def test_a_side_without_a_value_is_named(files: Path, tmp_path: Path) -> None:
    none = f"select * from ({TABLES['social/ratings']}) where false"
    with pytest.raises(SesameError, match="no value on the side of bitcoin_alpha"):
        measured(files, deliver(tmp_path, social_ratings=none))


# --- what is compared ---------------------------------------------------------------------------


def test_every_query_and_view_is_used_and_there() -> None:
    queries = {one.query for one in (*plan().comparisons, *plan().statistics)}
    views = {view for side in plan().views.values() for view in side}
    assert queries == {path.stem for path in SQL.glob("*.sql")}
    assert views == {path.stem for path in SQL.glob("views/*.sql")}


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"distance": "far"}, "friends: distance far"),
        ({"axis": "round"}, "friends: axis round"),
        ({"data_set": "utopia"}, "friends: data set utopia"),
        ({"distance": "categories"}, "friends: categories belong"),
        ({"colour": "red"}, "friends: unknown colour"),
        ({"title": None}, "friends: title missing"),
    ],
)
def test_an_entry_that_is_not_understood_is_named(changed: dict[str, str], message: str) -> None:
    entry = {"name": "friends", "title": "Friends", "unit": "n", "data_set": "bitcoin_alpha"}
    entry |= {"distance": "measured", "differs": "All.", **changed}
    entry = {key: value for key, value in entry.items() if value is not None}
    with pytest.raises(SesameError, match=message):
        shapes_measure._comparison(entry, set(DATA_SETS))


def test_a_query_that_does_not_run_is_named(files: Path) -> None:
    lacking = f"select * exclude (value) from ({TABLES['social/ratings']})"
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(SesameError, match=r"consumer_ratings\.sql does not run on the side of sim"),
    ):
        patch.setitem(TABLES, "social/ratings", lacking)
        measured(deliver(files.parent / "lacking"), files)


# --- the manifest -------------------------------------------------------------------------------

MANIFEST = {
    "scale": 0.02,
    "months": 24,
    "seed": 1,
    "dirt": 0.0,
    "from_day": None,
    "days": None,
    "consumers": 20_000,
    "businesses": 2_460,
    "end": "2025-01-01T00:00:00",
}


def described(folder: Path, text: str) -> str:
    (folder / "files").mkdir()
    (folder / "files_truth").mkdir()
    (folder / "files_truth" / "simulation.json").write_text(text)
    return shapes.described(folder / "files")


def test_the_manifest_says_which_population_it_is(tmp_path: Path) -> None:
    assert described(tmp_path, json.dumps(MANIFEST)) == (
        "scale 0.02 (20,000 consumers, 2,460 businesses), 24 months until 2025-01-01, seed 1"
    )


def test_dirt_is_said(tmp_path: Path) -> None:
    assert described(tmp_path, json.dumps(MANIFEST | {"dirt": 0.01})).endswith(", dirt 0.01")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            json.dumps(MANIFEST | {"from_day": "2024-06-18", "days": 1}),
            "days alone, from 2024-06-18",
        ),
        ('{"scale": 1}', "no manifest of a simulation.*from_day"),
        ("{", "no manifest of a simulation"),
    ],
)
def test_a_manifest_of_no_population_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SesameError, match=message) as error:
        described(tmp_path, text)
    assert error.value.exit_code == 2


def test_without_a_manifest_nothing_is_written(
    files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = PAGE.read_bytes()
    assert shapes.main([str(files)]) == 2
    assert "_truth/simulation.json is not there" in capsys.readouterr().err
    assert PAGE.read_bytes() == before


# --- the page -----------------------------------------------------------------------------------

Written = Callable[..., Path]


@pytest.fixture(scope="module")
def written(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Write a page of all comparisons or some; the real side is TABLES with what is changed."""

    def write(only: set[str] | None = None, **changed: str) -> Path:
        folder = tmp_path_factory.mktemp("page")
        source = deliver(folder / "real", **changed)
        page = folder / "docs" / "page.md"
        (folder / "docs" / "page").mkdir(parents=True)
        (folder / "docs" / "page" / "dropped.svg").touch()
        compared, numbers = shapes_measure.measure(files, dict.fromkeys(DATA_SETS, source))
        compared = [one for one in compared if only is None or one.comparison.name in only]
        shapes.write(page, POPULATION, compared, numbers, "## What is not\n\nNobody is.\n")
        return page

    return write


@pytest.fixture(scope="module")
def page(written: Written) -> Path:
    return written()


def test_the_page_names_every_comparison(page: Path) -> None:
    text = page.read_text()
    assert POPULATION in text
    assert text.endswith("\n## What is not\n\nNobody is.\n")
    anchors = set(re.findall(r"\]\(#([^)]*)\)", text))
    headings = {shapes._anchor(found) for found in re.findall(r"^## (.*)$", text, re.M)}
    assert anchors <= headings
    for comparison in COMPARISONS:
        assert f"\n## {comparison.title}\n" in text
        assert f"](page/{comparison.name}.svg)" in text
        assert comparison.differs in text


def test_one_small_plot_per_comparison(page: Path) -> None:
    plots = {path.stem: path for path in page.with_suffix("").iterdir()}
    assert set(plots) == {comparison.name for comparison in COMPARISONS}
    for comparison in COMPARISONS:
        drawn = plots[comparison.name].read_text()
        assert len(drawn) < LARGEST_PLOT_BYTES
        assert comparison.unit in drawn
        assert "simulated" in drawn
        assert f"real: {DATA_SETS[comparison.data_set]}" in drawn


def test_the_same_files_give_the_same_bytes(page: Path, written: Written) -> None:
    again = written()
    assert again.read_bytes() == page.read_bytes()
    for path in page.with_suffix("").iterdir():
        assert (again.with_suffix("") / path.name).read_bytes() == path.read_bytes()


def test_figures_come_from_the_data(page: Path, written: Written) -> None:
    """Other real orders change the row, the section and the plot of what reads them alone."""
    orders = """
        select
            'o' || i as order_id, 'c1' as subject_id, 's1' as shop_id, 100 * i as amount,
            timestamp '2024-06-30 12:00:00' as ordered_at
        from range(1, 10) as r (i)
    """
    other = written(only={"order_value", "lines_per_order"}, marketplace_orders=orders)
    row = "| [Order value](#order-value) | CNY, real GBP | Online Retail | 3 |"
    assert f"{row} 3 | 0.00 | **0.00** |" in page.read_text()
    # all beyond 40; in medians .5, 1 and 2 against .2 to 1.8
    assert f"{row} 9 | 1.00 | **0.33** |" in other.read_text()
    assert "| real: Online Retail | 140 | 300 | 500 | 700 | 860 | 500 |" in other.read_text()
    changed = {
        path.stem
        for path in other.with_suffix("").iterdir()
        if path.read_bytes() != (page.with_suffix("") / path.name).read_bytes()
    }
    assert changed == {"order_value"}


def test_the_committed_page_is_of_these_comparisons() -> None:
    text = PAGE.read_text()
    for comparison in COMPARISONS:
        remedy = "run python -m sesame.simulate.shapes, see the page's head"
        assert f"\n## {comparison.title}\n" in text, remedy
        assert comparison.differs in text, remedy
    assert {path.stem for path in PAGE.with_suffix("").glob("*.svg")} == {
        comparison.name for comparison in COMPARISONS
    }


@pytest.mark.slow
def test_the_real_side_is_the_real_data(files: Path) -> None:
    """Counts as in docs/real_data.md and ../shared/data/README.md."""
    source = shapes_measure.real_folder()
    for name in DATA_SETS:
        if not (source / name).is_dir():
            pytest.skip(f"{source / name} is not there; SESAME_REAL_DATA may name another folder")
    with shapes_measure.adapted(source) as folders:
        compared, numbers = shapes_measure.measure(files, folders)
    real = {one.comparison.name: one.real for one in compared}
    assert real["lines_per_order"].sum() == 397_567
    assert real["actions"].sum() == 182_880
    assert real["utilisation"].size == 180_000
    assert real["rating_value"].sum() == real["ratings_given"].sum() == 24_186
    assert real["friends"].size == 3_783
    found = {statistic.title: number for statistic, _, number in numbers}
    assert found["reciprocity: ratings answered by one back"] == pytest.approx(0.832, abs=0.001)
