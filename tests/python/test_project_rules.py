"""The rules of the house, checked on dbt's manifest, on what a build makes, and on git's files.

Each failure lists every offender, says why the rule is there and what to do. An exception stands
beside its rule with its reason; one that no longer excepts anything fails too.
"""

import csv
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from sesame import engine
from sesame.contract import contract
from sesame.home import PROJECT, Home

Node = dict[str, Any]
Manifest = dict[str, Any]

LONGEST_MODEL = 120
LENGTH_EXCEPTIONS = {
    "consumer_credit_history": "the names of its attributes and where each comes from",
    "consumer_fulfilment_capacity": "the names of its attributes and where each comes from",
    "expected_performance": "one step of the formula per CTE",
    "outcome_areas": "one step of each textbook formula per CTE",
}
# Models without a test of their own key: another test shows the same at a fraction of the cost.
KEYED_ELSEWHERE = {
    "int_own_values": "columns of the marts, which have primary keys, turned into rows",
    "int_relationship_values": "columns of the marts, which have primary keys, turned into rows",
    "int_attribute_values": "the rows of the two above",
    "int_attribute_points": "a view for who asks; scores_follow_from_the_bins adds it up",
    "int_subject_evidence": "the rows of int_subject_profiles, whose key is tested",
    "int_factor_weights": "int_subject_profiles, whose key is tested, a row per factor",
    "int_business__sale_days": "a rollup that adds up, joined to shops, whose key is tested",
    "int_payments__obligations": "the rows of two models",
    "int_payments__wallet_months": "int_payments__wallet_sums groups them, whose key is tested",
    "int_product_first_evidence": "the groups of its last CTE; read only where a card asks",
    "int_attribute_contributions": "a view for who asks; scores_follow_from_the_bins adds it up",
}
# The big event tables: landing decides their keys, `sesame audit` asks for them in the raw data,
# and no model joins on them; asking once more would cost a million people a minute a build.
KEYED_ELSEWHERE |= {
    f"stg_{table}": "landing and the audit of the raw data see to it"
    for table in (
        *("marketplace__order_items", "marketplace__page_views"),
        *("payments__bills", "payments__credit_statements", "payments__holdings"),
        *("payments__invoices", "payments__loan_instalments", "payments__wallet_balances"),
        *("payments__wallet_transactions", "public_records__social_insurance_months"),
        "social__interactions",
    )
}
# Views that are asked for one subject at a time: a test would make a daily build pay for everybody.
KEYED_ELSEWHERE |= {
    "int_better_bins": "a value of int_attribute_contributions joined to bins, whose key is tested",
    "int_improvements": "the first of a row_number over its key",
    "int_reason_losses": "the first of a row_number over its key",
}
# Numbers that any SQL may hold: nothing, and one of a thing.
INNOCENT = {"0", "1"}


def check(problems: Iterable[str], why: str, remedy: str) -> None:
    """Fail with all problems at once, the reason for the rule and the remedy."""
    found = sorted(problems)
    assert not found, "\n  ".join([f"{len(found)} break the rule:", *found]) + (
        f"\nWhy: {why}\nRemedy: {remedy}"
    )


def without_exceptions(found: Iterable[str], exceptions: dict[str, str]) -> Iterator[str]:
    """What is not excepted, and exceptions that except nothing."""
    seen = set(found)
    yield from seen - set(exceptions)
    yield from (f"{name}: a listed exception that nothing needs" for name in set(exceptions) - seen)


def nodes(manifest: Manifest, kind: str) -> list[Node]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == kind]


@pytest.fixture(scope="session")
def models(manifest: Manifest) -> dict[str, Node]:
    return {node["name"]: node for node in nodes(manifest, "model")}


@pytest.fixture(scope="session")
def catalogue() -> dict[str, dict[str, str]]:
    """seeds/attributes.csv by attribute name."""
    return {row["attribute_name"]: row for row in seed_rows("attributes")}


