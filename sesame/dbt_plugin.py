"""What lets plain `dbt build` work: dbt-duckdb loads this plugin before its first statement.

It waits for the warehouse's lock, refuses seeds in which a published score version was edited,
makes keys and empty raw tables where there are none, and attaches the encrypted files, so that no
key passes through a profile, a flag or a log.
"""

import os
from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt.flags import get_flags
from dbt_common.exceptions import DbtRuntimeError
from duckdb import DuckDBPyConnection

from sesame import engine, lock, raw, versions
from sesame.errors import SesameError
from sesame.home import DOMAINS, Home


class Plugin(BasePlugin):
    def __init__(
        self, name: str, plugin_config: dict[str, Any], credentials: DuckDBCredentials | None = None
    ) -> None:
        super().__init__(name, plugin_config, credentials)
        self._warehouse = plugin_config["warehouse"]

    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Attach raw domains read-only and the warehouse for writing; the vault stays shut."""
        home = Home.current().make()
        self._lock = lock.acquire(home, "dbt")  # held until the process ends
        try:  # not before the lock: who waited for it may have waited for hours
            project = Path(get_flags().PROJECT_DIR)  # type: ignore[no-untyped-call]
            versions.check_archive(project / "seeds")
        except SesameError as error:
            os.close(self._lock)  # dbt tries again in this process, which would wait for itself
            raise DbtRuntimeError(str(error)) from None  # dbt prints it without a traceback
        raw.ensure_all(home)
        engine.configure(conn, home)
        for domain in DOMAINS:
            engine.attach(conn, home, domain, read_only=True)
        engine.attach(conn, home, self._warehouse, as_name="warehouse")
