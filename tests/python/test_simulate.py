"""The simulated population: the same from the same seed, true to the contract and to its truth."""

import hashlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sesame import engine
from sesame.contract import Table, contract
from sesame.errors import SesameError
from sesame.home import Home
from sesame.landing import land
from sesame.simulate import Population, SimulateReport, simulate
from sesame.simulate.delivery import KINDS, WITHOUT_KNOWN_AT
from sesame.simulate.population import BUSINESSES, CONSUMERS, TRUTH

Ask = Callable[[str], list[tuple[Any, ...]]]

SESAME = Path(sys.executable).parent / "sesame"
TABLES = [table for tables in contract().values() for table in tables.values()]
SMALL = Population(scale=0.001, months=14, seed=1)


def _simulate(population: Population, to: Path) -> SimulateReport:
    return simulate(population, to, progress=lambda line: None)


def _digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*.parquet"))
    }


def _asker(report: SimulateReport) -> Ask:
    """Query raw tables as <domain>_<table> and the truth as truth_<name>."""
    connection = duckdb.connect(":memory:")
    connection.execute("set timezone = 'UTC'")
    for table in TABLES:
        connection.execute(
            f"create view {table.domain}_{table.name} as from read_parquet("
            f"'{report.files}/{table.domain}/{table.name}/**/block-*.parquet', "
            "hive_partitioning = false, filename = true)"
        )
    for name in TRUTH if report.population.is_whole else ():
        connection.execute(f"create view truth_{name} as from '{report.truth}/{name}/*.parquet'")
    return lambda sql: connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> SimulateReport:
    """The smallest population of the shortest time."""
    return _simulate(SMALL, tmp_path_factory.mktemp("simulated") / "files")


@pytest.fixture(scope="module")
def ask(small: SimulateReport) -> Ask:
    return _asker(small)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> SimulateReport:
    """Twelve times the small one, of two years and two blocks: enough to see shares in."""
    return _simulate(
        Population(scale=0.012, months=24, seed=1), tmp_path_factory.mktemp("large") / "files"
    )


@pytest.fixture(scope="module")
def ask_large(large: SimulateReport) -> Ask:
    return _asker(large)


def test_same_seed_same_bytes(small: SimulateReport, tmp_path: Path) -> None:
    again = _simulate(SMALL, tmp_path / "again")
    assert _digests(again.files) == _digests(small.files)
    assert _digests(again.truth) == _digests(small.truth)
    assert again.checksum == small.checksum
    assert again.rows == small.rows


@pytest.mark.slow
def test_same_seed_same_bytes_in_several_blocks(large: SimulateReport, tmp_path: Path) -> None:
    """Blocks are written side by side: whichever is done first."""
    assert len(large.population.blocks) > 1
    assert _simulate(large.population, tmp_path / "again").checksum == large.checksum


def test_another_seed_is_another_population(small: SimulateReport, tmp_path: Path) -> None:
    other = _simulate(replace(SMALL, seed=2), tmp_path / "other")
    theirs, ours = _digests(other.files), _digests(small.files)
    same = {name for name in ours if ours[name] == theirs.get(name)}
    assert {name.rpartition("/month=")[0] for name in same} == {
        "marketplace/categories",
        "partners/readers",
    }
    assert other.checksum != small.checksum


def test_scale_is_a_million_consumers() -> None:
    whole = Population(scale=1)
    assert (whole.consumers, whole.businesses) == (CONSUMERS, BUSINESSES) == (1_000_000, 123_000)
    assert whole.months == 24


@pytest.mark.parametrize("scale", [0.001, 0.0123, 0.3, 1, 10])
def test_blocks_hold_everybody_once(scale: float) -> None:
    population = Population(scale=scale)
    consumers, businesses = 0, 0
    for block in population.blocks:
        assert (block.first_consumer, block.first_business) == (consumers + 1, businesses + 1)
        # A community is never cut: its ties are made within the block.
        assert consumers % 30 == 0
        consumers, businesses = block.last_consumer, block.last_business
    assert (consumers, businesses) == (population.consumers, population.businesses)