def seed_rows(name: str) -> list[dict[str, str]]:
    with (PROJECT / "seeds" / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def layer(node: Node) -> str:
    """staging, intermediate, factors, scoring, scores, training or monitoring; else their kind.

    scoring: what turns the factor marts into scores, models/intermediate/{attributes,scores}.
    standing: what turns the marts of the own factors into those of relationships.
    """
    if node["resource_type"] != "model":
        return str(node["resource_type"])
    folder = node["fqn"][1]
    if folder == "intermediate" and node["fqn"][2] in ("attributes", "scores"):
        return "scoring"
    if folder == "intermediate" and node["fqn"][2] == "standings":
        return "standing"
    return str(node["fqn"][2] if folder == "marts" else folder)


def is_mart(node: Node) -> bool:
    return bool(node["fqn"][1] == "marts")


def parents(manifest: Manifest, node: Node) -> list[Node]:
    everything = {**manifest["nodes"], **manifest["sources"]}
    return [everything[name] for name in node["depends_on"]["nodes"]]


def ancestors(manifest: Manifest, unique_id: str) -> set[str]:
    found: set[str] = set()
    waiting = [unique_id]
    while waiting:
        for parent in manifest["parent_map"].get(waiting.pop(), []):
            if parent not in found:
                found.add(parent)
                waiting.append(parent)
    return found


# --- SQL as text --------------------------------------------------------------------------------


def bare(sql: str) -> str:
    """SQL (or a template) without comments and string literals; line breaks are kept."""
    quoted = r"'(?:[^']|'')*'"
    comment = r"\{#.*?#\}|/\*.*?\*/|--[^\n]*"

    def replace(match: re.Match[str]) -> str:
        lines = "\n" * match.group().count("\n")
        return "''" + lines if match.group().startswith("'") else lines

    return re.sub(f"{quoted}|{comment}", replace, sql, flags=re.S)


def without_calls(sql: str, names: Iterable[str]) -> str:
    """SQL without the calls of the named functions, however their brackets nest."""
    pattern = re.compile(rf"\b(?:{'|'.join(names)})\s*\(")
    while match := pattern.search(sql):
        end, depth = match.end(), 1
        while depth and end < len(sql):
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        sql = sql[: match.start()] + sql[end:]
    return sql


def numbers(sql: str) -> list[str]:
    return re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])", sql)


def select_items(sql: str) -> Iterator[tuple[str, str]]:
    """(expression, alias) of each `… as alias` of bare SQL, wherever it stands."""
    for match in re.finditer(r"\bas\s+([a-z_]\w*)", sql):
        depth, start = 0, match.start()
        while start > 0:
            start -= 1
            character = sql[start]
            if character == ")":
                depth += 1
            elif character == "(":
                depth -= 1
            if depth < 0 or (
                depth == 0 and (character == "," or re.match(r"\b(select|distinct)\b", sql[start:]))
            ):
                break
        yield sql[start : match.start()], match.group(1)


# --- what a model must say ----------------------------------------------------------------------


def test_every_model_states_its_grain_first(models: dict[str, Node]) -> None:
    check(
        (
            node["original_file_path"]
            for node in models.values()
            if not node["raw_code"].startswith("-- grain: ")
        ),
        "who joins a model must know what one row is before reading a line of it",
        "begin the file with `-- grain: one row per …`",
    )


def test_every_model_is_described(models: dict[str, Node]) -> None:
    check(
        (node["original_file_path"] for node in models.values() if not node["description"].strip()),
        "the descriptions are what a BI user reads: persist_docs writes them into the database",
        "describe the model in the YAML file of its folder",
    )


def test_every_column_is_described(
    models: dict[str, Node], empty_build: tuple[Home, str], built_columns: dict[str, list[str]]
) -> None:
    problems = []
    for name, columns in built_columns.items():
        described = {
            column: entry["description"].strip()
            for column, entry in models[name]["columns"].items()
        }
        problems += [f"{name}.{column}" for column in columns if not described.get(column)]
        problems += [f"{name}.{column}: no such column" for column in set(described) - set(columns)]
    check(
        problems,
        "a column without a meaning is used with the wrong one",
        "describe it in the YAML file; a text used three times is a docs block",
    )


@pytest.fixture(scope="session")
def built_columns(empty_build: tuple[Home, str], models: dict[str, Node]) -> dict[str, list[str]]:
    """Columns of every model, as a build made them."""
    columns: dict[str, list[str]] = {}
    relations = {(node["schema"], node["alias"]): name for name, node in models.items()}
    with engine.connect(empty_build[0], read=["warehouse"]) as connection:
        for schema, relation, column in connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns() "
            "where database_name = 'warehouse' order by column_index"
        ).fetchall():
            if (schema, relation) in relations:
                columns.setdefault(relations[schema, relation], []).append(column)
    assert set(columns) == {
        name for name, node in models.items() if node["config"]["materialized"] != "ephemeral"
    }
    return columns


