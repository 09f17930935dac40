"""What a person sees of a batch: progress, a line a file, how it ended and how to go on.

What must not go in: the work itself; that is `kiosk/many/`.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

import click
from tqdm import tqdm

from kiosk import many, results
from kiosk.batch import Request
from kiosk.cli import Failed, one_line, real_path, sentences, stopped_by_signal
from kiosk.config import Config
from kiosk.many.inputs import Found, find_files
from kiosk.many.ledger import Ledger
from kiosk.many.pool import WORK
from kiosk.many.work import Answer, Order
from kiosk.threads import Stop, cores, monotonic_s

PLAIN_EVERY_S = 30.0
"""How often a log, which has no progress bar, is told where the batch stands (our choice)."""
MOST_NAMED = 5
"""Failed files that the last sentence names; all are in the table (our choice)."""


def run_batch(
    inputs: tuple[Path, ...], config: Config, request: Request, jobs: int | None, csv: Path | None, json: Path | None, work: str = WORK
) -> None:
    """Measure all files of the inputs and write the table.

    Raises:
        Failed: files that could not be measured, nothing to measure, interrupted, or an output that cannot be written.
    """
    found = find_files(inputs)
    _check(inputs, found, [p for p in (csv, json) if p])
    order, stop = Order(config, request), Stop()
    with sentences(), stopped_by_signal(stop.set), _journal(order, csv, json) as ledger:
        batch = many.begun(found.files, found.unreadable, ledger)
        _tell_start(batch, ledger)
        with Progress(batch, print_nothing if csv or json else print_short) as progress:
            many.measure(batch, order, jobs or cores(), ledger, many.Listener(progress.frames, progress.file, lambda: stop.is_set), work)
        if batch.todo:
            raise Failed(_how_to_go_on(batch, ledger))
        _write(batch, ledger, csv, json)
        later = [path for path in find_files(inputs).files if path not in batch.files]
        if not batch.failures and not later:
            ledger.remove()
        _tell_end(batch, ledger, later, bool(csv or json))


def _check(inputs: tuple[Path, ...], found: Found, outputs: list[Path]) -> None:
    if not found.files and not found.unreadable:
        raise Failed(f"{', '.join(map(str, inputs))}: no pose recording (.npz) and no video in there. Name the folder that holds them.")
    files = {real_path(path) for path in found.files if outputs}
    for path in outputs:
        if real_path(path) in files:
            raise click.UsageError(f"{path} is an input: give the output another name.")


@contextmanager
def _journal(order: Order, csv: Path | None, json: Path | None) -> Iterator[Ledger]:
    ledger = Ledger(many.journal_of([csv, json]), many.means_of(order))
    try:
        yield ledger
    finally:
        ledger.close()


def _tell_start(batch: many.Batch, ledger: Ledger) -> None:
    if ledger.other:
        click.echo(f"The results in {ledger.path} are of another {', '.join(ledger.other)}: starting anew.", err=True)
    for failure in batch.failures.values():
        Failed(failure).show()
    if batch.resumed:
        click.echo(f"Going on: {batch.resumed} of {len(batch.files)} files are measured already ({ledger.path}).", err=True)


def _how_to_go_on(batch: many.Batch, ledger: Ledger) -> str:
    """The last words of an interrupted batch."""
    where = f"stopped: {batch.done} of {len(batch.files)} files are done"
    if ledger.path is None:
        return f"{where}. Nothing is kept without --csv or --json."
    return f"{where} and kept in {ledger.path}. Give the same command again to go on; delete that file to start anew."


def _write(batch: many.Batch, ledger: Ledger, csv: Path | None, json: Path | None) -> None:
    if csv is not None:
        with many.replaced(csv) as file:
            results.write_table(file, many.results_of(batch, ledger))
    if json is not None:
        with many.replaced(json) as file:
            results.write_list(file, many.results_of(batch, ledger))


def _tell_end(batch: many.Batch, ledger: Ledger, later: list[Path], written: bool) -> None:
    click.echo(f"{len(batch.stamps)} of {len(batch.files)} files measured.", err=True)
    if not written:
        click.echo("For a table of all metrics, and to be able to go on after an interruption: --csv OUT.csv", err=True)
    if later:
        click.echo(f"{len(later)} more files came in the meantime: give the same command again to measure them.", err=True)
    if batch.failures:
        names = [path.name or str(path) for path in sorted(batch.failures)]
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        kept = f" What is measured is kept in {ledger.path}: the same command tries only these again." if ledger.path else ""
        count = f"{len(names)} of {len({*batch.files, *batch.failures})} inputs could not be measured"
        raise Failed(f"{count}: {', '.join(names[:MOST_NAMED])}{more}.{kept}")


def print_short(path: Path, answer: Answer) -> None:
    """One line of a file that was measured."""
    if answer.result is not None:
        click.echo(results.short_line({**answer.result, "input": results.readable(path)}))


def print_nothing(path: Path, answer: Answer) -> None:
    """Where everything is written into a file."""


class Progress:
    """A bar on a terminal, a line now and then in a log; use in a `with`.

    Args:
        batch: of which it tells.
        show: prints what a file gave; a failure is told already.
        errors: where bar, lines and failures go.
    """

    def __init__(self, batch: many.Batch, show: Callable[[Path, Answer], None], errors: TextIO = sys.stderr) -> None:
        self._batch, self._show, self._errors = batch, show, errors
        self._bar: Any = None
        self._frames = 0
        self._begun_s = self._told_s = monotonic_s()

    def __enter__(self) -> "Progress":
        bar = "{n_fmt} of {total_fmt} files |{bar}| {elapsed}, {remaining} left{postfix}"
        all_files, silent = len(self._batch.files), not self._errors.isatty()
        self._bar = tqdm(total=all_files, initial=self._batch.resumed, disable=silent, leave=False, bar_format=bar, file=self._errors)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def frames(self, count: int) -> None:
        """So many frames of videos more are done."""
        self._frames += count
        self._bar.set_postfix_str(self._rate())
        self._tell()

    def file(self, path: Path, answer: Answer) -> None:
        """A file is done: a failure is told at once."""
        self._bar.clear()
        if answer.result is None:
            Failed(answer.failure).show()
        self._show(path, answer)
        self._bar.update(1)
        self._bar.set_postfix_str(self._rate())
        self._tell()

    def _rate(self) -> str:
        seconds = max(monotonic_s() - self._begun_s, 1e-3)
        files = (self._batch.done - self._batch.resumed) / seconds * 60
        return f"{files:.0f} files/min" + (f", {self._frames / seconds:.0f} frames/s" if self._frames else "")

    def _tell(self) -> None:
        now_s = monotonic_s()
        if self._errors.isatty() or now_s - self._told_s < PLAIN_EVERY_S:
            return
        self._told_s = now_s
        click.echo(f"{self._batch.done} of {len(self._batch.files)} files, {one_line(self._rate())}", err=True)