def test_layout_is_domain_table_month_and_nothing_else(small: SimulateReport) -> None:
    places = {tuple(Path(name).parts[:2]) for name in _digests(small.files)}
    assert places == {(table.domain, table.name) for table in TABLES}
    months = {Path(name).parts[2] for name in _digests(small.files)}
    years = [f"month=2023-{month}" for month in ("11", "12")]
    years += [f"month=2024-{month:02}" for month in range(1, 13)]
    assert months == {*years, "month=before-2023-11"}
    assert {path.name for path in small.files.parent.iterdir()} == {"files", "files_truth"}
    assert {path.name for path in small.truth.iterdir()} == {*TRUTH, "simulation.json"}


def test_partition_is_the_month_in_which_a_row_became_known(ask: Ask) -> None:
    for table in TABLES:
        if (table.domain, table.name) in WITHOUT_KNOWN_AT:
            continue
        stray = ask(f"""
            select filename, known_at from {table.domain}_{table.name}
            where regexp_extract(filename, 'month=([^/]*)/', 1) <> if(
                known_at < '2023-11-01', 'before-2023-11', strftime(known_at, '%Y-%m')
            )
        """)
        assert stray == [], table.name


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.domain}.{table.name}")
def test_table_keeps_the_contract(table: Table, small: SimulateReport, ask: Ask) -> None:
    view = f"{table.domain}_{table.name}"
    ((rows,),) = ask(f"select count(*) from {view}")
    assert rows == small.rows[f"{table.domain}.{table.name}"]
    assert rows, "empty table"

    described = {name: data_type for name, data_type, *_others in ask(f"describe {view}")}
    del described["filename"]
    assert {name: str(kind).lower() for name, kind in described.items()} == {
        column.delivered_as: column.data_type for column in table.columns
    }

    key = table.key.delivered_as
    assert ask(f"select count(distinct {key}) from {view}") == [(rows,)]

    has_known_at = (table.domain, table.name) not in WITHOUT_KNOWN_AT
    assert ask(f"select count(known_at) from {view}") == [(rows if has_known_at else 0,)]
    for moment in filter(None, (table.event_at, table.settled_at)):
        assert ask(f"select count(*) from {view} where known_at < {moment}") == [(0,)], moment

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
        assert ask(f"select count(*) from {view} where {' or '.join(broken)}") == [(0,)], name


@pytest.mark.parametrize(
    ("child", "column", "parent", "key"),
    [
        ("marketplace_order_items", "order_id", "marketplace_orders", "order_id"),
        ("marketplace_orders", "shop_id", "marketplace_shops", "shop_id"),
        ("marketplace_refunds_and_disputes", "order_id", "marketplace_orders", "order_id"),
        ("marketplace_page_views", "category_id", "marketplace_categories", "category_id"),
        ("marketplace_page_views", "device_id", "identity_devices", "device_id"),
        ("payments_credit_statements", "account_id", "payments_credit_accounts", "account_id"),
        ("payments_loan_instalments", "account_id", "payments_credit_accounts", "account_id"),
        ("partners_outcomes", "facility_id", "payments_credit_accounts", "account_id"),
        ("partners_inquiries", "reader_id", "partners_readers", "reader_id"),
        ("consent_objections", "item_key", "payments_bills", "bill_id"),
    ],
)
def test_reference_holds(child: str, column: str, parent: str, key: str, ask: Ask) -> None:
    orphans = ask(
        f"select distinct {column} from {child} where {column} not in (select {key} from {parent})"
    )
    assert orphans == []


def test_an_order_is_the_sum_of_its_lines(ask: Ask) -> None:
    differing = ask("""
        select orders.order_id
        from marketplace_orders as orders
        inner join marketplace_order_items as items on orders.order_id = items.order_id
        group by orders.order_id, orders.amount
        having orders.amount <> sum(items.quantity * items.unit_price_amount)
    """)
    assert differing == []


# --- the whole and its deliveries ---------------------------------------------------------------