def test_every_model_has_a_key(manifest: Manifest, models: dict[str, Node]) -> None:
    keyed = {
        test["attached_node"]
        for test in nodes(manifest, "test")
        # a rollup groups by its key; a day that is in it twice counts its rows twice
        if re.match(
            "unique|rollup_adds_up|row_for_row", (test.get("test_metadata") or {}).get("name", "")
        )
    }

    def constrained(node: Node) -> bool:
        constraints = node["constraints"] + [
            constraint
            for column in node["columns"].values()
            for constraint in column["constraints"]
        ]
        return any(constraint["type"] in ("primary_key", "unique") for constraint in constraints)

    check(
        (
            name
            for name, node in models.items()
            if node["unique_id"] not in keyed
            and not constrained(node)
            and name not in KEYED_ELSEWHERE
        ),
        "a join that fans out doubles a person's debts without a word",
        "test the grain: unique, unique_combination, or a primary key in the mart's contract",
    )


def test_every_model_is_tested(manifest: Manifest, models: dict[str, Node]) -> None:
    tested = {parent for test in nodes(manifest, "test") for parent in test["depends_on"]["nodes"]}
    tested |= {
        parent
        for unit_test in manifest["unit_tests"].values()
        for parent in unit_test["depends_on"]["nodes"]
    }
    check(
        (name for name, node in models.items() if node["unique_id"] not in tested),
        "what no test reads may be wrong for months",
        "add a data test of its key at least, a unit test of each rule it implements",
    )


def test_every_factor_rule_has_unit_tests(manifest: Manifest, models: dict[str, Node]) -> None:
    tested = {unit_test["model"] for unit_test in manifest["unit_tests"].values()}
    check(
        (name for name, node in models.items() if layer(node) == "factors" and name not in tested),
        "a rule is right on both sides of each boundary or it is not right",
        "write a unit test of the mart: one row per side of a boundary, named by behaviour",
    )


def test_models_are_short(models: dict[str, Node]) -> None:
    too_long = {
        name for name, node in models.items() if len(node["raw_code"].splitlines()) > LONGEST_MODEL
    }
    check(
        without_exceptions(too_long, LENGTH_EXCEPTIONS),
        "a model too long to read in one sitting is several models",
        "split it where a CTE has a name of its own",
    )


def test_a_singular_test_says_what_it_protects(manifest: Manifest) -> None:
    problems = []
    for test in nodes(manifest, "test"):
        if test.get("test_metadata"):
            continue
        head = re.match(r"(?:--[^\n]*\n|\{#.*?#\})+", test["raw_code"], flags=re.S)
        names = [
            manifest["nodes"][parent]["name"]
            for parent in test["depends_on"]["nodes"]
            if parent in manifest["nodes"]
        ]
        if not head or not any(name in head.group() for name in names):
            problems.append(test["original_file_path"])
    check(
        problems,
        "whoever finds it red must know which model broke and what it would have cost",
        "begin with comment lines that name a model it reads and what would go wrong unnoticed",
    )


# --- layers -------------------------------------------------------------------------------------

MAY_READ = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "seed"},
    "factors": {"intermediate", "standing", "seed"},
    # relationships count the points of the own factors: depth one, no recursion
    "standing": {"intermediate", "scoring", "standing", "seed"},
    # the first evidence of a product is read from every raw table
    "scoring": {"staging", "intermediate", "factors", "scoring", "seed"},
    "scores": {"intermediate", "factors", "scoring", "scores", "seed"},
    "training": {"intermediate", "training", "seed"},
    "monitoring": {
        "intermediate",
        "factors",
        "scoring",
        "scores",
        "training",
        "monitoring",
        "seed",
    },
}
LAYER_EXCEPTIONS = {
    "training <- stg_partners__outcomes": "an intermediate model of outcomes would be one that "
    "a score could read; here only what learns from outcomes and what measures scores can",
    "monitoring <- stg_identity__subjects": "gender and age are read for fairness "
    "alone; an intermediate model of them would be one that a score could read. And whom an "
    "outcome names but nobody knew on its date, no layer above holds",
}


def test_layers_are_respected(manifest: Manifest, models: dict[str, Node]) -> None:
    found = {
        f"{layer(node)} <- {parent['name']}": name
        for name, node in models.items()
        for parent in parents(manifest, node)
        if layer(parent) not in MAY_READ[layer(node)]
    }
    check(
        (f"{name} (in {found.get(name)})" for name in without_exceptions(found, LAYER_EXCEPTIONS)),
        "a layer that is skipped is a renaming, a cast and a clock that are skipped",
        "read the layer below: source, staging, intermediate, factors, scoring, scores, training, "
        "monitoring",
    )


