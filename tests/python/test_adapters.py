"""Adapters: the engine on a data set made here, then every adapter on the real files.

The real files are read from SESAME_REAL_DATA, or from ../shared/data beside the repository, and
are never copied into it; where they are absent those tests are skipped and say so.
"""

import csv
import gzip
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sesame.adapt import AdaptReport, adapt, adapter_names, load_manifest
from sesame.contract import contract
from sesame.engine import literal, quote
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.landing.batch import land

REAL_DATA = Path(os.environ.get("SESAME_REAL_DATA") or PROJECT.parent / "shared" / "data")
Rows = list[tuple[Any, ...]]
_REPORTS = "partners/reported_attributes"

# ---------------------------------------------------------------- the engine

MANIFEST: dict[str, Any] = {
    "name": "mini",
    "title": "Three people",
    "source": "this test",
    "licence": "none",
    "lawful_basis": "none",
    "currency": "CNY",
    "as_of": None,
    "outcome": None,
    "files": [{"name": "people", "path": "people.csv", "rows": 3}],
    "notes": ["a person without a name is left out"],
}
SOURCES = """
create table source_people as
select
    row_number() over () as source_row,
    id,
    if(name is null, 'no name', null) as excluded_because,
from read_csv(getvariable('source_folder') || '/people.csv', all_varchar = true);
"""
SUBJECTS = """
select
    source_row as _source_people,
    'mini:' || id as subject_id,
    'consumer' as kind,
    timestamp '2024-01-01 00:00:00' as registered_at,
from source_people
where excluded_because is null
"""


class Mini:
    """An adapter of one file in a folder of its own, to be broken by the tests."""

    def __init__(self, root: Path) -> None:
        self.adapters = root / "adapters"
        self.folder = self.adapters / "mini"
        self.source = root / "source of o'hara"
        self.to = root / "out"
        self.source.mkdir()
        self.folder.mkdir(parents=True)
        (self.source / "people.csv").write_text("id,name\n1,Ann\n2,\n3,Bob\n")
        self.manifest()
        self.write("sources.sql", SOURCES)
        self.write("mapping/identity/subjects.sql", SUBJECTS)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def manifest(self, **changes: Any) -> None:
        self.write("manifest.yml", yaml.safe_dump(MANIFEST | changes))

    def run(self) -> AdaptReport:
        return adapt("mini", self.source, self.to, adapters=self.adapters)


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    return Mini(tmp_path)


def test_each_row_is_mapped_or_excluded_for_a_reason(mini: Mini) -> None:
    report = mini.run()
    (people,) = report.sources
    assert (people.rows, people.mapped, people.excluded) == (3, 2, {"no name": 1})
    assert report.tables == {"identity/subjects": 2}
    assert "people: 3 rows = 2 mapped + 1 excluded" in "\n".join(report.lines())
    files = [path.relative_to(mini.to) for path in mini.to.rglob("*") if path.is_file()]
    assert files == [Path("identity/subjects.parquet")]
    written = duckdb.sql(f"from {literal(mini.to / 'identity/subjects.parquet')}")
    assert written.columns == ["subject_id", "kind", "registered_at"]
    assert [row[0] for row in written.fetchall()] == ["mini:1", "mini:3"]


def test_several_rows_may_become_one(mini: Mini) -> None:
    mini.write(
        "mapping/identity/subjects.sql",
        "select list(source_row) as _source_people, 'mini:all' as subject_id, 'consumer' as kind,"
        " timestamp '2024-01-01' as registered_at"
        " from source_people where excluded_because is null",
    )
    assert mini.run().tables == {"identity/subjects": 1}


def _subjects_where(condition: str) -> Callable[[Mini], None]:
    return lambda mini: mini.write(
        "mapping/identity/subjects.sql",
        SUBJECTS.replace("where excluded_because is null", condition),
    )


