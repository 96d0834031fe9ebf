"""Time and history cannot be turned back: not by a clock, not by an older copy of the database."""

import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from tests.households import Household, acknowledged, living, refresh, until
from tests.played import Played, letters_of
from tests.sites import Served, Site
from tests.soundness import assert_nothing_lost, assert_sound, rows
from tests.wire import Phone

HOUSEHOLDS = 16
SOME = 100


async def test_a_clock_that_was_set_back_never_turns_the_book_back(played: Played) -> None:
    """Three days back between two runs, then right again: times stand still, and then go on."""
    households = played.households(HOUSEHOLDS, 15)
    back = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    heads = [len(rows(played.site).events)]
    for clock in ("", back, ""):
        with Served(played.site.with_more(TIMEBANK_CLOCK=clock), played.home) as served:
            await _lived(played, served, households)
            served.stop()
        heads.append(len(rows(played.site).events))
    times = [event.envelope.recorded_at for event in rows(played.site).events]
    assert all(earlier <= later for earlier, later in pairwise(times))
    right, stood, right_again = (set(times[a:b]) for a, b in pairwise(heads))
    assert stood == {max(right)}
    assert min(right_again) > max(stood)
    with played.served() as served:
        await refresh(played.people(), served.port)
        await assert_nothing_lost(served, letters_of(households))
    assert_sound(played.site)


async def test_an_older_copy_of_the_database_is_read_and_not_written(played: Played) -> None:
    """Put in the place of the newer one, it says 503 read_only; the newer one goes on."""
    households = played.households(HOUSEHOLDS, 16)
    with played.served() as served:
        await _lived(played, served, households)
        served.stop()
        older = _copied(played)
        served.start()
        await _lived(played, served, households)
        await _signed(played.site, len(rows(older).events))
        served.stop()
    with Served(older, played.home) as served:
        await refresh(played.people(), served.port)
        await _only_read(played, served, households)
        assert len(rows(older).events) < len(rows(played.site).events)
        served.stop()
    told = older.run("verify")
    assert told.returncode == 1, told
    assert "NOT SOUND at position" in told.stdout, told
    with played.served() as served:
        await refresh(played.people(), served.port)
        await assert_nothing_lost(served, letters_of(households))
        served.stop()
    assert_sound(played.site)


async def _lived(played: Played, served: Served, households: Sequence[Household]) -> None:
    await refresh(played.people(), served.port)
    before = acknowledged(households)
    async with living(households, served.port):
        await until(lambda: acknowledged(households) > before + SOME, 30, "commands acknowledged")


async def _only_read(played: Played, served: Served, households: Sequence[Household]) -> None:
    """Reads are answered; every write, old or new, is refused and leaves nothing."""
    await played.reads_go_on(served)
    before = rows(served.site)
    fresh = [household.next() for household in households]
    known = [letter for letter in letters_of(list(households)) if letter.acknowledged]
    async with Phone(served.port) as line:
        ready = await line.get("/health/ready")
        assert ready.json()["status"] == "read_only", ready
        for letter in (*fresh, *known[:5], *known[-5:]):
            answer = await line.post(letter.path, letter.body, letter.by.access_token, letter.key)
            assert (answer.status, answer.code) == (503, "read_only"), answer
    assert rows(served.site) == before


async def _signed(site: Site, position: int) -> None:
    """Wait until the log is signed beyond *position*."""
    checkpoint = site.folder / "state" / "checkpoint"
    await until(lambda: int(checkpoint.read_text().split("\n")[1]) > position, 10, "a signature")


def _copied(played: Played) -> Site:
    """A copy of the database alone, beside the same last checkpoint; for SQLite, of the home."""
    if played.cluster is not None:
        name = played.cluster.create_database(played.site.url.rpartition("/")[2])
        return msgspec.structs.replace(played.site, url=played.cluster.url(name))
    shutil.copytree(played.site.home, played.site.folder / "older")
    return msgspec.structs.replace(played.site, house="older")