def test_staging_is_the_contract_one_to_one(manifest: Manifest, models: dict[str, Node]) -> None:
    problems = []
    wanted = {
        f"stg_{domain}__{name}": table
        for domain, tables in contract().items()
        for name, table in tables.items()
    }
    staged = {name for name, node in models.items() if layer(node) == "staging"}
    problems += [f"{name}: not one of the contract's tables" for name in staged - set(wanted)]
    problems += [f"{name}: missing" for name in set(wanted) - staged]
    for name in staged & set(wanted):
        node = models[name]
        if len(node["sources"]) != 1 or re.search(r"\bjoin\b", bare(node["raw_code"])):
            problems.append(f"{name}: reads more than its one source")
        if node["config"]["materialized"] != "view":
            problems.append(f"{name}: is not a view")
        columns = {column.name for column in wanted[name].columns}
        problems += [f"{name}.{column}: missing" for column in columns - set(node["columns"])]
        problems += [f"{name}.{column}: not raw" for column in set(node["columns"]) - columns]
    check(
        problems,
        "staging is where the outside ends: each table once, renamed and cast, nothing else",
        "one view per raw table with all its columns but the audit ones",
    )


def test_marts_have_enforced_contracts(models: dict[str, Node]) -> None:
    problems = []
    for name, node in models.items():
        if not is_mart(node):
            continue
        if not node["contract"]["enforced"]:
            problems.append(f"{name}: contract not enforced")
        problems += [
            f"{name}.{column}: no data_type"
            for column, entry in node["columns"].items()
            if not entry.get("data_type")
        ]
    check(
        problems,
        "BI and the next model rely on names and types; a build must fail before they do",
        "contract: {enforced: true} (dbt_project.yml has it for all marts) and a type per column",
    )


def test_no_score_descends_from_outcomes(manifest: Manifest, models: dict[str, Node]) -> None:
    outcomes = "source.sesame.partners.outcomes"
    assert outcomes in manifest["sources"]
    check(
        (
            name
            for name, node in models.items()
            if layer(node) not in ("staging", "training", "monitoring")
            and outcomes in ancestors(manifest, node["unique_id"])
        ),
        "a score that has seen the outcome predicts nothing",
        "join outcomes in models/marts/training and models/marts/monitoring only",
    )


def test_what_is_over_is_decided_once(manifest: Manifest, models: dict[str, Node]) -> None:
    readers = {
        name
        for name, node in models.items()
        if "default_definitions" in {parent["name"] for parent in parents(manifest, node)}
    }
    assert "outcome_labels" in readers
    check(
        readers - {"outcome_labels"},
        "with a second rule for windows, what is measured is not what was learnt from",
        "read maturity from outcome_labels",
    )


def test_audit_columns_feed_nothing(
    models: dict[str, Node], built_columns: dict[str, list[str]]
) -> None:
    audited = {
        column["name"]
        for source in _source_columns()
        for column in source
        if column.get("config", {}).get("meta", {}).get("audit_only")
    }
    assert audited
    problems = []
    for name, node in models.items():
        words = set(re.findall(r"\w+", bare(node["raw_code"]))) | set(built_columns.get(name, ()))
        forbidden = {"_batch_id", "_landed_at"}
        if layer(node) not in ("staging", "monitoring"):
            forbidden |= audited
        problems += [f"{name}: {word}" for word in forbidden & words]
    check(
        problems,
        "the law forbids scoring by gender or marriage, and the order of landing must change "
        "nothing",
        "leave the column out; fairness is measured in models/marts/monitoring",
    )


def test_nobodys_age_is_measured(models: dict[str, Node], compiled: Callable[[Node], str]) -> None:
    """A birth date may be there or not; what it says is read by fairness alone."""
    problems = []
    for name, node in models.items():
        if layer(node) in ("staging", "monitoring"):
            continue
        sql = bare(compiled(node))
        read = re.findall(r"\bbirth_date\b(?!\s+is\s+(?:not\s+)?null)", sql)
        problems += [f"{name}: birth_date" for _ in read]
    check(
        problems,
        "age enters no score, so that nobody loses points by being old; and who is over 62 must "
        "not where age is lawful at all",
        "leave it out; if the law lets age in, call the attribute person_age_years, for which "
        "tests/singular/ages_over_62_lose_no_points.sql holds every card to that, and except it",
    )


