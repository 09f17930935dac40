"""What the README promises exists."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from kiosk.__main__ import main
from kiosk.config import Config

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.split("#")[0].strip() for _, block in BLOCKS for line in block.splitlines() if line.startswith(".venv/bin/kiosk")]


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_and_their_options_exist(command: str) -> None:
    """Every option of a README command stands in that command's help."""
    words = shlex.split(command)[1:]
    names = words[: 2 if isinstance(main.commands[words[0]], click.Group) and words[1:2] else 1]
    run = subprocess.run([sys.executable, "-m", "kiosk", *names, "--help"], capture_output=True, text=True, check=True)
    assert [w for w in words if w.startswith("--") and w not in run.stdout] == []


def test_settings_of_the_readme_are_valid() -> None:
    """The kiosk.toml shown is accepted as it stands."""
    (toml,) = [block for kind, block in BLOCKS if kind == "toml"]
    assert Config.model_validate(tomllib.loads(toml)).camera.kind == "picamera"


def test_files_that_are_named_exist() -> None:
    """Links and paths of the README lead somewhere."""
    links = re.findall(r"\]\(([\w/.-]+)\)", README) + re.findall(r"`(kiosk/[\w/.]+|tests/[\w/.]+)`", README)
    assert len(links) > 6
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_both_commands_stand_first() -> None:
    """The first block is the two commands of setup.sh."""
    assert [line.split()[:2] for line in BLOCKS[0][1].splitlines() if line] == [["./setup.sh", "demo"], ["./setup.sh", "test"]]
