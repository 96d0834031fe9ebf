"""A gate in front of the kernel: a program's fsync and fdatasync pass, fail, or wait, as told.

The kernel's own filter of system calls (seccomp, user notification) asks the test before each call
of the program and its children, so the program meets a real EIO from a real system call. It needs
Linux 5.5 or newer and no privilege, compiler or tool.

Run as a program it is the launcher: it sets the filter on itself, hands the kernel's questions over
by the socket that it was given, and becomes the program.

Shapes: structures are those of <linux/seccomp.h> and <linux/filter.h>.
"""

import array
import ctypes
import errno
import fcntl
import os
import platform
import pwd
import re
import select
import socket
import struct
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

CALLS = {
    "x86_64": (0xC000003E, 317, {"fsync": 74, "fdatasync": 75}),
    "aarch64": (0xC00000B7, 277, {"fsync": 82, "fdatasync": 83}),
}
"""By machine: the filter's name of it, the number of seccomp(2), and of the calls at the gate."""

PR_SET_NO_NEW_PRIVS = 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_USER_NOTIF = 0x7FC00000
SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
NOTIF_RECV = 0xC0502100
NOTIF_SEND = 0xC0182101

NOTIF = struct.Struct("=QIIiIQ6Q")
RESPONSE = struct.Struct("=QqiI")

LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
AT_NUMBER, AT_MACHINE = 0, 4


class GateMissing(Exception):
    """This machine's kernel does not let a test stand between a program and its disk."""


class Gate:
    """Lets a program's flushes pass until told otherwise."""

    def __init__(self) -> None:
        self.theirs, self._ours = _pair()
        self.failing: re.Pattern[str] | None = None
        """While set, flushes of files in whose path it is found fail."""
        self.asked = 0
        self.failed = 0
        self._listener = -1
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="gate", daemon=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._listener >= 0:
            os.close(self._listener)
        self._ours.close()
        if self.theirs >= 0:
            os.close(self.theirs)

    def launcher(self, account: str = "") -> Sequence[str]:
        """What to put in front of a command; the program must inherit `theirs`.

        Where *account* is named, root becomes it.
        """
        return (sys.executable, "-I", __file__, str(self.theirs), account)

    def watch(self) -> None:
        """Take over the kernel's questions once the program was started."""
        os.close(self.theirs)
        self.theirs = -1
        message, ancillary, _, _ = self._ours.recvmsg(4096, socket.CMSG_SPACE(4))
        if not ancillary:
            raise GateMissing(message.decode() or "the program ended before it began")
        fds = array.array("i")
        fds.frombytes(ancillary[0][2][:4])
        self._listener = fds[0]
        self._thread.start()

    def _keep(self) -> None:
        poll = select.poll()
        poll.register(self._listener, select.POLLIN)
        while not self._stopping.is_set():
            for _, event in poll.poll(100):
                if event & select.POLLHUP:
                    return  # every process behind the gate is gone
                if event & select.POLLIN:
                    self._one()

    def _one(self) -> None:
        question = bytearray(NOTIF.size)
        try:
            fcntl.ioctl(self._listener, NOTIF_RECV, question)
        except OSError as gone:
            if gone.errno not in {errno.ENOENT, errno.EINTR}:
                raise
            return  # who asked was killed meanwhile
        id_, pid, _, _, _, _, fd, *_ = NOTIF.unpack(question)
        self.asked += 1
        refuse = self._refuses(pid, fd)
        answer = (
            (id_, 0, -errno.EIO, 0) if refuse else (id_, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE)
        )
        self.failed += refuse
        try:
            fcntl.ioctl(self._listener, NOTIF_SEND, bytearray(RESPONSE.pack(*answer)))
        except OSError as gone:
            if gone.errno != errno.ENOENT:
                raise

    def _refuses(self, pid: int, fd: int) -> bool:
        failing = self.failing
        if failing is None:
            return False
        try:
            return failing.search(str(Path(f"/proc/{pid}/fd/{fd}").readlink())) is not None
        except OSError:
            return False


def _pair() -> tuple[int, socket.socket]:
    theirs, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return theirs.detach(), ours


def become(line: int, account: str, command: Sequence[str]) -> None:
    """Set the filter, hand the listener over *line*, and become *command* as *account*."""
    with socket.socket(fileno=line) as test:
        try:
            listener = _filtered()
        except (OSError, KeyError) as error:
            test.sendmsg([f"seccomp user notification (Linux 5.5+) is needed: {error!r}".encode()])
            raise SystemExit(f"no gate: {error!r}") from error
        fds = array.array("i", [listener])
        test.sendmsg([b"gate"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
        os.close(listener)
    if account:
        found = pwd.getpwnam(account)
        os.setgroups([])
        os.setgid(found.pw_gid)
        os.setuid(found.pw_uid)
    os.execvp(command[0], list(command))  # noqa: S606 - the test's own command


def _filtered() -> int:
    machine, seccomp, calls = CALLS[platform.machine()]
    libc = ctypes.CDLL(None, use_errno=True)
    jumps = [(JUMP_EQUAL, len(calls) - i, 0, number) for i, number in enumerate(calls.values())]
    steps = [
        (LOAD_WORD, 0, 0, AT_MACHINE),
        (JUMP_EQUAL, 1, 0, machine),
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
        (LOAD_WORD, 0, 0, AT_NUMBER),
        *jumps,
        (RETURN, 0, 0, SECCOMP_RET_ALLOW),
        (RETURN, 0, 0, SECCOMP_RET_USER_NOTIF),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")
    listener = libc.syscall(
        ctypes.c_long(seccomp),
        ctypes.c_long(SECCOMP_SET_MODE_FILTER),
        ctypes.c_long(SECCOMP_FILTER_FLAG_NEW_LISTENER),
        ctypes.create_string_buffer(program),
    )
    if listener < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")
    return int(listener)


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
