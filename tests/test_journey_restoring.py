"""Backing up a serving book, restoring it on a fresh machine, and going on from it."""

import shutil
import time
from datetime import UTC, datetime
from pathlib import Path

import metamorphic_log as outside
import pytest

from journal.forgotten import Forgotten, ForgottenList
from journal.wrapping import copy_wrapping_keys
from tests.neighbours import CANARIES, Neighbours, volunteer_body
from tests.retold import read_aloud
from tests.running import PASSWORD, District, Machine, Phone, new_id

PAIRS = [("sqlite", "sqlite"), ("postgresql", "sqlite"), ("sqlite", "postgresql")]


def signed(phone: Phone, before: int = 0) -> str:
    """The checkpoint that covers the whole log, which began after position *before*."""
    head, until = phone.read("/health/ready")["position"], time.monotonic() + 10
    while True:
        note = phone.http.get("/tlog/checkpoint").text
        if int(note.split("\n")[1]) == head - before:
            return note
        assert time.monotonic() < until, note
        time.sleep(0.05)


def keys_by_hand(source: Machine, target: Machine) -> None:
    """What an operator carries: the wrapping keys, and the three keys as files or environment."""
    copy_wrapping_keys(source.home / "keys", target.home / "keys")
    for name in ("MASTER", "LOG", "TOKEN"):
        variable, file = f"TIMEBANK_{name}_KEY", source.home / "keys" / name.lower()
        known = source.environ.get(variable) or file.read_text().strip()
        target.environ[variable] = known


class Removal:
    """A book that serves, its backup, and the machine on which it is restored."""

    def __init__(self, source: Machine, target: Machine, folder: Path) -> None:
        self.source, self.target, self.folder = source, target, folder
        self.key = new_id()
        self.street = {"code": "990101071", "name": "先有的街道"}
        with source.serving() as phone:
            self.we = Neighbours(phone)
            admin = phone.signed_in("admin")
            self.kept = admin.post("/v1/areas", self.street, self.key).json()["position"]
            self.old_note = signed(phone)
            source.run("backup", folder)
            admin.write("/v1/areas", {"code": "990101072", "name": "失去的街道"})
            self.lost_note = signed(phone)
        target.home.mkdir(mode=0o700, parents=True)
        keys_by_hand(source, target)


@pytest.fixture(params=PAIRS, ids="-to-".join)
def removal(request: pytest.FixtureRequest, tmp_path: Path) -> Removal:
    """From one store to another."""
    store, other = request.param
    played: District = request.getfixturevalue(f"district_on_{store}")
    url = None if other == "sqlite" else request.getfixturevalue("postgres_url")
    target = Machine(tmp_path / "target", url)
    return Removal(played.copy(tmp_path / "source"), target, tmp_path / "backup")


def test_a_restored_book_is_read_only_until_an_explicit_act_and_both_logs_hold(
    removal: Removal, tmp_path: Path
) -> None:
    """Reads, no writes; `--resume`; writes; the old and the new log satisfy an outsider."""
    target, we = removal.target, removal.we
    said = target.run("restore", removal.folder)
    assert f"up to position {removal.kept}" in said
    assert "not empty" in target.refused("backup", removal.folder)
    assert "a book here already" in target.refused("restore", removal.folder)
    target.run("verify")
    with target.serving() as phone:
        serves_reads_and_refuses_writes(phone, removal)
        assert "reading only" in target.refused("forget", we.bob)
    assert "NOT   log" in target.ended("doctor", code=1).stdout

    resume = ("restore", "--resume", "--lost-after", removal.kept)
    assert "--reason" in target.refused(*resume)
    beyond = ("restore", "--resume", "--lost-after", removal.kept + 100, "--reason", "磁盘损坏")
    assert "beyond" in target.refused(*beyond)
    said = target.run(*resume, "--reason", "磁盘损坏")
    assert f"epoch-1, from position {removal.kept + 1}" in said
    assert "nothing" in target.refused(*resume, "--reason", "磁盘损坏")
    with target.serving() as phone:
        goes_on(phone, removal)
        both_logs_hold(phone, removal)
    target.run("verify")
    target.run("rebuild", "--check")
    target.run("doctor")
    lost = tmp_path / "lost"
    lost.write_text(removal.lost_note)
    flaw = target.ended("verify", "--checkpoint", lost, code=1).stdout
    assert f"position {removal.kept + 1}" in flaw
    kept = tmp_path / "kept"
    kept.write_text(removal.old_note)
    target.run("verify", "--checkpoint", kept)


def serves_reads_and_refuses_writes(phone: Phone, removal: Removal) -> None:
    """A 503 with the code read_only, in both languages; every word is there; sign-in works."""
    we = removal.we
    ready = phone.read("/health/ready")
    assert (ready["status"], ready["writable"], ready["position"]) == (
        *("read_only", False),
        removal.kept,
    )
    assert ready["read_only_reason"]
    admin = phone.signed_in("admin")
    desk = phone.signed_in("officer-1")
    assert we.words(desk) == [CANARIES[0], CANARIES[1], f"给{CANARIES[2]}送餐"]
    codes = [area["code"] for area in admin.read("/v1/areas", after=removal.kept)["items"]]
    assert "990101071" in codes
    assert "990101072" not in codes
    path, body = "/v1/areas", {"code": "990101073", "name": "新街道"}
    english, chinese = admin.post(path, body), admin.post(path, body, language="zh-CN")
    read_aloud(english, chinese, 503, "read_only")
    repeat = admin.post("/v1/areas", removal.street, removal.key)
    assert repeat.status_code == 503
    assert phone.post("/v1/volunteers", volunteer_body("某", "13977770008")).status_code == 503