BREAKAGES: dict[str, tuple[Callable[[Mini], Any], list[str]]] = {
    "a row is lost": (
        _subjects_where("where excluded_because is null and id <> '3'"),
        ["1 rows of source_people are neither excluded nor returned", "source_row 3"],
    ),
    # A null among the traces must not make `not in` forgive the loss.
    "a row is lost beside an outer join": (
        lambda mini: mini.write(
            "mapping/identity/subjects.sql",
            SUBJECTS.replace("source_row as", "if(id = '1', source_row, null) as"),
        ),
        ["1 rows of source_people are neither"],
    ),
    "an excluded row is returned": (
        _subjects_where(""),
        ["1 rows of source_people are excluded, yet returned", "source_row 2"],
    ),
    "rows are not numbered": (
        lambda mini: mini.write("sources.sql", SOURCES.replace("row_number() over ()", "1")),
        ["source_row", "number its rows"],
    ),
    "another number of rows": (
        lambda mini: mini.manifest(files=[MANIFEST["files"][0] | {"rows": 4}]),
        ["people.csv: 3 rows", "expects 4", "change rows in", "manifest.yml"],
    ),
    "a file is missing": (
        lambda mini: (mini.source / "people.csv").unlink(),
        ["lacks people.csv", "this test"],
    ),
    "the folder is missing": (
        lambda mini: shutil.rmtree(mini.source),
        ["source of o'hara is not a folder"],
    ),
    "a column the contract does not know": (
        lambda mini: mini.write(
            "mapping/identity/subjects.sql", SUBJECTS.replace("as kind", "as kin")
        ),
        ["subjects.sql: kin: not in the contract of identity/subjects", "kind"],
    ),
    "a required column is missing": (
        lambda mini: mini.write(
            "mapping/identity/subjects.sql", SUBJECTS.replace("'consumer' as kind,", "")
        ),
        ["subjects.sql: lacks kind"],
    ),
    "a key stands twice": (
        lambda mini: mini.write(
            "mapping/identity/subjects.sql", SUBJECTS.replace("'mini:' || id", "'mini:x'")
        ),
        ["subjects.sql: 2 rows but 1 different values", "subject_id"],
    ),
    "a table the contract does not know": (
        lambda mini: mini.write("mapping/identity/people.sql", "select 1 as x"),
        ["people.sql: no such table in the contract", "subjects"],
    ),
    "no mapping": (
        lambda mini: shutil.rmtree(mini.folder / "mapping"),
        ["no mapping/<domain>/<table>.sql"],
    ),
    "SQL that does not run": (
        lambda mini: mini.write("mapping/identity/subjects.sql", "select nonsense"),
        ["subjects.sql", "nonsense"],
    ),
    "the target is not empty": (
        lambda mini: shutil.copytree(mini.source, mini.to),
        ["out is not an empty folder"],
    ),
    "a misspelt key": (
        lambda mini: mini.manifest(license="none"),
        ["manifest.yml: unknown license", "licence"],
    ),
    "a key is missing": (
        lambda mini: mini.write("manifest.yml", "name: mini"),
        ["manifest.yml: missing", "licence"],
    ),
    "another adapter's name": (
        lambda mini: mini.manifest(name="maxi"),
        ["'maxi'", "'mini'"],
    ),
    "a day that is none": (
        lambda mini: mini.manifest(as_of="2023-02-30"),
        ["as_of must be a date"],
    ),
    "files that are no list": (
        lambda mini: mini.manifest(files="people.csv"),
        ["files and notes must be lists"],
    ),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_refuses_whole_and_says_what_and_where(mini: Mini, breakage: str) -> None:
    break_it, said = BREAKAGES[breakage]
    break_it(mini)
    kept = sorted(mini.to.rglob("*"))
    with pytest.raises(SesameError) as caught:
        mini.run()
    for words in said:
        assert words in str(caught.value)
    assert sorted(mini.to.rglob("*")) == kept
    assert not list(mini.to.parent.glob(".*")), "half-written files were left behind"


def test_what_a_kill_left_half_written_does_not_reach_the_files(mini: Mini) -> None:
    leftover = mini.to.parent / ".out.partial" / "identity" / "phones.parquet"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("cut in the mid")
    mini.run()
    assert [path.name for path in mini.to.rglob("*.parquet")] == ["subjects.parquet"]
    assert not leftover.parent.exists()


def test_messages_quote_no_value_of_the_data(mini: Mini) -> None:
    (mini.source / "people.csv").write_text("id,name\n1,Ann\n2,\nsecret,Bob\n")
    mini.write("sources.sql", SOURCES.replace(" id,", " cast(id as integer) as id,"))
    with pytest.raises(SesameError) as caught:
        mini.run()
    assert "sources.sql" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_unknown_adapter_is_answered_with_the_known_ones(mini: Mini) -> None:
    with pytest.raises(SesameError, match="no adapter 'maxi': there are mini"):
        load_manifest("maxi", mini.adapters)


# ------------------------------------------------------- the real data sets


class Adapted:
    """What an adapter made of its real files."""

    def __init__(self, report: AdaptReport, source: Path, folder: Path) -> None:
        self.report, self.source, self.folder = report, source, folder

    def table(self, key: str) -> str:
        """The written table `<domain>/<table>`, for a from clause."""
        return f"read_parquet({literal(self.folder / f'{key}.parquet')})"

    def rows(self, query: str, **keys: str) -> Rows:
        """Rows of a query; {name} in it stands for the table keys[name]."""
        tables = {name: self.table(key) for name, key in keys.items()}
        return duckdb.sql(query.format(**tables)).fetchall()

    def excluded(self, source: str) -> dict[str, int]:
        return next(a.excluded for a in self.report.sources if a.source == source)


def _source(name: str) -> Path:
    if not (REAL_DATA / name).is_dir():
        pytest.skip(f"no real data: {REAL_DATA / name} is absent (set SESAME_REAL_DATA)")
    return REAL_DATA / name


@pytest.fixture(scope="session")
def adapted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Adapted]:
    """adapted(name): the adapter's run on its real files, made once."""
    done: dict[str, Adapted] = {}

    def run(name: str) -> Adapted:
        if name not in done:
            source = _source(name)
            folder = tmp_path_factory.mktemp("adapted") / name
            done[name] = Adapted(adapt(name, source, folder), source, folder)
        return done[name]

    return run


