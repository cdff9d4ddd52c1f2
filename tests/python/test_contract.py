"""The raw contract is whole and means what sesame.contract reads: dbt ignores a misspelt key."""

import csv
import re
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest
import yaml

from sesame import engine, raw
from sesame.contract import AUDIT_COLUMNS, Table, contract
from sesame.home import DOMAINS, PROJECT, Home

# The raw contract of the design: a provider who reads it finds these tables and no others.
TABLES = {
    "identity": "subjects addresses phones verification_events employment devices business_owners",
    "marketplace": "shops orders order_items refunds_and_disputes reviews page_views categories",
    "payments": "wallet_transactions wallet_balances standing_orders bills credit_accounts "
    "credit_statements loan_instalments holdings deposits invoices",
    "public_records": "court_judgments enforcement_cases tax_arrears administrative_penalties "
    "social_insurance_months education property_and_vehicles business_registrations",
    "social": "friendships interactions ratings",
    "consent": "consent_events authorisations objections erasure_requests",
    "partners": "readers inquiries applications reported_attributes outcomes",
}
TABLE_META = {"event_at", "settled_at"}
COLUMN_META = {
    *("key", "required", "min", "max", "accepted_values", "subject", "attribute"),
    *("token_of", "identifier", "audit_only"),
}
TYPES = r"varchar|boolean|date|timestamp|smallint|integer|bigint|decimal\(\d+,\d+\)"
ALL = [table for tables in contract().values() for table in tables.values()]
each_table = pytest.mark.parametrize("table", ALL, ids=lambda table: f"{table.domain}.{table.name}")


def column_types(table: Table) -> dict[str, str]:
    return {column.name: column.data_type for column in table.columns}


def test_every_table_of_the_design_is_there() -> None:
    assert {domain: set(tables) for domain, tables in contract().items()} == {
        domain: set(names.split()) for domain, names in TABLES.items()
    }
    assert set(TABLES) == set(DOMAINS)


def entries(domain: str) -> list[dict[str, Any]]:
    path = PROJECT / "models" / "staging" / domain / f"_{domain}__sources.yml"
    source = yaml.safe_load(path.read_text())["sources"][0]
    assert source["name"] == domain
    for key in ("database", "schema"):  # on DuckDB the one, on Spark the other
        assert f"'raw_{domain}'" in source[key]
    tables: list[dict[str, Any]] = source["tables"]
    return tables


