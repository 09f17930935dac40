"""What must be true before a release: pure, and of the standard library, since the release's tools are made only after it."""

import re
from collections.abc import Sequence
from datetime import date

ENTRY = re.compile(r"^## (?P<version>\S+)(?: \((?P<date>[^)]*)\))?$", re.MULTILINE)
VERSION = re.compile(r"v\d+\.\d+\.\d+(rc\d+)?")


def tag_problem(tags: Sequence[str]) -> str:
    """Why these tags of HEAD do not name one version; empty when they do."""
    fitting = [tag for tag in tags if VERSION.fullmatch(tag)]
    if len(tags) == 1 and fitting:
        return ""
    if not tags:
        return "this commit has no tag. Make one, for example: git tag -a v0.2.0 -m 'Treadside 0.2.0'"
    return f"this commit's tags are {', '.join(tags)}, and one like v0.2.0 is needed. Remove the others: git tag -d TAG"


def changelog_problem(text: str, version: str, committed: str) -> str:
    """Why the change log is not ready for this version; empty when it is.

    Args:
        text: CHANGELOG.md; its entries begin with a line `## 0.2.0 (2026-11-30)`, the newest first.
        version: without v.
        committed: date of the tagged commit, ISO.
    """
    top = ENTRY.search(text)
    if top is None or top["version"] != version:
        found = top["version"] if top else "no entry"
        return f"CHANGELOG.md begins with {found}, and {version} is to be released: write an entry '## {version} ({committed})'."
    try:
        day = date.fromisoformat(top["date"] or "")
    except ValueError:
        return f"CHANGELOG.md dates {version} {top['date']!r}, and a date like {committed} is needed."
    if day > date.fromisoformat(committed):
        return f"CHANGELOG.md dates {version} {day}, after its commit of {committed}: correct the date."
    if not text[top.end() :].partition("\n## ")[0].strip():
        return f"CHANGELOG.md says nothing about {version}: write what is new for its users."
    return ""
