"""What sqlfluff's jinja templater sees as dbt's `adapter`: a dispatched macro is an expression."""

from collections.abc import Callable


def dispatch(name: str, package: str | None = None) -> Callable[..., str]:
    return lambda *arguments, **options: name
