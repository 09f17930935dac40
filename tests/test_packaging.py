"""What is installed: a wheel holds every file that the program reads, not only its modules."""

import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_every_file_of_the_program_is_packaged() -> None:
    """Each file under kiosk/ that is no module matches a pattern of package-data; without SHA256SUMS an installed kiosk does not start.

    setuptools takes a folder as a package only when its name has no dot.
    """
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    files = [path.relative_to(ROOT) for path in (ROOT / "kiosk").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    read = [path for path in files if path.suffix != ".py"]
    assert len(read) > 50
    assert [str(path) for path in read if not any(fnmatchcase(path.name, pattern) for pattern in patterns)] == []
    assert [str(path) for path in files if any("." in part for part in path.parent.parts)] == []
