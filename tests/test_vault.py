"""The vault seals what describes a person, and forgets that person for good, on both stores."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypedDict

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journal.forgotten import Forgotten
from journal.keys import VARIABLES, Keys, WrongKeys, fresh_key_text
from journal.vault import BoxBroken, HolderForgotten, HolderUnknown, Vault, bound
from journal.wrapping import WrappingKeyGone, file_in, numbers_in
from tests.vaults import open_vault

ALICE = "0190a000-0000-7000-8000-00000000000a"
BOB = "0190a000-0000-7000-8000-00000000000b"
CAROL = "0190a000-0000-7000-8000-00000000000c"
NOTES = "她住在三楼".encode()


class Place(TypedDict):
    """Where a box stands in the book."""

    stream: str
    version: int
    tag: str


HERE: Place = {"stream": "contact-0190a000-0000-7000-8000-000000000001", "version": 3, "tag": "a.b"}

PLACES = st.tuples(st.text(max_size=4), st.integers(0, 9), st.text(max_size=4), st.text(max_size=4))

Open = Callable[[], Vault]


@pytest.fixture
def opened(book_url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the same vault as often as a test likes, each time as another process would."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_vault(book_url, tmp_path)))


@pytest.fixture
def vault(opened: Open) -> Vault:
    """An empty vault."""
    return opened()


def holder(number: int) -> str:
    """One of many."""
    return f"0190a000-0000-7000-9000-{number:012}"


def test_what_is_sealed_opens_in_its_place_only(vault: Vault) -> None:
    """Another stream, version, tag or holder is another place: the box does not open there."""
    vault.ensure([ALICE, BOB])

    box = vault.seal(ALICE, NOTES, **HERE)

    assert NOTES not in box
    assert vault.open(ALICE, box, **HERE) == NOTES
    stream, version, tag = HERE["stream"], HERE["version"], HERE["tag"]
    for elsewhere in (
        Place(stream="contact-x", version=version, tag=tag),
        Place(stream=stream, version=version + 1, tag=tag),
        Place(stream=stream, version=version, tag="a.c"),
    ):
        with pytest.raises(BoxBroken):
            vault.open(ALICE, box, **elsewhere)
    with pytest.raises(BoxBroken):
        vault.open(BOB, box, **HERE)


def test_every_changed_bit_is_noticed(vault: Vault) -> None:
    """Also a box cut short, lengthened or empty."""
    vault.ensure([ALICE])
    ring = vault.keyring([ALICE])
    box = ring.seal(ALICE, NOTES, **HERE)

    changed = [bytes([*box[: b // 8], box[b // 8] ^ 1 << b % 8, *box[b // 8 + 1 :]])
               for b in range(len(box) * 8)]  # fmt: skip
    for wrong in (*changed, box[:-1], box + b"\0", box[:12], b""):
        with pytest.raises(BoxBroken):
            ring.open(ALICE, wrong, **HERE)


def test_the_same_words_are_never_sealed_alike(vault: Vault) -> None:
    """Every box has a nonce of its own."""
    vault.ensure([ALICE])
    ring = vault.keyring([ALICE])

    assert len({ring.seal(ALICE, NOTES, **HERE)[:12] for _ in range(1000)}) == 1000


def test_a_key_is_made_once(vault: Vault, opened: Open) -> None:
    """Asking again, here or in another process, keeps the key that there is."""
    vault.ensure([ALICE])
    box = vault.seal(ALICE, NOTES, **HERE)

    vault.ensure([ALICE, BOB, ALICE])
    opened().ensure([ALICE])

    assert vault.open(ALICE, box, **HERE) == NOTES
    assert opened().open(ALICE, box, **HERE) == NOTES


def test_processes_that_make_keys_at_once_agree(opened: Open) -> None:
    """Four processes, a hundred holders each of them wants: one key per holder, known to all."""
    vaults = [opened() for _ in range(4)]
    holders = [holder(n) for n in range(100)]

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda vault: vault.ensure(holders), vaults))

    rings = [vault.keyring(holders) for vault in vaults]
    for h in holders:
        box = rings[0].seal(h, NOTES, **HERE)
        assert {ring.open(h, box, **HERE) for ring in rings} == {NOTES}


def test_the_cache_is_bounded_and_changes_nothing(book_url: str, tmp_path: Path) -> None:
    """Three times as many holders as the cache holds: all are read, no more than ten stay."""
    with closing(open_vault(book_url, tmp_path)) as vault:
        vault._bound = 10
        holders = [holder(n) for n in range(30)]
        vault.ensure(holders)
        boxes = [vault.seal(h, NOTES, **HERE) for h in holders]

        ring = vault.keyring(holders)
        assert all(ring.open(*it, **HERE) == NOTES for it in zip(holders, boxes, strict=True))
        assert all(vault.open(*it, **HERE) == NOTES for it in zip(holders, boxes, strict=True))
        assert len(vault._ciphers) == 10


def test_a_holder_without_a_key_is_unknown_not_forgotten(vault: Vault) -> None:
    """A box whose key was never here is a fault to be seen, not a tombstone."""
    with pytest.raises(HolderUnknown):
        vault.seal(ALICE, NOTES, **HERE)
    with pytest.raises(HolderUnknown):
        vault.open(ALICE, bytes(40), **HERE)


def test_forgetting_leaves_a_tombstone(vault: Vault, opened: Open) -> None:
    """The forgotten one's box gives None, everywhere and for ever; the neighbour's opens."""
    vault.ensure([ALICE, BOB])
    boxes = {h: vault.seal(h, NOTES, **HERE) for h in (ALICE, BOB)}

    vault.forget(ALICE)
    vault.forget(ALICE)

    for each in (vault, opened()):
        assert each.open(ALICE, boxes[ALICE], **HERE) is None
        assert each.open(ALICE, b"anything", **HERE) is None
        assert each.open(BOB, boxes[BOB], **HERE) == NOTES


def test_another_process_sees_it_at_once(vault: Vault, opened: Open) -> None:
    """A key in the other process's cache is not used once `forget` has returned."""
    vault.ensure([ALICE, BOB])
    box = vault.seal(ALICE, NOTES, **HERE)
    other = opened()
    assert other.open(ALICE, box, **HERE) == NOTES

    vault.forget(ALICE)

    assert other.open(ALICE, box, **HERE) is None
    with pytest.raises(HolderForgotten):
        other.seal(ALICE, NOTES, **HERE)
    assert other.open(BOB, other.seal(BOB, NOTES, **HERE), **HERE) == NOTES