def _source_columns() -> Iterator[list[dict[str, Any]]]:
    for path in sorted((PROJECT / "models" / "staging").glob("*/_*__sources.yml")):
        for table in yaml.safe_load(path.read_text())["sources"][0]["tables"]:
            yield table["columns"]


def test_every_source_is_described_and_fresh(manifest: Manifest) -> None:
    problems = []
    for source in manifest["sources"].values():
        name = f"{source['source_name']}.{source['name']}"
        if not source["description"].strip() or not source["source_description"].strip():
            problems.append(f"{name}: not described")
        for limit in ("warn_after", "error_after"):
            if not ((source["freshness"] or {}).get(limit) or {}).get("count"):
                problems.append(f"{name}: no {limit}")
    check(problems, "a feed that stops must be noticed", "describe it, and state its freshness")


# --- numbers and engines ------------------------------------------------------------------------

# A window is a fact of an attribute's name and catalogue entry, and is checked against both.
WINDOW_MACROS = ("in_window", "month_back", "window_sum", "window_value", "active_months", "seen")
NUMBER_EXCEPTIONS = {
    "macros/expressions/whole_months_between.sql: 12": "months in a year",
    "macros/expressions/in_dev_sample.sql: 8": "hexadecimal digits of a 32-bit number",
    "macros/expressions/age_years.sql: 12": "months in a year",
    "models/marts/monitoring/validation/outcome_areas.sql: 2": "in the AUC a tie counts a half",
    "models/marts/monitoring/score_calibration.sql: 2": "halves in Wilson's interval",
    "macros/expressions/newton_step.sql: 12": "Newton's steps, written out; a fit that has not "
    "converged by the last gives no figure",
    "macros/expressions/local_minute.sql: 60": "minutes in an hour",
    "macros/expressions/local_minute.sql: 1440": "minutes in a day",
    "macros/engine/double_to_decimal.sql: 4611686018427387904": "what a bigint holds, halved",
    "macros/engine/double_to_decimal.sql: 1024": "what divides every double from there on",
}


def deciding_numbers(sql: str) -> set[str]:
    """Numbers of a model or macro that are none of its business."""
    text = without_calls(bare(sql), WINDOW_MACROS)
    text = re.sub(r"\bset window_months = \d+", "", text)
    # a number that the name states (late_30_count, …_mean_12m) is what the name means, no choice
    for expression, alias in list(select_items(text)):
        named = "|".join(re.findall(r"_(\d+)m?(?=_|$)", alias))
        if named:
            text = text.replace(
                expression, re.sub(rf"(?<![\w.])(?:{named})(?![\w.])", "", expression)
            )
    # types, digits of rounding, powers, ordinals and tests of a remainder decide nothing
    text = re.sub(r"\b(?:decimal|numeric|varchar)\s*\([\d\s,]*\)", "", text)
    text = re.sub(
        r"\b((?:double_to_decimal|exact_sum)\s*\(.*?),\s*\d+,\s*\d+\s*\)", r"\1)", text, flags=re.S
    )
    text = re.sub(r"\b(round\s*\(.*?),\s*\d+\s*\)", r"\1)", text, flags=re.S)
    text = re.sub(r"\b(pow(?:er)?\s*\(.*?),\s*2\s*\)", r"\1)", text, flags=re.S)
    text = re.sub(r"\b(?:group|order)\s+by\s+\d+(?:\s*,\s*\d+)*", "", text)
    return set(numbers(text)) - INNOCENT


def test_no_number_decides_in_sql(manifest: Manifest, models: dict[str, Node]) -> None:
    found = {
        f"{node['original_file_path']}: {number}"
        for node in models.values()
        for number in deciding_numbers(node["raw_code"])
    }
    found |= {
        f"{macro['original_file_path']}: {number}"
        for macro in manifest["macros"].values()
        if macro["package_name"] == "sesame" and macro["original_file_path"].startswith("macros")
        for number in deciding_numbers(macro["macro_sql"])
    }
    check(
        without_exceptions(found, NUMBER_EXCEPTIONS),
        "edges, points, weights and thresholds are the model; they live in seeds under a version, "
        "where a reader of the score finds them and a change is a row of a diff",
        "move the number to a seed and join it",
    )


