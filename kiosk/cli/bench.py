"""`kiosk bench`: speed against the bare network; with --tune the best settings for this device. No work of its own."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from kiosk.cli import Failed, config_option, load_config, sentences


@click.command()
@config_option
@click.option("--quick", is_flag=True, help="The network of the settings only, three short turns: under 30 s on an idle machine.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures as JSON.")
@click.option("--write", "document", type=click.Path(path_type=Path), help="Put the figures between the markers of docs/speed.md.")
@click.option("--models", help="Only these, with commas: lightning, thunder, or .tflite files of MoveNet.")
@click.option("--runtimes", help="Only these, with commas: ai-edge-litert, tflite-runtime.")
@click.option("--threads", help="Only these numbers of threads, with commas.")
@click.option("--turns", type=click.IntRange(1, 99), help="Instead of 5; 3 with --quick.")
@click.option("--readers", is_flag=True, help="Let plain readers of the streams watch, not Chromium.")
@click.option("--tune", is_flag=True, help="Write the best model, runtime, threads and frame rate into the file of --config.")
@click.option("--latency-ms", type=click.IntRange(1, 10000), default=100, show_default=True, help="With --tune: from frame to event, p95.")
def bench(
    config_path: Path | None,
    quick: bool,
    json_path: Path | None,
    document: Path | None,
    models: str | None,
    runtimes: str | None,
    threads: str | None,
    turns: int | None,
    readers: bool,
    tune: bool,
    latency_ms: int,
) -> None:
    """Measure speed against the bare network, in turns; nothing else should run on the machine meanwhile."""
    from kiosk.bench.bars import judged_json
    from kiosk.bench.document import write
    from kiosk.bench.plan import made
    from kiosk.bench.run import run_bench
    from kiosk.bench.text import lines
    from kiosk.bench.tuning import tuned

    if tune and config_path is None:
        raise click.UsageError("--tune needs --config with the kiosk.toml to write into.")
    if tune and (document or turns or readers):
        raise click.UsageError("--tune has turns and a reader of its own and writes kiosk.toml: leave out --write, --turns and --readers.")
    config = load_config(config_path)
    with sentences(), _bench_sentences():
        _check(json_path, document)
        plan = made(config, quick, _words(models), _words(runtimes), _numbers(threads), turns, readers, _say)
        if tune and config_path is not None:
            for line in tuned(plan, latency_ms, config_path, json_path):
                click.echo(line)
            return
        found = run_bench(plan)
        for line in lines(found):
            click.echo(line)
        if json_path is not None:
            json_path.write_text(json.dumps(judged_json(found), indent=1) + "\n", encoding="utf-8")
        if document is not None:
            write(document, found)


@contextmanager
def _bench_sentences() -> Iterator[None]:
    from kiosk.bench.results import BenchError
    from kiosk.browser.chromium import BrowserError

    try:
        yield
    except (BenchError, BrowserError) as error:
        raise Failed(str(error)) from None


def _check(json_path: Path | None, document: Path | None) -> None:
    """Can the figures be written? Asked before minutes of work."""
    from kiosk.bench.document import place

    if json_path is not None and not json_path.parent.is_dir():
        raise Failed(f"{json_path}: there is no folder {json_path.parent}. Make it first or name another.")
    if document is not None:
        place(document)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _words(given: str | None) -> list[str]:
    return [word.strip() for word in given.split(",") if word.strip()] if given else []


def _numbers(given: str | None) -> list[int]:
    words = _words(given)
    wrong = [word for word in words if not word.isdecimal()]
    if wrong:
        raise click.BadParameter(f"{wrong[0]!r} is no number of threads; e.g. 1,2,4.", param_hint="--threads")
    return [int(word) for word in words]