def _rows(
    folder: Path, table: Table, *, month: str = "*", named: str = "block"
) -> list[tuple[Any, ...]]:
    """Rows of a table's files, in an order of their own; none where there is no file."""
    pattern = f"{table.domain}/{table.name}/month={month}/{named}-*.parquet"
    if not list(folder.glob(pattern)):
        return []
    return duckdb.sql(
        f"select * from read_parquet('{folder}/{pattern}', hive_partitioning = false) order by all"
    ).fetchall()


@pytest.mark.parametrize("dirt", [0.0, 0.03])
def test_a_month_delivered_is_the_month_of_the_whole(dirt: float, tmp_path: Path) -> None:
    population = replace(SMALL, dirt=dirt)
    whole = _simulate(population, tmp_path / "whole")
    may = _simulate(replace(population, from_day=date(2024, 5, 1), days=31), tmp_path / "may")
    assert may.rows.total() > 1000
    for table in TABLES:
        for named in ("block", "spoiled", "drifted"):
            assert _rows(may.files, table, named=named) == _rows(
                whole.files, table, named=named, month="2024-05"
            ), (table.name, named)


def test_days_delivered_add_up_to_their_month(small: SimulateReport, tmp_path: Path) -> None:
    """June, as three deliveries: of a day, of nineteen, of ten."""
    parts = [
        _simulate(replace(SMALL, from_day=date(2024, 6, first), days=days), tmp_path / str(first))
        for first, days in ((1, 1), (2, 19), (21, 10))
    ]
    for table in TABLES:
        together = sorted((row for part in parts for row in _rows(part.files, table)), key=repr)
        june = _rows(small.files, table, month="2024-06")
        assert together == sorted(june, key=repr), table.name


# --- what is true of the population -------------------------------------------------------------


def test_a_subject_is_the_same_at_any_scale(small: SimulateReport, tmp_path: Path) -> None:
    other = _simulate(replace(SMALL, scale=0.002), tmp_path / "other")
    assert _asker(other)("""
        select * from truth_subjects where subject_id <= 'b00000123' or
        subject_id between 'c' and 'c00001000' order by 1
    """) == _asker(small)("select * from truth_subjects order by 1")


CATEGORIES = [
    (table.domain, table.name, column.delivered_as)
    for table in TABLES
    for column in table.columns
    if column.accepted_values or column.data_type == "boolean"
] + [
    ("marketplace", "page_views", "category_id"),
    ("marketplace", "order_items", "category_id"),
    ("payments", "credit_statements", "lender_status"),
    ("partners", "inquiries", "reader_id"),
]


@pytest.mark.parametrize(("domain", "name", "column"), CATEGORIES, ids=lambda part: part)
def test_two_scales_agree_on_the_share_of_every_category(
    domain: str, name: str, column: str, ask_twice: tuple[Ask, Ask]
) -> None:
    """Of the subjects' own rates: their spread gives the sampling error, rows of one go together.

    Five standard errors: over some 250 categories chance exceeds them once in ten thousand runs.
    """
    table = contract()[domain][name]
    if not table.subjects:
        return  # a list that is nobody's, the same at any scale
    subject = table.subjects[0].delivered_as
    sql = f"""
        with counted as (
            select {subject} as subject, {column}::varchar as category, count(*) as rows
            from {domain}_{name} group by all
        ),
        totals as (select subject, sum(rows) as total from counted group by subject),
        overall as (select sum(total) as rows, count(*) as subjects from totals),
        shares as (
            select category, sum(counted.rows) / any_value(overall.rows) as share
            from counted cross join overall group by category
        )
        -- a ratio of means: its variance is that of the residuals, subject by subject
        select
            shares.category, any_value(shares.share),
            sum(pow(coalesce(counted.rows, 0) - shares.share * totals.total, 2))
            / any_value(pow(overall.rows, 2))
        from shares cross join totals cross join overall
        left join counted
            on counted.subject = totals.subject
            and counted.category is not distinct from shares.category
        group by shares.category
    """
    one, other = ({row[0]: row[1:] for row in ask(sql)} for ask in ask_twice)
    for category in one.keys() | other.keys():
        share, variance = one.get(category, (0.0, 0.0))
        other_share, other_variance = other.get(category, (0.0, 0.0))
        # A category that few show has no spread to go by: one subject in the smaller population.
        least = 1 / SMALL.consumers**2
        error = (variance + other_variance + least) ** 0.5
        assert abs(share - other_share) < 5 * error, (category, share, other_share)


