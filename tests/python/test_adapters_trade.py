"""The adapters of data sets about trade and trust: each oddity of the source handled on purpose.

The small sources below are written here, so that these tests run everywhere; the last section
reads the real files, and skips where they are not.
"""

import gzip
import os
import shutil
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sesame.adapt import ADAPTERS, AdaptReport, SourceAccount, adapt, load_manifest
from sesame.errors import SesameError
from sesame.home import PROJECT, Home
from sesame.landing import land

NAMES = ("bitcoin_alpha", "cumcm_invoices", "online_retail", "tmall")
REAL_DATA = Path(os.environ.get("SESAME_REAL_DATA") or PROJECT.parent / "shared" / "data")


class Adapted:
    """What an adapter made of a source."""

    def __init__(self, folder: Path, report: AdaptReport) -> None:
        self.folder = folder
        self.report = report
        self.accounts: dict[str, SourceAccount] = {
            account.source: account for account in report.sources
        }

    def rows(self, table: str, columns: str, order: str = "all") -> list[tuple[Any, ...]]:
        path = self.folder / f"{table}.parquet"
        query = f"select {columns} from read_parquet(?) order by {order}"
        return duckdb.execute(query, [str(path)]).fetchall()

    def one(self, table: str, expressions: str) -> tuple[Any, ...]:
        return self.rows(table, expressions)[0]


def adapt_rows(name: str, tmp_path: Path, files: dict[str, str]) -> Adapted:
    """Run an adapter on files written here: path -> text, gzipped where the name says so.

    The manifest's row counts are those of the real files, so a copy with these counts is run.
    """
    source, adapters = tmp_path / "source", tmp_path / "adapters"
    shutil.copytree(ADAPTERS / name, adapters / name)
    for path, text in files.items():
        target = source / path
        target.parent.mkdir(parents=True, exist_ok=True)
        data = text.encode()
        target.write_bytes(gzip.compress(data) if path.endswith(".gz") else data)
    manifest = yaml.safe_load((adapters / name / "manifest.yml").read_text())
    for file in manifest["files"]:
        file["rows"] = sum(
            len(text.splitlines()) - 1
            for path, text in files.items()
            if Path(path).match(file["path"])
        )
    (adapters / name / "manifest.yml").write_text(yaml.safe_dump(manifest, allow_unicode=True))
    to = tmp_path / "adapted"
    return Adapted(to, adapt(name, source, to, adapters=adapters))


# Online Retail ------------------------------------------------------------------------------------

RETAIL = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"


def retail(tmp_path: Path, *lines: str) -> Adapted:
    return adapt_rows(
        "online_retail", tmp_path, {"online_retail.csv.gz": RETAIL + "\n".join(lines) + "\n"}
    )


def test_online_retail_groups_lines_to_orders_in_utc(tmp_path: Path) -> None:
    adapted = retail(
        tmp_path,
        '1,21448,"PEGS, WOOD",2.0,2011-01-10 23:30:00,1.65,17850.0,United Kingdom',
        '1,21448,"PEGS, WOOD",2.0,2011-01-10 23:31:00,1.65,17850.0,United Kingdom',
        "1,POST,POSTAGE,1.0,2011-01-10 23:31:00,5.0,17850.0,United Kingdom",
        "2,21448,PEGS,1.0,2011-07-01 00:30:00,0.0,12370.0,EIRE",
    )
    assert adapted.rows("marketplace/orders", "subject_id, amount, ordered_at, known_at") == [
        (
            "online_retail:customer:12370",
            Decimal("0.00"),
            datetime(2011, 6, 30, 23, 30),  # summer time: London is an hour ahead
            datetime(2011, 7, 1),
        ),
        (
            "online_retail:customer:17850",
            Decimal("11.60"),
            datetime(2011, 1, 10, 23, 30),  # the earlier of the invoice's two minutes
            datetime(2011, 1, 11),
        ),
    ]
    items = adapted.rows("marketplace/order_items", "order_item_id, quantity")
    assert [item for item, _ in items] == [
        "online_retail:line:1:1",
        "online_retail:line:1:2",  # equal to the line before, and kept
        "online_retail:line:1:3",
        "online_retail:line:2:1",
    ]
    assert adapted.rows("identity/subjects", "subject_id, kind, country") == [
        ("online_retail:customer:12370", "consumer", "IE"),
        ("online_retail:customer:17850", "consumer", "GB"),
        ("online_retail:shop", "business", "GB"),
    ]