def test_a_forgotten_holder_gets_no_new_key(vault: Vault, opened: Open) -> None:
    """The refusal names who it was; whoever was asked for in the same breath has a key."""
    vault.ensure([ALICE])
    vault.forget(ALICE)
    vault.forget(CAROL)  # who never had one

    for each in (vault, opened()):
        with pytest.raises(HolderForgotten) as refused:
            each.ensure([ALICE, BOB, CAROL])
        assert refused.value.holders == {ALICE, CAROL}
    assert vault.open(BOB, vault.seal(BOB, NOTES, **HERE), **HERE) == NOTES


def test_a_decision_can_ask_before_anything_is_written(vault: Vault) -> None:
    """Whoever has no key yet passes; whoever was forgotten does not."""
    vault.ensure([ALICE])
    vault.refuse_forgotten([ALICE, BOB])

    vault.forget(ALICE)

    vault.refuse_forgotten([BOB])
    with pytest.raises(HolderForgotten) as refused:
        vault.refuse_forgotten([ALICE, BOB])
    assert refused.value.holders == {ALICE}


def test_a_keyring_taken_before_still_serves_its_batch(vault: Vault) -> None:
    """What was begun before the forgetting may end; the next batch finds the tombstone."""
    vault.ensure([ALICE])
    ring = vault.keyring([ALICE])
    box = ring.seal(ALICE, NOTES, **HERE)

    vault.forget(ALICE)

    assert ring.open(ALICE, box, **HERE) == NOTES
    assert vault.keyring([ALICE]).open(ALICE, box, **HERE) is None


def test_the_wrapping_key_is_due_a_day_after_the_first_forgetting(
    book_url: str, tmp_path: Path
) -> None:
    """24 hours from the first one that waits, however many follow; none once it was changed."""
    times = iter([datetime(2026, 5, 13, 4, tzinfo=UTC) + timedelta(hours=n) for n in range(9)])
    with closing(open_vault(book_url, tmp_path)) as vault:
        vault._clock = lambda: next(times)
        vault.ensure([ALICE, BOB])
        assert vault.rotation_due() is None

        vault.forget(ALICE)
        due = vault.rotation_due()
        vault.forget(BOB)

        assert due is not None
        assert timedelta(hours=24) <= due - datetime(2026, 5, 13, 5, tzinfo=UTC)
        assert due <= datetime(2026, 5, 14, 7, tzinfo=UTC)
        assert vault.rotation_due() == due
        vault.rotate()
        assert vault.rotation_due() is None


def test_a_forgetting_that_a_crash_cut_short_is_finished_at_the_next_start(
    vault: Vault, opened: Open, book_url: str
) -> None:
    """The list outside is written first: it alone is enough."""
    vault.ensure([ALICE, BOB])
    box = vault.seal(ALICE, NOTES, **HERE)
    vault._list.add([Forgotten(datetime(2026, 5, 13, tzinfo=UTC), ALICE)])

    after = opened()

    assert after.open(ALICE, box, **HERE) is None
    assert after.rotation_due() is not None
    assert vault.open(ALICE, box, **HERE) is None


