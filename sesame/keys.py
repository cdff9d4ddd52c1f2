"""The key ring: one key per database file, and one for the tokens.

Keys come from the environment or from a file made on first use. A key management service is a
third class with the same one method.
"""

import fcntl
import json
import os
import secrets
from pathlib import Path
from typing import Protocol

from sesame.errors import SesameError
from sesame.home import Home

PREFIX = "SESAME_KEY_"


class KeyRing(Protocol):
    def key(self, name: str) -> str:
        """The key called `name` (a database, or `token`): 64 hexadecimal digits, 256 bits."""
        ...


class EnvironmentKeyRing:
    """Keys in SESAME_KEY_WAREHOUSE, SESAME_KEY_VAULT, … ; nothing is ever made up."""

    def key(self, name: str) -> str:
        variable = PREFIX + name.upper()
        value = os.environ.get(variable, "")
        if len(value) != 64 or not set(value) <= set("0123456789abcdef"):
            raise SesameError(
                f"{variable} must hold 64 lowercase hexadecimal digits (it "
                f"{'is not set' if not value else 'does not'}). Either set every {PREFIX}… "
                "variable, or none to use the key file."
            )
        return value


class FileKeyRing:
    """Keys in one JSON file that only its owner can read; a missing key is made on first use."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def key(self, name: str) -> str:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A lock beside the file: two first uses at once must not make two different keys.
        with self._path.with_suffix(".lock").open("a") as lock:
            os.fchmod(lock.fileno(), 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            keys = self._read()
            if name not in keys:
                keys[name] = secrets.token_hex(32)
                self._write(keys)
        return keys[name]

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        mode = self._path.stat().st_mode & 0o777
        if mode & 0o077:
            raise SesameError(
                f"{self._path} can be read by others (mode {mode:o}); run: chmod 600 {self._path}"
            )
        try:
            keys = json.loads(self._path.read_text())
        except ValueError:
            # `from None`: the decoder's error quotes the text, and the text is keys.
            raise SesameError(
                f"{self._path} is not readable as JSON; put the backup of the key file back "
                "(without its keys the databases cannot be opened)"
            ) from None
        return dict(keys)

    def _write(self, keys: dict[str, str]) -> None:
        temporary = self._path.with_suffix(".new")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(keys, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)


def key_ring(home: Home) -> KeyRing:
    """The environment's ring if it holds any key, else the file's."""
    if any(variable.startswith(PREFIX) for variable in os.environ):
        return EnvironmentKeyRing()
    return FileKeyRing(home.key_file)
