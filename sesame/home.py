"""Where all lies that the software writes: one folder, `data/` unless SESAME_HOME moves it."""

import os
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

DOMAINS = (
    "consent",  # first: the door reads it
    "identity",  # second: the others refer to its subjects
    "marketplace",
    "payments",
    "public_records",
    "social",
    "partners",
)


@dataclass(frozen=True)
class Home:
    """The folders of one warehouse; several live side by side under different roots."""

    root: Path

    @classmethod
    def current(cls) -> "Home":
        return cls(Path(os.environ.get("SESAME_HOME") or PROJECT / "data").resolve())

    @property
    def inbox(self) -> Path:
        """Delivered files, in clear; removed once landed."""
        return self.root / "inbox"

    @property
    def databases(self) -> Path:
        return self.root / "db"

    @property
    def serving(self) -> Path:
        """Published generations and the link `current.duckdb` that BI tools open."""
        return self.root / "serving"

    @property
    def spill(self) -> Path:
        return self.root / "spill"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def reports(self) -> Path:
        """Data Docs and run reports, free of any person's values.

        But for explanations/: pages for the subject they are about, in clear, for their owner's
        eyes alone.
        """
        return self.root / "reports"

    @property
    def spark(self) -> Path:
        """The second engine's files, in clear: exported raw tables, what Spark makes of them."""
        return self.root / "spark"

    @property
    def key_file(self) -> Path:
        return self.root / "keys.json"

    @property
    def lock_file(self) -> Path:
        return self.root / "lock"

    def database(self, name: str) -> Path:
        """File of a database: a domain, `vault`, `warehouse` or `warehouse_dev`."""
        return self.databases / f"{name}.duckdb"

    def make(self) -> "Home":
        """Create the folders, readable by their owner alone."""
        for folder in (
            self.root,
            self.inbox,
            self.databases,
            self.serving,
            self.spill,
            self.logs,
            self.reports,
        ):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self
