"""`timebank forget` on a serving book: the words are gone for good, everything counted stays."""

import shutil
import time
from base64 import b64decode, b64encode, urlsafe_b64encode
from datetime import UTC, datetime
from json import loads
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from journal.forgotten import Forgotten, ForgottenList
from journal.keys import Keys
from journal.vault_store import open_store
from journal.wrapping import WrappingKeys, copy_wrapping_keys
from tests.attacker import Attacker
from tests.neighbours import CANARIES, HERE, Neighbours, canaries_in, volunteer_body
from tests.running import PASSWORD, Machine, Phone, new_id

ONE_OF_US = "volunteer-1"


def keys_of(machine: Machine) -> Keys:
    """Every secret that the machine still has."""
    return Keys.load(machine.home, machine.environ, embedded=machine.embedded)


def data_key(machine: Machine, holder: str) -> tuple[bytes, bytes]:
    """The holder's key, and as it is stored: what an attacker would have to find."""
    store = open_store(machine.url, machine.home)
    try:
        ((number, wrapped),) = store.read(
            "SELECT wrapping, wrapped FROM data_keys WHERE holder = ?", (holder,)
        )
        return WrappingKeys(keys_of(machine)).unwrap(number, holder, wrapped), wrapped
    finally:
        store.close()


def box(machine: Machine, person: str) -> tuple[bytes, dict[str, Any]]:
    """The sealed words of a volunteer, and where they stand."""
    ((state,),) = machine.rows(
        "SELECT state FROM stored_events WHERE topic = 'volunteer.described'"  # noqa: S608 - an id
        f" AND originator_id = 'volunteer-{person}'"
    )
    event = loads(bytes(state))
    place = {name: event[name] for name in ("stream", "version", "tag")}
    return b64decode(event["event"]["box"]), place


def holding(folders: list[Path], secret: bytes) -> list[str]:
    """The files in which *secret* stands, as it is or as text."""
    text = (b64encode(secret), urlsafe_b64encode(secret).rstrip(b"="), secret.hex().encode())
    spellings = (secret, *text)
    return [
        file.name
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and any(spelling in file.read_bytes() for spelling in spellings)
    ]


