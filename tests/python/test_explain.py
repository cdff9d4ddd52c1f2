"""Explanations: every point accounted for, and every value made again from the rows shown for it.

The rows are held against the naive implementation, which reads raw rows and nothing else: given
only what is shown as evidence of an attribute, it must find the attribute's value.
"""

import csv
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_naive import DAYS, Draw, polars_type
from test_whole_way import sesame
from warehouses import copy_of

from sesame import engine
from sesame.build import dbt
from sesame.cli import main
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.evidence import REPORTED, Evidence, evidence
from sesame.explain import Explanation, _bin, _value, explain, show_evidence
from sesame.explain_page import page, write
from sesame.explain_text import (
    LANGUAGES,
    WIDTH,
    WORDS,
    _width,
    lines,
    waterfall,
    why_no_improvements,
)
from sesame.home import DOMAINS, PROJECT, Home
from sesame.naive import GROUPS, AsOf, attributes
from sesame.naive.catalogue import COMBINED, FIRM, OTHER_NAMES
from sesame.versions import TABLES

Ran = tuple[Home, subprocess.CompletedProcess[str], float]
Rows = list[tuple[Any, ...]]

# `order 1`: what stands for a key that may tell who somebody is.
STAND_IN = r"[a-z ]+ \d+"
SAMPLE = 10  # subjects of a kind whose every attribute is made again from its evidence


