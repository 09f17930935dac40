"""What licence each package of a station has, whether Treadside may be passed on with it, and the texts that go along.

Pure: wheels in, values and text out. A package whose licence is not in these tables stops a release until somebody has looked.
"""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from email.parser import Parser
from hashlib import sha256
from pathlib import Path, PurePosixPath

FINE = frozenset(
    {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "FTL", "IJG", "ISC", "Libpng", "MIT", "MIT-0", "MIT-CMU", "OFL-1.1"}
    | {"OpenSSL", "PSF-2.0", "Unlicense", "X11", "ZPL-2.1", "Zlib", "curl"}
)
"""Ask for no more than their notice: what they are in may be passed on under Apache-2.0 beside them."""
WEAK = frozenset(
    {"LGPL-2.0-or-later", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MPL-2.0", "GPL-3.0-or-later-WITH-GCC-exception"}
)
"""Copyleft that ends at the library's own files, which must stay replaceable: they are, as files of their own in .venv."""
STRONG = frozenset({"GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later"})
"""Copyleft over all that it is passed on together with as one work."""

SPELLINGS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD, Public Domain": "BSD-2-Clause AND Unlicense",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
    "SIL OFL 1.1": "OFL-1.1",
    "ZPL 2.1": "ZPL-2.1",
}
"""How packages without an SPDX expression spell it, in the field License or in a classifier."""
LOOKED_UP = {
    "blinker": "MIT",
    "cheroot": "BSD-3-Clause",
    "flask-wtf": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "numpy": "BSD-3-Clause",
    "segno": "BSD-3-Clause",
    "setuptools": "MIT",
    "wtforms": "BSD-3-Clause",
}
"""Packages that only say "BSD" or nothing: read in their licence file by us."""
ACCEPTED = {
    "fpdf2": "LGPL-3.0-only",
    "tqdm": "MPL-2.0 AND MIT",
}
"""Weak copyleft that was looked at: docs/release.md says what it means for us."""
MAY_HOLD_STRONG = frozenset({"av"})
"""Packages whose wheels hold strong copyleft inside, which was looked at: docs/release.md."""
LIBRARIES = {
    "libasound": "LGPL-2.1-or-later",
    "libavif": "BSD-2-Clause",
    "libav": "LGPL-3.0-or-later",
    "libsw": "LGPL-3.0-or-later",
    "libSvtAv1Enc": "BSD-3-Clause",
    "libXau": "X11",
    "libaom": "BSD-2-Clause",
    "libbrotli": "MIT",
    "opencv-python-headless/libcrypto": "OpenSSL",
    "opencv-python-headless/libssl": "OpenSSL",
    "opencv-python-headless/libav": "LGPL-2.1-or-later",
    "opencv-python-headless/libsw": "LGPL-2.1-or-later",
    "libdav1d": "BSD-2-Clause",
    "libdrm": "MIT",
    "libfreetype": "FTL",
    "libgfortran": "GPL-3.0-or-later-WITH-GCC-exception",
    "libquadmath": "LGPL-2.1-or-later",
    "libgmp": "LGPL-3.0-or-later",
    "libgnutls": "LGPL-2.1-or-later",
    "libharfbuzz": "MIT",
    "libhogweed": "LGPL-3.0-or-later",
    "libnettle": "LGPL-3.0-or-later",
    "libjpeg": "IJG",
    "liblcms2": "MIT",
    "liblzma": "CC0-1.0",
    "libmp3lame": "LGPL-2.0-or-later",
    "libogg": "BSD-3-Clause",
    "libopenblas": "BSD-3-Clause",
    "libopencore": "Apache-2.0",
    "libopenh264": "BSD-2-Clause",
    "libopenjp2": "BSD-2-Clause",
    "libopus": "BSD-3-Clause",
    "libpng": "Libpng",
    "libscipy_openblas": "BSD-3-Clause",
    "libsharpyuv": "BSD-3-Clause",
    "libspeex": "BSD-3-Clause",
    "libtiff": "Libpng",
    "libunistring": "LGPL-3.0-or-later",
    "libvorbis": "BSD-3-Clause",
    "libvpl": "MIT",
    "libvpx": "BSD-3-Clause",
    "libwebp": "BSD-3-Clause",
    "libx264": "GPL-2.0-or-later",
    "libx265": "GPL-2.0-or-later",
    "libxcb": "MIT",
    "libzstd": "BSD-3-Clause",
}
"""Shared libraries that wheels carry inside, by the longest beginning of `package/file` or of the file's name alone."""
TEXT_NAMES = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


@dataclass(frozen=True)
class Package:
    """A wheel: what it is called, under which licence, and what it carries."""

    name: str
    version: str
    licence: str
    """SPDX expression; empty when none could be read."""
    texts: tuple[tuple[str, str], ...]
    """Path in the wheel and text of each licence file, each text once."""
    libraries: tuple[str, ...]
    """Shared libraries of others inside, as file names."""
    needs: tuple[str, ...]
    """Requirements as the wheel states them."""
    file_name: str
    sha256: str


