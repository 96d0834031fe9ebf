"""The command `timebank`: everything that is done at the machine."""

import sys

import click

from api.cli.books import admin, init
from api.cli.care import backup, doctor, forget, restore
from api.cli.demo import demo
from api.cli.proofs import replay, verify
from api.cli.serving import project, rebuild, serve
from api.settings import BadSetting
from journal.forgotten import ListBroken
from journal.keys import WrongKeys
from journal.recorder import STORE_ERRORS
from journal.wrapping import WrappingKeyGone

CANNOT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="timebank")
def cli() -> None:
    """An event-sourced time bank and visit record for a district civil-affairs bureau."""


for command in (
    init,
    admin,
    serve,
    project,
    demo,
    verify,
    replay,
    rebuild,
    backup,
    restore,
    forget,
    doctor,
):
    cli.add_command(command)


def main() -> None:
    """Run `timebank`; a wrong setting is one clear line and exit 2."""
    try:
        cli(prog_name="timebank")
    except (BadSetting, WrongKeys, WrappingKeyGone, ListBroken) as wrong:
        click.echo(f"timebank: {wrong}", err=True)
        sys.exit(CANNOT)
    except STORE_ERRORS as error:
        why = str(error).partition("\n")[0]
        click.echo(f"timebank: the store does not answer: {type(error).__name__}: {why}", err=True)
        sys.exit(CANNOT)
