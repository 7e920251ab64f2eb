"""Runs a function in a traced child and kills it, as with `kill -9`, just before its n-th write to a file.

Linux only: the child is stopped at the entry of every system call and sees none of it. What counts as a write
is anything that changes a file or asks for it to be durable.
"""

import contextlib
import ctypes
import os
import platform
import signal
import struct
import subprocess
import sys
from collections.abc import Callable

WRITES = {
    "x86_64": {
        1: "write", 18: "pwrite64", 20: "writev", 74: "fsync", 75: "fdatasync", 77: "ftruncate", 87: "unlink",
        263: "unlinkat", 285: "fallocate",
    },
    "aarch64": {
        64: "write", 66: "writev", 68: "pwrite64", 82: "fsync", 83: "fdatasync", 46: "ftruncate", 35: "unlinkat",
        47: "fallocate",
    },
}  # fmt: skip

TRACE_ME, TO_NEXT_CALL, SET_OPTIONS, GET_CALL = 0, 24, 0x4200, 0x420E
MARK_CALLS, THREADS_TOO, KILL_WITH_TRACER = 1, 8, 0x100000
THREADS_AND_CHILDREN = 0x40000000
AT_ENTRY = 1


def _request(request: int, pid: int, address: int = 0, data: object = None) -> None:
    ptrace = ctypes.CDLL(None, use_errno=True).ptrace
    ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    ptrace.restype = ctypes.c_long
    if ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def can_trace() -> bool:
    """Whether this machine lets a process trace its child; tried out in a process of its own."""
    if sys.platform != "linux" or platform.machine() not in WRITES:
        return False
    tried = subprocess.run([sys.executable, __file__], capture_output=True, check=False)
    return tried.stdout.split() == [b"write"]


def run_traced(work: Callable[[], object], kill_at: int | None) -> list[str]:
    """The writes that `work` made in a child process, all its threads, by name and in order.

    With `kill_at` the child is killed at the entry of the write of that index, which then does not happen.
    """
    pid = os.fork()
    if pid == 0:
        _request(TRACE_ME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        try:
            work()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    _request(SET_OPTIONS, pid, data=MARK_CALLS | THREADS_TOO | KILL_WITH_TRACER)
    names: list[str] = []
    stopped, status = pid, 0
    while True:
        if (
            os.WIFSTOPPED(status)
            and os.WSTOPSIG(status) == signal.SIGTRAP | 0x80
            and (name := _write_at_entry(stopped))
        ):
            if len(names) == kill_at:
                os.kill(pid, signal.SIGKILL)
            names.append(name)
        with contextlib.suppress(ProcessLookupError):
            _request(TO_NEXT_CALL, stopped)
        stopped, status = os.waitpid(-1, THREADS_AND_CHILDREN)
        while not os.WIFSTOPPED(status):
            if stopped == pid:
                return names
            stopped, status = os.waitpid(-1, THREADS_AND_CHILDREN)


def _write_at_entry(pid: int) -> str | None:
    call = ctypes.create_string_buffer(88)
    _request(GET_CALL, pid, len(call), ctypes.cast(call, ctypes.c_void_p))
    if call.raw[0] != AT_ENTRY:
        return None
    return WRITES[platform.machine()].get(struct.unpack_from("<Q", call.raw, 24)[0])


if __name__ == "__main__":
    print(*run_traced(lambda: os.write(2, b"traced"), kill_at=None))  # noqa: T201 - what `can_trace` reads