@pytest.fixture(scope="module")
def ask_twice(ask_large: Ask, tmp_path_factory: pytest.TempPathFactory) -> tuple[Ask, Ask]:
    """One seed and span at two scales."""
    smaller = _simulate(
        Population(scale=0.002, months=24, seed=1), tmp_path_factory.mktemp("smaller") / "files"
    )
    return _asker(smaller), ask_large


def test_three_in_four_have_no_file_with_a_lender(ask_large: Ask) -> None:
    ((share,),) = ask_large(
        "select avg((not has_credit)::integer) from truth_subjects where kind = 'consumer'"
    )
    assert share == pytest.approx(0.75, abs=0.02)


def test_latents_are_standard_normal_and_depend_as_stated(ask_large: Ask) -> None:
    for latent in (
        "reliability",
        "income",
        "income_volatility",
        "activity",
        "stability",
        "social_position",
    ):
        ((mean, deviation),) = ask_large(
            f"select avg({latent}), stddev({latent}) from truth_subjects"
        )
        assert mean == pytest.approx(0, abs=0.06)
        assert deviation == pytest.approx(1, abs=0.05)
    ((income, stability, volatility),) = ask_large("""
        select corr(reliability, income), corr(reliability, stability),
            corr(income_volatility, stability)
        from truth_subjects
    """)
    assert income == pytest.approx(0.30, abs=0.04)
    assert stability == pytest.approx(0.345, abs=0.04)
    assert volatility == pytest.approx(-0.40, abs=0.04)


def test_defaults_happen_as_often_as_the_hazard_says(ask_large: Ask) -> None:
    """Monthly and over twelve months, in every tenth of the population."""
    tenths = ask_large("""
        with judged as (
            select default_12m_probability as expected, is_default_12m::integer as happened
            from truth_months where month_at = '2024-01-01' and is_default_12m is not null
        )
        select tenth, sum(expected), sum(happened), sum(expected * (1 - expected))
        from (select *, ntile(10) over (order by expected) as tenth from judged)
        group by tenth
    """)
    for tenth, expected, happened, variance in tenths:
        assert abs(happened - expected) < 4 * variance**0.5, tenth
    ((expected, happened),) = ask_large("""
        select sum(1 - exp(-default_hazard)), sum((month_at = defaulted_at)::integer)
        from truth_months inner join truth_subjects using (subject_id)
        where month_at <= coalesce(defaulted_at, '9999-01-01')
    """)
    assert abs(happened - expected) < 4 * expected**0.5


def test_nothing_foreshadows_a_default_but_its_hazard(ask_large: Ask) -> None:
    """Bills of those about to default, against bills of those with the same hazard who do not.

    The strain of a month raises both lateness and hazard; were lateness drawn from the coming
    default as well, a model of the raw tables could beat the stated ceiling.
    """
    ((late_before, late_otherwise, bills),) = ask_large("""
        with judged as (
            select
                months.subject_id, months.month_at, ntile(20) over (order by default_hazard)
                    as hazard_band,
                subjects.defaulted_at = months.month_at + interval 1 month as is_about_to
            from truth_months as months
            inner join truth_subjects as subjects on months.subject_id = subjects.subject_id
            where subjects.kind = 'consumer'
                and months.month_at < coalesce(subjects.defaulted_at, '9999-01-01')
        ),
        seen as (
            select judged.*, coalesce(bills.paid_at > bills.due_at, true)::integer as is_late
            from judged
            inner join payments_bills as bills
                on judged.subject_id = bills.subject_id
                and date_trunc('month', bills.issued_at) = judged.month_at
        ),
        banded as (
            select hazard_band, avg(is_late) filter (where is_about_to) as before,
                avg(is_late) filter (where not coalesce(is_about_to, false)) as otherwise,
                count(*) filter (where is_about_to) as bills
            from seen group by hazard_band
        )
        select sum(before * bills) / sum(bills), sum(otherwise * bills) / sum(bills), sum(bills)
        from banded where bills > 0
    """)
    error = (late_otherwise * (1 - late_otherwise) / bills) ** 0.5
    # Bills of one person go together, some two a month: not the error of single ones.
    assert abs(late_before - late_otherwise) < 4 * 2**0.5 * error


