"""A disk that fails, and a process that is killed, at a chosen call: tests/helpers/disk_faults.c."""
import contextlib
import mmap
import os
import struct
import unittest.mock

import harness as h

LIBRARY = h.program("tests/helpers/disk_faults.so")
FIELDS = ["calls", "kill_at", "kill_how", "write_errno", "sync_errno", "read_errno", "failed"]
BEFORE, AFTER, HALF = 0, 1, 2


class Faults:
    """What happens to the daemons that are started under given(). Every field may be set at any
    time, and read."""

    def __init__(self, folder):
        object.__setattr__(self, "path", os.path.join(folder, "faults"))
        with open(self.path, "wb") as f:
            f.write(bytes(8 * len(FIELDS)))
        with open(self.path, "r+b") as f:
            object.__setattr__(self, "memory", mmap.mmap(f.fileno(), 0))

    def __getattr__(self, name):
        return struct.unpack_from("<q", self.memory, 8 * FIELDS.index(name))[0]

    def __setattr__(self, name, value):
        struct.pack_into("<q", self.memory, 8 * FIELDS.index(name), value)

    @contextlib.contextmanager
    def given(self):
        with unittest.mock.patch.dict(os.environ, LD_PRELOAD=LIBRARY, HUIYING_FAULTS=self.path,
                                      ASAN_OPTIONS="verify_asan_link_order=0"):
            yield