def test_online_retail_credit_notes_become_refunds(tmp_path: Path) -> None:
    adapted = retail(
        tmp_path,
        "1,21448,PEGS,3.0,2011-01-10 09:00:00,2.0,17850.0,United Kingdom",
        "C2,21448,PEGS,-2.0,2011-01-12 09:00:00,2.0,17850.0,United Kingdom",
        "C2,POST,POSTAGE,-1.0,2011-01-12 09:00:00,1.5,17850.0,United Kingdom",
        "C3,D,Discount,-1.0,2011-01-12 10:00:00,9.0,17850.0,United Kingdom",
        "C4,POST,POSTAGE,-1.0,2011-01-12 11:00:00,9.0,17850.0,United Kingdom",
        "C5,M,Manual,-1.0,2011-01-12 12:00:00,9.0,17850.0,United Kingdom",
        "C6,CRUK,CRUK Commission,-1.0,2011-01-12 13:00:00,9.0,17850.0,United Kingdom",
    )
    assert adapted.rows("marketplace/refunds_and_disputes", "case_id, kind, outcome, amount") == [
        ("online_retail:invoice:C2", "refund", "granted", Decimal("5.50"))
    ]
    assert adapted.accounts["lines"].excluded == {
        "fee or commission of the shop, not goods": 1,
        "discount on the account, not a return of goods": 1,
        "manual entry in the customer's account, names no goods": 1,
        "delivery charged or credited on its own, without goods": 1,
    }


def test_online_retail_excludes_what_has_no_subject_and_no_goods(tmp_path: Path) -> None:
    adapted = retail(
        tmp_path,
        "1,21448,PEGS,3.0,2011-01-10 09:00:00,2.0,,United Kingdom",
        "2,21448,lost,-30.0,2011-01-10 09:00:00,0.0,,United Kingdom",
        "A3,B,Adjust bad debt,1.0,2011-08-12 14:50:00,-11062.06,,United Kingdom",
        "4,C2,CARRIAGE,1.0,2011-01-10 09:00:00,50.0,14911.0,EIRE",
        "5,BANK CHARGES,Bank Charges,1.0,2011-01-10 09:00:00,15.0,14911.0,EIRE",
        "6,21448,PEGS,3.0,2011-01-10 09:00:00,2.0,12345.0,Unspecified",
    )
    assert adapted.rows("marketplace/orders", "order_id") == [("online_retail:invoice:6",)]
    assert adapted.rows("identity/subjects", "subject_id, country") == [
        ("online_retail:customer:12345", None),  # Unspecified is no country
        ("online_retail:shop", "GB"),
    ]
    assert adapted.accounts["lines"].excluded == {
        "no customer: no subject to attach the line to": 1,
        "no customer: stock written off, without a price": 1,
        "no customer: bad debt written off in the shop's books": 1,
        "delivery charged or credited on its own, without goods": 1,
        "fee or commission of the shop, not goods": 1,
    }


# Tmall --------------------------------------------------------------------------------------------

TMALL = "user_id,brand_id,type,visit_datetime\n"


def test_tmall_knows_days_but_no_hours_and_no_amounts(tmp_path: Path) -> None:
    lines = "7,13451,0,6-4\n7,13451,0,6-4\n7,13451,2,6-14\n7,13451,3,8-15\n7,13451,1,8-15\n"
    adapted = adapt_rows("tmall", tmp_path, {"t_alibaba_data.csv": TMALL + lines})
    assert adapted.rows(
        "marketplace/page_views", "view_id, action, has_time_of_day, viewed_at"
    ) == [
        ("tmall:7:13451:0:2013-06-04:1", "view", False, datetime(2013, 6, 4)),
        ("tmall:7:13451:0:2013-06-04:2", "view", False, datetime(2013, 6, 4)),
        ("tmall:7:13451:2:2013-06-14:1", "favourite", False, datetime(2013, 6, 14)),
        ("tmall:7:13451:3:2013-08-15:1", "cart", False, datetime(2013, 8, 15)),
    ]
    assert adapted.rows("marketplace/orders", "status, amount, ordered_at") == [
        ("completed", None, datetime(2013, 8, 15))
    ]
    assert adapted.rows("marketplace/order_items", "brand_id, quantity, unit_price_amount") == [
        ("tmall:brand:13451", 1, None)
    ]