def test_lenders_see_only_whom_they_accepted(ask_large: Ask) -> None:
    """Outcomes are of accepted applicants; the truth has everybody's, and theirs are better."""
    assert ask_large("""
        select count(*) from partners_outcomes as outcomes
        inner join truth_applications as applications
            on outcomes.outcome_id = 'oc' || applications.application_id
        where not applications.is_granted
            or outcomes.is_default is distinct from applications.is_default_12m
    """) == [(0,)]
    ((accepted, refused),) = ask_large("""
        select avg(is_default_12m::integer) filter (where is_granted),
            avg(is_default_12m::integer) filter (where not is_granted)
        from truth_applications
    """)
    assert accepted < refused


def test_bad_months_are_worse(ask_large: Ask) -> None:
    """The cycle's bottom is in February 2024: the year around it is worse than the last months."""
    ((around, after),) = ask_large("""
        select avg(default_hazard) filter (where month_at between '2023-09-01' and '2024-03-01'),
            avg(default_hazard) filter (where month_at >= '2024-10-01')
        from truth_months where illness + job_loss + bankruptcy = 0
    """)
    assert around > after


def _share(ask: Ask, sql: str) -> float:
    ((share,),) = ask(sql)
    return float(share)


def test_shocks_move_behaviour_afterwards(ask_large: Ask) -> None:
    struck = """
        select avg((exists (
            select 1 from payments_wallet_transactions as moves
            where moves.subject_id = months.subject_id and moves.kind = 'salary'
                and date_trunc('month', moves.occurred_at) = months.month_at
        ))::integer)
        from truth_months as months
        inner join identity_employment as work on months.subject_id = work.subject_id
        where work.occupation = 'employed' and ends_with(work.employment_id, '.0')
            and months.month_at < '2024-12-01' and months.job_loss
    """
    assert _share(ask_large, f"{struck} > 0.6") < _share(ask_large, f"{struck} = 0") - 0.3


def test_card_use_rises_before_default(ask_large: Ask) -> None:
    ((long_before, just_before),) = ask_large("""
        select
            avg(balance_amount / limit_amount)
                filter (where statement_at < defaulted_at - interval 6 month),
            avg(balance_amount / limit_amount)
                filter (where statement_at between defaulted_at - interval 2 month and defaulted_at)
        from payments_credit_statements inner join truth_subjects using (subject_id)
    """)
    assert just_before > long_before


def test_spending_has_its_season(ask_large: Ask) -> None:
    days = dict(ask_large("select ordered_at::date, count(*) from marketplace_orders group by 1"))
    usual = sum(days.values()) / len(days)
    assert days[date(2024, 11, 11)] > 4 * usual
    assert days[date(2024, 2, 10)] < 0.7 * usual  # Spring Festival
    ((weekend, weekday),) = ask_large("""
        select count(*) filter (where dayofweek(viewed_at) in (0, 6)) / 2,
            count(*) filter (where dayofweek(viewed_at) not in (0, 6)) / 5
        from marketplace_page_views
    """)
    assert weekend > 1.1 * weekday


def test_carts_lead_to_orders_or_to_none(ask_large: Ask) -> None:
    ((with_order, carts),) = ask_large("""
        select count(orders.order_id), count(*)
        from marketplace_page_views as views
        left join marketplace_orders as orders
            on orders.order_id = 'o' || views.session_id[2:]
        where views.action = 'cart' and views.viewed_at < '2024-11-01'
    """)
    assert 0.4 < with_order / carts < 0.9
    ((orders, with_cart),) = ask_large("""
        select count(*), count(views.view_id)
        from marketplace_orders as orders
        left join marketplace_page_views as views
            on views.session_id = 'v' || orders.order_id[2:] and views.action = 'cart'
            and views.viewed_at < orders.ordered_at
    """)
    assert with_cart == orders


