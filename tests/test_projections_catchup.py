"""Catching up: every event counts exactly once, and one view's trouble is not another's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from projections.catchup import CatchUp
from projections.generations import Moved
from projections.store import Cursor, Store, ViewsUnavailable
from projections.stores import store_for
from projections.view import Served, Stopped, View
from projections.views import Views
from tests.projections_past import Past
from tests.projections_toys import LISTING, TALLY, Bought, Lost, Poison, Renamed, Strange


@pytest.fixture
def store(book_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store of views, on each database in turn."""
    made = store_for(book_url, tmp_path)
    yield made
    made.close()


@pytest.fixture
def views(store: Store) -> Views:
    """The toy views, open and empty."""
    return opened(store, LISTING, TALLY)


def opened(store: Store, *which: View) -> Views:
    """Views over *store*, as a process opens them."""
    views = Views(store, which)
    views.open()
    return views


def caught_up(views: Views, past: Past, batch: int = 500) -> CatchUp:
    """A worker that has brought the views as far as they go."""
    worker = CatchUp(views, past, batch=batch)
    while worker.run_once():
        pass
    return worker


def things(views: Views) -> list[Any]:
    """The rows of the toy listing."""
    return [
        tuple(row)
        for row in views.rows("SELECT thing, name, bought, often FROM {things} ORDER BY thing")
    ]


def sums(views: Views) -> dict[str, int]:
    """The rows of the toy tally."""
    return dict(tuple(row) for row in views.rows("SELECT thing, count FROM {sums}"))


PAST = (
    Bought("ball", 0),
    Bought("ball", 2),
    Bought("ball", 3),
    Bought("ball", 4),
    Renamed("ball", "red ball"),
    Bought("kite", 5),
    Renamed("kite", "never listed"),
    Bought("rope", 0),
    Lost("rope"),
)


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_the_size_of_batches_changes_nothing(views: Views, batch: int) -> None:
    """Changes to one row are merged within a batch, and mean the same one by one."""
    caught_up(views, Past(PAST), batch)
    assert things(views) == [("ball", "red ball", 3, "often")]
    assert sums(views) == {"ball": 9, "kite": 5, "rope": 0}
    assert {name: served.position for name, served in views.standing().items()} == {
        "things": 9,
        "sums": 9,
    }


def test_a_row_put_again_begins_anew(views: Views) -> None:
    """What an earlier row held does not shine through, in one batch or in two."""
    past = Past([Bought("ball", 0), Bought("ball", 1), Bought("ball", 0)])
    caught_up(views, past)
    assert things(views) == [("ball", "ball", 0, "seldom")]
    past.told(Bought("ball", 1), Bought("ball", 1), Bought("ball", 1))
    caught_up(views, past)
    past.told(Bought("ball", 0))
    caught_up(views, past)
    assert things(views) == [("ball", "ball", 0, "seldom")]