def test_forgetting_is_final_and_changes_no_figure(
    district: Machine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    """Nothing that is held opens Alice's words; Bob reads as ever; sums, counts and proofs stay."""
    postgres = None if district.embedded else request.getfixturevalue("postgres")
    copies, key_copies = tmp_path / "copies", tmp_path / "key-copies"
    copies.mkdir()
    with district.serving() as phone:
        we = Neighbours(phone)
        alice = phone.signed_in(we.alice_name)
        assert we.words(we.desk) == [CANARIES[0], CANARIES[1], f"给{CANARIES[2]}送餐"]
        again = phone.post("/v1/volunteers", volunteer_body("某", CANARIES[3]))
        assert again.json()["code"] == "already_volunteer"

        district.run("backup", copies / "before")
        shutil.copytree(district.home, copies / "files", ignore=shutil.ignore_patterns("keys"))
        copy_wrapping_keys(district.home / "keys", key_copies)
        key, wrapped = data_key(district, we.alice)
        old_wrapping = (district.home / "keys" / "wrapping-1").read_bytes()
        words, bobs_words = box(district, we.alice), box(district, we.bob)
        figures, book = we.figures(we.desk), district.book()

        assert "forgotten" in district.run("forget", we.alice, "--reason", "own_wish")

        copy_wrapping_keys(district.home / "keys", key_copies)
        shown_as_forgotten(phone, we, alice)
        assert we.figures(we.desk) == figures
        after = district.book()
        assert after["stored_events"][: len(book["stored_events"])] == book["stored_events"]
        assert [row[2] for row in after["blind_index"]].count(we.alice) == 0
        assert len(after["blind_index"]) == len(book["blind_index"]) - 1
        district.run("forget", we.alice)
        assert district.book()["stored_events"] == after["stored_events"]
        assert "nobody" in district.refused("forget", new_id())
        assert "nobody" in district.refused("forget", "alice")

        anew = phone.write("/v1/volunteers", volunteer_body("某", CANARIES[3]))
        assert anew["sign_in"] != we.alice_name
        old = {**volunteer_body("某", "13977770009"), "id": we.alice}
        assert phone.post("/v1/volunteers", old).json()["code"] == "id_taken"
        carol_is_forgotten_too(district, phone, we)
    district.run("verify")
    district.run("rebuild", "--check")
    if postgres is not None:
        postgres.execute(sql.SQL("CHECKPOINT"))
    assert canaries_in(district, postgres) == []

    everything = [district.folder, copies, key_copies]
    assert holding(everything, key) == []
    assert holding(everything, old_wrapping) == []
    assert holding([copies], wrapped) != []
    assert holding([district.home], wrapped) == []
    loot = looted(district, tmp_path, key_copies, copies)
    attacker = Attacker([loot], keys_of(district))
    assert not attacker.opens(we.alice, words[0], **words[1])
    assert attacker.opens(we.bob, bobs_words[0], **bobs_words[1])


def looted(district: Machine, tmp_path: Path, key_copies: Path, copies: Path) -> Path:
    """Every file in which keys are, of now and of before, in one folder."""
    loot = tmp_path / "loot"
    shutil.copytree(district.home / "keys", loot / "keys")
    shutil.copytree(key_copies, loot / "key-copies")
    for file in (*district.home.glob("vault.db*"), copies / "before" / "vault-keys.jsonl"):
        shutil.copy(file, loot)
    district.run("backup", copies / "after")
    shutil.copy(copies / "after" / "vault-keys.jsonl", loot / "after")
    return loot


def shown_as_forgotten(phone: Phone, we: Neighbours, alice: Phone) -> None:
    """No name, no phone, no way in, within seconds; her neighbours as before."""
    until = time.monotonic() + 5
    while alice.get("/v1/me").status_code == 200 and time.monotonic() < until:
        time.sleep(0.05)
    assert alice.get("/v1/me").json()["code"] == "token_not_valid"
    sign_in = {"name": we.alice_name, "password": PASSWORD}
    refused = phone.http.post("/v1/tokens", json=sign_in)
    assert (refused.status_code, refused.json()["code"]) == (401, "wrong_name_or_password")
    head = phone.read("/health/ready")["position"]
    shown = we.desk.read(f"/v1/volunteers/{we.alice}", after=head)
    assert (shown["name"], shown["phone"], shown["skills"]) == (None, None, [])
    assert shown["status"] == "left"
    assert we.words(we.desk) == [None, CANARIES[1], f"给{CANARIES[2]}送餐"]
    reset = we.desk.post(f"/v1/sign-ins/{we.alice_name}/resets")
    assert reset.status_code in {404, 409}
    opened = we.desk.post("/v1/sign-ins", {"id": new_id(), "person": we.alice, "name": "alice"})
    assert opened.json()["code"] == "sign_in_owner_not_found"
    order = {**we.order_body(new_id()), "recipient": None}
    we.desk.write("/v1/orders", order)
    accept = f"/v1/orders/{order['id']}/acceptances"
    assert we.desk.post(accept, {"volunteer": we.alice}).json()["code"] == "volunteer_has_left"


def carol_is_forgotten_too(district: Machine, phone: Phone, we: Neighbours) -> None:
    """With the recipient go the words of her orders; the hours stay, and no new order is hers."""
    (found,) = we.desk.read("/v1/recipients", q=CANARIES[2])["items"]
    assert found["id"] == we.carol
    district.run("forget", we.carol)
    assert we.desk.read("/v1/recipients", q=CANARIES[2])["items"] == []
    head = phone.read("/health/ready")["position"]
    shown = we.desk.read(f"/v1/recipients/{we.carol}", after=head)
    assert {shown[field] for field in ("name", "phone", "birth_date", "address")} == {None}
    order = we.desk.read(f"/v1/orders/{we.order}")
    assert {order[field] for field in ("title", "content", "address", "contact")} == {None}
    (record,) = we.desk.read(f"/v1/volunteers/{we.alice}/service-records")["items"]
    assert (record["activity"], record["minutes"], record["place"]) == (None, 60, "东风一社区")
    refused = we.desk.post("/v1/orders", we.order_body(new_id()))
    assert (refused.status_code, refused.json()["code"]) == (409, "holder_forgotten")
    names = [r["name"] for r in we.desk.read("/v1/recipients", community=HERE)["items"]]
    assert names.count(None) == 1


def test_a_forgetting_that_was_cut_short_is_finished_before_anything_is_served(
    district: Machine,
) -> None:
    """The list outside is written first: after a crash the next start does the rest."""
    ((stream, person),) = district.rows(
        "SELECT originator_id, originator_id FROM stored_events"
        " WHERE topic = 'volunteer.registered' ORDER BY notification_id LIMIT 1"
    )
    person = stream.removeprefix("volunteer-")
    ForgottenList(district.state / "forgotten").add([Forgotten(datetime.now(UTC), person)])

    with district.serving() as phone:
        sign_in = {"name": ONE_OF_US, "password": PASSWORD}
        assert phone.http.post("/v1/tokens", json=sign_in).status_code == 401
        desk, head = phone.signed_in("auditor"), phone.read("/health/ready")["position"]
        assert desk.read(f"/v1/volunteers/{person}", after=head)["name"] is None
    history = district.run("replay", "--person", person)
    assert "person.forgotten" in history
    assert [row for row in district.book()["blind_index"] if row[2] == person] == []
    district.run("verify")