def test_shops_open_and_fail(ask_large: Ask) -> None:
    assert _share(
        ask_large, "select count(*) from marketplace_shops where opened_at > '2023-06-01'"
    )
    # After its firm's bankruptcy a shop sells nothing.
    assert ask_large("""
        select count(*) from marketplace_orders as orders
        inner join marketplace_shops as shops on orders.shop_id = shops.shop_id
        inner join truth_subjects as firms on shops.subject_id = firms.subject_id
        where orders.ordered_at > firms.bankrupt_at + interval 1 month + interval 2 day
    """) == [(0,)]
    ((fakes, praised),) = ask_large("""
        select count(*), count(*) filter (where reviews.rating = 5)
        from truth_fake_orders as fakes
        inner join marketplace_reviews as reviews
            on fakes.order_id = reviews.order_id and reviews.direction = 'of_shop'
    """)
    assert fakes and fakes == praised


def test_friends_resemble_each_other_and_send_money(ask_large: Ask) -> None:
    pairs = """
        from social_friendships as ties
        inner join truth_subjects as ones on ties.from_subject_id = ones.subject_id
        inner join truth_subjects as others on ties.to_subject_id = others.subject_id
    """
    assert _share(ask_large, f"select corr(ones.reliability, others.reliability) {pairs}") > 0.1
    # A transfer between friends is booked by both, and each is friend to the other.
    assert ask_large("""
        select count(*) from payments_wallet_transactions as sent
        full join (
            from payments_wallet_transactions select * where ends_with(transaction_id, '.i')
        ) as received on received.transaction_id = left(sent.transaction_id, -1) || 'i'
        where ends_with(sent.transaction_id, '.o')
            and sent.occurred_at >= '2023-06-01' and sent.known_at < '2024-12-30'
            and (
                received.amount is distinct from sent.amount
                or received.subject_id is distinct from sent.counterparty_id
            )
    """) == [(0,)]


def test_courts_speak_months_after_default(ask_large: Ask) -> None:
    ((first,),) = ask_large("""
        select min(judged_at - defaulted_at) from public_records_court_judgments
        inner join truth_subjects using (subject_id)
        where judged_at > defaulted_at
    """)
    assert first.days >= 120


def test_consent_is_given_withdrawn_and_given_again(ask_large: Ask) -> None:
    stories = ask_large("""
        select distinct string_agg(action, ' ' order by decided_at)
        from consent_consent_events where domain = 'payments' group by subject_id
    """)
    assert {story for (story,) in stories} == {
        "grant",
        "grant withdraw",
        "grant withdraw grant",
    }


# --- dirt ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> SimulateReport:
    return _simulate(replace(SMALL, dirt=0.05), tmp_path_factory.mktemp("dirty") / "files")


def test_dirt_spoils_the_share_asked_for(dirty: SimulateReport) -> None:
    assert dirty.spoiled.total() / dirty.rows.total() == pytest.approx(0.05, rel=0.25)
    kinds = dict(
        duckdb.sql(
            f"select kind, count(*) from '{dirty.truth}/spoiled/*/*.parquet' group by kind"
        ).fetchall()
    )
    assert set(kinds) == set(KINDS)
    assert sum(kinds.values()) == dirty.spoiled.total()


def _ledger(report: SimulateReport, columns: str, where: str) -> set[tuple[Any, ...]]:
    rows = duckdb.sql(
        f"select {columns} from read_parquet('{report.truth}/spoiled/*/*.parquet') where {where}"
    ).fetchall()
    return set(rows)