def test_the_list_is_applied_once(vault: Vault) -> None:
    """Applying it again finds nothing to do, and asks for no new wrapping key."""
    vault.ensure([ALICE, BOB])
    at = datetime(2026, 5, 13, tzinfo=UTC)
    entries = [Forgotten(at, ALICE), Forgotten(at, CAROL), Forgotten(at, ALICE)]

    assert vault.apply_forgotten(entries) == 2
    vault.rotate()
    assert vault.apply_forgotten(entries) == 0
    assert vault.rotation_due() is None


def test_a_vault_does_not_start_with_another_books_keys(
    vault: Vault, book_url: str, tmp_path: Path
) -> None:
    """The master key does not open the wrapping key: one sentence, nothing made."""
    vault.ensure([ALICE])
    env = {variable: fresh_key_text() for variable in VARIABLES.values()}

    with pytest.raises(WrongKeys, match="belongs to another book"):
        Vault(vault.store, Keys.load(tmp_path, env, embedded=False), forgotten=vault._list)
    assert numbers_in(tmp_path / "keys") == [1]


def test_lost_wrapping_keys_are_not_replaced(vault: Vault, opened: Open, tmp_path: Path) -> None:
    """Without the folder nothing opens and no new key is made: the loss is told, not hidden."""
    vault.ensure([ALICE])
    box = vault.seal(ALICE, NOTES, **HERE)
    lost = file_in(tmp_path / "keys", 1)
    held = lost.read_bytes()
    lost.unlink()

    after = opened()
    with pytest.raises(WrappingKeyGone):
        after.open(ALICE, box, **HERE)
    with pytest.raises(WrappingKeyGone, match="put the newer key files back"):
        after.ensure([BOB])
    lost.write_bytes(held)
    assert after.open(ALICE, box, **HERE) == NOTES


def test_a_write_that_failed_leaves_nothing_behind(vault: Vault) -> None:
    """The transaction is undone as a whole, and the next one works."""
    vault.ensure([ALICE])
    before = vault.store.read("SELECT holder FROM data_keys")

    def fail() -> None:
        with vault.store.write() as run:
            run("DELETE FROM data_keys", ())
            run("DELETE FROM nothing_of_this_name", ())

    with pytest.raises((sqlite3.Error, psycopg.Error)):
        fail()

    assert vault.store.read("SELECT holder FROM data_keys") == before
    vault.ensure([BOB])
    assert vault.open(BOB, vault.seal(BOB, NOTES, **HERE), **HERE) == NOTES


def test_threads_share_a_vault(book_url: str, tmp_path: Path) -> None:
    """Writer, requests and the change of key at once, with a cache too small for them."""
    with closing(open_vault(book_url, tmp_path)) as vault:
        vault._bound = 5
        holders = [holder(n) for n in range(40)]
        vault.ensure(holders)

        def use(mine: list[str]) -> bool:
            boxes = [(h, vault.seal(h, NOTES, **HERE)) for h in mine * 5]
            vault.ensure([f"{mine[0]}-child"])
            return all(vault.open(h, box, **HERE) == NOTES for h, box in boxes)

        with ThreadPoolExecutor(5) as pool:
            used = [pool.submit(use, holders[n::4]) for n in range(4)]
            rotated = [pool.submit(vault.rotate) for _ in range(3)]
            assert all(future.result() for future in used)
            assert max(future.result().number for future in rotated) == 4
        assert vault.check() == 44


def test_a_server_that_went_away_is_asked_again(tmp_path: Path, postgres_url: str) -> None:
    """PostgreSQL closes our connection: the next question makes a new one."""
    with closing(open_vault(postgres_url, tmp_path)) as vault:
        vault.ensure([ALICE])
        questions: list[Callable[[], None]] = [
            lambda: vault.ensure([BOB]),
            lambda: vault.forget(BOB),
        ]
        for question in questions:
            with psycopg.connect(postgres_url) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            question()
        assert vault.open(ALICE, vault.seal(ALICE, NOTES, **HERE), **HERE) == NOTES


@given(PLACES, PLACES)
def test_no_two_places_read_alike(
    one: tuple[str, int, str, str], other: tuple[str, int, str, str]
) -> None:
    """What a box is bound to names its place without doubt."""
    assert (bound(*one) == bound(*other)) == (one == other)


def test_moving_a_letter_between_the_parts_is_another_place() -> None:
    """`ab` + `c` is not `a` + `bc`."""
    assert bound("ab", 1, "c", "d") != bound("a", 1, "bc", "d")
    assert bound("a", 1, "bc", "d") != bound("a", 1, "b", "cd")