def test_the_number_rule_sees_numbers() -> None:
    assert deciding_numbers("select case when x >= 0.67 then 40 else 1 end") == {"0.67", "40"}
    assert deciding_numbers("cast(x as decimal(28, 10)) -- 30 days\n, 'p 90', round(x, 6)") == set()
    assert deciding_numbers("{{ double_to_decimal(ratio('a', 'b'), 18, 10) }}") == set()
    assert deciding_numbers("{{ exact_sum(terms, 18, 6) }} + 7") == {"7"}
    assert deciding_numbers("{{ in_window('d', add(x), 12) }} and late_30_count_24m > 0") == set()
    assert deciding_numbers("select a, sum(case when b >= 30 then 1 end) as late_30_count") == set()
    assert deciding_numbers("select a, sum(case when b >= 60 then 1 end) as late_30_count") == {
        "60"
    }
    assert deciding_numbers("where days > 30 {# 5 #}") == {"30"}


def test_models_know_no_engine(models: dict[str, Node]) -> None:
    only_duckdb = r"target\.type|\blist_\w+\(|\bstruct_pack\(|\bread_\w+\(|\bunnest\(|\bepoch_\w+\("
    check(
        (
            f"{node['original_file_path']}: {match.group()}"
            for node in models.values()
            if (match := re.search(only_duckdb, bare(node["raw_code"])))
        ),
        "the same models run on Spark",
        "put the difference into a dispatched macro in macros/engine/",
    )


# --- catalogue ----------------------------------------------------------------------------------


def window_of(name: str) -> str:
    """Months in an attribute's name, '' where it names none."""
    match = re.search(r"_(\d+)m$", name)
    return match.group(1) if match else ""


def test_the_catalogue_is_sound(catalogue: dict[str, dict[str, str]]) -> None:
    domains = set(contract())
    units = {"ratio", "days", "months", "count", "amount", "points", "category"}
    problems = []
    for name, row in catalogue.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            problems.append(f"{name}: not a lowercase name")
        if window_of(name) != row["window_months"]:
            problems.append(f"{name}: window_months is {row['window_months'] or 'empty'}")
        if (row["subject_kind"] == "business") != name.startswith("firm_"):
            problems.append(f"{name}: firm_ is the prefix of businesses, and of them alone")
        if row["unit"] not in units:
            problems.append(f"{name}: unit {row['unit']}")
        if (row["value_type"] == "category") != (row["unit"] == "category"):
            problems.append(f"{name}: unit {row['unit']} of a {row['value_type']}")
        if row["domain"] not in domains:
            problems.append(f"{name}: domain {row['domain']}")
        if not row["description"].strip() or not row["reason_code"].strip():
            problems.append(f"{name}: no description or reason code")
        if row["value_type"] == "numeric" and row["direction"] not in (
            "higher_is_better",
            "lower_is_better",
            "none",
        ):
            problems.append(f"{name}: direction {row['direction']}")
    if len(catalogue) != len(seed_rows("attributes")):
        problems.append("a name stands twice")
    check(problems, "docs, gates and reasons come from the catalogue", "mend seeds/attributes.csv")


def test_factor_marts_are_the_catalogue(
    models: dict[str, Node], catalogue: dict[str, dict[str, str]]
) -> None:
    wanted: dict[str, dict[str, str]] = {}
    for name, row in catalogue.items():
        mart = wanted.setdefault(f"{row['subject_kind']}_{row['factor']}", {})
        mart[name] = row["description"].strip()
    problems = []
    marts = {name: node for name, node in models.items() if layer(node) == "factors"}
    problems += [f"{name}: no such mart" for name in set(wanted) - set(marts)]
    problems += [f"{name}: not in the catalogue" for name in set(marts) - set(wanted)]
    for mart in set(marts) & set(wanted):
        columns = {
            name: entry["description"].strip()
            for name, entry in marts[mart]["columns"].items()
            if name not in ("subject_id", "as_of_date")
        }
        problems += [f"{mart}.{name}: no such column" for name in set(wanted[mart]) - set(columns)]
        problems += [
            f"{mart}.{name}: not in the catalogue" for name in set(columns) - set(wanted[mart])
        ]
        problems += [
            f"{mart}.{name}: {columns[name]!r}, in the catalogue {wanted[mart][name]!r}"
            for name in set(columns) & set(wanted[mart])
            if columns[name].rstrip(".") != wanted[mart][name].rstrip(".")
        ]
    check(
        problems,
        "the catalogue is the single list of what is measured",
        "make seeds/attributes.csv and the mart's YAML say the same",
    )