def test_everything_spoiled_is_caught(
    dirty: SimulateReport, small: SimulateReport, home: Home
) -> None:
    """Landed, every row of the ledger ends where it must, and no other row is turned away.

    Subjects and grants that cover everything land first, so that no row is refused or unknown for
    another reason; the spoiled consent events, which withdraw some, last.
    """
    first, main, consent = home.root / "first", home.root / "main", home.root / "consent"
    shutil.copytree(small.files / "identity" / "subjects", first / "identity" / "subjects")
    (first / "consent" / "consent_events").mkdir(parents=True)
    duckdb.sql(f"""
        copy (
            select 'all.' || subject_id || '.' || domain as consent_event_id, subject_id, domain,
                'grant' as action, timestamp '1900-01-01' as covers_from_at,
                timestamp '1900-01-01' as decided_at, timestamp '1900-01-01' as known_at
            from read_parquet('{small.files}/identity/subjects/**/*.parquet') as subjects
            cross join (
                select unnest(['identity', 'marketplace', 'payments', 'public_records', 'social',
                    'partners']) as domain
            ) as domains
        ) to '{first}/consent/consent_events/all.parquet' (format parquet)
    """)
    shutil.copytree(dirty.files, main)
    (main / "consent").rename(home.root / "moved")
    (consent).mkdir()
    (home.root / "moved").rename(consent / "consent")
    for folder in (first, main, consent):
        report = land(home, folder)
        assert report.total("refused") == 0

        if folder == first:
            assert report.total("landed") == report.total("offered")
            continue
        only = "domain = 'consent'" if folder == consent else "domain <> 'consent'"
        turned_away = _ledger(
            dirty,
            "file_name, row_number, kind, column_name",
            f"{only} and kind in ('malformed', 'unknown_subject', 'conflict')",
        )
        caught: dict[tuple[str, int], str] = {}
        landed: set[tuple[str, str, str]] = set()
        for domain in contract():
            with engine.connect(home, read=[domain]) as connection:
                raw = f"raw_{domain}.main"
                caught |= {
                    (file, row): column
                    for file, row, column in connection.execute(
                        f"select file_name, row_number, column_name from {raw}._quarantine "
                        f"where batch_id = '{report.batch_id}'"
                    ).fetchall()
                }
                landed |= {
                    (domain, name, key)
                    for name, table in contract()[domain].items()
                    for (key,) in connection.execute(
                        f"select {table.key.name} from {raw}.{name}"
                    ).fetchall()
                }
        assert caught.keys() == {(file, row) for file, row, _, _ in turned_away}
        for file, row, kind, column in turned_away:
            assert kind == "conflict" or caught[file, row] == column, (file, row)
        assert {file.name for file in report.refused_files} == {
            file for (file,) in _ledger(dirty, "file_name", f"{only} and kind = 'schema_drift'")
        }
        # Late ones, those of a day that came after the next, and what was sent twice.
        assert landed >= _ledger(
            dirty,
            "domain, table_name, item_key",
            f"{only} and kind in ('late', 'day_postponed', 'duplicate', 'conflict')",
        )
        again = _ledger(dirty, "domain, table_name, item_key", f"{only} and kind = 'duplicate'")
        # The subjects are all there already.
        there = dirty.rows["identity.subjects"] if folder == main else 0
        turned = _ledger(
            dirty,
            "file_name, row_number",
            "table_name = 'subjects' and kind in ('malformed', 'schema_drift', 'duplicate')",
        )
        there -= len(turned) if folder == main else 0
        assert report.total("already_there") == len(again) + there


def test_late_rows_come_up_to_sixty_days_late(dirty: SimulateReport) -> None:
    ((least, most),) = duckdb.sql(f"""
        select min(delivered_at - known_at::timestamp), max(delivered_at - known_at::timestamp)
        from read_parquet('{dirty.truth}/spoiled/payments.bills/*.parquet') as ledger
        inner join read_parquet(
            '{dirty.files}/payments/bills/**/spoiled-*.parquet', hive_partitioning = false
        ) as bills on ledger.item_key = bills.bill_id
        where ledger.kind = 'late'
    """).fetchall()
    assert 1 <= least.days <= 10
    assert 40 <= most.days <= 60


def test_dirt_leaves_the_other_rows_alone(dirty: SimulateReport, small: SimulateReport) -> None:
    for domain, name in (("payments", "bills"), ("marketplace", "reviews")):
        table = contract()[domain][name]
        sound = set(_rows(dirty.files, table))
        assert sound < set(_rows(small.files, table))
        assert len(sound) > 0.9 * small.rows[f"{domain}.{name}"]


