"""What sqlfluff's jinja templater sees as dbt's `target`."""

name = "main"
