"""Keys come from the environment or from files made once, and never show themselves."""

import base64
import pickle
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from journal.keys import VARIABLES, Keys, WrongKeys, fresh_key_text


def environment() -> dict[str, str]:
    """All three keys, as an operator sets them."""
    return {variable: fresh_key_text() for variable in VARIABLES.values()}


def decoded(text: str) -> bytes:
    """The key in *text*."""
    return base64.urlsafe_b64decode(text + "=")


def test_keys_given_by_the_environment_are_used_and_not_written_down(tmp_path: Path) -> None:
    """With all three set, the folder for the wrapping keys is made and stays empty."""
    env = environment()

    keys = Keys.load(tmp_path, env, embedded=False)

    assert keys.master == decoded(env["TIMEBANK_MASTER_KEY"])
    assert keys.log == decoded(env["TIMEBANK_LOG_KEY"])
    assert keys.token == decoded(env["TIMEBANK_TOKEN_KEY"])
    assert list(keys.directory.iterdir()) == []


def test_first_run_makes_three_different_keys_that_only_their_owner_may_read(
    tmp_path: Path,
) -> None:
    """Files of mode 0600 in a folder of mode 0700; the second run finds the same keys."""
    first = Keys.load(tmp_path / "var", {}, embedded=True)
    second = Keys.load(tmp_path / "var", {}, embedded=True)

    assert len({first.master, first.log, first.token}) == 3
    assert (first.master, first.log, first.token) == (second.master, second.log, second.token)
    assert first.directory == tmp_path / "var" / "keys"
    assert stat.S_IMODE(first.directory.stat().st_mode) == 0o700
    modes = {f.name: stat.S_IMODE(f.stat().st_mode) for f in first.directory.iterdir()}
    assert modes == {"master": 0o600, "log": 0o600, "token": 0o600}


def test_a_key_in_the_environment_goes_before_its_file(tmp_path: Path) -> None:
    """The embedded default makes only what is not given."""
    env = {"TIMEBANK_LOG_KEY": fresh_key_text()}

    keys = Keys.load(tmp_path, env, embedded=True)

    assert keys.log == decoded(env["TIMEBANK_LOG_KEY"])
    assert not (keys.directory / "log").exists()


def test_many_first_runs_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    """16 starts at the same moment make one set of keys, and leave nothing else behind."""
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _: Keys.load(tmp_path, {}, embedded=True), range(16)))

    assert len({(k.master, k.log, k.token) for k in found}) == 1
    assert {f.name for f in (tmp_path / "keys").iterdir()} == {"log", "master", "token"}


def test_with_postgresql_missing_keys_are_named_in_one_sentence(tmp_path: Path) -> None:
    """Only the log key is set: the sentence names the other two, and no file is made."""
    with pytest.raises(WrongKeys) as refused:
        Keys.load(tmp_path, {"TIMEBANK_LOG_KEY": fresh_key_text()}, embedded=False)

    assert str(refused.value) == (
        "With PostgreSQL the environment must set TIMEBANK_MASTER_KEY, TIMEBANK_TOKEN_KEY."
    )
    assert list((tmp_path / "keys").iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "short",
        base64.urlsafe_b64encode(bytes(31)).decode(),
        base64.urlsafe_b64encode(bytes(33)).decode(),
        "0" * 64,
        "A" * 42 + "\u00e9",
        "A" * 42 + "B",  # has bits beyond the 32nd byte
        " " * 43,
        "A" * 42 + "+",
    ],
)
def test_a_malformed_key_is_refused_without_being_repeated(tmp_path: Path, text: str) -> None:
    """Not 32 bytes, or not base64url: the sentence names the variable and not its value."""
    with pytest.raises(WrongKeys, match="TIMEBANK_MASTER_KEY must be 32 random bytes") as refused:
        Keys.load(tmp_path, environment() | {"TIMEBANK_MASTER_KEY": text}, embedded=False)

    assert text not in str(refused.value)


def test_padding_is_allowed(tmp_path: Path) -> None:
    """`base64` on the command line pads its text."""
    env = environment()
    padded = env | {"TIMEBANK_MASTER_KEY": env["TIMEBANK_MASTER_KEY"] + "="}

    assert Keys.load(tmp_path, padded, embedded=False).master == decoded(env["TIMEBANK_MASTER_KEY"])


@pytest.mark.parametrize("name", ["", "master"])
def test_keys_that_others_may_read_are_refused(tmp_path: Path, name: str) -> None:
    """A folder or file open to the group stops the start; the sentence says what to run."""
    keys = Keys.load(tmp_path, {}, embedded=True)
    (keys.directory / name).chmod(0o750)

    with pytest.raises(WrongKeys, match="run chmod"):
        Keys.load(tmp_path, {}, embedded=True)


def test_no_second_master_key_is_made_beside_wrapping_keys(tmp_path: Path) -> None:
    """A lost master key is an error to be told, not an empty place to be filled."""
    keys = Keys.load(tmp_path, {}, embedded=True)
    (keys.directory / "wrapping-1").write_bytes(bytes(60))
    (keys.directory / "master").unlink()

    with pytest.raises(WrongKeys, match="master is missing"):
        Keys.load(tmp_path, {}, embedded=True)


def test_sub_keys_differ_by_context_and_by_master_key(tmp_path: Path) -> None:
    """HKDF-SHA256 with the context as info: the same answer each time, and unrelated ones else."""
    env = environment()
    keys = Keys.load(tmp_path, env, embedded=False)
    others = Keys.load(tmp_path, environment(), embedded=False)

    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"timebank/1/receipts")
    assert keys.derive("receipts") == hkdf.derive(keys.master)
    assert keys.derive("receipts") == keys.derive("receipts")
    assert keys.derive("receipts") != keys.derive("blind:phone")
    assert keys.derive("receipts") != others.derive("receipts")


def test_keys_do_not_show_themselves(tmp_path: Path) -> None:
    """Neither printing, formatting nor pickling gives a key away."""
    keys = Keys.load(tmp_path, {}, embedded=True)

    assert repr(keys) == str(keys) == f"{keys}" == "Keys(***)"
    with pytest.raises(TypeError):
        pickle.dumps(keys)