def _lines(path: Path) -> list[bytes]:
    """The lines of a file, whatever ends them; no file here has line ends within a value."""
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")


def _rows(lines: list[bytes]) -> list[list[str]]:
    """Delimited lines taken apart without DuckDB, header first."""
    delimiter = max(";, ", key=lines[0].decode("utf-8-sig").count)
    text = [line.decode("utf-8-sig") for line in lines]
    return list(csv.reader(text, delimiter=delimiter))


def _read(path: Path) -> list[list[str]]:
    return _rows(_lines(path))


@pytest.mark.parametrize("name", adapter_names())
def test_the_accounting_adds_up_to_the_lines_of_every_file(
    name: str, adapted: Callable[[str], Adapted]
) -> None:
    ours = adapted(name)
    for file, account in zip(ours.report.manifest.files, ours.report.sources, strict=True):
        lines = 0
        headers: set[bytes] = set()
        for path in ours.source.glob(file.path):
            header, *rows = _lines(path)
            headers.add(header)
            lines += len(rows)
        assert lines == file.rows == account.rows == account.mapped + sum(account.excluded.values())
        ((header_row,),) = (_rows([header]) for header in headers)
        stated = [column or "(no name)" for column in header_row]
        assert list(file.columns) == stated, "manifest.yml says of each column where it goes"
    read = {path for file in ours.report.manifest.files for path in ours.source.glob(file.path)}
    left = {path.name for path in ours.source.rglob("*") if path.is_file() and path not in read}
    assert left <= {"codetable.txt"}, "a file of the data set that the adapter does not read"


@pytest.mark.parametrize("name", adapter_names())
def test_what_is_written_keeps_the_contract(name: str, adapted: Callable[[str], Adapted]) -> None:
    """The door would let every row in: checked on the files, for a landing takes far longer."""
    ours = adapted(name)
    for key, count in ours.report.tables.items():
        domain, _, table_name = key.partition("/")
        table = contract()[domain][table_name]
        relation = ours.table(key)
        columns = duckdb.sql(f"from {relation}").columns
        wrong = []
        for column in table.columns:
            value = quote(column.delivered_as)
            if column.delivered_as not in columns:
                continue
            if column.is_required and column.name != "known_at":
                wrong.append(f"{value} is null")
            if column.accepted_values:
                words = ", ".join(literal(word) for word in column.accepted_values)
                wrong.append(f"{value} not in ({words})")
            if column.minimum is not None:
                wrong.append(f"{value} < cast({literal(column.minimum)} as {column.data_type})")
            if column.maximum is not None:
                wrong.append(f"{value} > cast({literal(column.maximum)} as {column.data_type})")
            wrong.append(f"{value} is not null and try_cast({value} as {column.data_type}) is null")
        if "known_at" in columns:
            wrong.append(f"known_at < {quote(table.event_at)}")
        for column in table.subjects:
            subject = quote(column.delivered_as)
            wrong.append(
                f"{subject} not in (select subject_id from {ours.table('identity/subjects')})"
            )
            # Known by the event, not only by known_at: no row depends on a lag.
            late = duckdb.sql(
                f"select count(*) from {relation} as offered left join"
                f" {ours.table('consent/consent_events')} as consent"
                f" on offered.{subject} = consent.subject_id"
                f" and consent.domain = {literal(domain)} and consent.action = 'grant'"
                " and consent.lawful_basis is not null"
                f" and consent.covers_from_at <= offered.{quote(table.event_at)}"
                f" and consent.known_at <= offered.{quote(table.event_at)}"
                " where consent.subject_id is null"
            ).fetchone()
            assert late == (0,), f"{key}: {late} rows without a consent for {domain}"
        for condition in wrong:
            bad = duckdb.sql(f"select count(*) from {relation} where {condition}").fetchone()
            assert bad == (0,), f"{key}: {condition}"
        written = duckdb.sql(f"select count(*) from {relation}").fetchone()
        assert written == (count,)


