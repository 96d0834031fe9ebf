"""Runs the program's commands in processes of their own, without starting Python for each.

One process imports the program once and forks for every command; it ends with the tests. Run as a
script it is that process: a line of JSON on standard input is a wish, a number the answer.
"""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class Forks:
    """Starts commands, and waits for them."""

    def __init__(self) -> None:
        root = Path(__file__).parent.parent
        path = os.pathsep.join([str(root / "src"), str(root)])
        self.process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def started(
        self,
        words: Sequence[str],
        *,
        environ: Mapping[str, str],
        folder: Path,
        out: Path,
        err: Path,
    ) -> int:
        """The process of `timebank` with *words*, writing to the files *out* and *err*."""
        return self._asked(
            {"words": [*words], "environ": {**environ}, "to": [str(folder), str(out), str(err)]}
        )

    def ended(self, pid: int) -> int:
        """The exit code of process *pid*, as soon as it has ended."""
        return self._asked({"pid": pid})

    def _asked(self, wish: object) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(wish) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


def serve() -> None:
    """Fork for each wish until nobody is there to wish."""
    import api.cli  # noqa: PLC0415 - only this process needs it

    gc.freeze()  # or every command would look through all modules once more as it ends
    for line in sys.stdin:
        wish = json.loads(line)
        if "pid" in wish:
            print(os.waitstatus_to_exitcode(os.waitpid(wish["pid"], 0)[1]), flush=True)  # noqa: T201
            continue
        pid = os.fork()
        if pid == 0:
            _become(wish)
            api.cli.main()
            sys.exit()
        print(pid, flush=True)  # noqa: T201


def _become(wish: dict[str, Any]) -> None:
    folder, *files = wish["to"]
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(wish["environ"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, file in enumerate(files, 1):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.argv = ["timebank", *wish["words"]]


if __name__ == "__main__":
    serve()