def test_the_catalogue_is_as_broad_as_promised(catalogue: dict[str, dict[str, str]]) -> None:
    """Few attributes see few people: who has no credit history must be seen by something else."""
    kinds = Counter(row["subject_kind"] for row in catalogue.values())
    factors = Counter((row["subject_kind"], row["factor"]) for row in catalogue.values())
    consumers = {name: number for (kind, name), number in factors.items() if kind == "consumer"}
    businesses = {name: number for (kind, name), number in factors.items() if kind == "business"}
    assert len(catalogue) >= 120
    assert kinds["consumer"] >= 85
    assert kinds["business"] >= 35
    assert len(consumers) == len(businesses) == 5
    assert min(consumers.values()) >= 12, consumers
    assert min(businesses.values()) >= 8, businesses


def test_every_product_has_evidence(
    models: dict[str, Node], catalogue: dict[str, dict[str, str]]
) -> None:
    """By one that has none no value could ever be missing; one that none names is a slip."""
    sql = models["int_product_first_evidence"]["raw_code"]
    evident = set(re.findall(r"^    \('(\w+)', '(?:stg|int)_", sql, re.M))
    assert evident == {row["product"] for row in catalogue.values()}


def expected_columns(unit_test: Node) -> set[str]:
    """Columns for which a unit test expects some value that is not null."""
    rows = unit_test["expect"]["rows"]
    found = csv.DictReader(rows.splitlines()) if isinstance(rows, str) else rows
    return {name for row in found for name, value in row.items() if value not in (None, "")}


def test_every_attribute_is_expected_by_a_unit_test(
    manifest: Manifest, catalogue: dict[str, dict[str, str]]
) -> None:
    expected: dict[str, set[str]] = {}
    for unit_test in manifest["unit_tests"].values():
        expected.setdefault(unit_test["model"], set()).update(expected_columns(unit_test))
    check(
        (
            name
            for name, row in catalogue.items()
            if name not in expected.get(f"{row['subject_kind']}_{row['factor']}", set())
        ),
        "an attribute that no test expects may be another one's, or always null, for years",
        "expect a value of it in the unit test of its mart, and its boundaries where it is counted",
    )


def test_windows_are_what_the_names_say(
    models: dict[str, Node],
    catalogue: dict[str, dict[str, str]],
    compiled: Callable[[Node], str],
    manifest: Manifest,
) -> None:
    """An item named …_12m is computed over 12 months and from nothing over other windows."""
    problems = []
    windows: dict[str, set[str]] = {}
    for name, node in models.items():
        sql = bare(compiled(node))
        windows[node["unique_id"]] = set(re.findall(r"\bto_months\(\s*-\s*(\d+)\s*\)", sql))
        for expression, alias in select_items(sql):
            if not (window := window_of(alias)):
                continue
            used = set(re.findall(r"\bto_months\(\s*-\s*(\d+)\s*\)", expression))
            used |= {window_of(word) for word in re.findall(r"\w+_\d+m\b", expression)}
            problems += [f"{name}.{alias}: over {other} months" for other in used - {window}]
    for name, row in catalogue.items():
        mart = models.get(f"{row['subject_kind']}_{row['factor']}")
        if mart is None or not row["window_months"]:
            continue
        upstream = {mart["unique_id"], *ancestors(manifest, mart["unique_id"])}
        reachable = set().union(*(windows.get(node, set()) for node in upstream))
        if row["value_type"] == "numeric" and row["window_months"] not in reachable:
            problems.append(f"{name}: nothing upstream of {mart['name']} has that window")
    check(
        problems,
        "an attribute called 12m that looks back 24 is explained to its subject with a lie",
        "make name, window_months and the in_window call agree",
    )


@pytest.fixture(scope="session")
def compiled(empty_build: tuple[Home, str], dbt: Any) -> Callable[[Node], str]:
    """A model's compiled SQL."""

    def read(node: Node) -> str:
        path: Path = dbt.target / "compiled" / "sesame" / node["original_file_path"]
        return path.read_text()

    return read