@pytest.mark.parametrize("name", adapter_names())
def test_subjects_carry_the_data_sets_name(name: str, adapted: Callable[[str], Adapted]) -> None:
    query = "select count(*) from {subjects} where not starts_with(subject_id, '" + name + ":')"
    assert adapted(name).rows(query, subjects="identity/subjects") == [(0,)]


@pytest.mark.parametrize("name", adapter_names())
def test_outcomes_lie_after_the_moment_they_are_to_be_predicted(
    name: str, adapted: Callable[[str], Adapted]
) -> None:
    ours = adapted(name)
    manifest = ours.report.manifest
    assert (manifest.outcome is not None) == ("partners/outcomes" in ours.report.tables)
    if manifest.outcome is None:
        return
    wrong = ours.rows(
        "select count(*) from {outcomes} where observed_at <= scored_as_of_at"
        f" or known_at <= scored_as_of_at or definition <> '{manifest.outcome.definition}'",
        outcomes="partners/outcomes",
    )
    assert wrong == [(0,)]


def test_the_door_lets_every_row_in(adapted: Callable[[str], Adapted], home: Home) -> None:
    ours = adapted("south_german_credit")
    report = land(home, ours.folder)
    landed = {f"{table.domain}/{table.table}": table.landed for table in report.tables}
    assert landed == ours.report.tables
    assert report.total("offered") == report.total("landed")
    assert not report.refused_files


def test_running_an_adapter_again_gives_the_same_bytes(
    adapted: Callable[[str], Adapted], tmp_path: Path
) -> None:
    ours = adapted("berka")
    again = tmp_path / "again"
    adapt("berka", ours.source, again)
    for key in ours.report.tables:
        one, two = (folder / f"{key}.parquet" for folder in (ours.folder, again))
        assert one.read_bytes() == two.read_bytes(), key


# ---- berka


