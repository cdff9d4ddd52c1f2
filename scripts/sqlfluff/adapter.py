"""What sqlfluff's jinja templater sees as dbt's `adapter`: a dispatched macro by its name."""

from collections.abc import Callable

# Macros that stand for a whole query, and such as leave no text; all others are expressions.
QUERIES = {"unpivot_attributes"}
SILENT = {"rollup"}


def dispatch(name: str, package: str | None = None) -> Callable[..., str]:
    text = "" if name in SILENT else f"select * from {name}" if name in QUERIES else name
    return lambda *arguments, **options: text