def goes_on(phone: Phone, removal: Removal) -> None:
    """What was acknowledged before the backup is known by its key; new things come after it."""
    ready = phone.read("/health/ready")
    assert (ready["status"], ready["position"]) == ("ok", removal.kept + 1)
    admin = phone.signed_in("admin")
    repeat = admin.post("/v1/areas", removal.street, removal.key)
    assert repeat.headers["idempotent-replayed"] == "true"
    made = admin.write("/v1/areas", {"code": "990101072", "name": "又来的街道"})
    assert made["position"] == removal.kept + 2
    names = {
        area["code"]: area["name"]
        for area in admin.read("/v1/areas", after=made["position"])["items"]
    }
    assert (names["990101071"], names["990101072"]) == ("先有的街道", "又来的街道")
    assert removal.we.figures(phone.signed_in("officer-1"))[0][0][0] == 60


def both_logs_hold(phone: Phone, removal: Removal) -> None:
    """Another implementation accepts both checkpoints by the published keys."""
    keys = phone.http.get("/tlog/key").text.splitlines()
    note = signed(phone, removal.kept)
    new = outside.checkpoint_verify(note, keys)
    assert new.origin.endswith("/epoch-1")
    assert new.size == phone.read("/health/ready")["position"] - removal.kept
    old = outside.checkpoint_verify(phone.http.get("/tlog/epochs/0/checkpoint").text, keys)
    assert (old.origin + "/epoch-1", old.size) == (new.origin, removal.kept)
    assert phone.http.get("/tlog/epochs/0/checkpoint").text == removal.old_note
    auditor = phone.signed_in("auditor")
    for position in (removal.kept, removal.kept + 1):
        assert auditor.get(f"/tlog/proof/{position}").status_code == 200


def test_who_was_forgotten_after_the_backup_is_forgotten_again_before_anything_is_served(
    removal: Removal,
) -> None:
    """The list outside comes along: no word while reading only; then the book tells it again."""
    target, we = removal.target, removal.we
    ForgottenList(target.state / "forgotten").add([Forgotten(datetime.now(UTC), we.alice)])
    target.run("restore", removal.folder)
    with target.serving() as phone:
        desk = phone.signed_in("officer-1")
        assert we.words(desk) == [None, CANARIES[1], f"给{CANARIES[2]}送餐"]
    resume = ("restore", "--resume", "--lost-after", removal.kept, "--reason", "磁盘损坏")
    target.run(*resume)
    with target.serving() as phone:
        assert we.words(phone.signed_in("officer-1"))[0] is None
        sign_in = {"name": we.alice_name, "password": PASSWORD}
        assert phone.http.post("/v1/tokens", json=sign_in).status_code == 401
        phone.write("/v1/volunteers", volunteer_body("某", CANARIES[3]))
    assert "person.forgotten" in target.run("replay", "--person", we.alice)
    target.run("verify")


@pytest.mark.parametrize("removal", [("sqlite", "sqlite")], indirect=True, ids=["sqlite"])
def test_a_backup_older_than_the_change_of_the_wrapping_key_says_so(removal: Removal) -> None:
    """Nobody opens its words: shown as gone, figures stay; a newer backup has them."""
    source, target, we = removal.source, removal.target, removal.we
    source.run("forget", we.alice)
    newer = removal.folder.with_name("newer")
    source.run("backup", newer)
    copy_wrapping_keys(source.home / "keys", target.home / "keys")
    said = target.run("restore", removal.folder)
    assert "cannot be opened" in said
    with target.serving() as phone:
        assert we.words(phone.signed_in("officer-1")) == [None, None, None]
        assert we.figures(phone.signed_in("officer-1"))[0][0][0] == 60
    third = target.moved(target.folder.with_name("third"))
    third.home.mkdir(mode=0o700, parents=True)
    keys_by_hand(source, third)
    assert "cannot be opened" not in third.run("restore", newer)
    with third.serving() as phone:
        desk = phone.signed_in("officer-1")
        assert we.words(desk) == [None, CANARIES[1], f"给{CANARIES[2]}送餐"]


@pytest.mark.parametrize("removal", [("sqlite", "sqlite")], indirect=True, ids=["sqlite"])
def test_an_older_copy_of_the_files_is_noticed(removal: Removal, tmp_path: Path) -> None:
    """Put back in place, it only reads, and its views show nothing that was lost."""
    source = removal.source
    shutil.copytree(source.home, tmp_path / "older")
    with source.serving() as phone:
        phone.signed_in("admin").write("/v1/areas", {"code": "990101074", "name": "后来的街道"})
        signed(phone)
    for file in source.home.glob("book.db*"):
        file.unlink()
    for file in (tmp_path / "older").glob("book.db*"):
        shutil.copy(file, source.home)
    with source.serving() as phone:
        ready = phone.read("/health/ready")
        assert ready["status"] == "read_only"
        admin = phone.signed_in("admin")
        areas = admin.read("/v1/areas", after=ready["position"])["items"]
        assert "990101074" not in [area["code"] for area in areas]
        assert admin.post("/v1/areas", removal.street).json()["code"] == "read_only"


@pytest.mark.parametrize("removal", [("sqlite", "sqlite")], indirect=True, ids=["sqlite"])
def test_a_broken_backup_is_refused(removal: Removal, tmp_path: Path) -> None:
    """One changed byte, or a missing file: one clear line, and nothing is restored."""
    book = removal.folder / "book.db"
    content = bytearray(book.read_bytes())
    content[len(content) // 2] ^= 1
    book.write_bytes(bytes(content))
    assert "changed" in removal.target.refused("restore", removal.folder)
    assert "timebank init" in removal.target.refused("verify")