def test_tmall_keys_do_not_depend_on_the_order_of_the_file(tmp_path: Path) -> None:
    lines = ["7,13451,0,6-4", "8,1,0,6-4", "7,13451,0,6-4", "7,13451,1,6-4"]
    keys = []
    for number, order in enumerate((lines, lines[::-1])):
        adapted = adapt_rows(
            "tmall",
            tmp_path / str(number),
            {"t_alibaba_data.csv": TMALL + "\n".join(order) + "\n"},
        )
        keys.append(adapted.rows("marketplace/page_views", "*"))
    assert keys[0] == keys[1]


def test_tmall_excludes_an_unknown_type(tmp_path: Path) -> None:
    adapted = adapt_rows(
        "tmall", tmp_path, {"t_alibaba_data.csv": TMALL + "7,1,4,6-4\n7,1,1,6-4\n"}
    )
    assert adapted.accounts["actions"].excluded == {"type is none of the four documented": 1}
    assert adapted.rows("marketplace/page_views", "*") == []


# CUMCM invoices -----------------------------------------------------------------------------------

VALID, VOIDED = "有效发票", "作废发票"
FIRMS = "企业代号,企业名称\nE124,个体经营E124 \nE160,***科技有限公司\n"


def invoices(party: str, *lines: str) -> str:
    """A file as the source writes it: byte-order mark, first column without a name."""
    header = f"\ufeff,企业代号,发票号码,开票日期,{party}单位代号,金额,税额,价税合计,发票状态\n"
    return header + "".join(f"{line}\n" for line in lines)


def cumcm(tmp_path: Path, *issued: str, received: tuple[str, ...] = ()) -> Adapted:
    return adapt_rows(
        "cumcm_invoices",
        tmp_path,
        {
            "enterprise_base_nocredit.csv": FIRMS,
            "input_invoices/E124.csv.gz": invoices("销方", *received),
            "output_invoices/E124.csv.gz": invoices("购方", *issued),
        },
    )


def test_cumcm_status_of_valid_voided_and_red_invoices(tmp_path: Path) -> None:
    adapted = cumcm(
        tmp_path,
        f"0,E124,11,2017/9/1,D00001,100.0,17.0,117.0,{VALID}",
        f"1,E124,12,2017/9/1,D00001,100.0,17.0,117.0, {VOIDED}",
        f"2,E124,13,2017/9/1,D00001,-100.0,-17.0,-117.0,{VALID}",
        f"3,E124,14,2017/9/1,D00001,-100.0,-17.0,-117.0,{VOIDED}",
        f"4,E124,15,2017/10/12,D00001,0.0,0.0,0.0,{VOIDED}",
        received=(f"0,E124,11,2017/9/1,C00001,50.5,1.5,52.0,{VALID}",),
    )
    columns = "invoice_id, status, net_amount, tax_amount, counterparty_id"
    assert adapted.rows("payments/invoices", columns) == [
        (f"cumcm_invoices:E124:{number}", status, Decimal(net), Decimal(tax), party)
        for number, status, net, tax, party in (
            ("issued:11:2017-09-01", "valid", "100", "17", "cumcm_invoices:buyer:D00001"),
            ("issued:12:2017-09-01", "voided", "100", "17", "cumcm_invoices:buyer:D00001"),
            ("issued:13:2017-09-01", "reversed", "-100", "-17", "cumcm_invoices:buyer:D00001"),
            ("issued:14:2017-09-01", "voided", "-100", "-17", "cumcm_invoices:buyer:D00001"),
            ("issued:15:2017-10-12", "voided", "0", "0", "cumcm_invoices:buyer:D00001"),
            ("received:11:2017-09-01", "valid", "50.5", "1.5", "cumcm_invoices:supplier:C00001"),
        )
    ]
    assert adapted.rows("identity/subjects", "subject_id, kind, name, country") == [
        ("cumcm_invoices:firm:E124", "business", "个体经营E124", "CN"),
        ("cumcm_invoices:firm:E160", "business", "***科技有限公司", "CN"),
    ]