def test_every_attribute_has_a_reason(catalogue: dict[str, dict[str, str]]) -> None:
    sentences = {row["reason_code"]: row for row in seed_rows("reason_sentences")}
    problems = [
        f"{name}: {row['reason_code']}"
        for name, row in catalogue.items()
        if row["reason_code"] not in sentences
    ]
    # of values not known, whatever they are of
    macro = (PROJECT / "macros" / "cards" / "reason_points.sql").read_text(encoding="utf-8")
    problems += [
        f"macro missing_reason: {code}"
        for code in re.findall(r"return\('(\w+)'\)", macro)
        if code not in sentences
    ]
    problems += [
        f"{code}: no {column}"
        for code, row in sentences.items()
        for column in ("sentence_en", "sentence_zh")
        if not row[column].strip()
    ]
    check(
        problems,
        "every score explains itself, in both languages",
        "add the code to seeds/reason_sentences.csv",
    )


def test_a_version_bins_what_it_weighs(catalogue: dict[str, dict[str, str]]) -> None:
    """A version is decided once: attributes that came later are on no card but the next one's."""
    weighed: dict[str, set[str]] = {}
    binned: dict[str, set[str]] = {}
    for seed, found in (("attribute_weights", weighed), ("bins", binned)):
        for row in seed_rows(seed):
            found.setdefault(row["score_version"], set()).add(row["attribute_name"])
    assert set(weighed) == set(binned)
    check(
        (
            f"{version}: {name}"
            for version, names in binned.items()
            for name in (names ^ weighed[version]) | (names - set(catalogue))
        ),
        "an attribute with a weight and no bins, or the other way round, never counts; one that "
        "the catalogue does not know is not measured",
        "give each attribute of a card its weight and its bins, and its row in the catalogue",
    )


def test_every_seed_column_is_described(manifest: Manifest) -> None:
    problems = []
    for seed in nodes(manifest, "seed"):
        if not seed["description"].strip():
            problems.append(f"{seed['name']}: the seed itself")
        with (PROJECT / seed["original_file_path"]).open(newline="") as file:
            header = next(csv.reader(file))
        described = {
            name for name, column in seed["columns"].items() if column["description"].strip()
        }
        problems += [f"{seed['name']}.{name}" for name in set(header) - described]
        problems += [f"{seed['name']}.{name}: no such column" for name in described - set(header)]
    check(
        problems,
        "seeds are the model: who signs them off must know what each column means",
        "describe it in the seed's YAML file",
    )


# --- files --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def texts() -> dict[str, str]:
    """Git's text files, by path; what a tool or a reviewer can read."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    found = {}
    for name in filter(None, listed.stdout.split("\0")):
        path = PROJECT / name
        if path.is_file() and b"\0" not in (content := path.read_bytes()):
            found[name] = content.decode("utf-8", errors="replace")
    return found


def test_no_file_knows_this_machine(texts: dict[str, str]) -> None:
    folders = "|".join(("work", "root", "tmp", "home", "Users", "opt"))
    patterns = {
        "a path of one machine": r"(?<![\w.:/$})>~-])/(?:" + folders + r")/\w",
        "a package index": r"(?i)(?:index|find)[-_](?:url|links)\s*[=: ]\s*\S*//|pypi\.org/simple",
        "a key": r"(?<![0-9a-f:])[0-9a-f]{64}(?![0-9a-f])",
        "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    }
    check(
        (
            f"{name}:{number}: {what}"
            for name, text in texts.items()
            for what, pattern in patterns.items()
            for number, line in enumerate(text.splitlines(), 1)
            if re.search(pattern, line)
        ),
        "what names a machine works on one machine; what holds a secret is one no longer",
        "take the path as an argument or from the environment; keys lie in the key ring",
    )


def test_every_locked_package_has_a_hash(texts: dict[str, str]) -> None:
    problems = []
    for name in sorted(path.name for path in PROJECT.glob("requirements*.txt")):
        entries = re.sub(r"\\\n", " ", re.sub(r"(?m)^\s*#.*\n?", "", texts[name])).splitlines()
        for entry in filter(str.strip, entries):
            if not re.match(r"[\w.,\[\]-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", entry):
                problems.append(f"{name}: {entry.split()[0]}")
    check(problems, "what is installed is what was reviewed", "make lock")


def test_no_work_is_left_for_later(texts: dict[str, str]) -> None:
    later = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|H" + r"ACK)\b")
    check(
        (
            f"{name}:{number}"
            for name, text in texts.items()
            if name.endswith((".py", ".sql", ".yml", ".yaml", ".md", ".toml", "Makefile"))
            for number, line in enumerate(text.splitlines(), 1)
            if later.search(line)
        ),
        "a note in the code is an issue that nobody sees",
        "do it, or open an issue",
    )