def read_wheel(path: Path) -> Package:
    """What a wheel says of itself."""
    with zipfile.ZipFile(path) as wheel:
        names = wheel.namelist()
        about = next(name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        fields = Parser().parsestr(wheel.read(about).decode("utf-8"))
        texts: dict[str, str] = {}
        for name in names:
            if TEXT_NAMES.match(PurePosixPath(name).name) and PurePosixPath(name).suffix not in {".py", ".pyc"}:
                texts.setdefault(wheel.read(name).decode("utf-8", "replace"), name)
    name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
    inside = sorted({PurePosixPath(one).name for one in names if re.match(r"[^/]+\.libs/.+", one)})
    return Package(
        name,
        fields["Version"],
        licence_of(name, fields["License-Expression"], fields["License"], fields.get_all("Classifier") or []),
        tuple((where, text) for text, where in texts.items()),
        tuple(inside),
        tuple(fields.get_all("Requires-Dist") or []),
        path.name,
        sha256(path.read_bytes()).hexdigest(),
    )


def licence_of(name: str, expression: str | None, field: str | None, classifiers: Iterable[str]) -> str:
    """SPDX expression of a package: what it states, else what we read in its licence file, else its own spelling by our table."""
    if expression:
        return expression
    if name in LOOKED_UP:
        return LOOKED_UP[name]
    ends = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License ::")]
    for spelled in (field or "", *ends):
        known = SPELLINGS.get(spelled, spelled)
        if all(part in FINE | WEAK | STRONG for part in parts(known)):
            return known
    return ""


def parts(expression: str) -> list[str]:
    """The licences that hold together: of "A OR B" the first that asks for least; of "A AND B" both."""
    if " OR " in expression:
        return min((parts(one) for one in expression.strip("()").split(" OR ")), key=lambda one: max(_rank(each) for each in one))
    return expression.split(" AND ")


def _rank(licence: str) -> int:
    return next((rank for rank, kinds in enumerate((FINE, WEAK, STRONG)) if licence in kinds), 3)


def library_licence(package: str, file_name: str) -> str:
    """Licence of a shared library inside a package's wheel; empty when it is not in the table."""
    fitting = [start for start in LIBRARIES if file_name.startswith(start) or f"{package}/{file_name}".startswith(start)]
    return LIBRARIES[max(fitting, key=len)] if fitting else ""


def problems(packages: Iterable[Package]) -> list[str]:
    """One sentence for each package or library inside one that somebody has to look at before a release."""
    found = []
    for package in packages:
        said = [_package_problem(package), *(_library_problem(package, name) for name in package.libraries)]
        found += [f"{package.name} {package.version}: {one}" for one in said if one]
    return found


def _package_problem(package: Package) -> str:
    rank = max(_rank(part) for part in parts(package.licence))
    if rank == 3:
        return f"licence {package.licence or 'not stated'!r} is not in the tables"
    accepted = rank == 0 or ACCEPTED.get(package.name) == package.licence
    return "" if accepted else f"{package.licence} is copyleft and not accepted yet"


def _library_problem(package: Package, file_name: str) -> str:
    licence = library_licence(package.name, file_name)
    if not licence:
        return f"the licence of {file_name} inside it is not in the tables"
    accepted = licence not in STRONG or package.name in MAY_HOLD_STRONG
    return "" if accepted else f"{file_name} inside it is {licence} and not accepted yet"


def copyleft(packages: Iterable[Package]) -> list[str]:
    """One line for each licence that asks for more than a notice: package, file inside it if any, licence."""
    found = []
    for package in packages:
        inside = [(name, library_licence(package.name, name)) for name in package.libraries]
        for what, licence in [("", package.licence), *inside]:
            strict = [part for part in parts(licence) if _rank(part) > 0]
            if strict:
                found.append(f"{package.name} {package.version}{what and f', {what}'}: {' AND '.join(strict)}")
    return found


def notices(packages: Iterable[Package], own: Iterable[tuple[str, str]], common: Iterable[tuple[str, str]]) -> str:
    """The text file of all licences.

    Args:
        packages: of all targets; the same text of the same package stands once.
        own: title and text of what the wheel of Treadside itself carries of others.
        common: name and text of licences that a package names without its text.
    """
    rows = sorted({(package.name, package.version): package for package in packages}.values(), key=lambda one: (one.name, one.version))
    lines = ["Licences of what a Treadside station is made of. Treadside itself: Apache-2.0, file LICENSE.", ""]
    lines += [f"{one.name} {one.version}: {one.licence}" for one in rows]
    lines += ["", "These ask for more than their notice (what follows from it: docs/release.md):", *copyleft(rows)]
    chapters = [*own, *((f"{one.name} {one.version}, {where}", text) for one in rows for where, text in one.texts), *common]
    for title, text in chapters:
        lines += ["", "=" * 78, title, "=" * 78, "", text.strip()]
    return "\n".join(lines) + "\n"