@pytest.mark.parametrize(
    ("second", "reason", "kept"),
    [
        # equal in every column but the row number: one invoice, exported twice
        (f"1,E124,11,2017/9/1,D00001,100.0,17.0,117.0,{VALID}", "equal in every column", "valid"),
        # the counterparty that the firm names more often stays
        (
            f"1,E124,11,2017/9/1,D00000,100.0,17.0,117.0,{VALID}",
            "under another counterparty code",
            "valid",
        ),
        # voiding is final, in whichever order the copies come
        (f"1,E124,11,2017/9/1,D00001,100.0,17.0,117.0,{VOIDED}", "in the older copy", "voided"),
    ],
)
def test_cumcm_keeps_one_copy_of_an_invoice(
    tmp_path: Path, second: str, reason: str, kept: str
) -> None:
    adapted = cumcm(
        tmp_path,
        f"0,E124,11,2017/9/1,D00001,100.0,17.0,117.0,{VALID}",
        second,
        f"2,E124,99,2017/9/2,D00001,1.0,0.0,1.0,{VALID}",
    )
    [(excluded, rows)] = adapted.accounts["invoices_issued"].excluded.items()
    assert (excluded.endswith(reason), rows) == (True, 1)
    first, other = adapted.rows("payments/invoices", "status, counterparty_id", "invoice_id")
    assert first == (kept, "cumcm_invoices:buyer:D00001")
    assert other == ("valid", "cumcm_invoices:buyer:D00001")


def test_cumcm_number_that_comes_round_again_is_another_invoice(tmp_path: Path) -> None:
    adapted = cumcm(
        tmp_path,
        f"0,E124,3766754,2017/1/11,D16170,32478.63,5521.37,38000.0,{VOIDED}",
        f"1,E124,3766754,2019/9/9,D14545,7938.05,1031.95,8970.0,{VALID}",
        # the same number, day and sum of another firm, and of the other direction
        f"2,E160,3766754,2019/9/9,D14545,7938.05,1031.95,8970.0,{VALID}",
        received=(f"0,E124,3766754,2019/9/9,C14545,7938.05,1031.95,8970.0,{VALID}",),
    )
    assert len(adapted.rows("payments/invoices", "*")) == 4


def test_cumcm_excludes_unknown_firms_and_statuses(tmp_path: Path) -> None:
    adapted = cumcm(
        tmp_path,
        f"0,E999,11,2017/9/1,D00001,100.0,17.0,117.0,{VALID}",
        "1,E124,12,2017/9/1,D00001,100.0,17.0,117.0,失控发票",
        f"2,E124,13,2017/9/1,D00001,100.0,17.0,117.0,{VALID}",
    )
    assert adapted.accounts["invoices_issued"].excluded == {
        "firm is not in the list of firms": 1,
        "status is neither valid nor voided": 1,
    }


# Bitcoin Alpha ------------------------------------------------------------------------------------

BITCOIN = "from,to,feature,time\n"


def test_bitcoin_alpha_ratings_between_subjects(tmp_path: Path) -> None:
    adapted = adapt_rows(
        "bitcoin_alpha",
        tmp_path,
        {
            "soc-sign-bitcoinalpha.csv": BITCOIN
            + "7188,1,10,1407470400\n1,7188,-10,1407470401\n5,5,1,1407470400\n6,1,0,1407470400\n"
        },
    )
    assert adapted.rows("social/ratings", "rating_id, value, rated_at") == [
        ("bitcoin_alpha:member:1>7188", -10, datetime(2014, 8, 8, 4, 0, 1)),
        ("bitcoin_alpha:member:7188>1", 10, datetime(2014, 8, 8, 4, 0, 0)),
    ]
    assert adapted.accounts["ratings"].excluded == {
        "a member's rating of itself": 1,
        "rating of zero, which the scale does not have": 1,
    }
    assert [row[0] for row in adapted.rows("identity/subjects", "subject_id")] == [
        "bitcoin_alpha:member:1",
        "bitcoin_alpha:member:7188",
    ]


def test_bitcoin_alpha_stops_at_a_pair_rated_twice(tmp_path: Path) -> None:
    with pytest.raises(SesameError, match="different values"):
        adapt_rows(
            "bitcoin_alpha",
            tmp_path,
            {"soc-sign-bitcoinalpha.csv": BITCOIN + "7,1,10,1407470400\n7,1,9,1407470401\n"},
        )