# --- errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"scale": 0.0001}, "scale"),
        ({"scale": 1000}, "scale"),
        ({"scale": float("nan")}, "scale"),
        ({"months": 3}, "months"),
        ({"months": 5000}, "months"),
        ({"seed": -1}, "seed"),
        ({"dirt": 2.0}, "dirt"),
        ({"dirt": -0.1}, "dirt"),
        ({"days": 3}, "from-day"),
        ({"from_day": date(2024, 5, 1)}, "from-day"),
        ({"from_day": date(2024, 5, 1), "days": 0}, "days"),
        ({"from_day": date(2020, 5, 1), "days": 5}, "2020-05-01"),
        ({"from_day": date(2024, 12, 31), "days": 2}, "2025-01-02"),
    ],
)
def test_senseless_argument_is_refused(changed: dict[str, Any], named: str, tmp_path: Path) -> None:
    with pytest.raises(SesameError, match=named) as caught:
        _simulate(replace(SMALL, **changed), tmp_path / "files")
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folder", ["files", "files_truth"])
def test_a_folder_of_something_else_is_left_alone(folder: str, tmp_path: Path) -> None:
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "thesis.txt").write_text("mine")
    with pytest.raises(SesameError, match=r"thesis\.txt"):
        _simulate(SMALL, tmp_path / "files")
    assert (tmp_path / folder / "thesis.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [folder]


def test_unwritable_folder_is_refused() -> None:
    # Not a folder without permission: to root, as in a container, that is writable.
    with pytest.raises(SesameError, match="cannot write"):
        _simulate(SMALL, Path("/proc/simulated"))


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in_the_way").write_text("")
    with pytest.raises(SesameError):
        _simulate(SMALL, tmp_path / "in_the_way")
    with pytest.raises(SesameError):
        _simulate(SMALL, tmp_path / "in_the_way" / "files")


def test_truth_within_the_raw_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SesameError, match="apart"):
        simulate(
            SMALL, tmp_path / "files", truth=tmp_path / "files" / "truth", progress=lambda _: None
        )


def test_a_full_disk_leaves_nothing_behind(small: SimulateReport, tmp_path: Path) -> None:
    """A disk of four megabytes, where mounting one is allowed; else the limit of a file's size."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    try:
        command = [SESAME, "simulate", "--scale", "0.001", "--to", str(disk / "files")]
        if mounted.returncode:
            command = ["bash", "-c", 'ulimit -f 40; exec "$@"', "limited", *command]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        assert process.returncode == 1, process.stderr
        assert "cannot write" in process.stderr
        assert "Traceback" not in process.stderr
        assert list(disk.iterdir()) == []
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", str(disk)], check=True)


def test_a_failure_leaves_the_earlier_simulation(small: SimulateReport, tmp_path: Path) -> None:
    shutil.copytree(small.files, tmp_path / "files")
    shutil.copytree(small.truth, tmp_path / "files_truth")
    before = _digests(tmp_path)

    def stop(line: str) -> None:
        if line.startswith("everyone"):
            raise OSError(28, "No space left on device")

    with pytest.raises(SesameError, match="No space left"):
        simulate(replace(SMALL, seed=2), tmp_path / "files", progress=stop)
    assert _digests(tmp_path) == before
    assert {path.name for path in tmp_path.iterdir()} == {"files", "files_truth"}


def test_what_a_kill_left_is_cleared_by_the_next(small: SimulateReport, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [SESAME, "simulate", "--scale", "0.05", "--to", str(tmp_path / "files")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("everyone"):
            break
    process.kill()
    process.wait()
    assert [path.name for path in tmp_path.iterdir()] == [".files.simulating"]
    again = _simulate(SMALL, tmp_path / "files")
    assert again.checksum == small.checksum
    assert {path.name for path in tmp_path.iterdir()} == {"files", "files_truth"}


def test_an_interrupt_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [SESAME, "simulate", "--scale", "0.2", "--to", str(tmp_path / "files")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    # The whole would take a minute and a half.
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told(tmp_path: Path) -> None:
    lines: list[str] = []
    simulate(SMALL, tmp_path / "files", progress=lines.append)
    assert "1,000 consumers and 123 businesses" in lines[0]
    assert len(lines) >= 2