def test_a_failed_batch_counts_nothing_and_its_retry_counts_once(
    views: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows and the position are one transaction."""
    past = Past([Bought("ball", 2)])
    worker = caught_up(views, past)
    past.told(Bought("ball", 3))
    write = views.store.write
    with monkeypatch.context() as during:
        during.setattr(views.store, "write", lambda: torn(write()))
        with pytest.raises(ViewsUnavailable):
            worker.run_once()
    assert sums(views) == {"ball": 2}
    assert views.standing()["sums"].position == 1
    assert worker.run_once() == 1
    assert sums(views) == {"ball": 5}


@contextmanager
def torn(transaction: AbstractContextManager[Cursor]) -> Iterator[Cursor]:
    """The same transaction, whose connection is lost before it commits."""
    with transaction as cursor:
        yield cursor
        raise ViewsUnavailable


def test_two_workers_count_every_event_once(views: Views, store: Store) -> None:
    """A worker that was overtaken writes nothing, looks again and goes on."""
    past = Past(PAST)
    ahead, behind = CatchUp(views, past, batch=2), CatchUp(opened(store, LISTING, TALLY), past)
    behind.run_once()
    past.told(Bought("ball", 1))
    ahead.run_once()
    past.told(Bought("ball", 1))
    with pytest.raises(Moved):
        behind.run_once()
    while behind.run_once():
        pass
    assert sums(views)["ball"] == 11


@pytest.mark.parametrize(
    ("event", "why"), [(Strange(), "unknown_tag"), (Poison(), "LookupError in project_things")]
)
def test_an_event_that_a_view_cannot_take_stops_only_that_view(
    views: Views, event: Strange | Poison, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    """It shows everything before; the alarm names position and tag, and no word of the event."""
    past = Past([Bought("ball", 0), Bought("ball", 1), event, Bought("ball", 1)])
    caught_up(views, past)
    standing = views.standing()
    stopped = standing["things"].stopped
    assert stopped is not None
    assert (stopped.position, stopped.tag) == (3, event.__struct_config__.tag)
    assert stopped.why.startswith(why)
    assert standing["things"].position == 2
    assert things(views) == [("ball", "ball", 1, "seldom")]
    assert standing["sums"] == Served(1, 4, None)
    assert sums(views) == {"ball": 2}
    assert "view things stopped before event 3" in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.parametrize("value", [["not", "a", "name", object()], "nul\x00"])
def test_a_value_that_the_database_refuses_stops_only_that_view(
    store: Store, views: Views, value: object
) -> None:
    """Events before the refused one count, those after it wait; SQLite stores any text."""
    past = Past([Bought("ball", 0), Bought("ball", 1), Poison(value), Bought("ball", 1)])
    caught_up(views, past)
    standing = views.standing()
    if isinstance(value, str) and store.dialect.mark == "?":
        assert standing["things"].position == 4
    else:
        assert standing["things"].position == 2
        assert standing["things"].stopped is not None
        assert things(views) == [("ball", "ball", 1, "seldom")]
    assert sums(views) == {"ball": 2}


def test_a_stopped_view_goes_on_with_a_program_that_knows_the_tag(store: Store) -> None:
    """The next start tries again, from where the view stopped."""
    past = Past([Bought("ball", 0), Strange(), Bought("ball", 1)])
    caught_up(opened(store, LISTING), past)
    wiser = View(
        "things", LISTING.tables, LISTING.uses, frozenset({"toy.strange"}), LISTING.project
    )
    views = opened(store, wiser)
    caught_up(views, past)
    assert views.standing()["things"] == Served(1, 3, None)
    assert things(views) == [("ball", "ball", 1, "seldom")]


def test_a_view_of_another_edition_begins_anew(store: Store) -> None:
    """What an older program made of the events is dropped."""
    past = Past([Bought("ball", 0)])
    caught_up(opened(store, LISTING), past)
    newer = View(
        "things", LISTING.tables, LISTING.uses, LISTING.ignores, LISTING.project, edition=2
    )
    views = opened(store, newer)
    assert views.standing()["things"] == Served(2, 0, None)
    assert things(views) == []
    caught_up(views, past)
    assert things(views) == [("ball", "ball", 0, "seldom")]


def test_a_new_view_joins_the_others_where_they_stand(store: Store) -> None:
    """It catches up on its own and from there on shares their batches."""
    past = Past(PAST)
    caught_up(opened(store, TALLY), past)
    views = opened(store, LISTING, TALLY)
    past.told(Bought("ball", 1))
    worker = CatchUp(views, past, batch=4)
    assert [worker.run_once() for _ in range(4)] == [4 + 1, 4, 2, 0]
    past.told(Bought("kite", 1))
    assert worker.run_once() == 1
    assert things(views) == [("ball", "red ball", 4, "often")]


def test_stopped_is_told_whole(views: Views) -> None:
    """What is stored of a stop is what is read of it."""
    stopped = Stopped(3, "toy.strange", "unknown_tag")
    caught_up(views, Past([Bought("ball", 0), Bought("ball", 1), Strange()]))
    assert views.standing()["things"].stopped == stopped
