"""`timebank serve`, `project` and `rebuild`: answering, catching up, and making views anew."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import click
import uvicorn
from litestar import Litestar

from api.app import create_app
from api.cli.terms import cannot, must_be_begun, progress, say, settings
from api.clock import Clock
from api.founding import is_demonstration, origin
from api.log import last_checkpoint, refuse_fork, signing_key
from api.logs import set_up_logs
from api.opening import opened
from api.service import BookSource, Service
from api.settings import BadSetting, Settings
from journal.book import Book
from journal.fork import ForkDetected
from journal.garbage import calm_collector
from journal.signer import Signer
from journal.standby import NoStandby
from projections import rebuild as rebuilding
from projections.catalogue import open_views
from projections.catchup import CatchUp

BACKLOG = 2048


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--no-project", is_flag=True, help="Leave the views to `timebank project`.")
def serve(host: str, port: int, workers: int, no_project: bool) -> None:  # noqa: FBT001 - click's flag
    """Answer phones."""
    facts = settings()
    if workers > 1 and facts.embedded:
        cannot("more than one worker needs PostgreSQL: set DATABASE_URL")
    _must_be_free(host, port)
    os.environ["TIMEBANK_PROJECT"] = "" if no_project else "here"
    config: dict[str, Any] = {
        "host": host,
        "port": port,
        "access_log": False,
        "log_config": None,
        "server_header": False,
        "backlog": BACKLOG,
        "timeout_graceful_shutdown": 10,
    }
    if workers > 1:
        with opened(facts) as (book, _):  # once, and not by every worker anew
            _prepare(book, facts)
        _say_where(facts, host, port)
        uvicorn.run("api.cli.serving:app", factory=True, workers=workers, **config)
        return
    with running_service(facts, project=not no_project) as service:
        _say_where(facts, host, port)
        uvicorn.Server(uvicorn.Config(create_app(service), **config)).run()


def app() -> Litestar:
    """The application of one of several workers, each with its own connections."""
    parts = ExitStack()
    project = bool(os.environ.get("TIMEBANK_PROJECT"))
    service = parts.enter_context(running_service(settings(), project=project))
    return create_app(service, afterwards=parts.close)


@contextmanager
def running_service(facts: Settings, *, project: bool) -> Iterator[Service]:
    """The service of *facts*, its log signed in the background, closed afterwards.

    Raises:
        BadSetting: the log has another name, or the clock was set for a real book.
    """
    set_up_logs()
    clock = Clock(facts.clock)
    with opened(facts, clock) as (book, _):
        demonstration = _prepare(book, facts)
        views = open_views(facts.database_url, facts.home)
        service = Service(facts, book, views, clock, demonstration=demonstration, project=project)
        try:
            signer = Signer(
                book.store,
                signing_key(facts),
                last_checkpoint(facts),
                clock,
                sign_after=facts.sign_after,
                on_fork=service.stop_writing,
            )
        except NoStandby:
            cannot("TIMEBANK_SIGN_AFTER=standby needs PostgreSQL with a standby")
        try:
            refuse_fork(book, facts)
        except ForkDetected as fork:
            service.stop_writing(fork)
        else:
            book.listeners.append(signer.wake)
            signer.start()
        calm_collector()
        try:
            yield service
        finally:
            signer.stop()
            views.close()


def _prepare(book: Book, facts: Settings) -> bool:
    """See that *book* can be served, and whether it is a demonstration.

    Views of another book than this one, because an older copy was put in its place, start over.

    Raises:
        BadSetting: the clock was set for a book that is no demonstration.
    """
    must_be_begun(book, facts)
    if origin(book) != facts.origin:
        raise BadSetting(f"TIMEBANK_ORIGIN: this book's log is called {origin(book)}")
    demonstration = is_demonstration(book)
    Clock(facts.clock).must_suit(demonstration=demonstration)
    views = open_views(facts.database_url, facts.home)
    try:
        if any(view.position > book.head() for view in views.standing().values()):
            rebuilding.start_over(views)
    finally:
        views.close()
    return demonstration


def _must_be_free(host: str, port: int) -> None:
    """Go on only if *port* of *host* is ours to listen on, before anybody is told so."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        cannot(f"nothing can listen on {host}:{port}: {error.strerror}; try --host or --port")


def _say_where(facts: Settings, host: str, port: int) -> None:
    say(f"timebank answers on http://{host}:{port}  (data: {facts.home})")
    say(f"documentation       http://{host}:{port}/schema")
    say('sign in             POST /v1/tokens {"name": …, "password": …}')


@click.command()
def project() -> None:
    """Bring the views up to date, until stopped."""
    facts = settings()
    set_up_logs()

    async def follow() -> None:
        loop, stopping = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        worker = CatchUp(views, BookSource(book))
        book.listeners.append(lambda _: worker.wake())
        task = asyncio.create_task(worker.run())
        await stopping.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with opened(facts) as (book, _):
        _prepare(book, facts)
        views = open_views(facts.database_url, facts.home)
        book.watch()
        try:
            asyncio.run(follow())
        finally:
            views.close()


@click.command()
@click.argument("names", nargs=-1)
@click.option("--check", is_flag=True, help="Compare a rebuilt view with the serving one.")
def rebuild(names: tuple[str, ...], check: bool) -> None:  # noqa: FBT001 - click's flag
    """Make views anew beside the serving ones, then switch."""
    facts = settings()
    with opened(facts) as (book, _):
        must_be_begun(book, facts)
        views = open_views(facts.database_url, facts.home)
        try:
            chosen = names or tuple(views.views)
            unknown = set(chosen) - set(views.views)
            if unknown:
                cannot(f"there is no view {', '.join(sorted(unknown))}")
            source = BookSource(book)
            with progress("checking" if check else "rebuilding") as show:
                if check:
                    found = rebuilding.check(views, source, chosen, show)
                else:
                    rebuilding.rebuild(views, source, chosen, show)
                    found = []
        finally:
            views.close()
    for difference in found:
        say(f"{difference.table}: only {difference.side}: {difference.row}")
    if found:
        sys.exit(1)
    say(f"{', '.join(chosen)}: {'as rebuilt' if check else 'rebuilt'}")
