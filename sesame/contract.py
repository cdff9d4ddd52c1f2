"""The raw contract, read from the dbt sources: models/staging/<domain>/_<domain>__sources.yml."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from sesame.home import DOMAINS, PROJECT

AUDIT_COLUMNS = ("_batch_id", "_landed_at")


@dataclass(frozen=True)
class Column:
    """One column of a raw table.

    name: as landed. delivered_as: as the provider writes it (differs for tokens).
    identifier: kind of identifier kept in the vault, or None.
    """

    name: str
    delivered_as: str
    data_type: str
    description: str
    is_key: bool = False
    is_required: bool = False
    is_subject: bool = False
    is_attribute: bool = False
    identifier: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    accepted_values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """One raw table.

    event_at: its event-time column. settled_at: column of a later moment that the row may state
    and that known_at must not precede, or None. columns: the audit columns are left out.
    """

    domain: str
    name: str
    description: str
    event_at: str
    settled_at: str | None
    columns: tuple[Column, ...] = field(repr=False)

    @property
    def key(self) -> Column:
        return next(column for column in self.columns if column.is_key)

    @property
    def subjects(self) -> tuple[Column, ...]:
        """Columns that name a subject whose consent the row needs."""
        return tuple(column for column in self.columns if column.is_subject)

    @property
    def shops(self) -> tuple[str, ...]:
        """Names of columns that name a shop, by which its business finds the row."""
        return tuple(column.name for column in self.columns if column.name == "shop_id")

    @property
    def identifiers(self) -> tuple[Column, ...]:
        """Columns that go to the vault."""
        return tuple(column for column in self.columns if column.identifier)


def _column(entry: dict[str, Any]) -> Column:
    meta = entry.get("config", {}).get("meta", {})

    def text(key: str) -> str | None:
        return None if meta.get(key) is None else str(meta[key])

    return Column(
        name=entry["name"],
        delivered_as=meta.get("token_of", entry["name"]),
        data_type=entry["data_type"],
        description=entry["description"],
        is_key=meta.get("key", False),
        is_required=meta.get("required", False),
        is_subject=meta.get("subject", False),
        is_attribute=meta.get("attribute", False),
        identifier=meta.get("identifier"),
        minimum=text("min"),
        maximum=text("max"),
        accepted_values=tuple(meta.get("accepted_values", ())),
    )


@cache
def domain_tables(domain: str) -> dict[str, Table]:
    """The tables of one domain, by name, in the order of the contract."""
    path = PROJECT / "models" / "staging" / domain / f"_{domain}__sources.yml"
    source = yaml.safe_load(path.read_text())["sources"][0]
    return {
        entry["name"]: Table(
            domain=domain,
            name=entry["name"],
            description=entry["description"],
            event_at=entry["config"]["meta"]["event_at"],
            settled_at=entry["config"]["meta"].get("settled_at"),
            columns=tuple(
                _column(column)
                for column in entry["columns"]
                if column["name"] not in AUDIT_COLUMNS
            ),
        )
        for entry in source["tables"]
    }


def contract() -> dict[str, dict[str, Table]]:
    """All tables: domain -> table name -> Table."""
    return {domain: domain_tables(domain) for domain in DOMAINS}