def seed_rows(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def warehouse(ran: Ran) -> Iterator[duckdb.DuckDBPyConnection]:
    with engine.connect(ran[0], read=[*DOMAINS, "warehouse"]) as connection:
        yield connection


@pytest.fixture(scope="module")
def official(warehouse: duckdb.DuckDBPyConnection) -> date:
    row = warehouse.execute(
        "select max(as_of_date) from warehouse.scores.scores where is_official"
    ).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


def subjects(warehouse: duckdb.DuckDBPyConnection, condition: str, limit: int) -> list[str]:
    found = warehouse.execute(
        f"select subject_id from warehouse.scores.current_scores where {condition} "
        f"order by md5(subject_id) limit {limit}"
    ).fetchall()
    assert found, condition
    return [subject for (subject,) in found]


@pytest.fixture(scope="module")
def explained(ran: Ran, warehouse: duckdb.DuckDBPyConnection) -> list[Explanation]:
    """Some of each kind, with the lowest and the highest among them."""
    best = "select max(score) from warehouse.scores.current_scores"
    worst = "select min(score) from warehouse.scores.current_scores"
    wanted = [
        *subjects(warehouse, "is_scoreable and subject_kind = 'consumer'", 6),
        *subjects(warehouse, "is_scoreable and subject_kind = 'business'", 6),
        *subjects(warehouse, f"score = ({best})", 1),
        *subjects(warehouse, f"score = ({worst})", 1),
    ]
    return [explain(ran[0], subject) for subject in wanted]


@pytest.fixture(scope="module")
def strict(ran: Ran, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """That warehouse under stricter caps and a higher floor, and with a challenger, v99.

    The challenger gives half the points and does not know the attributes of a whole factor. The
    champion takes points for what is missing.
    """
    home = copy_of(ran[0], tmp_path_factory.mktemp("strict"))
    with engine.connect(home, write=["warehouse"]) as connection:
        seeds = "warehouse.seeds"
        connection.execute(
            f"update {seeds}.reliability set score_cap = 640 where is_scoreable and "
            "upper_bound is not null"
        )
        connection.execute(f"update {seeds}.reliability set is_scoreable = lower_bound >= 0.3")
        for table in TABLES:
            connection.execute(
                f"insert into {seeds}.{table} select * replace ('v99' as score_version) "
                f"from {seeds}.{table} where score_version = (select score_version "
                "from warehouse.intermediate.int_score_versions where is_champion)"
            )
        connection.execute(
            f"insert into {seeds}.bins by name select 'v0' as score_version, attribute_name, "
            "99 as bin_number, 'missing' as bin_label, 'missing' as value_state, -1 as points "
            f"from {seeds}.attribute_weights where score_version = 'v0' and attribute_name in "
            "('instalment_on_time_ratio_12m', 'salary_variation_ratio_6m', "
            "'firm_loan_on_time_ratio_12m')"
        )
        connection.execute(
            f"update {seeds}.bins set points = points / 2 where score_version = 'v99'"
        )
        for table in ("bins", "attribute_weights"):
            connection.execute(
                f"delete from {seeds}.{table} where score_version = 'v99' and attribute_name in ("
                f"select attribute_name from {seeds}.attributes where factor = "
                "'personal_characteristics')"
            )
        connection.execute(
            f"insert into {seeds}.score_versions by name select 'v99' as score_version, "
            "'challenger' as status, 1 + max(decision_number) as decision_number, "
            f"current_date as decided_date, 'nobody' as approved_by, 'a test' as reason "
            f"from {seeds}.score_versions"
        )
        connection.execute("checkpoint warehouse")
    scoring = "path:models/intermediate/scores+"
    dbt(home, ["run", "--no-use-colors", "--select", scoring], lambda _: None)
    return home


# --- the points ---------------------------------------------------------------------------------


def test_what_is_printed_adds_up_to_the_score(explained: list[Explanation]) -> None:
    title = WORDS["en"]["contributions"]
    for found in explained:
        printed = list(lines(found))
        start = next(number for number, line in enumerate(printed) if line.startswith(title))
        end = next(number for number, line in enumerate(printed) if line.startswith("  = "))
        points = [
            Decimal(match.group())
            for line in printed[start + 1 : end]
            if (match := re.search(r"[+-]?\d+\.\d{6}$", line))
        ]
        assert len(points) == len(found.items) + len(found.steps)
        assert sum(points) == found.score
        assert printed[end].split()[-1] == f"{found.score}.000000"


def test_factors_and_waterfall_add_up_too(explained: list[Explanation]) -> None:
    for found in explained:
        assert sum(factor.points for factor in found.factors) == sum(
            item.points for item in found.items
        )
        assert sum(factor.weight for factor in found.factors) == pytest.approx(Decimal(1))
        bars = waterfall(found, "en")
        assert bars[0].end == found.steps["base"]
        assert bars[-1].end == found.score
        assert all(later.start == earlier.end for earlier, later in pairwise(bars))


def test_contributions_are_those_of_the_mart(
    explained: list[Explanation], warehouse: duckdb.DuckDBPyConnection
) -> None:
    for found in explained:
        stored = warehouse.execute(
            "select item, contribution_points from warehouse.scores.contributions "
            "where subject_id = ? and as_of_date = ? and score_version = ? "
            "and contribution_points <> 0",
            [found.subject_id, found.as_of, found.version],
        ).fetchall()
        listed = {item.name: item.points for item in found.items} | {
            name: points for name, points in found.steps.items() if points
        }
        assert dict(stored) == listed


def test_reasons_are_those_of_the_mart(
    explained: list[Explanation], warehouse: duckdb.DuckDBPyConnection
) -> None:
    for found in explained:
        stored = warehouse.execute(
            "select reason_code, sentence_en, sentence_zh, points_lost "
            "from warehouse.scores.reasons where subject_id = ? and as_of_date = ? "
            "and score_version = ? order by reason_rank",
            [found.subject_id, found.as_of, found.version],
        ).fetchall()
        assert len(stored) <= 4
        assert stored == [
            (reason.code, reason.sentences["en"], reason.sentences["zh"], reason.lost)
            for reason in found.reasons
        ]


def test_a_reason_names_the_value_that_cost_most(explained: list[Explanation]) -> None:
    codes = {row["attribute_name"]: row["reason_code"] for row in seed_rows("attributes")}
    for found in explained:
        for reason in found.reasons:
            # an item that gives nothing may lose points all the same, and is not listed
            lost = [item for item in found.items if codes[item.name] == reason.code and item.lost]
            if not lost:
                continue
            worst = max(item.lost for item in lost)
            named = [
                item
                for item in lost
                for language in LANGUAGES
                if reason.details[language].startswith(item.names[language].split(" (")[0])
            ]
            assert worst <= reason.lost
            assert not named or any(item.lost == worst for item in named)


def test_what_is_not_known_is_told_as_no_fact(strict: Home) -> None:
    """Mart and explanation agree on it, and the detail names what is not known."""
    with engine.connect(strict, read=[*DOMAINS, "warehouse"]) as connection:
        told = dict(
            connection.execute(
                "select subject_id, points_lost from warehouse.scores.reasons "
                "inner join warehouse.scores.current_scores using "
                "(subject_id, as_of_date, score_version) "
                "where reason_code = 'NOT_ON_RECORD' order by points_lost desc limit 4"
            ).fetchall()
        )
        assert len(told) == 4
        differing = connection.execute(
            "select count(*) from warehouse.scores.reasons as reasons "
            "left join warehouse.intermediate.int_reason_losses as losses "
            "using (subject_id, as_of_date, score_version, reason_code) "
            "where reasons.points_lost is distinct from losses.points_lost"
        ).fetchall()
    assert differing == [(0,)]
    for subject, lost in told.items():
        found = explain(strict, subject)
        reason = next(reason for reason in found.reasons if reason.code == "NOT_ON_RECORD")
        assert reason.lost == lost
        assert ": not known" in reason.details["en"] and "：未知" in reason.details["zh"]
        others = [each for each in found.reasons if each.code != "NOT_ON_RECORD"]
        assert not any("not known" in each.details["en"] for each in others)


# --- what would help ----------------------------------------------------------------------------


def _bin_points(version: str, attribute: str, value: Decimal) -> Decimal:
    for row in seed_rows("bins"):
        if (row["score_version"], row["attribute_name"], row["value_state"]) != (
            version,
            attribute,
            "observed",
        ):
            continue
        low, high = row["lower_bound"], row["upper_bound"]
        if (not low or value >= Decimal(low)) and (not high or value < Decimal(high)):
            return Decimal(row["points"])
    raise AssertionError(f"{version}: no bin of {attribute} for {value}")


Improved = Callable[[Mapping[str, Any], Decimal], int]


@pytest.fixture(scope="module")
def improvements(warehouse: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Everybody's improvements of numeric attributes, with all that their gain follows from."""
    result = warehouse.execute("""
        select
            improvements.*, attributes.direction, weights.score_points_per_point,
            cards.evidence_weight, contributions.contribution_points, steps.base_points,
            steps.attribute_points, steps.score, profiles.score_cap,
            scales.minimum_score, scales.maximum_score,
            weights.offset_points
        from warehouse.intermediate.int_improvements as improvements
        inner join warehouse.seeds.attributes as attributes using (attribute_name)
        inner join warehouse.intermediate.int_cards as cards using (score_version, attribute_name)
        inner join warehouse.intermediate.int_factor_weights as weights
            on weights.subject_id = improvements.subject_id
            and weights.as_of_date = improvements.as_of_date
            and weights.score_version = improvements.score_version
            and weights.factor = cards.factor
        inner join warehouse.intermediate.int_attribute_contributions as contributions
            on contributions.subject_id = improvements.subject_id
            and contributions.as_of_date = improvements.as_of_date
            and contributions.score_version = improvements.score_version
            and contributions.attribute_name = improvements.attribute_name
        inner join warehouse.intermediate.int_score_steps as steps
            on steps.subject_id = improvements.subject_id
            and steps.as_of_date = improvements.as_of_date
            and steps.score_version = improvements.score_version
        inner join warehouse.intermediate.int_subject_profiles as profiles
            on profiles.subject_id = improvements.subject_id
            and profiles.as_of_date = improvements.as_of_date
            and profiles.score_version = improvements.score_version
        inner join warehouse.seeds.scales as scales
            on scales.score_version = improvements.score_version
        where improvements.value is not null
        order by improvements.subject_id, improvements.as_of_date, improvements.attribute_name
    """)
    names = [column[0] for column in result.description]
    rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    assert len(rows) > 1000
    return rows


def _score_with(row: Mapping[str, Any], value: Decimal) -> int:
    """The score were the attribute's value this one: a second way from bins to score."""
    points = _bin_points(row["score_version"], row["attribute_name"], value)
    contribution = Decimal(
        float(row["score_points_per_point"])
        * float(row["evidence_weight"])
        * float(points - row["offset_points"])
    ).quantize(Decimal("1e-6"), "ROUND_HALF_UP")
    raw = row["base_points"] + row["attribute_points"] - row["contribution_points"] + contribution
    limited = max(min(raw, row["score_cap"], row["maximum_score"]), row["minimum_score"])
    return int(Decimal(limited).quantize(Decimal(1), "ROUND_HALF_UP"))


def test_a_gain_is_the_score_with_the_value_changed(improvements: list[dict[str, Any]]) -> None:
    @given(st.integers(0, len(improvements) - 1), st.decimals("0.001", "0.999", places=3))
    def gains(number: int, share: Decimal) -> None:
        row = improvements[number]
        assert _score_with(row, row["value"]) == row["score"]
        is_higher = row["direction"] == "higher_is_better"
        bound = row["from_value"] if is_higher else row["below_value"]
        better = bound if is_higher else bound - Decimal("1e-10")
        assert (
            _score_with(row, better) == row["improved_score"] == row["score"] + row["gain_points"]
        )
        assert row["gain_points"] > 0
        # short of the bound nothing is gained
        short = row["value"] + (bound - row["value"]) * share
        assert _score_with(row, short) <= row["score"] or short in (bound, better)

    gains()


def test_who_is_held_by_the_cap_is_told_that_no_better_value_helps(strict: Home) -> None:
    with engine.connect(strict, read=["warehouse"]) as connection:
        capped = connection.execute(
            "select subject_id from warehouse.intermediate.int_score_steps "
            "inner join warehouse.scores.current_scores using (subject_id, as_of_date, "
            "score_version) where cap_points < 0 order by cap_points limit 2"
        ).fetchall()
    assert capped
    for (subject,) in capped:
        found = explain(strict, subject)
        assert found.score == 640
        assert found.steps["reliability_cap"] < 0
        assert found.reasons[0].code == "THIN_FILE"
        assert found.improvements == []
        assert any(WORDS["en"]["capped"] in line for line in lines(found))


def test_who_stands_at_the_cap_by_rounding_is_told_so_too(explained: list[Explanation]) -> None:
    """A raw score of 679.7 under a cap of 680: it takes nothing away, and holds all the same."""
    found = replace(explained[0], score=680, cap=680, improvements=[])
    assert not found.steps["reliability_cap"]
    assert why_no_improvements(found, "en") == WORDS["en"]["capped"]
    for other in (replace(found, cap=740), replace(found, score=950, cap=None)):
        assert why_no_improvements(other, "en") == WORDS["en"]["no improvements"]


def test_every_attribute_has_a_name_in_both_languages() -> None:
    """Short enough for the terminal's table, with the months that it looks back."""
    names = {row["attribute_name"]: row for row in seed_rows("attribute_names")}
    months = {row["attribute_name"]: row["window_months"] for row in seed_rows("attributes")}
    assert set(names) == set(months)
    for row in names.values():
        assert row["name_en"].isascii()
        assert len(row["name_en"]) <= (37 if months[row["attribute_name"]] else 43), row
        assert re.search(r"[\u4e00-\u9fff]", row["name_zh"])


def test_a_reason_says_nothing_that_its_attribute_does_not_measure() -> None:
    """What counts cards, loans and suppliers together is not said to be of one of them."""
    rows = [row for row in seed_rows("attributes") if "LATE" in row["reason_code"]]
    mixed = {row["reason_code"] for row in rows if "tatements and inst" in row["description"]}
    mixed |= {row["reason_code"] for row in rows if "statement or inst" in row["description"]}
    assert mixed == {"LATE_REPAYMENT", "RECENT_LATE", "LATEST_LATE"}
    of = {
        "LATE_CARD": "card statements",
        "LATE_LOAN": "loan instalments",
        "LATE_SUPPLIER": "supplier",
        "LATE_BILL": "bills",
    }
    for row in rows:
        assert of.get(row["reason_code"], "") in row["description"], row


def test_a_word_that_a_provider_chose_shares_its_reason_with_no_value() -> None:
    """A category has no order: that it costs points does not make a balance low, or a burden."""
    rows = seed_rows("attributes")
    categories = {row["reason_code"] for row in rows if row["unit"] == "category"}
    assert not categories & {row["reason_code"] for row in rows if row["unit"] != "category"}
    codes = {row["attribute_name"]: row["reason_code"] for row in rows}
    assert codes["firm_penalty_count"] == "PENALTIES"
    # the amounts that one is told to change are those that are one's own to keep, and no payment of
    # a bill, of which those have none to make more of who pay it whole
    amounts = {row["attribute_name"] for row in rows if row["unit"] == "amount"}
    assert {
        row["attribute_name"]
        for row in rows
        if row["attribute_name"] in amounts
        and row["is_actionable"] == "true"
        and row["direction"] != "none"
    } == {
        f"{firm}{name}"
        for firm in ("", "firm_")
        for name in ("balance_mean_6m", "balance_minimum_6m", "balance_change_6m")
    } - {"firm_balance_change_6m"}


def test_a_reason_is_true_at_any_distance_from_the_best_bin() -> None:
    """Where it states a fact and compares nothing, whatever costs points must imply the fact.

    That is a share of less than all, or one or more of what counts against the subject.
    """
    absolute = {
        row["reason_code"]
        for row in seed_rows("reason_sentences")
        if not re.search("than (what gives most points|the best)", row["sentence_en"])
    }
    for row in seed_rows("reason_sentences"):
        assert bool(re.search("最佳", row["sentence_zh"])) == (row["reason_code"] not in absolute)
    attributes_ = {row["attribute_name"]: row for row in seed_rows("attributes")}
    bins = [row for row in seed_rows("bins") if row["value_state"] == "observed"]
    best: dict[tuple[str, str], Decimal] = {}
    for row in bins:
        key = (row["score_version"], row["attribute_name"])
        best[key] = max(best.get(key, Decimal(row["points"])), Decimal(row["points"]))
    checked = set()
    for row in bins:
        about = attributes_[row["attribute_name"]]
        costs = Decimal(row["points"]) < best[row["score_version"], row["attribute_name"]]
        if about["reason_code"] in absolute and costs:
            checked.add(about["attribute_name"])
            if about["direction"] == "higher_is_better":
                assert about["unit"] == "ratio" and Decimal(row["upper_bound"]) <= 1, row
            else:
                assert about["direction"] == "lower_is_better", row
                assert row["lower_bound"] and Decimal(row["lower_bound"]) > 0, row
    assert len(checked) > 10


# --- the rows behind it -------------------------------------------------------------------------


def test_every_attribute_has_tables_that_the_contract_knows() -> None:
    months = {row["attribute_name"]: row["window_months"] for row in seed_rows("attributes")}
    rows = seed_rows("attribute_evidence")
    assert {row["attribute_name"] for row in rows} == set(months)
    for row in rows:
        table = contract()[row["domain"]][row["table_name"]]
        assert row["subject_column"] in {column.name for column in table.columns}
        assert row["reach"] == "ever" or months[row["attribute_name"]], row
        assert row["reach"] != "settled" or table.settled_at, row


def test_every_table_feeds_the_mart_of_its_attribute(manifest: Mapping[str, Any]) -> None:
    """A table that the mart does not read cannot be evidence of what stands in it."""
    parents = manifest["parent_map"]
    marts = {
        row["attribute_name"]: f"model.sesame.{row['subject_kind']}_{row['factor']}"
        for row in seed_rows("attributes")
    }
    above: dict[str, set[str]] = {}
    for mart in set(marts.values()):
        waiting = [mart]
        above[mart] = set()
        while waiting:
            for parent in parents.get(waiting.pop(), []):
                if parent not in above[mart]:
                    above[mart].add(parent)
                    waiting.append(parent)
    for row in seed_rows("attribute_evidence"):
        source = f"source.sesame.{row['domain']}.{row['table_name']}"
        assert source in above[marts[row["attribute_name"]]], row


class Shown:
    """Raw tables that hold nothing but these rows."""

    def __init__(self, tables: Mapping[tuple[str, str], list[dict[str, Any]]]) -> None:
        self._tables = tables

    def scan(self, domain: str, table: str) -> pl.LazyFrame:
        described = contract()[domain][table]
        schema = {column.name: polars_type(column.data_type) for column in described.columns}
        key = described.key.name
        rows = {row[key]: row for row in self._tables.get((domain, table), [])}
        return pl.LazyFrame(
            [[row[name] for name in schema] for row in rows.values()], schema=schema, orient="row"
        )


def _tables(found: list[Evidence]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in found:
        for table in each.tables:
            rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
            tables.setdefault((table.table.domain, table.table.name), []).extend(rows)
    return tables


def _whole_rows(
    warehouse: duckdb.DuckDBPyConnection, relation: str, wanted: list[str]
) -> list[dict[str, Any]]:
    result = warehouse.execute(f"from {relation} where subject_id in $wanted", {"wanted": wanted})
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _own_name(kind: str, attribute: str, columns: set[str]) -> str:
    """What the naive implementation calls an attribute."""
    name = attribute if attribute in columns else attribute.removeprefix(FIRM)
    return OTHER_NAMES.get(attribute, name)


@pytest.fixture(scope="module")
def groups_of() -> dict[str, dict[str, list[Any]]]:
    """Per kind and name the groups that it takes; those of a combined one, all that it reads."""
    nothing = AsOf(Shown({}), date(2024, 7, 1))
    found: dict[str, dict[str, list[Any]]] = {}
    for kind, groups in GROUPS.items():
        by_name = {
            name: [group]
            for group in groups
            for name in group(nothing).collect_schema().names()
            if name != "subject_id"
        }
        for name, expression in COMBINED[kind].items():
            roots = set(expression.meta.root_names())
            by_name[name] = list({group: 0 for root in roots for group in by_name[root]})
        found[kind] = by_name
    return found


@pytest.mark.parametrize("kind", ["consumer", "business"])
def test_every_value_is_made_again_from_the_rows_shown_for_it(
    kind: str,
    warehouse: duckdb.DuckDBPyConnection,
    official: date,
    groups_of: dict[str, dict[str, list[Any]]],
) -> None:
    wanted = [
        subject
        for (subject,) in warehouse.execute(
            "select subject_id from warehouse.intermediate.int_own_values "
            "inner join warehouse.scores.current_scores using (subject_id, as_of_date) "
            f"where subject_kind = '{kind}' and value is not null "
            f"group by subject_id order by count(*) desc, subject_id limit {SAMPLE}"
        ).fetchall()
    ]
    context = {
        ("identity", "subjects"): _whole_rows(warehouse, "raw_identity.main.subjects", wanted),
        ("consent", "consent_events"): _whole_rows(
            warehouse, "raw_consent.main.consent_events", wanted
        ),
    }
    of_others = {
        row["attribute_name"]
        for row in seed_rows("attribute_evidence")
        if row["has_others_rows"] == "true"
    }
    values = 0
    for attribute in (row for row in seed_rows("attributes") if row["subject_kind"] == kind):
        name = attribute["attribute_name"]
        if name in of_others or attribute["product"] == "reported":
            continue
        found = [evidence(warehouse, name, subject, kind, official) for subject in wanted]
        at = AsOf(Shown(_tables(found) | context), official)
        own = _own_name(kind, name, set(groups_of[kind]))
        frame = pl.DataFrame({"subject_id": wanted})
        for group in groups_of[kind][own]:
            frame = frame.join(group(at).collect(), on="subject_id", how="left")
        if own in COMBINED[kind]:
            frame = frame.with_columns(COMBINED[kind][own].alias(own))
        made = dict(frame.select("subject_id", own).iter_rows())
        mart = dict(
            warehouse.execute(
                f"select subject_id, {name} from warehouse.factors.{kind}_{attribute['factor']} "
                "where as_of_date = $as_of and subject_id in $wanted",
                {"as_of": official, "wanted": wanted},
            ).fetchall()
        )
        for subject in wanted:
            if isinstance(mart[subject], str) or mart[subject] is None:
                assert made[subject] == mart[subject], (name, subject)
            else:
                assert made[subject] is not None, (name, subject)
                assert float(made[subject]) == pytest.approx(float(mart[subject]), abs=1e-9), name
        values += sum(value is not None for value in mart.values())
    assert values > {"consumer": 500, "business": 300}[kind]


# Without these nobody is there, or allowed to be looked at: they say nothing of one attribute.
CONTEXT = {("identity", "subjects"), ("consent", "consent_events"), REPORTED}


@pytest.mark.slow
def test_evidence_is_what_a_value_changes_without() -> None:
    """On rows at random: take a table away, and exactly those values change that list it."""
    day = DAYS[-1]
    draw = Draw(day, 0)
    tables = {
        (domain, name): draw.rows(table).to_dicts()
        for domain, tables in contract().items()
        for name, table in tables.items()
    }
    # so few that some shop that sold has none
    del tables["marketplace", "reviews"][90:]
    whole = attributes(AsOf(Shown(tables), day))
    listed: dict[tuple[str, str], set[str]] = {}
    of_others = set()
    for row in seed_rows("attribute_evidence"):
        listed.setdefault((row["domain"], row["table_name"]), set()).add(row["attribute_name"])
        if row["has_others_rows"] == "true":
            of_others.add(row["attribute_name"])
    wrong = {}
    for table in sorted(set(tables) - CONTEXT):
        without = attributes(AsOf(Shown({**tables, table: []}), day))
        changed = {
            name
            for kind, frame in whole.items()
            for name in frame.columns[1:]
            if not frame.sort("subject_id")[name].equals(
                without[kind].sort("subject_id")[name], null_equal=True
            )
        }
        if difference := (changed ^ listed.get(table, set())) - of_others:
            wrong[table] = difference
    assert wrong == {}


def test_card_statements_paid_on_time_counted_by_hand(
    ran: Ran, warehouse: duckdb.DuckDBPyConnection
) -> None:
    name = "card_on_time_ratio_12m"
    row = warehouse.execute(
        f"select subject_id, {name} from warehouse.factors.consumer_credit_history "
        f"inner join warehouse.scores.current_scores using (subject_id, as_of_date) "
        f"where {name} > 0 and {name} < 1 order by subject_id limit 1"
    ).fetchone()
    assert row is not None
    found, item = show_evidence(ran[0], row[0], name)
    statements = _tables([found])["payments", "credit_statements"]
    cards = {
        account["account_id"]: account["kind"]
        for account in _tables([found])["payments", "credit_accounts"]
    }
    late = [
        statement["days_past_due"]
        for statement in statements
        if cards.get(statement["account_id"], "card" if statement["limit_amount"] else "") == "card"
        and statement["days_past_due"] is not None
    ]
    assert sum(days == 0 for days in late) / len(late) == pytest.approx(float(row[1]), abs=1e-9)
    assert item is not None
    assert float(item.value.removesuffix("%")) / 100 == pytest.approx(float(row[1]), abs=1e-4)


def test_a_ready_made_value_is_shown_as_its_partner_reported_it(
    ran: Ran, warehouse: duckdb.DuckDBPyConnection
) -> None:
    row = warehouse.execute(
        "select subject_id, savings_level from warehouse.factors.consumer_fulfilment_capacity "
        "inner join warehouse.scores.current_scores using (subject_id, as_of_date) "
        "where savings_level is not null order by subject_id limit 1"
    ).fetchone()
    assert row is not None
    found, item = show_evidence(ran[0], row[0], "savings_level")
    reports = _tables([found])[REPORTED]
    assert {report["attribute_name"] for report in reports} == {"savings_level"}
    assert reports[-1]["category"] == row[1]
    assert item is not None and item.value == row[1]
    # it may stand in for any attribute, and is no evidence of any other
    other, _ = show_evidence(ran[0], row[0], "balance_mean_6m")
    assert REPORTED not in _tables([other])


def test_nothing_is_shown_of_what_came_or_was_known_later(
    warehouse: duckdb.DuckDBPyConnection, official: date
) -> None:
    """As of days in the middle of the history, for whoever has rows on both sides of them."""
    months = {row["attribute_name"]: row for row in seed_rows("attributes")}
    reaches = {
        (row["attribute_name"], row["domain"], row["table_name"]): row["reach"]
        for row in seed_rows("attribute_evidence")
    }
    shown = hidden = 0
    for name, kind in (
        ("bill_on_time_ratio_12m", "consumer"),
        ("spend_monthly_mean_6m", "consumer"),
        ("card_on_time_ratio_12m", "consumer"),
        ("balance_mean_6m", "consumer"),
        ("interaction_partners_count_12m", "consumer"),
        ("firm_buyer_count_12m", "business"),
        ("firm_rating_mean_12m", "business"),
    ):
        for subject in subjects(warehouse, f"subject_kind = '{kind}'", 3):
            day = official - timedelta(days=100)
            midnight = datetime.combine(day, datetime.min.time())
            early = evidence(warehouse, name, subject, kind, day)
            late = evidence(warehouse, name, subject, kind, official)
            for table in early.tables:
                event, known = (
                    table.columns.index(column) for column in (table.table.event_at, "known_at")
                )
                assert all(row[event] < midnight and row[known] < midnight for row in table.rows)
                reach = reaches.get((name, table.table.domain, table.table.name))
                if reach == "window":
                    start = AsOf(Shown({}), day).start(int(months[name]["window_months"]))
                    assert all(row[event].date() >= start for row in table.rows)
                shown += len(table.rows)
            hidden += sum(
                not (row[table.columns.index("known_at")] < midnight)
                for table in late.tables
                for row in table.rows
            )
    assert shown > 100
    assert hidden > 0


def test_a_row_shown_is_found_by_its_key_and_batch(
    warehouse: duckdb.DuckDBPyConnection, explained: list[Explanation]
) -> None:
    found = 0
    for each in explained[:4]:
        for item in each.items[:5]:
            rows = evidence(warehouse, item.name, each.subject_id, each.kind, each.as_of)
            for table, shown in rows.shown():
                key = table.table.key.name
                for row in shown:
                    domain, name = table.table.domain, table.table.name
                    if re.fullmatch(STAND_IN, row[key]):
                        continue  # somebody else is in it
                    hit = warehouse.execute(
                        f"select count(*) from raw_{domain}.main.{name} "
                        f"where {key} = ? and _batch_id = ?",
                        [row[key], row["_batch_id"]],
                    ).fetchone()
                    assert hit == (1,)
                    found += 1
    assert found > 20


def test_other_people_are_numbered_and_not_named(
    warehouse: duckdb.DuckDBPyConnection, official: date
) -> None:
    columns = {
        (domain, name): {
            column.name
            for column in table.columns
            if column.is_subject or column.name == "counterparty_id"
        }
        for domain, tables in contract().items()
        for name, table in tables.items()
    }
    numbered = 0
    for name, kind in (
        ("reciprocated_ties_count", "consumer"),
        ("interaction_partners_count_12m", "consumer"),
        ("late_ties_ratio_12m", "consumer"),
        ("inflow_monthly_mean_6m", "consumer"),
        ("firm_shop_buyer_count_12m", "business"),
        ("firm_owner_count", "business"),
        ("firm_buyer_count_12m", "business"),
    ):
        for subject in subjects(warehouse, f"subject_kind = '{kind}'", 4):
            rows = evidence(warehouse, name, subject, kind, official)
            others: dict[str, str] = {}
            for table, shown in rows.shown():
                secret = columns[table.table.domain, table.table.name]
                for row, stored in zip(shown, table.rows, strict=True):
                    whole = dict(zip(table.columns, stored, strict=True))
                    for column in secret & set(row):
                        other = whole[column]
                        if other is None or other == subject:
                            assert row[column] in ("", "self")
                        else:
                            assert re.fullmatch(r"other \d+", row[column])
                            assert others.setdefault(other, row[column]) == row[column]
                            numbered += 1
                    if whole.get("subject_id", subject) != subject:
                        assert not row.get("delivery_address_token")
            assert len(set(others.values())) == len(others)
    assert numbered > 50


@pytest.mark.parametrize("kind", ["consumer", "business"])
def test_no_cell_tells_who_somebody_else_is(
    kind: str, warehouse: duckdb.DuckDBPyConnection, official: date
) -> None:
    """Keys here are made of their subject's number, as `fr94.98` of a friendship: none is shown."""
    shop_of = dict(
        warehouse.execute("select shop_id, subject_id from raw_marketplace.main.shops").fetchall()
    )
    stood_in = cells = 0
    for subject in subjects(warehouse, f"subject_kind = '{kind}'", 3):
        for attribute in (row for row in seed_rows("attributes") if row["subject_kind"] == kind):
            found = evidence(warehouse, attribute["attribute_name"], subject, kind, official)
            own = found.own_shops
            for table, shown in found.shown():
                text = {column.name for column in table.table.columns if "char" in column.data_type}
                named = {
                    column.name
                    for column in table.table.columns
                    if column.is_subject or column.name in ("counterparty_id", "shop_id")
                }
                for row, stored in zip(shown, table.rows, strict=True):
                    whole = dict(zip(table.columns, stored, strict=True))
                    others = {str(whole[name]) for name in named if whole[name]} - {subject, *own}
                    owners = {shop_of.get(other, other) for other in others}
                    numbers = {max(_numbers(other), default=0) for other in others | owners}
                    # the least are ordinals in keys as well
                    numbers = {number for number in numbers - _numbers(subject) if number > 20}
                    for name in text & set(row):
                        cell = row[name]
                        if re.fullmatch(STAND_IN, cell):
                            stood_in += 1
                            continue
                        assert not any(other in cell for other in others | owners), (name, cell)
                        assert not _numbers(cell) & numbers, (name, cell, others)
                        cells += 1
    assert stood_in > 100 and cells > 1000


def _numbers(text: str) -> set[int]:
    return {int(digits) for digits in re.findall(r"\d+", text)}


# --- the shapes it comes in ---------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_terminal_of_100_columns_is_wide_enough(
    language: str, explained: list[Explanation]
) -> None:
    for found in explained:
        for line in lines(found, language):
            assert _width(line) <= WIDTH, line


def test_both_languages_have_every_word() -> None:
    assert set(WORDS["en"]) == set(WORDS["zh"])
    assert all(all(words.values()) for words in WORDS.values())


def test_in_chinese_nothing_is_left_in_english(strict: Home, explained: list[Explanation]) -> None:
    """But names of subjects and versions, the currency, and the words of providers."""
    profiles = {row["profile"] for row in seed_rows("profiles")}
    domains = {row["domain"] for row in seed_rows("attributes")}
    assert profiles | domains <= set(WORDS["zh"])
    labels = {row["bin_label"] for row in seed_rows("bins") if not row["lower_bound"]}
    words = {word for label in labels for word in re.findall("[a-z]+", label)}
    with engine.connect(strict, read=["warehouse"]) as connection:
        others = [
            explain(strict, subject)
            for condition in ("not is_scoreable", "is_scoreable")
            for subject in subjects(connection, condition, 4)
        ]
    for found in [*explained, *others]:
        text = "\n".join(list(lines(found, "zh"))[1:])
        categories = {word for item in found.items for word in re.findall("[a-z]+", item.value)}
        left = set(re.findall("[A-Za-z]+", text)) - {"CNY"} - categories
        assert left <= words - {"under", "over", "missing", "to", "and"}, left
        assert not any(re.search("[a-zA-Z]", item.names["zh"]) for item in found.items)


def test_values_carry_their_unit_and_edges_are_exact(strict: Home) -> None:
    rates = {row["currency"]: row for row in seed_rows("currencies")}
    assert Decimal(rates["CNY"]["reference_units"]) == 1
    assert _value(Decimal("0.888888"), "ratio") == "88.89%"
    assert _value(Decimal("-0.00001"), "ratio") == "0%"
    assert _value(Decimal("1234.5678"), "amount") == "1234.57 CNY"
    assert _value(Decimal(12), "months") == "12"
    assert _value(None, "ratio") == "–"
    row = {"value_state": "observed", "unit": "ratio", "bin_label": "0.3425 to under 0.950568"}
    row |= {"lower_bound": Decimal("0.3425"), "upper_bound": Decimal("0.950568")}
    assert _bin(row, "en") == "34.25% to under 95.0568%"
    assert _bin(row, "zh") == "34.25%至不足95.0568%"
    assert _bin(row | {"upper_bound": None}, "zh") == "34.25%及以上"
    assert _bin(row | {"unit": "days", "lower_bound": None}, "zh") == "不足0.950568"
    assert _bin(row | {"value_state": "missing"}, "zh") == "缺失"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_holds_the_same_figures(language: str, explained: list[Explanation]) -> None:
    for found in explained:
        text = page(found, language)
        root = ElementTree.fromstring(text.removeprefix("<!doctype html>"))
        cells = ["".join(cell.itertext()) for row in root.iter("tr") for cell in row.findall("td")]
        listed = [*(item.points for item in found.items), *found.steps.values()]
        exact = sorted(Decimal(cell) for cell in cells if re.fullmatch(r"[+-]?\d+\.\d{6}", cell))
        assert exact == sorted([*listed, found.total()])
        svg = next(root.iter("{http://www.w3.org/2000/svg}svg"))
        drawn = {"".join(node.itertext()) for node in svg.iter("{http://www.w3.org/2000/svg}text")}
        assert {f"{item.points:+.3f}" for item in found.items} <= drawn
        assert f"{found.score}.000" in drawn
        everything = "".join(root.itertext())
        for sentence in (
            *(reason.sentences[language] for reason in found.reasons),
            *(improvement.sentences[language] for improvement in found.improvements),
        ):
            assert sentence in everything
        assert not re.search(r"(?:src|href|url\()", text), "the page asks for something outside"


def test_what_a_value_says_cannot_become_markup(explained: list[Explanation]) -> None:
    found = explained[0]
    evil = replace(found.items[0], value="<script>alert(1)</script>", bins={"en": '"><b>'})
    text = page(replace(found, items=[evil], subject_id="<i>&"), "en")
    ElementTree.fromstring(text.removeprefix("<!doctype html>"))
    assert "<script" not in text and "<i>" not in text


def test_the_page_is_its_owner_s_alone(
    ran: Ran, explained: list[Explanation], tmp_path: Path
) -> None:
    found = explained[0]
    home = Home(tmp_path / "home").make()
    by_default = write(home, found, None)
    assert by_default.is_relative_to(home.reports)
    (tmp_path / "page.html").write_text("an old one, for all to read")
    (tmp_path / "page.html").chmod(0o644)
    chosen = write(home, found, tmp_path / "page.html")
    for path in (by_default, chosen):
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text(encoding="utf-8") == page(found)
    assert by_default.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in tmp_path.glob(".*")] == []
    with pytest.raises(SesameError, match="cannot be written"):
        write(home, found, tmp_path / "no" / "such" / "folder.html")


def test_the_command_prints_and_writes(ran: Ran, explained: list[Explanation]) -> None:
    found = explained[0]
    asked = sesame(ran[0], "explain", found.subject_id, "--language", "zh")
    assert (asked.returncode, asked.stderr) == (0, "")
    assert asked.stdout == "\n".join(lines(found, "zh")) + "\n"
    rows = sesame(ran[0], "explain", found.subject_id, "--evidence", found.items[0].name)
    assert rows.returncode == 0
    assert found.items[0].name in rows.stdout and "raw_" in rows.stdout


# --- what there is no answer to -----------------------------------------------------------------


def test_who_has_no_score_is_told_why_and_what_is_missing(strict: Home) -> None:
    with engine.connect(strict, read=["warehouse"]) as connection:
        unscored = subjects(connection, "not is_scoreable", 3)
    for subject in unscored:
        found = explain(strict, subject)
        assert found.score is None and found.items == [] and found.steps == {}
        assert found.not_scoreable_reason == "too_little_evidence"
        assert found.reliability < found.floor
        text = "\n".join(lines(found))
        assert "not scoreable: too little evidence" in text
        assert all(WORDS["en"][factor.name] in text for factor in found.factors)
        of_card = sum(sum(factor.states.values()) for factor in found.factors)
        assert of_card > sum(factor.states.get("observed", 0) for factor in found.factors)
        ElementTree.fromstring(page(found).removeprefix("<!doctype html>"))
        assert max(map(_width, text.splitlines())) <= WIDTH


def test_the_evidence_of_who_has_no_score_gives_no_points(strict: Home) -> None:
    """The views have points for whoever has a profile: without a score, points of nothing."""
    with engine.connect(strict, read=[*DOMAINS, "warehouse"]) as connection:
        row = connection.execute(
            "select subject_id, attribute_name "
            "from warehouse.intermediate.int_attribute_contributions "
            "inner join warehouse.scores.current_scores "
            "using (subject_id, as_of_date, score_version) "
            "where not is_scoreable and contribution_points <> 0 order by all limit 1"
        ).fetchone()
    assert row is not None
    found, item = show_evidence(strict, *row)
    assert item is None and any(table.rows for table in found.tables)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nobody"], "no score of a subject 'nobody'"),
        (["{subject}", "--as-of", "2001-01-01"], "has no score as of 2001-01-01; it has as of: "),
        (["{subject}", "--version", "v99"], "no score of version 'v99' .* there is: v"),
        (["{subject}", "--evidence", "shoe_size"], "no attribute 'shoe_size' .* there are: "),
        (["{subject}", "--html", "/no/such/folder/page.html"], "cannot be written"),
    ],
)
def test_what_there_is_not_is_said_with_what_there_is(
    arguments: list[str],
    message: str,
    ran: Ran,
    explained: list[Explanation],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SESAME_HOME", str(ran[0].root))
    given_ = [text.format(subject=explained[0].subject_id) for text in arguments]
    assert main(["explain", *given_]) == 2
    assert re.search(message, capsys.readouterr().err)


def test_without_a_warehouse_it_says_how_to_get_one(
    home: Home, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "anybody"]) == 2
    assert "sesame run" in capsys.readouterr().err


def test_a_challenger_is_explained_when_asked(strict: Home, explained: list[Explanation]) -> None:
    for each in explained[:4]:
        champion = explain(strict, each.subject_id)
        challenger = explain(strict, each.subject_id, version="v99")
        assert champion.is_champion and not challenger.is_champion
        if challenger.score is None:
            continue
        assert challenger.total() == challenger.score
        assert challenger.items and challenger.items != champion.items
        assert not [item for item in challenger.items if item.factor == "personal_characteristics"]
        assert 0 < len(challenger.reasons) <= 4
        assert "v99 (challenger)" in next(lines(challenger))
