"""One writer at a time: a lock that its owner's death releases.

The kernel drops an flock when the last process holding the descriptor ends, so a crash leaves
nothing to clean up. A child process (dbt) that inherits the descriptor shares the lock.
"""

import fcntl
import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sesame.home import Home

INHERITED = "SESAME_LOCK_FD"


def _holder(descriptor: int) -> str:
    try:
        entry = json.loads(os.pread(descriptor, 4096, 0))
        return f"{entry['what']} (process {entry['pid']}, since {entry['since']} UTC)"
    except (ValueError, KeyError):
        return "another process"


def _inherited(home: Home) -> int | None:
    """The descriptor a parent passed on, if it really is this home's lock file."""
    try:
        descriptor = int(os.environ[INHERITED])
        ours, theirs = home.lock_file.stat(), os.fstat(descriptor)
    except (KeyError, ValueError, OSError):
        return None
    return descriptor if (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino) else None


def acquire(home: Home, what: str) -> int:
    """Wait for the warehouse's lock and return its descriptor; closing that releases the lock.

    Says on stderr for whom it waits. A process started by the holder gets the holder's lock.
    """
    home.make()
    if (inherited := _inherited(home)) is not None:
        return os.dup(inherited)
    descriptor = os.open(home.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.stderr.write(f"waiting for {_holder(descriptor)} to finish …\n")
        sys.stderr.flush()
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    entry = {
        "what": what,
        "pid": os.getpid(),
        "since": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
    }
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps(entry).encode(), 0)
    return descriptor


@contextmanager
def locked(home: Home, what: str) -> Iterator[int]:
    """Hold the warehouse's lock; yields the descriptor to pass on to child processes."""
    descriptor = acquire(home, what)
    before = os.environ.get(INHERITED)
    os.environ[INHERITED] = str(descriptor)  # nested steps of one run share the lock
    try:
        yield descriptor
    finally:
        if before is None:
            del os.environ[INHERITED]
        else:
            os.environ[INHERITED] = before
        os.close(descriptor)
