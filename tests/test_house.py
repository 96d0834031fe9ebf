"""The house keeps its own rules: each import contract can fail, and the lock is whole."""

import re
import shutil
import subprocess
import sysconfig
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = ["src", "projections", "api"]


@pytest.fixture(scope="module")
def broken_house(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says about a copy of the house in which every contract is broken once."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package)
    (copy / "src/timebank/wrong.py").write_text("import visits\n")
    (copy / "src/visits/wrong.py").write_text("import time\n")
    (copy / "src/journal/wrong.py").write_text("import district\n")
    (copy / "projections/wrong.py").write_text("import cryptography\n")
    (copy / "api/wrong.py").write_text("import eventsourcing\n")
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    linted = subprocess.run(
        [linter, "--no-cache", "--no-logo"],
        cwd=copy,
        env={"PYTHONPATH": f"{copy}/src:{copy}", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert linted.returncode == 1, linted.stdout + linted.stderr
    return linted.stdout


def test_every_contract_can_fail(broken_house: str) -> None:
    """As many contracts are broken as there are."""
    contracts = METADATA["tool"]["importlinter"]["contracts"]
    assert f"0 kept, {len(contracts)} broken" in broken_house


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("timebank", "visits"),
        ("visits", "time"),
        ("journal", "district"),
        ("projections", "cryptography"),
        ("api", "eventsourcing"),
    ],
)
def test_a_forbidden_import_is_named(broken_house: str, importer: str, imported: str) -> None:
    """The linter names who imported what."""
    assert f"{importer} is not allowed to import {imported}" in broken_house


def test_the_lock_pins_every_declared_dependency() -> None:
    """A dependency added without `make lock` is found here and not on another machine."""
    lock = (ROOT / "requirements.lock").read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==([^ ;]+)", lock, re.MULTILINE))
    declared = METADATA["project"]["dependencies"] + METADATA["dependency-groups"]["dev"]
    for requirement in map(Requirement, declared):
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


def test_the_lock_is_good_for_any_index() -> None:
    """Every pin has a hash, and no address is written down."""
    lock = (ROOT / "requirements.lock").read_text()
    pins = re.findall(r"^[\w.-]+==.*(?:\n    --hash=sha256:.*)*", lock, re.MULTILINE)
    assert pins
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "://" not in lock
