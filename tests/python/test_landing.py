"""The door: what lands, what is turned away and why, and that offering it again changes nothing."""

import gzip
import hashlib
import hmac
import json
import random
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sesame import engine
from sesame.contract import contract
from sesame.errors import SesameError
from sesame.home import Home
from sesame.keys import key_ring
from sesame.landing import LandReport, land

BILL = "bill_id,subject_id,kind,currency,due_amount,paid_amount,issued_at,due_at,known_at\n"


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def consent(number: int, subject: str, domain: str, action: str, at: str, covers: str = "") -> str:
    return f"c{number},{subject},{domain},{action},{at},{covers},{at}\n"


CONSENT = "consent_event_id,subject_id,domain,action,decided_at,covers_from_at,known_at\n"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A delivery with two consenting subjects and nothing else."""
    folder = tmp_path / "files"
    rows = "".join(
        consent(10 * number + offset, subject, domain, "grant", "2020-01-01", "2000-01-01")
        for number, domain in enumerate(("identity", "payments", "social", "marketplace"))
        for offset, subject in enumerate(("s1", "s2"))
    )
    write(folder, "consent/consent_events.csv", CONSENT + rows)
    write(
        folder,
        "identity/subjects.csv",
        """
        subject_id,kind,identity_number,name,registered_at,known_at
        s1,consumer,ID-1,张伟,2020-01-02,2020-01-02
        s2,consumer,ID-2,Zoë Müller,2020-01-02,2020-01-02
        """,
    )
    return folder


def bill(key: str, **changes: str) -> str:
    row = {
        "bill_id": key,
        "subject_id": "s1",
        "kind": "utility",
        "currency": "CNY",
        "due_amount": "10.00",
        "paid_amount": "10.00",
        "issued_at": "2021-01-01",
        "due_at": "2021-01-20",
        "known_at": "2021-02-01",
    }
    return ",".join((row | changes).values()) + "\n"


def rows(home: Home, domain: str, query: str) -> list[tuple[object, ...]]:
    with engine.connect(home, read=[domain]) as connection:
        connection.execute(f"use raw_{domain}.main")
        return connection.execute(query).fetchall()


def counts(report: LandReport, table: str) -> tuple[int, int, int, int, int]:
    (one,) = [entry for entry in report.tables if entry.table == table]
    assert one.offered == one.landed + one.already_there + one.quarantined + one.refused
    return one.offered, one.landed, one.already_there, one.quarantined, one.refused


def quarantine(home: Home, domain: str = "payments") -> list[tuple[object, ...]]:
    return rows(
        home,
        domain,
        "select file_name, row_number, column_name, reason from _quarantine order by all",
    )


def test_rows_land_and_landing_again_changes_nothing(home: Home, files: Path) -> None:
    write(files, "payments/bills.csv", BILL + bill("b1") + bill("b2"))
    assert counts(land(home, files), "bills") == (2, 2, 0, 0, 0)
    before = rows(home, "payments", "from bills order by bill_id")
    assert counts(land(home, files), "bills") == (2, 0, 2, 0, 0)
    assert rows(home, "payments", "from bills order by bill_id") == before


def test_every_kind_of_bad_value_is_named_with_its_row_and_column(home: Home, files: Path) -> None:
    bad = {
        "b1": ({"due_amount": "1e400"}, "due_amount", "not a decimal(18,2)"),
        "b2": ({"issued_at": "2023-02-30"}, "issued_at", "not a timestamp"),
        "b3": ({"subject_id": "nobody"}, "subject_id", "unknown subject"),
        "b4": ({"subject_id": ""}, "subject_id", "required"),
        "b5": ({"paid_amount": "-1"}, "paid_amount", "below 0"),
        "b6": ({"kind": "gas"}, "kind", "not one of utility, phone, broadband, rent"),
        "b7": ({"due_amount": "NaN"}, "due_amount", "not a decimal(18,2)"),
        "b8": ({"known_at": "2999-01-01"}, "known_at", "in the future"),
    }
    lines = [bill(key, **changes) for key, (changes, _, _) in bad.items()]
    write(files, "payments/bills.csv", BILL + "".join(lines) + bill("good"))
    assert counts(land(home, files), "bills") == (9, 1, 0, 8, 0)
    expected = [
        ("payments/bills.csv", number, column, reason)
        for number, (_, column, reason) in enumerate(bad.values(), start=1)
    ]
    assert quarantine(home) == expected
    # Offered again, the quarantine is that of the last offering, not the sum of both.
    land(home, files)
    assert quarantine(home) == expected


def test_a_country_is_a_code_of_its_law_or_unknown(home: Home, files: Path) -> None:
    """What a country bans is told by these codes: under another spelling no ban would hold."""
    countries = {"d1": "DE", "d2": "", "d3": "NO", "d4": "de", "d5": "DEU", "d6": "UK", "d7": "EL"}
    granted = [
        consent(number, name, "identity", "grant", "2020-01-01", "2000-01-01")
        for number, name in enumerate(countries)
    ]
    write(files, "consent/consent_events.csv", CONSENT + "".join(granted))
    write(
        files,
        "identity/subjects.csv",
        "subject_id,kind,country,registered_at\n"
        + "".join(f"{name},consumer,{code},2021-01-01\n" for name, code in countries.items()),
    )
    land(home, files)
    landed = "select subject_id, country from subjects where subject_id like 'd%' order by all"
    assert rows(home, "identity", landed) == [("d1", "DE"), ("d2", None), ("d3", "NO")]
    refused = quarantine(home, "identity")
    assert [row[2] for row in refused] == ["country"] * 4
    assert str(refused[0][3]).startswith("not one of AD, AE,")
    assert len(str(refused[0][3])) < 120


@pytest.mark.parametrize(
    ("value", "lands"), [("3", True), ("3.0", True), ("3.7", False), ("1e3", False), ("x", False)]
)
def test_a_whole_number_is_never_rounded(home: Home, files: Path, value: str, lands: bool) -> None:
    write(
        files,
        "marketplace/reviews.csv",
        f"""
        review_id,subject_id,shop_id,direction,rating,reviewed_at
        r1,s1,sh1,of_shop,{value},2021-01-01
        """,
    )
    assert counts(land(home, files), "reviews")[1] == int(lands)


def test_offsets_of_time_are_honoured(home: Home, files: Path) -> None:
    write(
        files,
        "payments/bills.csv",
        BILL + bill("b1", issued_at="2021-01-01T00:00:00+08:00", due_at="2021-01-20 00:00:00"),
    )
    land(home, files)
    landed = rows(home, "payments", "select issued_at::varchar, due_at::varchar from bills")
    assert landed == [("2020-12-31 16:00:00", "2021-01-20 00:00:00")]


def test_known_at_left_out_is_event_plus_lag_but_not_before_what_the_row_tells(
    home: Home, files: Path
) -> None:
    header = "bill_id,subject_id,kind,currency,due_amount,paid_amount,issued_at,due_at,paid_at\n"
    write(
        files,
        "payments/bills.csv",
        header
        + "b1,s1,rent,CNY,1,1,2021-01-01,2021-01-05,2021-01-04\n"
        + "b2,s1,rent,CNY,1,1,2021-01-01,2021-01-05,2021-12-01\n",
    )
    land(home, files)
    assert rows(home, "payments", "select known_at::varchar from bills order by bill_id") == [
        ("2021-05-01 00:00:00",),
        ("2021-12-01 00:00:00",),
    ]


def test_a_row_cannot_tell_what_was_not_yet_known(home: Home, files: Path) -> None:
    header = BILL.replace(",known_at", ",paid_at,known_at")
    line = bill("b1").replace(",2021-02-01\n", ",2021-03-01,2021-02-01\n")
    write(files, "payments/bills.csv", header + line)
    assert counts(land(home, files), "bills") == (1, 0, 0, 1, 0)
    assert quarantine(home)[0][2] == "paid_at"


def test_the_manifest_states_known_at_for_rows_that_do_not(home: Home, files: Path) -> None:
    write(files, "delivery.yml", "known_at: 2021-06-01T00:00:00\n")
    write(files, "payments/bills.csv", BILL + bill("b1", known_at="") + bill("b2"))
    land(home, files)
    assert rows(home, "payments", "select known_at::date::varchar from bills order by bill_id") == [
        ("2021-06-01",),
        ("2021-02-01",),
    ]


# Files


def test_an_empty_folder_is_refused_with_the_expected_layout(home: Home, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    with pytest.raises(SesameError, match="holds no file to land; expected <domain>/<table>"):
        land(home, tmp_path / "nothing")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("payments/bill.csv", b"x\n", "did you mean 'bills'"),
        ("payment/bills.csv", b"x\n", "did you mean 'payments'"),
        ("payments/bills.xlsx", b"x\n", "unknown kind of file"),
        ("payments/bills.csv", b"", "the file is empty"),
        ("payments/bills.csv", b"bill_id,subject\n", "'subject' is no column of payments.bills"),
        ("payments/bills.csv", b"bill_id,subject_id\n", "column 'kind' is missing"),
        ("payments/bills.csv", b"bill_id,bill_id\n", "stands twice"),
        ("payments/bills.csv", bytes(range(128, 256)) * 99, "not UTF-8 text"),
        (
            "payments/bills.csv",
            BILL.replace("\n", "\r").encode() + b"b1,s1",
            "bare carriage returns",
        ),
        (
            "payments/bills.csv",
            BILL.encode() + b'b1,"s1,utility\n' + b"b2,s1\n" * 99,
            "a quote opened in line 2 swallows those after it",
        ),
        (
            "payments/bills.csv",
            BILL.encode() + b'b1,"s1,utility\n' + b"b2,s1\n" * 999_999,
            "a quote opened in line 2 swallows those after it",
        ),
        ("payments/bills.parquet", b"PAR1 but not really", "cannot be read"),
        # without the time of day: workers must collect tests of one name
        (
            "payments/bills.csv.gz",
            gzip.compress(BILL.encode() * 9999, mtime=0)[:60],
            "cannot be read",
        ),
        ("payments/bills.csv", b"a" * 3_000_000, "longer than 1,048,576 bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_and_the_rest_lands(
    home: Home, files: Path, name: str, content: bytes, reason: str
) -> None:
    path = files / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    report = land(home, files)
    (refused,) = report.refused_files
    assert reason in refused.reason
    assert counts(report, "subjects") == (2, 2, 0, 0, 0)


def test_a_parquet_file_cut_in_the_middle_is_refused_whole(home: Home, files: Path) -> None:
    path = files / "payments" / "bills.parquet"
    path.parent.mkdir()
    write(files, "all.csv", BILL + "".join(bill(f"b{number}") for number in range(5000)))
    duckdb.sql(f"copy (from read_csv('{files}/all.csv')) to '{path}'")
    (files / "all.csv").unlink()
    content = path.read_bytes()
    # The footer is whole, pages in the middle are not: found only while reading the rows.
    middle = len(content) // 3
    path.write_bytes(content[:middle] + bytes(2000) + content[middle + 2000 :])
    report = land(home, files)
    (refused,) = report.refused_files
    assert "cannot be read to its end" in refused.reason
    assert rows(home, "payments", "select count(*) from bills") == [(0,)]


def test_no_message_quotes_a_value(home: Home, files: Path, tmp_path: Path) -> None:
    write(files, "identity/phones.csv", "p1,s1,13800000000\n")  # no header line
    path = files / "payments" / "bills.parquet"
    path.parent.mkdir()
    write(tmp_path, "bills.csv", BILL + bill("SECRET"))
    duckdb.sql(f"copy (from read_csv('{tmp_path}/bills.csv')) to '{path}'")
    path.write_bytes(path.read_bytes().replace(b"SECRET", b"SECR\xe4\xe4"))
    said: list[str] = []
    report = land(home, files, said.append)
    assert len(report.refused_files) == 2
    assert not re.search("138|SECR", " ".join(said) + repr(report))


def test_nested_values_are_no_values(home: Home, files: Path) -> None:
    path = files / "payments" / "bills.parquet"
    path.parent.mkdir()
    duckdb.sql(f"copy (select ['b1'] as bill_id) to '{path}'")
    (refused,) = land(home, files).refused_files
    assert "column 'bill_id' is nested" in refused.reason


def test_the_name_of_a_file_is_no_pattern(home: Home, files: Path) -> None:
    folder = files / "payments" / "bills"
    for number, name in enumerate(("a[1].csv", "b*.csv", "b?.csv", "bx.csv")):
        write(folder, name, BILL + bill(f"b{number}"))
    (folder / "C.CSV.GZ").write_bytes(gzip.compress((BILL + bill("b9")).encode()))
    assert counts(land(home, files), "bills") == (5, 5, 0, 0, 0)


@pytest.mark.parametrize("when", ["infinity", "-infinity", "294247-01-01", "0001-01-01"])
def test_a_time_beyond_all_reason_costs_one_row(home: Home, files: Path, when: str) -> None:
    lines = bill("b1", issued_at=when, known_at="") + bill("b2", due_at=when) + bill("b3")
    write(files, "payments/bills.csv", BILL + lines)
    assert counts(land(home, files), "bills") == (3, 1, 0, 2, 0)
    assert {reason for *_, reason in quarantine(home)} == {"not a timestamp"}


def test_a_csv_cut_in_the_middle_loses_only_its_last_row(home: Home, files: Path) -> None:
    write(files, "payments/bills.csv", (BILL + bill("b1") + bill("b2"))[:-30])
    assert counts(land(home, files), "bills") == (2, 1, 0, 1, 0)
    assert quarantine(home)[0][1] == 2


def test_rows_after_an_unreadable_line_keep_their_numbers(home: Home, files: Path) -> None:
    lines = [bill("b1"), "b2,too,short\n", bill("b3", kind="gas"), bill("b4") * 1]
    write(files, "payments/bills.csv", BILL + "".join(lines))
    assert counts(land(home, files), "bills") == (4, 2, 0, 2, 0)
    assert [number for _, number, _, _ in quarantine(home)] == [2, 3]


def test_a_conflict_after_unreadable_lines_has_its_own_number(home: Home, files: Path) -> None:
    lines = ["bad\n", bill("b1"), "bad\n", "bad\n", bill("b2"), bill("b1", paid_amount="3.00")]
    lines[-1] = lines[-1].replace("2021-02-01", "2021-02-02")
    write(files, "payments/bills.csv", BILL + "".join(lines))
    assert counts(land(home, files), "bills") == (6, 2, 0, 4, 0)
    assert [number for _, number, _, _ in quarantine(home)] == [1, 3, 4, 6]


def test_json_lines_are_judged_line_by_line(home: Home, files: Path) -> None:
    good = dict(zip(BILL.strip().split(","), bill("b1").strip().split(","), strict=True))
    lines = [
        json.dumps(good),
        "not json",
        json.dumps(good | {"bill_id": "b3", "surprise": 1}),
        json.dumps(good | {"bill_id": "b4", "due_amount": 10.5}),
        "[1, 2]",
        json.dumps(good | {"bill_id": "C:\\0"}),
    ]
    path = files / "payments" / "bills" / "part-1.jsonl.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert counts(land(home, files), "bills") == (6, 3, 0, 3, 0)
    assert [(number, reason) for _, number, _, reason in quarantine(home)] == [
        (2, "not a JSON object"),
        (3, "holds a column the contract does not know"),
        (5, "not a JSON object"),
    ]


def test_parquet_csv_and_json_of_one_table_land_together(home: Home, files: Path) -> None:
    folder = files / "payments" / "bills"
    write(folder, "a.csv", BILL + bill("b1"))
    write(folder, "b.csv", BILL + bill("b2"))
    duckdb.sql(f"copy (from read_csv('{folder}/b.csv')) to '{folder}/deep.parquet'")
    (folder / "b.csv").unlink()
    header, line = BILL.strip().split(","), bill("b3").strip().split(",")
    write(folder, "c.jsonl", json.dumps(dict(zip(header, line, strict=True))))
    assert counts(land(home, files), "bills") == (3, 3, 0, 0, 0)


@pytest.mark.parametrize("megabytes", [2, 15, 40])
@pytest.mark.parametrize("name", ["payments/bills.csv", "payments/bills.jsonl.gz"])
def test_an_overlong_line_is_never_lost_in_silence(
    home: Home, files: Path, name: str, megabytes: int
) -> None:
    header, line = BILL.strip().split(","), bill("b1").strip().split(",")
    good = json.dumps(dict(zip(header, line, strict=True))) if "json" in name else bill("b1")
    content = ("" if "json" in name else BILL) + good.strip() + "\n" + "a" * (megabytes << 20)
    path = files / name
    path.parent.mkdir(exist_ok=True)
    packed = content.encode()
    path.write_bytes(gzip.compress(packed, 1) if name.endswith("gz") else packed)
    report = land(home, files)
    if megabytes < 16:
        assert counts(report, "bills") == (2, 1, 0, 1, 0)
    else:
        assert "holds a line longer than" in report.refused_files[0].reason


@pytest.mark.slow
def test_ten_gigabytes_of_one_letter_are_refused_in_bounded_memory(
    home: Home, files: Path, tmp_path: Path
) -> None:
    folder = files / "payments"
    folder.mkdir()
    block = b"a" * (1 << 20)
    with gzip.open(folder / "bills.csv.gz", "wb", compresslevel=1) as file:
        file.write(BILL.encode() + bill("b1").encode())
        for _ in range(10 * 1024):
            file.write(block)
    with (files / "payments" / "holdings.csv").open("wb") as plain:
        plain.truncate(10 * 1024**3)  # sparse: ten gigabytes of NUL in one line
    script = (
        "import resource, sys, pathlib\n"
        "from sesame.home import Home\nfrom sesame.landing import land\n"
        "report = land(Home.current(), pathlib.Path(sys.argv[1]))\n"
        "print(sorted(file.name for file in report.refused_files))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(files)], capture_output=True, text=True, check=True
    )
    *_, peak = done.stdout.split()
    assert int(peak) < 2048, done.stdout  # MiB
    assert "payments/holdings.csv" in done.stdout
    assert "payments/bills.csv.gz" in done.stdout


# Consent


@pytest.mark.parametrize(
    ("decisions", "issued_at", "known_at", "outcome"),
    [
        # A newcomer may open their past, as far as they say.
        (["grant 2021-01-01 2020-01-01"], "2020-06-01", "2021-01-01", "landed"),
        (["grant 2021-01-01 2020-01-01"], "2020-01-01", "2021-01-01", "landed"),
        (["grant 2021-01-01 2020-01-01"], "2019-12-31", "2021-01-01", "refused"),
        # Without a stated start, consent covers from the decision on.
        (["grant 2021-01-01 -"], "2020-12-31", "2021-02-01", "refused"),
        (["grant 2021-01-01 -"], "2021-01-01", "2021-02-01", "landed"),
        # In force at known_at, not at the event, and not before it was given.
        (["grant 2021-01-01 2000-01-01"], "2020-06-01", "2020-12-31", "refused"),
        # Withdrawn: from then on refused; what was known before stays lawful to land late.
        (["grant 2020-01-01 -", "withdraw 2021-01-01 -"], "2020-06-01", "2021-01-01", "refused"),
        (["grant 2020-01-01 -", "withdraw 2021-01-01 -"], "2020-06-01", "2020-12-31", "landed"),
        # Granted again: covers from the new grant, unless it says otherwise.
        (
            ["grant 2020-01-01 -", "withdraw 2021-01-01 -", "grant 2022-01-01 -"],
            "2020-06-01",
            "2022-02-01",
            "refused",
        ),
        (
            ["grant 2020-01-01 -", "withdraw 2021-01-01 -", "grant 2022-01-01 2020-01-01"],
            "2020-06-01",
            "2022-02-01",
            "landed",
        ),
        # A second grant takes nothing away from the first.
        (["grant 2020-01-01 -", "grant 2021-01-01 -"], "2020-06-01", "2021-02-01", "landed"),
        # At one moment the withdrawal outweighs.
        (["withdraw 2020-01-01 -", "grant 2020-01-01 -"], "2020-06-01", "2020-07-01", "refused"),
        ([], "2020-06-01", "2020-07-01", "refused"),
    ],
)
def test_consent_at_the_door(
    home: Home, files: Path, decisions: list[str], issued_at: str, known_at: str, outcome: str
) -> None:
    header, *others = (files / "consent/consent_events.csv").read_text().splitlines(True)
    kept = [line for line in others if ",s1,payments," not in line]
    for number, decision in enumerate(decisions, start=100):
        action, at, covers = decision.split()
        kept.append(consent(number, "s1", "payments", action, at, covers.strip("-")))
    (files / "consent/consent_events.csv").write_text(header + "".join(kept))
    write(files, "payments/bills.csv", BILL + bill("b", issued_at=issued_at, known_at=known_at))
    offered, landed, _, quarantined, refused = counts(land(home, files), "bills")
    assert (offered, quarantined) == (1, 0)
    assert {"landed": landed, "refused": refused}[outcome] == 1


def test_refused_rows_leave_a_count_and_a_reason_and_land_after_a_grant(
    home: Home, files: Path
) -> None:
    write(files, "payments/bills.csv", BILL + bill("b1") + bill("b2", issued_at="1999-01-01"))
    assert counts(land(home, files), "bills") == (2, 1, 0, 0, 1)
    assert rows(home, "payments", "select reason, refused from _refusals") == [
        ("event before the consent covers", 1)
    ]
    again = files.parent / "grant"
    line = consent(500, "s1", "payments", "grant", "2021-01-15", "1990-01-01")
    write(again, "consent/consent_events.csv", CONSENT + line)
    land(home, again)
    assert counts(land(home, files), "bills") == (2, 1, 1, 0, 0)


def test_a_tie_needs_both_ends(home: Home, files: Path) -> None:
    events = files / "consent/consent_events.csv"
    lines = events.read_text().splitlines(True)
    events.write_text("".join(line for line in lines if ",s2,social," not in line))
    write(
        files,
        "social/ratings.csv",
        """
        rating_id,from_subject_id,to_subject_id,value,rated_at
        r1,s1,s2,5,2021-01-01
        r2,s2,s1,5,2021-01-01
        r3,s1,s1,5,2021-01-01
        """,
    )
    assert counts(land(home, files), "ratings") == (3, 1, 0, 0, 2)


# Keys


def test_of_two_rows_of_one_key_the_one_known_first_wins_in_any_order(
    home: Home, files: Path, tmp_path: Path
) -> None:
    early = bill("b1", paid_amount="1.00", known_at="2021-02-01")
    late = bill("b1", paid_amount="2.00", known_at="2021-02-02")
    for number, order in enumerate(([early, late], [late, early])):
        other = Home(tmp_path / f"home-{number}").make()
        land(other, files)
        for step, line in enumerate(order):
            folder = tmp_path / f"{number}-{step}"
            write(folder, "payments/bills.csv", BILL + line)
            report = land(other, folder)
        assert rows(other, "payments", "select paid_amount::varchar from bills") == [("1.00",)]
        assert report.tables[0].displaced == number
        assert len(quarantine(other)) == 1
        books = "select sum(landed) - sum(displaced) from _batches where table_name = 'bills'"
        assert rows(other, "payments", books) == [(1,)]


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False), split=st.integers(1, 4))
def test_any_order_and_any_split_of_files_lands_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, order: random.Random, split: int
) -> None:
    folder = tmp_path_factory.mktemp("order")
    lines = [
        bill(f"b{number % 7}", paid_amount=f"{number % 3}.00", subject_id=f"s{1 + number % 2}")
        for number in range(20)
    ]
    grants = [
        consent(10 * number + one, f"s{one}", domain, "grant", "2020-01-01", "2000-01-01")
        for number, domain in enumerate(("identity", "payments"))
        for one in (1, 2)
    ]
    first = folder / "first"
    write(first, "consent/consent_events.csv", CONSENT + "".join(grants))
    write(
        first,
        "identity/subjects.csv",
        "subject_id,kind,registered_at\ns1,consumer,2020-01-02\ns2,consumer,2020-01-02\n",
    )
    order.shuffle(lines)
    results = []
    for parts in (1, split):
        other = Home(folder / f"home-{parts}-{len(results)}").make()
        land(other, first)
        for part in range(parts):
            delivery = folder / f"{len(results)}-{part}"
            write(delivery, "payments/bills.csv", BILL + "".join(lines[part::parts]))
            land(other, delivery)
        names = ", ".join(column.name for column in contract()["payments"]["bills"].columns)
        results.append(rows(other, "payments", f"select {names} from bills order by bill_id"))
    expected = {}
    for line in sorted(lines):
        expected.setdefault(line.split(",")[0], line)
    assert results[0] == results[1]
    assert len(results[0]) == len(expected)


def test_the_same_row_known_later_is_there_already(home: Home, files: Path, tmp_path: Path) -> None:
    """A full export every day, its known_at from the manifest."""
    for day, expected in (
        ("03", (1, 1, 0, 0, 0)),
        ("04", (1, 0, 1, 0, 0)),
        ("02", (1, 1, 0, 0, 0)),
    ):
        folder = tmp_path / day
        shutil.copytree(files, folder)
        write(folder, "delivery.yml", f"known_at: 2021-02-{day}")
        write(folder, "payments/bills.csv", BILL + bill("b1", known_at=""))
        assert counts(land(home, folder), "bills") == expected
    assert rows(home, "payments", "select known_at::date::varchar from bills") == [("2021-02-02",)]
    books = "select sum(landed) - sum(displaced) from _batches where table_name = 'bills'"
    assert rows(home, "payments", books) == [(1,)]


# Identifiers


def token(key: str, identifier: str, value: str) -> str:
    """The token of a value by Python's own HMAC, to hold landing's SQL against."""
    message = f"{identifier}:{value}".encode()
    return hmac.new(bytes.fromhex(key), message, hashlib.sha256).hexdigest()


def test_identifiers_are_tokens_outside_the_vault(home: Home, files: Path) -> None:
    land(home, files)
    key = key_ring(home).key("token")
    assert rows(home, "identity", "select name_token from subjects order by subject_id") == [
        (token(key, "name", "张伟"),),
        (token(key, "name", "Zoë Müller"),),
    ]
    with engine.connect(home, read=["vault"]) as connection:
        stored = connection.execute(
            "select subject_id, kind, value from vault.main.identifiers order by all"
        ).fetchall()
    assert stored == [
        ("s1", "identity_number", "ID-1"),
        ("s1", "name", "张伟"),
        ("s2", "identity_number", "ID-2"),
        ("s2", "name", "Zoë Müller"),
    ]


def test_identifiers_of_refused_rows_reach_no_database(home: Home, files: Path) -> None:
    events = files / "consent/consent_events.csv"
    lines = events.read_text().splitlines(True)
    events.write_text("".join(line for line in lines if ",s2,identity," not in line))
    assert counts(land(home, files), "subjects") == (2, 1, 0, 0, 1)
    with engine.connect(home, read=["vault"]) as connection:
        found = connection.execute(
            "select count(*) from vault.main.identifiers where subject_id = 's2'"
        )
        assert found.fetchall() == [(0,)]


# Inbox and lock


def test_the_inbox_is_emptied_of_what_landed_and_sets_aside_what_needs_a_look(home: Home) -> None:
    write(home.inbox, "d/consent/consent_events.csv", CONSENT)
    write(
        home.inbox,
        "d/identity/subjects.csv",
        "subject_id,kind,registered_at\ns1,robot,2020-01-02\n",
    )
    land(home, home.inbox / "d")
    left = [str(path.relative_to(home.inbox)) for path in home.inbox.rglob("*") if path.is_file()]
    (aside,) = left
    assert re.fullmatch(r"_set_aside/d-[^/]+/identity/subjects\.csv", aside)
    # A second flawed file of the same name replaces nothing.
    write(home.inbox, "d/identity/subjects.csv", "subject_id,kind\ns1,robot\n")
    land(home, home.inbox / "d")
    assert len([path for path in home.inbox.rglob("*") if path.is_file()]) == 2


def test_the_inbox_keeps_nothing_that_would_stop_the_next_run(home: Home, files: Path) -> None:
    shutil.copytree(files, home.inbox / "d")
    write(home.inbox, "d/delivery.yml", "known_at: 2021-02-01")
    land(home, home.inbox / "d")
    assert list(home.inbox.iterdir()) == []
    write(home.inbox, "e/delivery.yml", "known_at: 2021-02-01")
    write(home.inbox, "e/nowhere/bills.csv", "x\n")
    write(home.inbox, "e/payments/bills.csv", "x\n")
    land(home, home.inbox / "e")
    left = {path.name for path in home.inbox.rglob("*") if path.is_file()}
    assert left == {"delivery.yml", "bills.csv"}
    assert [path.name for path in home.inbox.iterdir()] == ["_set_aside"]


def test_a_manifest_of_the_future_is_refused(home: Home, files: Path) -> None:
    write(files, "delivery.yml", "known_at: 2999-01-01")
    with pytest.raises(SesameError, match="in the future"):
        land(home, files)


def test_a_full_disk_condemns_no_file(
    home: Home, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(files, "payments/bills.csv", BILL + bill("b1"))

    def full(*_: object) -> None:
        raise duckdb.IOException("Could not write file: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("sesame.landing.batch._Batch._tokenise", full)
        with pytest.raises(duckdb.IOException):
            land(home, files)
    assert counts(land(home, files), "bills") == (1, 1, 0, 0, 0)


def test_two_landings_at_once_wait_for_each_other(home: Home, files: Path) -> None:
    write(files, "payments/bills.csv", BILL + "".join(bill(f"b{n}") for n in range(100)))
    script = (
        "import sys, pathlib\nfrom sesame.home import Home\nfrom sesame.landing import land\n"
        "land(Home.current(), pathlib.Path(sys.argv[1]))\n"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(files)], stderr=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], said
    assert any("waiting for sesame land" in text for text in said)
    assert rows(home, "payments", "select count(*) from bills") == [(100,)]
    batches = "select sum(landed), sum(already_there) from _batches where table_name = 'bills'"
    assert rows(home, "payments", batches) == [(100, 200)]


def test_every_table_of_the_contract_is_made_with_its_columns(home: Home, files: Path) -> None:
    land(home, files)
    for domain, tables in contract().items():
        for table in tables.values():
            expected = [*(column.name for column in table.columns), "_batch_id", "_landed_at"]
            made = rows(home, domain, f"select column_name from (describe {table.name})")
            assert [name for (name,) in made] == expected