# All of them, and the real files ------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_lawful_basis_is_the_manifests(name: str) -> None:
    consent = (ADAPTERS / name / "mapping" / "consent" / "consent_events.sql").read_text()
    assert f"'{load_manifest(name).lawful_basis}' as lawful_basis" in consent


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Adapted:
    name: str = request.param
    if not (REAL_DATA / name).is_dir():
        pytest.skip(f"{REAL_DATA / name} is not there: set SESAME_REAL_DATA to run this")
    to = tmp_path_factory.mktemp("real") / name
    return Adapted(to, adapt(name, REAL_DATA / name, to))


@pytest.mark.parametrize("real", NAMES, indirect=True)
def test_every_real_row_is_mapped_or_excluded(real: Adapted) -> None:
    manifest = real.report.manifest
    assert {account.source for account in real.report.sources} == {
        file.name for file in manifest.files
    }
    for file in manifest.files:
        account = real.accounts[file.name]
        assert account.rows == file.rows
        assert account.mapped + sum(account.excluded.values()) == file.rows


@pytest.mark.parametrize("real", NAMES, indirect=True)
def test_every_real_row_offered_is_landed(
    real: Adapted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESAME_HOME", str(tmp_path / "home"))
    home = Home.current().make()
    report = land(home, real.folder)
    assert report.refused_files == []
    assert {f"{t.domain}/{t.table}": (t.offered, t.landed) for t in report.tables} == {
        table: (rows, rows) for table, rows in real.report.tables.items()
    }
    again = land(home, real.folder)
    assert again.total("already_there") == again.total("offered") == report.total("offered")


@pytest.mark.parametrize("real", ["online_retail"], indirect=True)
def test_real_online_retail(real: Adapted) -> None:
    reasons = real.accounts["lines"].excluded
    # the 135,080 lines without a customer, in three kinds
    assert Counter(reasons) == Counter(
        {
            "no customer: no subject to attach the line to": 133_741,
            "no customer: stock written off, without a price": 1_336,
            "no customer: bad debt written off in the shop's books": 3,
            "manual entry in the customer's account, names no goods": 465,
            "delivery charged or credited on its own, without goods": 123,
            "discount on the account, not a return of goods": 77,
            "fee or commission of the shop, not goods": 28,
        }
    )
    assert real.one("marketplace/orders", "count(*), sum(amount)") == (
        18_405,
        Decimal("8843455.78"),
    )
    assert real.one(
        "marketplace/order_items", "sum(quantity * unit_price_amount)"
    ) == pytest.approx((Decimal("8843455.78"),), abs=Decimal("0.01"))
    assert real.one("marketplace/refunds_and_disputes", "count(*), min(amount) > 0") == (
        3_383,
        True,
    )
    assert real.one("identity/subjects", "count(*), count(country)") == (4_364, 4_350)


@pytest.mark.parametrize("real", ["tmall"], indirect=True)
def test_real_tmall(real: Adapted) -> None:
    assert real.accounts["actions"].excluded == {}
    assert real.one("marketplace/page_views", "count(*), min(viewed_at), max(viewed_at)") == (
        175_896,
        datetime(2013, 4, 15),
        datetime(2013, 8, 15),
    )
    assert real.one("marketplace/orders", "count(*), count(amount)") == (6_984, 0)
    assert real.one("identity/subjects", "count(*)") == (884,)


@pytest.mark.parametrize("real", ["cumcm_invoices"], indirect=True)
def test_real_cumcm_invoices(real: Adapted) -> None:
    again = "the same invoice again, "
    assert real.accounts["invoices_received"].excluded == {
        f"{again}equal in every column": 4_681,
        "the same invoice again under another counterparty code": 7,
        f"{again}still valid in the older copy": 2,
    }
    assert real.accounts["invoices_issued"].excluded == {
        "the same invoice again under another counterparty code": 2_013,
        f"{again}equal in every column": 1_745,
        f"{again}still valid in the older copy": 11,
    }
    counted = Counter(real.rows("payments/invoices", "direction, status"))
    assert counted == {
        ("issued", "valid"): 294_410,
        ("issued", "reversed"): 5_501,
        ("issued", "voided"): 27_155,
        ("received", "valid"): 369_828,
        ("received", "reversed"): 3_545,
        ("received", "voided"): 17_112,
    }


@pytest.mark.parametrize("real", ["bitcoin_alpha"], indirect=True)
def test_real_bitcoin_alpha(real: Adapted) -> None:
    assert real.one("social/ratings", "count(*), min(value), max(value)") == (24_186, -10, 10)
    assert real.one("identity/subjects", "count(*)") == (3_783,)
