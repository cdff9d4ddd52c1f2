"""The data dictionary is whole and up to date."""

from typing import Any

from sesame.contract import contract
from sesame.dictionary import DICTIONARY, render


def test_the_committed_dictionary_is_up_to_date(manifest: dict[str, Any]) -> None:
    assert DICTIONARY.read_text(encoding="utf-8") == render(manifest), "run: make docs"


def test_every_raw_column_and_every_mart_is_in_it(manifest: dict[str, Any]) -> None:
    text = render(manifest)
    for domain, tables in contract().items():
        for name, table in tables.items():
            section = text.split(f"#### {domain}.{name}\n", 1)[1].split("\n#", 1)[0]
            for column in table.columns:
                assert f"| `{column.name}` | {column.data_type} |" in section
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["path"].startswith("marts/"):
            assert f"#### {node['schema']}.{node['alias']}\n" in text


def test_a_cell_cannot_break_its_table(manifest: dict[str, Any]) -> None:
    rows = [line for line in render(manifest).splitlines() if line.startswith("| ")]
    assert all(line.endswith(" |") for line in rows)
    templates = [line for line in rows if "{{" in line]
    assert not templates, "a description was written before dbt rendered it"
