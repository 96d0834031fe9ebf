"""The command line: what each command prints, changes and refuses, run as a program."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.running import PASSWORD, District, Machine, Phone, forks, new_id
from tests.servers import Postgres

AREA = "330106"
NAMES = (
    *("admin", "officer-1", "station-1", "steward-1", "worker-1", "visitor-1", "supervisor-1"),
    *("director-1", "centre-1", "auditor", "volunteer-1", "recipient-1"),
)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A fresh machine with nothing on it; its book will be a SQLite file."""
    return Machine(tmp_path / "machine")


@pytest.fixture(scope="module")
def played(district_on_sqlite: District, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """The demonstration district, for tests that only look."""
    return district_on_sqlite.copy(tmp_path_factory.mktemp("looked-at") / "machine")


def one_time_password(said: str) -> str:
    """The one password that a command printed."""
    (line,) = [line for line in said.splitlines() if line.startswith("one-time password")]
    return line.split()[-1]


def test_a_real_book_from_nothing_to_its_first_administrator(machine: Machine) -> None:
    """The one-time password is printed once, opens nothing but the way to one's own, and dies."""
    assert "timebank init" in machine.refused("serve")
    assert "timebank init" in machine.refused("admin", "create", "anna", "--area", AREA)
    machine.run("init")
    assert "already" in machine.refused("init")
    said = machine.run("admin", "create", "Anna", "--area", AREA)
    first = one_time_password(said)
    assert "anna" in said
    assert "taken" in machine.refused("admin", "create", "anna", "--area", AREA)
    assert "6 digits" in machine.refused("admin", "create", "otto", "--area", "33")

    with machine.serving() as phone:
        ready = phone.read("/health/ready")
        assert (ready["demo"], ready["writable"]) == (False, True)
        must = phone.http.post("/v1/tokens", json={"name": "anna", "password": first}).json()
        assert must["must_change"] is True
        early = phone.signed_in("anna", first)
        for path in ("/v1/areas", "/v1/staff", "/v1/orders"):
            assert early.get(path).json()["code"] == "password_change_required"
        street = {"code": f"{AREA}001", "name": "文新街道"}
        assert early.post("/v1/areas", street).json()["code"] == "password_change_required"
        anna = phone.with_new_password("anna", first)
        used = phone.http.post("/v1/tokens", json={"name": "anna", "password": first})
        assert used.json()["code"] == "wrong_name_or_password"
        anna.write("/v1/areas", street)

        second = one_time_password(machine.run("admin", "reset", "anna"))
        assert second != first
        old = phone.http.post("/v1/tokens", json={"name": "anna", "password": PASSWORD})
        assert old.status_code == 401
        until = time.monotonic() + 5
        while anna.get("/v1/me").status_code == 200 and time.monotonic() < until:
            time.sleep(0.1)
        assert anna.get("/v1/me").json()["code"] == "token_not_valid"
        assert phone.with_new_password("anna", second, "another password").read("/v1/me")["roles"]
    assert "no sign-in" in machine.refused("admin", "reset", "nobody").lower()
    for word in (first, second, PASSWORD):
        assert not held(machine, word)


def held(machine: Machine, word: str) -> bool:
    """Whether *word* stands in any file of the machine."""
    files = [file for file in machine.folder.rglob("*") if file.is_file()]
    return any(word.encode() in file.read_bytes() for file in files)


def test_the_clock_is_not_set_for_a_real_book(machine: Machine) -> None:
    """TIMEBANK_CLOCK rehearses with demonstration books only."""
    machine.run("init")
    clock = "2026-05-13T12:00:00+08:00"
    for words in (("serve",), ("admin", "create", "anna", "--area", AREA), ("forget", new_id())):
        assert "demonstration" in machine.refused(*words, TIMEBANK_CLOCK=clock)
    assert machine.rows("SELECT count(*) FROM stored_events WHERE recorded_at < 0") == [(0,)]


@pytest.mark.parametrize(
    ("environ", "words", "why"),
    [
        ({"DATABASE_URL": "mysql://x/y"}, ["serve"], "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:relative"}, ["serve"], "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://localhost/x"}, ["init"], "TIMEBANK_MASTER_KEY"),
        ({"REDIS_URL": "http://x"}, ["serve"], "REDIS_URL"),
        ({"TIMEBANK_MASTER_KEY": "short"}, ["init"], "TIMEBANK_MASTER_KEY"),
        ({"TIMEBANK_ORIGIN": "a b"}, ["serve"], "TIMEBANK_ORIGIN"),
        ({"TIMEBANK_CLOCK": "yesterday"}, ["serve"], "TIMEBANK_CLOCK"),
        ({"TIMEBANK_CLOCK": "2026-05-13T12:00:00"}, ["serve"], "TIMEBANK_CLOCK"),
        ({"TIMEBANK_SIGN_AFTER": "never"}, ["serve"], "TIMEBANK_SIGN_AFTER"),
        ({}, ["serve", "--workers", "2"], "PostgreSQL"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    machine: Machine, environ: dict[str, str], words: list[str], why: str
) -> None:
    """Exit 2, naming the setting; nothing else is printed."""
    assert why in machine.refused(*words, **environ)


def test_a_port_that_is_taken_is_one_clear_line(played: Machine) -> None:
    """Before anybody is told that the service answers there."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        why = played.refused("serve", "--port", port)
        assert f"127.0.0.1:{port}" in why
        assert "127.0.0.1" not in played.ended("serve", "--port", port, code=2).stdout


def test_a_last_checkpoint_inside_the_home_guards_nothing(machine: Machine) -> None:
    """It would be restored together with the book that it guards."""
    inside = str(machine.home / "checkpoint")
    why = machine.refused("init", TIMEBANK_LAST_CHECKPOINT=inside)
    assert "TIMEBANK_LAST_CHECKPOINT" in why


def test_a_store_that_is_away_is_one_clear_line(machine: Machine, postgres: Postgres) -> None:
    """Nobody listens there, or the database does not exist; the password is not printed."""
    keys = {f"TIMEBANK_{name}_KEY": "A" * 43 for name in ("MASTER", "LOG", "TOKEN")}
    url = postgres.url("no_such_database")
    why = machine.refused("verify", DATABASE_URL=url, **keys)
    assert "no_such_database" in why
    assert postgres.password not in why


@pytest.mark.parametrize(
    "words",
    [
        *(["verify"], ["replay"], ["rebuild"], ["project"], ["backup", "copy"], ["doctor"]),
        *(["forget", "0198c0de-7a3e-7c11-8a4b-2f1d9c0e5b6a"],),
        ["restore", "--resume", "--lost-after", "1", "--reason", "x"],
        ["serve", "--no-project"],
    ],
    ids=" ".join,
)
def test_without_a_book_there_is_one_clear_line(machine: Machine, words: list[str]) -> None:
    """Exit 2, and what to do."""
    assert "timebank init" in machine.refused(*words)


def test_the_demonstration_says_what_it_made(district_on_sqlite: District) -> None:
    """Events and sign-in names; the password is not repeated where the environment set it."""
    said = district_on_sqlite.said
    assert "up to 2026-04-30" in said
    assert PASSWORD not in said


def test_every_sign_in_name_of_the_contract_opens(played: Machine) -> None:
    """All share one password; the book is marked as a demonstration for ever."""
    with played.serving() as phone:
        assert phone.read("/health/ready")["demo"] is True
        for name in NAMES:
            me = phone.signed_in(name).read("/v1/me")
            assert me["name"] == name
            assert len(me["roles"]) == 1
    assert "demonstration" in played.refused("admin", "create", "anna", "--area", AREA)
    assert "demonstration" in played.refused("admin", "reset", "admin")


def test_the_same_seed_and_date_give_the_same_district(
    district_on_sqlite: District, machine: Machine
) -> None:
    """Event for event but for keys and nonces; another seed gives another; a home is not reused."""
    first = district_on_sqlite.machine
    machine.run("demo", "--scale", 0.002, "--until", "2026-04-30", "--seed", 1)
    assert plain(machine) == plain(first)
    assert "empty home" in machine.refused("demo", "--scale", 0.002)
    other = Machine(machine.folder.parent / "other")
    said = other.run("demo", "--scale", 0.001, "--seed", 2, TIMEBANK_DEMO_PASSWORD="")
    assert "All share the password" in said
    password = said.split("password ")[1].split()[0]
    assert plain(other)[:1] != plain(first)[:1]
    with other.serving() as phone:
        assert phone.signed_in("volunteer-1", password).read("/v1/me")["kind"] == "volunteer"
    third = Machine(machine.folder.parent / "third")
    assert "over" in third.refused("demo", "--until", "2999-01-01")


def plain(machine: Machine) -> list[object]:
    """Every stored event without its box."""
    events = []
    for (state,) in machine.rows("SELECT state FROM stored_events ORDER BY notification_id"):
        event = json.loads(state)
        event["event"].pop("box", None)
        events.append(event)
    return events


def test_replay_shows_state_and_history_as_they_stood(played: Machine) -> None:
    """By position, time, stream and person; an instant names one prefix, rounded to commands."""
    whole = played.run("replay").splitlines()
    (head,) = played.rows("SELECT max(notification_id) FROM stored_events")[0]
    assert whole[0] == f"as of position {head}"
    assert len(whole) == head + 1

    early = played.run("replay", "--as-of", 3).splitlines()
    position = int(early[0].split()[-1])
    assert position <= 3
    assert early[1:] == whole[1 : position + 1]
    start = played.run("replay", "--as-of", "2020-01-01T00:00:00+08:00").splitlines()
    assert start == ["as of position 0"]
    end = played.run("replay", "--as-of", "2026-05-01T00:00:00+08:00").splitlines()
    assert end == whole

    ((stream,),) = played.rows(
        "SELECT originator_id FROM stored_events WHERE topic = 'purse.earned' LIMIT 1"
    )
    purse = played.run("replay", "--stream", stream).splitlines()
    assert purse[-1].startswith(f"{stream} = ")
    earned = [json.loads(line[line.index("{") :])["minutes"] for line in purse[1:-1]]
    lots = json.loads(purse[-1].partition(" = ")[2])["lots"]
    assert sum(lot["minutes"] for lot in lots) == sum(earned) > 0
    before = played.run("replay", "--stream", stream, "--as-of", 1).splitlines()
    assert json.loads(before[-1].partition(" = ")[2])["lots"] == []

    person = stream.removeprefix("purse-")
    life = played.run("replay", "--person", person)
    for kind in ("volunteer", "hours", "purse"):
        assert f"{kind}-{person} = " in life
    assert "offset" in played.refused("replay", "--as-of", "2026-05-01T00:00:00")
    assert "RFC 3339" in played.refused("replay", "--as-of", "yesterday")
    assert "no kind" in played.refused("replay", "--stream", f"nothing-{person}")


def test_verify_names_the_first_bad_position(district_on_sqlite: District, tmp_path: Path) -> None:
    """Exit 0 and the head; after one changed byte exit 1 and where it is."""
    machine = district_on_sqlite.copy(tmp_path / "machine")
    (head,) = machine.rows("SELECT max(notification_id) FROM stored_events")[0]
    sound = json.loads(machine.run("verify").removeprefix("sound: "))
    assert (sound["head"], sound["signed"]) == (head, head)
    kept = tmp_path / "kept"
    kept.write_bytes((machine.state / "checkpoint").read_bytes())
    machine.run("verify", "--checkpoint", kept)

    with closing(sqlite3.connect(machine.home / "book.db")) as file:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for (name,) in file.execute(triggers).fetchall():
            file.execute(f"DROP TRIGGER {name}")
        file.execute(
            'UPDATE stored_events SET state = replace(state, \'"by":"\', \'"by":"x\')'
            " WHERE notification_id = 300"
        )
        file.commit()
    ended = machine.ended("verify", code=1)
    assert ended.stdout.startswith("NOT SOUND at position 300")


def test_views_are_checked_rebuilt_and_kept_up_by_a_worker_of_their_own(
    district_on_sqlite: District, tmp_path: Path
) -> None:
    """`rebuild --check` finds a changed row, `rebuild` mends it; `project` follows alone."""
    machine = district_on_sqlite.copy(tmp_path / "machine")
    machine.run("rebuild", "--check")
    with closing(sqlite3.connect(machine.home / "views.db")) as file:
        ((table,),) = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'stations__*'"
        ).fetchall()
        file.execute(f"UPDATE {table} SET title = 'somewhere else'")  # noqa: S608 - our own name
        file.commit()
    found = machine.ended("rebuild", "stations", "--check", code=1).stdout
    assert "somewhere else" in found
    machine.run("rebuild", "stations")
    machine.run("rebuild", "--check")
    assert "no view" in machine.refused("rebuild", "nothing")

    with machine.serving("--no-project") as phone:
        admin = phone.signed_in("admin")
        made = admin.write("/v1/areas", {"code": "990101077", "name": "新街道"})
        behind = admin.get("/v1/areas", after=made["position"])
        assert (behind.status_code, behind.json()["code"]) == (503, "view_behind")
        out, err = machine.folder / "out", machine.folder / "err"
        worker = machine.started("project", out=out, err=err)
        try:
            until = time.monotonic() + 20
            while admin.get("/v1/areas", after=made["position"]).status_code == 503:
                assert time.monotonic() < until
            after = admin.write("/v1/areas", {"code": "990101078", "name": "又一街道"})["position"]
            codes = [a["code"] for a in admin.read("/v1/areas", after=after)["items"]]
            assert codes[-2:] == ["990101077", "990101078"]
        finally:
            os.kill(worker, signal.SIGTERM)
            assert forks().ended(worker) == 0


def test_several_workers_serve_one_book_in_postgresql(
    district_on_postgresql: District, tmp_path: Path, postgres_url: str
) -> None:
    """What one worker wrote another shows; who is relieved at one is out everywhere in seconds."""
    machine = district_on_postgresql.copy(tmp_path / "machine")
    elsewhere = machine.moved(tmp_path / "elsewhere", postgres_url)
    assert "timebank init" in elsewhere.refused("serve", "--workers", 2)
    with machine.serving("--workers", "2") as phone:
        admin = phone.signed_in("admin")
        (steward, *_) = admin.read("/v1/staff", role="fair_steward")["items"]
        signed_in = phone.signed_in("steward-1")
        for number in range(20):
            body = {"code": f"9901010{70 + number}", "name": f"街道{number}"}
            position = admin.write("/v1/areas", body)["position"]
            with machine.another(phone) as other:
                areas = Phone(other, admin.token).read("/v1/areas", after=position)["items"]
            assert body["code"] in [area["code"] for area in areas]
        me = signed_in.read("/v1/me")["id"]
        assert steward["roles"][0]["role"] == "fair_steward"
        admin.write(f"/v1/staff/{me}/relief", {"on": "2026-05-01"})
        until, refused = time.monotonic() + 5, 0
        while refused < 10:
            with machine.another(phone) as other:
                status = Phone(other, signed_in.token).get("/v1/me").status_code
            refused = refused + 1 if status == 401 else 0
            assert refused or time.monotonic() < until
    machine.run("verify")


def test_the_doctor_finds_what_is_wrong(district_on_sqlite: District, tmp_path: Path) -> None:
    """A missing last checkpoint: exit 1 and what it is; a key that others may read: exit 2."""
    machine = district_on_sqlite.copy(tmp_path / "machine")
    well = machine.run("doctor")
    assert "NOT" not in well
    assert well.count("ok ") == 5
    (machine.home / "keys" / "log").chmod(0o644)
    assert "may be read by others" in machine.refused("doctor")
    (machine.home / "keys" / "log").chmod(0o600)
    (machine.state / "checkpoint").unlink()
    assert "NOT   log: open for reading only" in machine.ended("doctor", code=1).stdout


def test_help_names_every_command(machine: Machine) -> None:
    """`timebank --help` and the version."""
    program = [sys.executable, "-c", "from api.cli import main; main()"]
    environ = {**os.environ, **machine.environ, "PYTHONPATH": "src:."}
    said = subprocess.run(
        [*program, "--help"], env=environ, capture_output=True, text=True, check=True
    ).stdout
    for name in ("serve", "demo", "init", "verify", "replay", "rebuild", "backup", "restore"):
        assert name in said


def test_a_log_keeps_the_name_it_was_founded_under(played: Machine) -> None:
    """Signed under another name it would be another log, and verify would find it changed."""
    why = played.refused("serve", TIMEBANK_ORIGIN="example.org/another")
    assert "TIMEBANK_ORIGIN" in why
    assert "timebank.localhost/book" in why
