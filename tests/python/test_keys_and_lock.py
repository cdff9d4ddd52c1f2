"""The key ring keeps keys secret and whole; the lock admits one writer and outlives no crash."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pytest

from sesame import engine, lock
from sesame.errors import SesameError
from sesame.home import Home
from sesame.keys import EnvironmentKeyRing, FileKeyRing, key_ring

KEY = "0123456789abcdef" * 4


def test_a_key_is_256_bits_made_once_and_kept(home: Home) -> None:
    first = FileKeyRing(home.key_file).key("vault")
    assert len(bytes.fromhex(first)) == 32
    assert FileKeyRing(home.key_file).key("vault") == first
    assert FileKeyRing(home.key_file).key("token") != first


def test_the_key_file_is_its_owners_alone(home: Home) -> None:
    FileKeyRing(home.key_file).key("vault")
    for path in (home.key_file, home.key_file.with_suffix(".lock")):
        assert path.stat().st_mode & 0o777 == 0o600
    home.key_file.chmod(0o640)
    with pytest.raises(SesameError, match="chmod 600"):
        FileKeyRing(home.key_file).key("vault")


def test_two_first_uses_at_once_make_one_key(home: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: FileKeyRing(home.key_file).key("token"), range(8)))
    assert len(keys) == 1


def test_a_spoilt_key_file_is_named_and_never_quoted(home: Home) -> None:
    home.key_file.write_text(f'{{"vault": "{KEY}"')
    home.key_file.chmod(0o600)
    with pytest.raises(SesameError, match="backup") as caught:
        FileKeyRing(home.key_file).key("vault")
    assert KEY not in str(caught.value)
    assert caught.value.__suppress_context__  # nor in a traceback
    assert home.key_file.read_text().startswith("{")  # and it is not overwritten


def test_the_environment_wins_and_makes_nothing_up(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESAME_KEY_VAULT", KEY)
    ring = key_ring(home)
    assert isinstance(ring, EnvironmentKeyRing)
    assert ring.key("vault") == KEY
    with pytest.raises(SesameError, match=r"SESAME_KEY_TOKEN.*not set"):
        ring.key("token")
    monkeypatch.setenv("SESAME_KEY_TOKEN", KEY.upper())
    with pytest.raises(SesameError) as caught:
        ring.key("token")
    assert KEY.upper() not in str(caught.value)
    assert not home.key_file.exists()


def test_every_database_has_its_own_key_and_is_ciphertext(home: Home) -> None:
    word = "a-very-recognisable-word"
    for database in ("payments", "vault"):
        with engine.connect(home, write=[database]) as connection:
            name = engine.alias(database)
            connection.execute(f"create table {name}.main.words as select '{word}' as word")
            connection.execute(f"checkpoint {name}")
    content = home.database("payments").read_bytes()
    assert word.encode() not in content
    assert b"words" not in content
    keys = json.loads(home.key_file.read_text())
    assert keys["payments"] != keys["vault"]


def test_a_wrong_key_is_an_error_without_the_key(home: Home) -> None:
    with engine.connect(home, write=["vault"]):
        pass
    home.key_file.write_text(json.dumps({"vault": KEY}))
    with pytest.raises(SesameError, match=r"cannot open .*vault\.duckdb") as caught:
        engine.connect(home, read=["vault"])
    assert KEY not in str(caught.value)


def test_a_connection_spills_encrypted_and_reaches_no_network(home: Home) -> None:
    with engine.connect(home) as connection:
        setting = "select current_setting(?)"
        for name, value in {
            "temp_file_encryption": True,
            "temp_directory": str(home.spill),
            "autoinstall_known_extensions": False,
            "TimeZone": "UTC",
        }.items():
            assert connection.execute(setting, [name]).fetchone() == (value,), name


def test_an_open_database_leaks_no_connection_on_failure(home: Home) -> None:
    with engine.connect(home, write=["vault"]):
        pass
    home.database("social").write_bytes(b"no database" * 1000)
    with pytest.raises(SesameError):
        engine.connect(home, write=["vault", "social"])
    with engine.connect(home, write=["vault"]) as connection:  # the failed one let go
        assert connection.execute("select 1").fetchone() == (1,)


HOLD = """
import sys, time
from sesame import lock
from sesame.home import Home
with lock.locked(Home.current(), sys.argv[1]):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
print("released at", time.time(), flush=True)
"""


def _hold(what: str, seconds: float, home: Home) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, what, str(seconds)],
        env={**os.environ, "SESAME_HOME": str(home.root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    return process


def test_the_second_waits_and_says_for_whom(home: Home) -> None:
    first = _hold("landing", 1.0, home)
    assert first.stdout is not None
    assert first.stdout.readline() == "held\n"
    second = _hold("build", 0.0, home)
    output, waited = second.communicate(timeout=30)
    assert f"waiting for landing (process {first.pid}, since " in waited
    first_output, _ = first.communicate(timeout=30)
    assert float(first_output.split()[-1]) <= float(output.split()[-1])


def test_a_killed_holder_leaves_the_lock_free(home: Home) -> None:
    holder = _hold("build", 60.0, home)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    holder.kill()
    holder.wait()
    started = time.monotonic()
    with lock.locked(home, "landing"):
        pass
    assert time.monotonic() - started < 5


def test_a_child_shares_its_parents_lock(home: Home) -> None:
    with lock.locked(home, "run") as descriptor:
        child = subprocess.run(
            [sys.executable, "-c", HOLD, "dbt", "0"],
            env={**os.environ, "SESAME_HOME": str(home.root)},
            pass_fds=[descriptor],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
    assert "waiting" not in child.stderr
    assert lock.INHERITED not in os.environ


def test_another_homes_lock_is_not_inherited(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other").make()
    with lock.locked(home, "run"):
        descriptor = lock.acquire(other, "run")
        try:
            assert os.fstat(descriptor).st_ino == other.lock_file.stat().st_ino
        finally:
            os.close(descriptor)


def test_a_plain_client_cannot_open_a_database_without_its_key(home: Home) -> None:
    with engine.connect(home, write=["warehouse"]):
        pass
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(home.database("warehouse")), read_only=True)
