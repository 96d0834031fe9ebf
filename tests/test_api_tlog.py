"""The log over HTTP: public paths for anyone, receipts for those whom an event concerns."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from api.founding import found
from api.log import last_checkpoint, signing_key, verifier_key
from journal.checkpoint import verified_checkpoint
from journal.proofs import check_inclusion, parse_proof, unpack_opening
from journal.signer import Signer
from journal.tiles import unpack_entries
from tests.api_served import Desk, serving, settings_for
from timebank.volunteers import VolunteerRegistered


@pytest.fixture
async def desk(book_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    """A founded book on each store in turn."""
    async with serving(settings_for(tmp_path, book_url)) as desk:
        await found(desk.service.book, origin=desk.service.settings.origin, demonstration=False)
        yield desk


async def test_anyone_may_check_the_log(desk: Desk) -> None:
    """Key, checkpoint, tile and entries belong together."""
    assert (await desk.http.get("/tlog/checkpoint")).status_code == 404
    _sign(desk)
    key = verifier_key(desk.service.settings)
    assert (await desk.http.get("/tlog/key")).text == f"{key}\n"
    answer = await desk.http.get("/tlog/checkpoint")
    assert answer.headers["content-type"].startswith("text/plain")
    checkpoint = verified_checkpoint(answer.content, key)
    assert checkpoint.size == desk.service.book.head()
    assert (await desk.http.get("/tlog/epochs/0/checkpoint")).content == answer.content
    for kind, length in (("0", 32), ("entries", None)):
        tile = await desk.http.get(f"/tlog/tile/{kind}/000.p/{checkpoint.size}")
        assert tile.headers["content-type"] == "application/octet-stream"
        assert "immutable" in tile.headers["cache-control"]
        if length is None:
            assert len(unpack_entries(tile.content)) == checkpoint.size
        else:
            assert len(tile.content) == checkpoint.size * length


@pytest.mark.parametrize(
    "path",
    [
        "checkpoint/x",
        "tile/0/000",
        "tile/0/0",
        "tile/entries/000.p/256",
        "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
        "tile/64/000.p/1",
        "tile/0/../000.p/1",
        "epochs/7/checkpoint",
        "epochs/99999999999999999999/checkpoint",
        "epochs/-1/tile/0/000.p/1",
    ],
)
async def test_an_address_that_the_log_does_not_have_is_404(desk: Desk, path: str) -> None:
    """Beyond the tree, malformed, or of an epoch that never was."""
    _sign(desk)
    answer = await desk.http.get(f"/tlog/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_receipt_is_for_whom_the_event_concerns_and_for_auditors(desk: Desk) -> None:
    """A proof of the event's very words; others are refused, and nobody gets one too early."""
    volunteer = str(uuid4())
    await desk.record(_registered(volunteer))
    position = desk.service.book.head()
    await desk.settled("auditor", "auditor")
    assert (await desk.get(f"/tlog/proof/{position}")).status_code == 404
    _sign(desk)
    answer = await desk.get(f"/tlog/proof/{position}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    proof = parse_proof(answer.text)
    assert proof.extra is not None
    opening = unpack_opening(proof.extra)
    check_inclusion(proof, opening, verifier_key(desk.service.settings))
    assert volunteer.encode() in opening.stored

    await desk.settled("worker-1", "community_worker")
    refused = await desk.get(f"/tlog/proof/{position}")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    await desk.volunteer("v-1", volunteer)
    assert (await desk.get(f"/tlog/proof/{position}")).status_code == 200
    desk.token = ""
    assert (await desk.get(f"/tlog/proof/{position}")).status_code == 401


@pytest.mark.parametrize("position", ["0", "-1", "x", "99999", "99999999999999999999"])
async def test_there_is_no_receipt_of_nothing(desk: Desk, position: str) -> None:
    """Positions that are none, or not yet."""
    await desk.settled("auditor", "auditor")
    assert (await desk.get(f"/tlog/proof/{position}")).status_code == 404


def _registered(volunteer: str) -> VolunteerRegistered:
    return VolunteerRegistered(
        volunteer=volunteer,
        volunteer_no="100000000007",
        community="330106001001",
        consent_version="1",
        consented_at=datetime(2026, 1, 1, tzinfo=UTC),
        consent_by="self",
    )


def _sign(desk: Desk) -> None:
    service = desk.service
    settings = service.settings
    signer = Signer(
        service.book.store, signing_key(settings), last_checkpoint(settings), service.clock
    )
    while signer.step():
        pass
    signer.stop()
