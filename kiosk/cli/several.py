"""Several files named one by one: the whole report of each, in the order asked; of two also what changed.

Videos are measured at once, a process a core, as in a batch; nothing is kept to go on with.
What must not go in: measuring; that is `kiosk/many/`.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from kiosk import __version__, many, results
from kiosk.batch import Request
from kiosk.cli import Failed, sentences
from kiosk.cli.batch import Progress
from kiosk.compare import Bout, Comparison, change_lines, compare
from kiosk.config import Config
from kiosk.many.inputs import RECORDINGS
from kiosk.many.ledger import Ledger, Means
from kiosk.many.pool import WORK
from kiosk.many.work import Answer, Order
from kiosk.threads import cores

FEW = 8
"""So many recordings are measured sooner in this process than others are started (our choice: a start takes about a second, a
recording a tenth)."""


def run_several(inputs: Sequence[Path], config: Config, request: Request, csv: Path | None, json: Path | None, work: str = WORK) -> None:
    """Measure the inputs, print their reports in the order asked, compare two, write what is wanted.

    Poses are let go of file by file (but of two, which are compared); results wait on the disk: memory does not grow with the files.

    Raises:
        Failed: inputs that could not be measured, or an output that cannot be written.
    """
    batch = many.Batch(tuple(dict.fromkeys(inputs)))
    told = InTurn(inputs)
    with sentences():
        ledger = Ledger(None, Means(__version__, "", {}))  # of this run only: whatever it holds is measured with the same means
        try:
            with Progress(batch, told.show) as progress:
                order = Order(config, request, lines=True, bout=len(inputs) == 2)
                heard = many.Listener(progress.frames, progress.file, lambda: False)
                many.measure(batch, order, processes_for(batch.files), ledger, heard, work)
            _finish(inputs, batch, told.comparison(), ledger, csv, json)
        finally:
            ledger.close()
    failed = [path.name for path in inputs if path in batch.failures]
    if failed:
        raise Failed(f"{len(failed)} of {len(inputs)} inputs could not be measured: {', '.join(failed)}.")


def processes_for(files: Sequence[Path]) -> int:
    """How many processes shall measure these files; 0 for none but this one."""
    videos = sum(path.suffix.lower() not in RECORDINGS for path in files)
    return cores() if videos > 1 or len(files) > FEW else 0


class InTurn:
    """Prints each report once those that were asked for before it are printed or have failed."""

    def __init__(self, inputs: Sequence[Path]) -> None:
        self._inputs, self._left = tuple(inputs), deque(inputs)
        self._lines: dict[Path, tuple[str, ...]] = {}
        self._bouts: dict[Path, Bout] = {}

    def show(self, path: Path, answer: Answer) -> None:
        """A file is done."""
        self._lines[path] = answer.lines
        if answer.bout is not None:
            self._bouts[path] = answer.bout
        while self._left and self._left[0] in self._lines:
            for line in self._lines[self._left.popleft()]:
                click.echo(line)

    def comparison(self) -> Comparison | None:
        """Of two inputs that were measured; None of others."""
        bouts = [self._bouts[path] for path in self._inputs if path in self._bouts]
        return compare(*bouts) if len(bouts) == len(self._inputs) == 2 else None


def _finish(
    inputs: Sequence[Path], batch: many.Batch, comparison: Comparison | None, ledger: Ledger, csv: Path | None, json: Path | None
) -> None:
    """What changed, and the files, where anything could be measured."""
    for line in change_lines(comparison) if comparison else ():
        click.echo(line)
    good = [path for path in inputs if path in batch.stamps]
    if json and good:
        found = _results(good, batch, comparison, ledger)
        with json.open("w", encoding="utf-8") as file:
            results.write_list(file, found) if len(good) > 1 else results.write_one(file, next(found))
    if csv and good:
        with csv.open("w", newline="", encoding="utf-8") as file:
            results.write_table(file, _results(good, batch, None, ledger))


def _results(good: Sequence[Path], batch: many.Batch, comparison: Comparison | None, ledger: Ledger) -> Iterator[Mapping[str, Any]]:
    """The results one by one; the last one says what changed."""
    for k, path in enumerate(good):
        result = {**ledger[batch.stamps[path]], "input": results.readable(path)}
        yield results.with_change(result, comparison) if comparison and k == len(good) - 1 else result