def test_berka_reads_women_and_the_century_out_of_birth_numbers(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("berka")
    known = ours.rows(
        "select identity_number, gender, cast(birth_date as varchar) from {subjects}"
        " where subject_id in ('berka:client:1', 'berka:client:2') order by subject_id",
        subjects="identity/subjects",
    )
    # 706213 is December 1970 and a woman; 45 is 1945, not 2045.
    assert known == [("706213", "female", "1970-12-13"), ("450204", "male", "1945-02-04")]
    years = "select min(year(birth_date)), max(year(birth_date)) from {subjects}"
    assert ours.rows(years, subjects="identity/subjects") == [(1911, 1987)]


def test_berka_codes_of_a_transaction(adapted: Callable[[str], Adapted]) -> None:
    counts = adapted("berka").rows(
        "select direction, kind, count(*) from {transactions} group by all order by all",
        transactions="payments/wallet_transactions",
    )
    header, *transactions = _trans()
    source = [dict(zip(header, row, strict=True)) for row in transactions]
    purpose = {
        "household": "bill",
        "insurrance payment": "insurance",
        "payment for statement": "fee",
        "sanction interest if negative balance": "interest",
        "interest credited": "interest",
    }
    way = {
        "credit in cash": "top_up",
        "collection from another bank": "transfer",
        "remittance to another bank": "transfer",
        "withdrawal in cash": "cash",
        "credit card withdrawal": "cash",
    }
    expected: dict[tuple[str, str], int] = {}
    for row in source:
        kind = purpose.get(row["k_symbol"].strip()) or way[row["operation"]]
        # The type `withdrawal in cash` is the bank's other word for a withdrawal.
        key = ("in" if row["type"] == "credit" else "out", kind)
        expected[key] = expected.get(key, 0) + 1
    assert {(direction, kind): count for direction, kind, count in counts} == expected


def _trans() -> list[list[str]]:
    return _read(_source("berka") / "trans.csv")


def test_berka_counts_a_transaction_of_unknown_codes(
    adapted: Callable[[str], Adapted], tmp_path: Path
) -> None:
    source = tmp_path / "berka"
    shutil.copytree(_source("berka"), source)
    path = source / "trans.csv"
    path.chmod(0o600)
    path.write_text(path.read_text().replace("credit in cash", "credit in gold", 1))
    report = adapt("berka", source, tmp_path / "out")
    account = next(a for a in report.sources if a.source == "trans")
    assert account.excluded == {"type, operation and k_symbol not in the code table": 1}
    assert report.tables["payments/wallet_transactions"] == account.mapped == 30_199


def test_berka_has_no_counterparty_zero(adapted: Callable[[str], Adapted]) -> None:
    found = adapted("berka").rows(
        "select count(counterparty_id), count(*) filter (counterparty_id like '%:0')"
        " from {transactions}",
        transactions="payments/wallet_transactions",
    )
    with_bank = [row for row in _trans()[1:] if row[8] and row[9] != "0"]
    assert found == [(len(with_bank), 0)]


def test_berka_keeps_the_outcome_out_of_the_evidence(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("berka")
    assert ours.excluded("order") == {
        "standing order without a date": 5_754,
        "instalment of the very loan whose outcome is predicted": 717,
    }
    assert "payments/standing_orders" not in ours.report.tables
    assert "payments/loan_instalments" not in ours.report.tables
    kinds = ours.rows("select distinct kind from {accounts}", accounts="payments/credit_accounts")
    assert kinds == [("card",)]
    after = ours.rows(
        "select count(*) from {transactions} as transactions"
        " inner join {outcomes} as outcomes using (subject_id)"
        " where transactions.known_at >= outcomes.scored_as_of_at",
        transactions="payments/wallet_transactions",
        outcomes="partners/outcomes",
    )
    assert after == [(0,)]


def test_berka_outcomes_and_what_is_censored(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("berka")
    assert ours.rows(
        "select is_closed, is_default, count(*) from {outcomes} group by all order by all",
        outcomes="partners/outcomes",
    ) == [(False, False, 284), (False, True, 27), (True, False, 40), (True, True, 3)]
    # Each is scored as of the day of its own loan.
    assert ours.rows(
        "select count(*) from {outcomes} inner join {applications} using (subject_id)"
        " where scored_as_of_at = applied_at",
        outcomes="partners/outcomes",
        applications="partners/applications",
    ) == [(354,)]
    assert ours.excluded("loan") == {
        "loan before 1997, of whose account there are no transactions": 328
    }


def test_berka_disponents_carry_no_transactions(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("berka")
    disponents = [row[1] for row in _read(ours.source / "disp.asc") if row[3] == "DISPONENT"]
    ids = ", ".join(f"'berka:client:{number}'" for number in disponents)
    assert ours.rows(
        f"select count(*) from {{transactions}} where subject_id in ({ids})",
        transactions="payments/wallet_transactions",
    ) == [(0,)]


# ---- taiwan_default


def test_taiwan_lines_end_in_a_bare_carriage_return(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("taiwan_default")
    raw = (ours.source / "UCI_Credit_Card.csv").read_bytes()
    assert b"\n" not in raw, "the oddity itself"
    assert ours.report.tables["payments/credit_statements"] == 6 * 30_000
    assert ours.rows(
        "select count(*) filter (is_default), count(*) from {outcomes}",
        outcomes="partners/outcomes",
    ) == [(6_636, 30_000)]


def test_taiwan_statements_of_the_first_client(adapted: Callable[[str], Adapted]) -> None:
    """Statuses 2 2 -1 -1 -2 -2, bills 3913 3102 689 0 0 0, paid 0 689 0 0 0 0, latest first."""
    statements = adapted("taiwan_default").rows(
        "select strftime(statement_at, '%m-%d'), lender_status, days_past_due,"
        " cast(balance_amount as integer), cast(paid_amount as integer),"
        " cast(limit_amount as integer), strftime(known_at, '%m-%d')"
        " from {statements} where subject_id = 'taiwan_default:client:1' order by statement_at",
        statements="payments/credit_statements",
    )
    assert statements == [
        ("04-30", "-2", 0, 0, 0, 20_000, "05-31"),
        ("05-31", "-2", 0, 0, 0, 20_000, "06-30"),
        ("06-30", "-1", 0, 0, 0, 20_000, "07-31"),
        # The 689 paid in August pay the bill of July, and that is known when August is over.
        ("07-31", "-1", 0, 689, 689, 20_000, "08-31"),
        ("08-31", "2", 60, 3_102, 0, 20_000, "09-30"),
        ("09-30", "2", 60, 3_913, None, 20_000, "09-30"),
    ]


def test_taiwan_everything_is_known_before_the_score(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("taiwan_default")
    as_of = ours.report.manifest.as_of
    for key in ours.report.tables:
        if key != "partners/outcomes":
            late = ours.rows(
                f"select count(*) from {{table}} where known_at >= timestamp '{as_of}'", table=key
            )
            assert late == [(0,)], key


def test_taiwan_codes_without_a_meaning_give_no_value(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("taiwan_default")
    header, *clients = _read(ours.source / "UCI_Credit_Card.csv")
    education = [row[header.index("EDUCATION")] for row in clients]
    marriage = [row[header.index("MARRIAGE")] for row in clients]
    levels: dict[str, int] = dict(
        ours.rows(
            "select category, count(*) from {reports} group by all",
            reports="partners/reported_attributes",
        )
    )
    words = {"1": "master", "2": "bachelor", "3": "secondary", "4": "other"}
    assert set(education) - set(words) == {"0", "5", "6"}, "the undocumented codes"
    assert levels == {word: education.count(code) for code, word in words.items()}
    statuses: dict[str | None, int] = dict(
        ours.rows(
            "select marital_status, count(*) from {subjects} group by all",
            subjects="identity/subjects",
        )
    )
    assert statuses[None] == marriage.count("0") == 54


def test_taiwan_invents_neither_birth_dates_nor_openings(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("taiwan_default")
    assert "birth_date" not in duckdb.sql(f"from {ours.table('identity/subjects')}").columns
    assert "payments/credit_accounts" not in ours.report.tables
    in_favour = "select count(*) > 0 from {statements} where balance_amount < 0"
    assert ours.rows(in_favour, statements="payments/credit_statements") == [(True,)]


# ---- south_german_credit


def test_south_german_tells_gender_only_where_the_code_does(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("south_german_credit")
    header, *loans = _read(ours.source / "SouthGermanCredit.asc")
    codes = [row[header.index("personal_status_sex")] for row in loans]
    assert ours.rows(
        "select gender, marital_status, count(*) from {subjects} group by all"
        " order by gender nulls first, marital_status nulls first",
        subjects="identity/subjects",
    ) == [
        (None, None, codes.count("2")),
        ("female", "single", codes.count("4")),
        ("male", None, codes.count("3")),
        ("male", "divorced", codes.count("1")),
    ]


def test_south_german_goes_to_reported_attributes_whole(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("south_german_credit")
    assert ours.rows(
        "select count(distinct attribute_name), count(*), count(category) from {reports}",
        reports="partners/reported_attributes",
    ) == [(10, 10_000, 10_000)]
    assert not [key for key in ours.report.tables if key.startswith("payments/")]
    words = ours.rows("select distinct category from {reports}", reports=_REPORTS)
    assert not [word for (word,) in words if "resident" in word or "foreign" in word]


def test_south_german_is_known_the_day_before_its_nominal_day(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("south_german_credit")
    as_of = ours.report.manifest.as_of
    assert ours.rows(
        f"select count(*) from {{reports}} where known_at >= timestamp '{as_of}'", reports=_REPORTS
    ) == [(0,)]
    assert (
        ours.rows(
            "select scored_as_of_at, count(*) filter (is_default), count(*) from {outcomes}"
            " group by all",
            outcomes="partners/outcomes",
        )
        == duckdb.sql(f"select timestamp '{as_of}', 300, 1000").fetchall()
    )


# ---- online_retail


@pytest.fixture(scope="session")
def retail_lines() -> list[dict[str, str]]:
    """The lines as they stand in the file, the empty string where there is no value."""
    path = _source("online_retail") / "online_retail.csv.gz"
    columns = ["InvoiceNo", "InvoiceDate", "CustomerID"]
    values = ", ".join(f"coalesce({name}, '')" for name in columns)
    rows = duckdb.sql(
        f"select {values} from read_csv({literal(path)}, all_varchar = true)"
    ).fetchall()
    return [dict(zip(columns, row, strict=True)) for row in rows]


def test_online_retail_excludes_lines_without_a_customer(
    adapted: Callable[[str], Adapted], retail_lines: list[dict[str, str]]
) -> None:
    ours = adapted("online_retail")
    without = sum(not line["CustomerID"] for line in retail_lines)
    excluded = ours.excluded("lines")
    assert without == 135_080
    assert sum(n for why, n in excluded.items() if why.startswith("no customer")) == without


def test_online_retail_customers_are_whole_numbers(
    adapted: Callable[[str], Adapted], retail_lines: list[dict[str, str]]
) -> None:
    ids = adapted("online_retail").rows(
        "select subject_id from {subjects} where kind = 'consumer'", subjects="identity/subjects"
    )
    assert all(line["CustomerID"].endswith(".0") for line in retail_lines if line["CustomerID"])
    assert all(subject.removeprefix("online_retail:customer:").isdigit() for (subject,) in ids)


def test_online_retail_credit_notes_are_refunds_and_no_orders(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("online_retail")
    assert ours.rows(
        "select count(*) from {orders} where order_id like '%:C%' or amount < 0",
        orders="marketplace/orders",
    ) == [(0,)]
    assert ours.rows(
        "select count(*) from {cases} where case_id not like '%:C%' or amount <= 0"
        " or kind <> 'refund'",
        cases="marketplace/refunds_and_disputes",
    ) == [(0,)]


def test_online_retail_an_invoice_is_one_order_at_one_time(
    adapted: Callable[[str], Adapted], retail_lines: list[dict[str, str]]
) -> None:
    times: dict[str, set[str]] = {}
    for line in retail_lines:
        if line["CustomerID"] and not line["InvoiceNo"].startswith("C"):
            times.setdefault(line["InvoiceNo"], set()).add(line["InvoiceDate"])
    twice = {number: min(stamps) for number, stamps in times.items() if len(stamps) > 1}
    assert twice, "the oddity itself"
    ids = ", ".join(literal(f"online_retail:invoice:{number}") for number in twice)
    found = adapted("online_retail").rows(
        "select order_id, strftime(timezone('Europe/London', timezone('UTC', ordered_at)),"
        f" '%Y-%m-%d %H:%M:%S') from {{orders}} where order_id in ({ids})",
        orders="marketplace/orders",
    )
    assert found
    assert all(twice[order.rpartition(":")[2]] == stamp for order, stamp in found)


def test_online_retail_times_are_londons_and_become_utc(
    adapted: Callable[[str], Adapted], retail_lines: list[dict[str, str]]
) -> None:
    winter = {"536365": "2010-12-01 08:26:00"}
    first = next(
        line
        for line in retail_lines
        if line["InvoiceDate"].startswith("2011-07-01")
        and line["CustomerID"]
        and line["InvoiceNo"].isdigit()
    )
    hour = int(first["InvoiceDate"][11:13]) - 1
    summer = {first["InvoiceNo"]: f"2011-07-01 {hour:02}{first['InvoiceDate'][13:]}"}
    for number, stamp in (winter | summer).items():
        assert adapted("online_retail").rows(
            "select strftime(ordered_at, '%Y-%m-%d %H:%M:%S') from {orders}"
            f" where order_id = 'online_retail:invoice:{number}'",
            orders="marketplace/orders",
        ) == [(stamp,)]


# ---- tmall


def test_tmall_days_without_year_or_hour(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("tmall")
    _, *actions = _read(ours.source / "t_alibaba_data.csv")
    assert ours.rows(
        "select count(*) from {views} where viewed_at = timestamp '2013-06-04 00:00:00'",
        views="marketplace/page_views",
    ) == [(sum(row[3] == "6-4" and row[2] != "1" for row in actions),)]
    assert ours.rows(
        "select count(*) from {views} where has_time_of_day"
        " or viewed_at not between '2013-04-15' and '2013-08-15'",
        views="marketplace/page_views",
    ) == [(0,)]


def test_tmall_invents_no_amounts_and_drops_no_equal_rows(
    adapted: Callable[[str], Adapted],
) -> None:
    ours = adapted("tmall")
    _, *actions = _read(ours.source / "t_alibaba_data.csv")
    assert len({tuple(row) for row in actions}) < len(actions), "the oddity itself"
    bought = sum(row[2] == "1" for row in actions)
    assert ours.rows(
        "select count(amount), count(*) from {orders}", orders="marketplace/orders"
    ) == [(0, bought)]
    assert ours.rows(
        "select count(unit_price_amount), count(*) from {items}", items="marketplace/order_items"
    ) == [(0, bought)]
    assert ours.report.tables["marketplace/page_views"] == len(actions) - bought


# ---- cumcm_invoices


@pytest.fixture(scope="session")
def cumcm(adapted: Callable[[str], Adapted]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Table source: the invoices as they stand in the files; view landed: as mapped."""
    ours = adapted("cumcm_invoices")
    with duckdb.connect() as connection:
        connection.execute(
            "create table source as select *, concat_ws(':', 'cumcm_invoices', 企业代号,"
            " direction, 发票号码, strftime(strptime(开票日期, '%Y/%m/%d'), '%Y-%m-%d')) as id"
            " from ("
            + " union all by name ".join(
                f"select *, '{direction}' as direction from read_csv("
                f"{literal(ours.source / f'{folder}_invoices/*.csv.gz')}, all_varchar = true)"
                for direction, folder in (("received", "input"), ("issued", "output"))
            )
            + ")"
        )
        connection.execute(f"create view landed as from {ours.table('payments/invoices')}")
        yield connection


def test_cumcm_voided_and_red_invoices(cumcm: duckdb.DuckDBPyConnection) -> None:
    blanks = "select count(*) from source where 发票状态 <> trim(发票状态)"
    assert cumcm.sql(blanks).fetchall() == [(48,)], "the oddity itself"
    assert cumcm.sql(
        "select count(*) from landed where (status = 'reversed')"
        " <> (status <> 'voided' and net_amount < 0)"
    ).fetchall() == [(0,)]
    # One copy that says voided is enough: voiding is final.
    difference = (
        "(select id from source where trim(发票状态) = '作废发票')",
        "(select invoice_id from landed where status = 'voided')",
    )
    for one, two in (difference, difference[::-1]):
        assert not cumcm.sql(f"{one} except {two}").fetchall()


def test_cumcm_repeated_numbers(
    adapted: Callable[[str], Adapted], cumcm: duckdb.DuckDBPyConnection
) -> None:
    """The same number on another day is another invoice; on the same day, an export's repeat."""
    for direction, repeats in (("received", 4_690), ("issued", 3_769)):
        excluded = adapted("cumcm_invoices").excluded(f"invoices_{direction}")
        found = f"select count(*) - count(distinct id) from source where direction = '{direction}'"
        assert cumcm.sql(found).fetchall() == [(repeats,)]
        assert sum(excluded.values()) == repeats
        assert all(why.startswith("the same invoice again") for why in excluded)
    other_day = (
        "select count(*) from (select 1 from source"
        " group by 企业代号, direction, 发票号码 having count(distinct id) > 1)"
    )
    assert cumcm.sql(other_day).fetchall() == [(52,)]
    assert (
        cumcm.sql("select count(*) from landed").fetchall()
        == cumcm.sql("select count(distinct id) from source").fetchall()
    )


def test_cumcm_names_have_no_blanks_around_them(adapted: Callable[[str], Adapted]) -> None:
    assert adapted("cumcm_invoices").rows(
        "select count(*), count(*) filter (name <> trim(name)) from {subjects}",
        subjects="identity/subjects",
    ) == [(302, 0)]


# ---- bitcoin_alpha


def test_bitcoin_ratings_and_their_time(adapted: Callable[[str], Adapted]) -> None:
    ours = adapted("bitcoin_alpha")
    assert ours.rows(
        "select cast(value as integer), cast(rated_at as varchar) from {ratings}"
        " where rating_id = 'bitcoin_alpha:member:7188>1'",
        ratings="social/ratings",
    ) == [(10, "2014-08-08 04:00:00")]
    assert ours.rows(
        "select min(value), max(value), count(*) filter (value = 0) from {ratings}",
        ratings="social/ratings",
    ) == [(-10, 10, 0)]
    assert ours.report.tables["identity/subjects"] == 3_783


def test_bitcoin_excludes_zeros_and_members_rating_themselves(tmp_path: Path) -> None:
    source = tmp_path / "bitcoin_alpha"
    shutil.copytree(_source("bitcoin_alpha"), source)
    path = source / "soc-sign-bitcoinalpha.csv"
    path.chmod(0o600)
    text = path.read_text().replace("7188,1,10,", "7188,7188,10,", 1)
    path.write_text(text.replace("430,1,10,", "430,1,0,", 1))
    report = adapt("bitcoin_alpha", source, tmp_path / "out")
    assert report.sources[0].excluded == {
        "a member's rating of itself": 1,
        "rating of zero, which the scale does not have": 1,
    }
