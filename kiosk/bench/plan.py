"""What one run of the benchmark is to measure: which networks, how many turns, how long."""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kiosk.bench.results import BenchError, Setup
from kiosk.config import MOST_THREADS, Config, PoseConfig
from kiosk.pose.movenet import MODELS, RUNTIMES, model_path
from kiosk.threads import cores

QUICK_TURNS, QUICK_TURN_S, QUICK_WARM_S, QUICK_SETTLE_S, QUICK_STARTS = 2, 0.3, 0.4, 0.1, 1
"""Short enough for 30 s in all (our choice)."""


@dataclass(frozen=True)
class Plan:
    """One run."""

    config: Config
    setups: tuple[Setup, ...]
    """Timed by themselves."""
    live: tuple[Setup, ...]
    """Timed in the running station as well."""
    turns: int = 5
    turn_s: float = 2.0
    warm_s: float = 13.0
    """The station runs so long before the first turn: the window that gait looks at is full then (12 s, kiosk/run.py)."""
    settle_s: float = 1.5
    """After browsers came or went nobody counts for so long: a page's code is compiled while it runs first (our choice)."""
    starts: int = 6
    """Of `kiosk run`; the first one is told apart."""
    readers: bool = False
    """Plain readers even where there is a Chromium."""
    quick: bool = False
    say: Callable[[str], None] = lambda line: None
    """Told what is done now."""

    def pose(self, setup: Setup) -> PoseConfig:
        """[pose] for a setup."""
        return PoseConfig(model=setup.model, runtime=setup.runtime, threads=setup.threads)


def installed() -> list[str]:
    """The runtimes that are there, the preferred one first."""
    return [row.name for row in RUNTIMES if _is_there(row.module)]


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # not even the package that holds it
        return False


def setups(models: Sequence[str], runtimes: Sequence[str], threads: Sequence[int]) -> tuple[Setup, ...]:
    """Each model with each runtime and number of threads; nothing given is all there are.

    Raises:
        BenchError: a runtime that is not installed, or none is; too many threads.
        ModelError: no such model.
    """
    there = installed()
    missing = [name for name in runtimes if name not in there]
    if missing or not there:
        raise BenchError(f"{' and '.join(missing) or 'any runtime'}: not installed. Installed: {', '.join(there) or 'none'}.")
    most = min(MOST_THREADS, cores())
    wrong = [n for n in threads if not 1 <= n <= MOST_THREADS]
    if wrong:
        raise BenchError(f"{wrong[0]} threads: 1 to {MOST_THREADS} are allowed.")
    for model in models:
        model_path(model)
    return tuple(
        Setup(model, runtime, n)
        for model in dict.fromkeys(models or MODELS)
        for runtime in there
        if not runtimes or runtime in runtimes
        for n in sorted(set(threads or range(1, most + 1)))
    )


def made(
    config: Config,
    quick: bool,
    models: Sequence[str],
    runtimes: Sequence[str],
    threads: Sequence[int],
    turns: int | None,
    readers: bool,
    say: Callable[[str], None],
) -> Plan:
    """The plan for what was asked for at the command line.

    Quick measures the network of the settings, unless others are named. The station is measured with the preferred runtime only: the
    others are there to compare the network by itself.

    Raises:
        BenchError, ModelError: a setup that cannot be.
    """
    pose = config.pose
    if quick:
        models, threads = models or [pose.model], threads or [min(pose.threads, cores())]
        runtimes = runtimes or ([pose.runtime] if pose.runtime != "auto" else installed()[:1])
    rows = setups(models, runtimes, threads)
    live = tuple(row for row in rows if row.runtime == rows[0].runtime)
    if quick:
        return Plan(config, rows, live, turns or QUICK_TURNS, QUICK_TURN_S, QUICK_WARM_S, QUICK_SETTLE_S, QUICK_STARTS, readers, True, say)
    return Plan(config, rows, live, turns or Plan.turns, readers=readers, say=say)
