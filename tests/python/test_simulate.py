"""The simulated population: the same from the same seed, and true to the contract."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sesame.contract import Table, contract
from sesame.errors import SesameError
from sesame.simulate import SimulateReport, simulate
from sesame.simulate.population import DIRT, WITHOUT_KNOWN_AT, _rows

Ask = Callable[[str], list[tuple[Any, ...]]]

TABLES = [table for tables in contract().values() for table in tables.values()]
# The highest share of rows spoiled in any table (dirt.csv), with room for chance in small tables.
MOST_DIRT_RATIO = 0.02


def _simulate(to: Path, seed: int = 1) -> SimulateReport:
    return simulate(
        to, consumers=300, businesses=60, months=14, seed=seed, progress=lambda line: None
    )


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> SimulateReport:
    return _simulate(tmp_path_factory.mktemp("simulated") / "files")


@pytest.fixture(scope="module")
def ask(population: SimulateReport) -> Ask:
    """Query the files; each is a view called <domain>_<table>."""
    connection = duckdb.connect(":memory:")
    for table in TABLES:
        path = population.folder / table.domain / f"{table.name}.parquet"
        connection.execute(f"create view {table.domain}_{table.name} as from '{path}'")
    return lambda sql: connection.execute(sql).fetchall()


def test_same_seed_same_bytes(population: SimulateReport, tmp_path: Path) -> None:
    again = _simulate(tmp_path / "again")
    assert _digests(again.folder) == _digests(population.folder)
    assert again.rows == population.rows


def test_another_seed_is_another_population(population: SimulateReport, tmp_path: Path) -> None:
    other = _simulate(tmp_path / "other", seed=2)
    theirs, ours = _digests(other.folder), _digests(population.folder)
    same = {name for name in ours if ours[name] == theirs[name]}
    assert same == {"marketplace/categories.parquet", "partners/readers.parquet"}


def test_every_table_is_written_and_nothing_else(population: SimulateReport) -> None:
    assert set(_digests(population.folder)) == {
        f"{table.domain}/{table.name}.parquet" for table in TABLES
    }
    assert [path.name for path in population.folder.parent.iterdir()] == ["files"]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.domain}.{table.name}")
def test_table_keeps_the_contract(
    table: Table,
    population: SimulateReport,
    ask: Ask,
) -> None:
    view = f"{table.domain}_{table.name}"
    ((rows,),) = ask(f"select count(*) from {view}")
    assert rows == population.rows[f"{table.domain}.{table.name}"]
    assert rows, "empty table"

    described = {name: data_type for name, data_type, *_others in ask(f"describe {view}")}
    assert {name: str(kind).lower() for name, kind in described.items()} == {
        column.delivered_as: column.data_type for column in table.columns
    }

    key = table.key.delivered_as
    assert ask(f"select count(distinct {key}) from {view}") == [(rows,)]

    has_known_at = (table.domain, table.name) not in WITHOUT_KNOWN_AT
    assert ask(f"select count(known_at) from {view}") == [(rows if has_known_at else 0,)]
    for moment in filter(None, (table.event_at, table.settled_at)):
        assert ask(f"select count(*) from {view} where known_at < {moment}") == [(0,)], moment

    spoiled = {
        row["column_name"]
        for row in _rows(DIRT)
        if (row["domain"], row["table_name"]) == (table.domain, table.name)
    }
    for column in table.columns:
        name = column.delivered_as
        if name == "known_at":
            continue
        broken = ["false"]
        if column.is_required:
            broken.append(f"{name} is null")
        if column.minimum is not None:
            broken.append(f"{name} < '{column.minimum}'")
        if column.maximum is not None:
            broken.append(f"{name} > '{column.maximum}'")
        if column.accepted_values:
            accepted = ", ".join(f"'{value}'" for value in column.accepted_values)
            broken.append(f"{name} not in ({accepted})")
        if column.is_subject:
            broken.append(f"{name} not in (select subject_id from identity_subjects)")
        ((bad,),) = ask(f"select count(*) from {view} where {' or '.join(broken)}")
        allowed = MOST_DIRT_RATIO * rows if name in spoiled else 0
        assert bad <= allowed, name


def test_some_dirt_is_planted(ask: Ask) -> None:
    ((bad,),) = ask(
        "select count(*) from marketplace_page_views "
        "where action = 'share' or subject_id = 'c-unknown'"
    )
    assert bad


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("marketplace_order_items", "order_id", "marketplace_orders", "order_id"),
        ("marketplace_orders", "shop_id", "marketplace_shops", "shop_id"),
        ("marketplace_refunds_and_disputes", "order_id", "marketplace_orders", "order_id"),
        ("marketplace_page_views", "category_id", "marketplace_categories", "category_id"),
        ("payments_credit_statements", "account_id", "payments_credit_accounts", "account_id"),
        ("payments_loan_instalments", "account_id", "payments_credit_accounts", "account_id"),
        ("partners_outcomes", "facility_id", "payments_credit_accounts", "account_id"),
        ("partners_inquiries", "reader_id", "partners_readers", "reader_id"),
        ("consent_objections", "item_key", "payments_bills", "bill_id"),
    ],
)
def test_reference_holds(
    child: str,
    column: str,
    parent: str,
    key: str,
    ask: Ask,
) -> None:
    orphans = ask(
        f"select distinct {column} from {child} where {column} not in (select {key} from {parent})"
    )
    assert orphans == []


def test_an_order_is_the_sum_of_its_lines(ask: Ask) -> None:
    """Spoiled rows aside: a sign lost (orders), lines booked negative (order_items)."""
    differing = ask("""
        select orders.order_id
        from marketplace_orders as orders
        inner join marketplace_order_items as items on orders.order_id = items.order_id
        where orders.amount >= 0
        group by orders.order_id, orders.amount
        having min(items.quantity) > 0
            and orders.amount <> sum(items.quantity * items.unit_price_amount)
    """)
    assert differing == []


def test_nothing_is_known_before_it_is_consented_to_by_most(
    ask: Ask,
) -> None:
    """A few withhold, withdraw or come late: landing has something to refuse, but little."""
    ((share,),) = ask("""
        select avg((not exists (
            select 1 from consent_consent_events as events
            where events.subject_id = bills.subject_id
                and events.domain = 'payments'
                and events.action = 'grant'
                and events.known_at <= bills.known_at
                and coalesce(events.covers_from_at, events.decided_at) <= bills.issued_at
        ))::integer)
        from payments_bills as bills
    """)
    assert 0 < share < 0.05


def test_the_reliable_pay_on_time(ask: Ask) -> None:
    """The latents show: those who default pay fewer bills on time."""
    shares: dict[bool, float] = dict(
        ask("""
            select outcomes.is_default, avg((bills.paid_at <= bills.due_at)::integer)
            from partners_outcomes as outcomes
            inner join payments_bills as bills on outcomes.subject_id = bills.subject_id
            where bills.paid_at is not null
            group by outcomes.is_default
        """)
    )
    assert shares[True] < shares[False]


@pytest.mark.parametrize(
    ("argument", "value"),
    [("consumers", 0), ("businesses", -1), ("months", 3), ("months", 5000), ("seed", -1)],
)
def test_senseless_argument_is_refused(argument: str, value: int, tmp_path: Path) -> None:
    arguments = {"consumers": 300, "businesses": 60, "months": 14, "seed": 1, argument: value}
    with pytest.raises(SesameError, match=argument):
        simulate(tmp_path / "files", **arguments, progress=lambda line: None)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "thesis.txt").write_text("mine")
    with pytest.raises(SesameError, match=r"thesis\.txt"):
        _simulate(tmp_path / "files")
    assert (tmp_path / "files" / "thesis.txt").read_text() == "mine"


def test_unwritable_folder_is_refused() -> None:
    # Not a folder without permission: to root, as in a container, that is writable.
    with pytest.raises(SesameError, match="cannot write"):
        _simulate(Path("/proc/simulated"))


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(SesameError):
        _simulate(tmp_path / "in_the_way")
    with pytest.raises(SesameError):
        _simulate(tmp_path / "in_the_way" / "files")


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    first = _simulate(tmp_path / "files")
    before = _digests(first.folder)

    def stop(line: str) -> None:
        if line.startswith("social"):
            raise OSError(28, "No space left on device")

    with pytest.raises(SesameError, match="No space left"):
        simulate(tmp_path / "files", consumers=300, businesses=60, months=14, seed=2, progress=stop)
    assert _digests(first.folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["files"]
