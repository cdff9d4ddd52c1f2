"""docs/data_dictionary.md: every table, column and attribute, written from where each is defined.

`make docs` runs it: python -m sesame.dictionary. The raw tables come from the contract, the models
and seeds from dbt's manifest, the attributes from the catalogue; nothing is described here.
"""

import csv
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sesame.contract import Column, contract
from sesame.errors import SesameError
from sesame.home import DOMAINS, PROJECT

DICTIONARY = PROJECT / "docs" / "data_dictionary.md"

_HEAD = """\
# Data dictionary

Written by `make docs` from the contract (`models/staging/*/_*__sources.yml`), dbt's manifest and
the catalogue (`seeds/attributes.csv`). Change a description there, not here.

- [Raw tables](#raw-tables): what a provider delivers; a view `staging.stg_<domain>__<table>` per
  table has the same columns
- [Marts](#marts): what is published
- [Intermediate models](#intermediate-models): what stands between
- [Seeds](#seeds): the numbers that decide
- [Attributes](#attributes): the catalogue of what is measured
"""
_LAYERS = {
    "factors": "Factor marts (schema `factors`)",
    "scores": "Scores (schema `scores`)",
    "training": "Training (schema `training`, not published)",
    "monitoring": "Monitoring (schema `monitoring`; what is in `validation` is never published)",
}


def markdown_table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """A Markdown table; a cell holds one line, and a bar in it is escaped."""

    def line(cells: Iterable[str]) -> str:
        clean = (" ".join(cell.split()).replace("|", "\\|") for cell in cells)
        return "| " + " | ".join(clean) + " |"

    titles = list(header)
    return [line(titles), "|" + " --- |" * len(titles), *map(line, rows), ""]


def _rules(column: Column) -> str:
    """What the door asks of a column, in words."""
    rules = []
    if column.is_key:
        rules.append("key")
    elif column.is_required:
        rules.append("required")
    if column.is_subject:
        rules.append("a consenting subject")
    if column.is_attribute:
        rules.append("an attribute of the catalogue")
    if column.minimum is not None:
        rules.append(f"at least {column.minimum}")
    if column.maximum is not None:
        rules.append(f"at most {column.maximum}")
    if column.accepted_values:
        rules.append("one of " + ", ".join(f"`{value}`" for value in column.accepted_values))
    if column.identifier:
        rules.append(f"delivered as `{column.delivered_as}`, kept as a token")
    return "; ".join(rules)


def _raw(manifest: Mapping[str, Any]) -> list[str]:
    lines = ["## Raw tables", ""]
    for domain in DOMAINS:
        tables = contract()[domain]
        sources = {name: manifest["sources"][f"source.sesame.{domain}.{name}"] for name in tables}
        about = next(iter(sources.values()))["source_description"]
        lines += [f"### {domain}", "", about, ""]
        for name, table in tables.items():
            described = sources[name]["columns"]
            lines += [f"#### {domain}.{name}", ""]
            lines += [f"{table.description} Event time: `{table.event_at}`.", ""]
            lines += markdown_table(
                ("column", "type", "meaning", "rules"),
                (
                    (
                        f"`{column.name}`",
                        column.data_type,
                        described[column.name]["description"],
                        _rules(column),
                    )
                    for column in table.columns
                ),
            )
    return lines


def _grain(model: Mapping[str, Any]) -> str:
    first: str = model["raw_code"].splitlines()[0]
    return first.removeprefix("-- grain:").strip()


def _models(manifest: Mapping[str, Any], folder: str) -> list[Mapping[str, Any]]:
    """The models under models/<folder>, by name."""
    found = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["path"].startswith(folder + "/")
    ]
    return sorted(found, key=lambda model: str(model["name"]))


def _columns(node: Mapping[str, Any]) -> list[str]:
    return markdown_table(
        ("column", "type", "meaning"),
        (
            (f"`{name}`", column["data_type"] or "", column["description"])
            for name, column in node["columns"].items()
        ),
    )


def _marts(manifest: Mapping[str, Any]) -> list[str]:
    lines = ["## Marts", ""]
    for folder, title in _LAYERS.items():
        lines += [f"### {title}", ""]
        for model in _models(manifest, f"marts/{folder}"):
            lines += [f"#### {model['schema']}.{model['alias']}", ""]
            lines += [model["description"].strip(), "", f"Grain: {_grain(model)}.", ""]
            lines += _columns(model)
    return lines


def _intermediate(manifest: Mapping[str, Any]) -> list[str]:
    rows = (
        (f"`{model['name']}`", _grain(model), model["description"])
        for model in _models(manifest, "intermediate")
    )
    return ["## Intermediate models", "", *markdown_table(("model", "grain", "meaning"), rows)]


def _seeds(manifest: Mapping[str, Any]) -> list[str]:
    lines = ["## Seeds", ""]
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    for seed in sorted(seeds, key=lambda node: str(node["name"])):
        lines += [f"### {seed['name']}", "", seed["description"].strip(), ""]
        lines += markdown_table(
            ("column", "meaning"),
            ((f"`{name}`", column["description"]) for name, column in seed["columns"].items()),
        )
    return lines


def _attributes(rows: Iterable[Mapping[str, str]]) -> list[str]:
    lines = ["## Attributes", ""]
    marts: dict[str, list[Mapping[str, str]]] = {}
    for row in rows:
        marts.setdefault(f"{row['subject_kind']}_{row['factor']}", []).append(row)
    for mart, attributes in sorted(marts.items()):
        lines += [f"### {mart.replace('_', ' ')}", ""]
        lines += markdown_table(
            ("attribute", "meaning", "unit", "direction", "consent for", "not allowed in"),
            (
                (
                    f"`{row['attribute_name']}`",
                    row["description"],
                    row["unit"],
                    row["direction"].replace("_", " "),
                    row["domain"],
                    row["banned_in"],
                )
                for row in attributes
            ),
        )
    return lines


def render(manifest: Mapping[str, Any]) -> str:
    """The dictionary's text.

    manifest: dbt's manifest.json of this project, as a `dbt parse` of the working tree leaves it.
    """
    with (PROJECT / "seeds" / "attributes.csv").open(newline="", encoding="utf-8") as file:
        attributes = _attributes(csv.DictReader(file))
    sections = (_raw(manifest), _marts(manifest), _intermediate(manifest), _seeds(manifest))
    lines = [line for section in (*sections, attributes) for line in section]
    return "\n".join([_HEAD, *lines]).rstrip("\n") + "\n"


def _parse() -> dict[str, Any]:
    """dbt's manifest of the working tree. Raises SesameError if dbt cannot parse it."""
    dbt = Path(sys.executable).parent / "dbt"
    # a target folder of its own: a build under way writes to the project's
    with TemporaryDirectory() as target:
        parsed = subprocess.run(
            [dbt, "--quiet", "parse", "--target-path", target, "--log-path", target],
            cwd=PROJECT,
            capture_output=True,
            text=True,
            check=False,
        )
        if parsed.returncode:
            raise SesameError(f"dbt cannot parse the project:\n{parsed.stdout}{parsed.stderr}")
        manifest: dict[str, Any] = json.loads((Path(target) / "manifest.json").read_text())
    return manifest


def main() -> int:
    """Write docs/data_dictionary.md and return an exit code."""
    try:
        text = render(_parse())
    except SesameError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    DICTIONARY.parent.mkdir(exist_ok=True)
    DICTIONARY.write_text(text, encoding="utf-8")
    sys.stderr.write(f"wrote {DICTIONARY.relative_to(PROJECT)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