@pytest.mark.parametrize("domain", DOMAINS)
def test_no_key_is_misspelt(domain: str) -> None:
    for table in entries(domain):
        assert set(table) == {"name", "description", "config", "columns"}, table["name"]
        assert set(table["config"]) == {"freshness", "meta"}, table["name"]
        assert set(table["config"]["meta"]) <= TABLE_META, table["name"]
        for column in table["columns"]:
            where = f"{domain}.{table['name']}.{column['name']}"
            assert set(column) <= {"name", "description", "data_type", "config"}, where
            assert set(column.get("config", {})) <= {"meta"}, where
            assert set(column.get("config", {}).get("meta", {})) <= COLUMN_META, where
        names = [column["name"] for column in table["columns"]]
        assert len(names) == len(set(names)), table["name"]
        assert tuple(names[-2:]) == AUDIT_COLUMNS, table["name"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_every_freshness_gives_the_reason_for_its_number(domain: str) -> None:
    path = PROJECT / "models" / "staging" / domain / f"_{domain}__sources.yml"
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.strip() == "freshness:":
            assert lines[number + 1].strip().startswith("# "), f"{path.name}:{number + 1}"
            rules = [following.strip() for following in lines[number + 1 : number + 6]]
            for key in ("warn_after", "error_after"):
                assert any(rule.startswith(key) for rule in rules), f"{path.name}:{number + 1}"


@each_table
def test_a_table_has_one_key_and_two_clocks(table: Table) -> None:
    assert sum(column.is_key for column in table.columns) == 1
    assert table.key.is_required
    assert table.key.data_type == "varchar"
    by_name = {column.name: column for column in table.columns}
    assert by_name["known_at"].data_type == "timestamp"
    assert by_name["known_at"].is_required
    assert by_name[table.event_at].data_type == "timestamp"
    assert by_name[table.event_at].is_required
    if table.settled_at:
        assert by_name[table.settled_at].data_type == "timestamp"


@each_table
def test_columns_are_typed_and_described(table: Table) -> None:
    for column in table.columns:
        assert re.fullmatch(TYPES, column.data_type), column
        assert re.fullmatch(r"[a-z][a-z0-9_]*", column.name), column
        assert column.description.strip(), column
        assert (column.data_type == "timestamp") == column.name.endswith("_at"), column
        assert (column.data_type == "boolean") <= column.name.startswith(("is_", "has_")), column
        if column.data_type == "date":
            assert column.name.endswith("_date"), column


@each_table
def test_an_amount_has_a_currency(table: Table) -> None:
    types = column_types(table)
    amounts = [name for name in types if name.endswith("_amount") or name == "amount"]
    for amount in amounts:
        # a unit price may be a fraction of a cent; what is paid may not
        scale = 4 if amount.startswith("unit_price") else 2
        assert types[amount] == f"decimal(18,{scale})", amount
    # an order's items are in the order's currency, a fine's in the country's: all state it
    assert not amounts or any("currency" in name for name in types)


@each_table
def test_bounds_and_accepted_values_fit_their_type(table: Table) -> None:
    for column in table.columns:
        parse = date.fromisoformat if column.data_type == "date" else Decimal
        bounds = [parse(text) for text in (column.minimum, column.maximum) if text is not None]
        if bounds:
            assert re.match("date|smallint|integer|bigint|decimal", column.data_type), column
            assert bounds == sorted(bounds), column
        if column.accepted_values:
            assert column.data_type == "varchar", column
            # YAML reads a bare yes or no as a boolean, and a bare 1 as a number
            assert all(isinstance(value, str) for value in column.accepted_values), column
            assert len(set(column.accepted_values)) == len(column.accepted_values), column


def test_identifiers_are_tokens_and_nothing_else_is() -> None:
    """What the vault keeps stands in the other databases only as `…_token`."""
    for table in ALL:
        for column in table.columns:
            tokenised = column.name.endswith("_token")
            assert tokenised == (column.identifier is not None), (table, column)
            assert tokenised == (column.delivered_as != column.name), (table, column)
            assert not tokenised or column.delivered_as + "_token" == column.name
    kinds = {column.identifier for table in ALL for column in table.identifiers}
    assert kinds == {"identity_number", "name", "phone", "address"}
    plain = {column.name for table in ALL for column in table.columns}
    assert not plain & {"name", "full_name", "phone", "address", "identity_number", "email"}


def test_every_table_but_the_general_ones_names_its_subject() -> None:
    """A row without a subject passes the door unasked: only what is about nobody may."""
    about_nobody = {("marketplace", "categories"), ("partners", "readers")}
    without = {(table.domain, table.name) for table in ALL if not table.subjects}
    consent = {("consent", name) for name in contract()["consent"]}
    assert without - consent == about_nobody
    for table in ALL:
        for column in table.subjects:
            assert column.data_type == "varchar"


def test_every_table_has_a_reporting_lag() -> None:
    with (PROJECT / "seeds" / "reporting_lags.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted((row["domain"], row["table_name"]) for row in rows) == sorted(
        (table.domain, table.name) for table in ALL
    )
    for row in rows:
        assert int(row["lag_days"]) >= 0
        assert row["reason"].strip()


def test_the_raw_tables_are_the_contracts(home: Home) -> None:
    raw.ensure_all(home)
    with engine.connect(home, read=DOMAINS) as connection:
        for table in ALL:
            name = f"{engine.alias(table.domain)}.main.{table.name}"
            described = connection.execute(f"describe {name}").fetchall()
            assert {row[0]: row[1].lower() for row in described} == {
                **column_types(table),
                "_batch_id": "varchar",
                "_landed_at": "timestamp",
            }
            required = {row[0] for row in described if row[2] == "NO"}
            assert required - set(AUDIT_COLUMNS) == {
                column.name for column in table.columns if column.is_required
            }


def test_the_door_may_be_prepared_twice(home: Home) -> None:
    raw.ensure_all(home)
    before = {domain: home.database(domain).stat().st_mtime_ns for domain in DOMAINS}
    raw.ensure_all(home)
    assert {domain: home.database(domain).stat().st_mtime_ns for domain in DOMAINS} == before
    assert not list(home.databases.glob("*.wal"))
    assert all(path.stat().st_mode & 0o077 == 0 for path in home.databases.iterdir())


def test_the_databases_open_only_with_their_key(home: Home) -> None:
    raw.ensure_all(home)
    for path in home.databases.glob("*.duckdb"):
        with pytest.raises(duckdb.Error):
            duckdb.connect(str(path), read_only=True)
