"""Files as one encrypted zip (AES-256, WinZip's format), which 7-Zip and WinZip open and the zip of Windows' Explorer does not.

Names and sizes inside a zip are not encrypted: give names that say nothing of the patient. What must not go in: what the files say.
"""

import io
import re
from collections.abc import Mapping

from kiosk.clinic import PASSWORD_LENGTH, Refused
from kiosk.words import Phrase

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,99}")

SHORT = Phrase("The password has {count} characters: give {least} to {most}.")
SAME = Phrase("The password is one character again and again, which is guessed first: take a few words.")
FOREIGN = Phrase("The password has a character that not every program reads the same way: use letters A to Z, digits and plain signs.")


def check_password(password: str) -> None:
    """Refuse a password that protects nothing or that another machine could not read: the one rule of page, stick and command line.

    Raises:
        Refused: too short, too long, one character only, or not plain ASCII
            (zip knows no encoding of passwords: programs differ beyond ASCII).
    """
    least, most = PASSWORD_LENGTH
    if not least <= len(password) <= most:
        raise Refused(SHORT.filled(count=len(password), least=least, most=most))
    if len(set(password)) == 1:
        raise Refused(SAME)
    if not (password.isascii() and password.isprintable()):
        raise Refused(FOREIGN)


def bundle(files: Mapping[str, bytes], password: str) -> bytes:
    """The files as one AES-256 zip.

    Args:
        files: name -> contents; a name is plain (letters, digits, `_`, `-`, `.`, space) and has no folder.
        password: see `check_password`.

    Raises:
        Refused: the password cannot be used.
        ValueError: a name is not plain, or there are no files: a bug of the caller.
    """
    check_password(password)
    wrong = [name for name in files if not NAME.fullmatch(name)]
    if wrong or not files:
        raise ValueError(f"plain names of files were expected, got {wrong}")
    import pyzipper  # no start of the station needs it

    out = io.BytesIO()
    with pyzipper.AESZipFile(out, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES) as archive:
        archive.setpassword(password.encode("ascii"))
        archive.setencryption(pyzipper.WZ_AES, nbits=256)
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
