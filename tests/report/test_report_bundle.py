"""The encrypted zip: AES-256, opened by pyzipper and by 7-Zip with the password and by nobody without it."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
import pyzipper

from kiosk.clinic import Refused
from kiosk.report.bundle import bundle
from kiosk.words import Language
from kiosk.words.catalogue import translated

FILES = {"bout-1.csv": b"metric,value\n" * 50, "bout-1.npz": bytes(range(256)) * 40, "empty.txt": b""}
PASSWORD = "right horse 7!"
SEVEN = next((path for name in ("7zz", "7z", "7za") if (path := shutil.which(name))), None)


def opened(data: bytes, password: str) -> dict[str, bytes]:
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        archive.setpassword(password.encode())
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_went_in_comes_out() -> None:
    """With the password: the same files, each in AES-256."""
    data = bundle(FILES, PASSWORD)
    with pyzipper.AESZipFile(io.BytesIO(data)) as archive:
        assert {(entry.wz_aes_strength, bool(entry.flag_bits & 1)) for entry in archive.infolist()} == {(3, True)}
    assert opened(data, PASSWORD) == FILES


def test_nothing_is_read_without_the_password() -> None:
    """A wrong password opens nothing, the plain zip of Python neither, and no contents stand in the bytes."""
    data = bundle(FILES, PASSWORD)
    with pytest.raises(RuntimeError, match="Bad password"):
        opened(data, "wrong horse 7!")
    with zipfile.ZipFile(io.BytesIO(data)) as plain, pytest.raises((RuntimeError, NotImplementedError)):
        plain.read("bout-1.csv")
    assert b"metric,value" not in data


@pytest.mark.skipif(SEVEN is None, reason="7-Zip (7zz, 7z) is not installed")
@pytest.mark.parametrize("password", [PASSWORD, "xy" * 49 + "z", '~"$ %&{}[]'], ids=["usual", "longest", "signs"])
def test_seven_zip_opens_it(tmp_path: Path, password: str) -> None:
    """7-Zip unpacks it with the password and refuses it with another one."""
    archive = tmp_path / "export.zip"
    archive.write_bytes(bundle(FILES, password))
    right = subprocess.run([SEVEN, "x", f"-p{password}", f"-o{tmp_path / 'out'}", archive], capture_output=True, check=False, timeout=60)
    wrong = subprocess.run([SEVEN, "t", "-pwrong horse", archive], capture_output=True, check=False, timeout=60)
    assert (right.returncode, wrong.returncode != 0) == (0, True), right.stdout + right.stderr
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == FILES


@pytest.mark.parametrize(
    ("password", "says"),
    [
        ("", "0 characters: give 10 to 99"),
        ("abcdefghi", "9 characters"),
        ("x" * 10, "again and again"),
        ("x" * 100, "100 characters"),
        ("pässwörter", "A to Z"),
        ("abc\ndefghij", "plain"),
    ],
)
def test_passwords_that_are_refused(password: str, says: str) -> None:
    """Too short, too long, or not the same bytes everywhere; the sentence never repeats the password."""
    with pytest.raises(Refused, match=says) as refused:
        bundle(FILES, password)
    assert "Passwort" in translated(refused.value.sentence, Language.DE)
    assert not password or password not in str(refused.value)


@pytest.mark.parametrize("name", ["../a.csv", "a/b.csv", "a\\b.csv", "/a", "", ".a", "ä.csv", "a\n"])
def test_names_are_plain(name: str) -> None:
    """A name that could leave the folder in which it is unpacked is a bug of the caller."""
    with pytest.raises(ValueError, match="plain names"):
        bundle({name: b""}, PASSWORD)
