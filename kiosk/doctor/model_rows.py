"""Checks of the network: its file is the one that was shipped, it answers rightly, it is fast enough."""

from pathlib import Path

from kiosk.doctor.camera_rows import LEAST_HZ
from kiosk.doctor.case import Case, Speed
from kiosk.health import Check, Level
from kiosk.pose.movenet import MODEL_FOLDER, MODELS, ModelError, Network, model_path, self_test, sha256
from kiosk.words import Phrase

AGAIN = Phrase("Install Treadside again: sudo ./setup.sh install (data and settings stay).")
SET_MODEL = Phrase("Look at [pose] model in kiosk.toml: lightning, thunder, or the path of a MoveNet .tflite file.")


def model(case: Case) -> Check:
    """The model's file is there, and is what was shipped."""
    wanted = shipped_sums()
    try:
        path = model_path(case.config.pose.model)
        found = sha256(path)
    except (ModelError, OSError) as error:
        return Check("model", Level.WRONG, Phrase("{said}", said=str(error)), SET_MODEL)
    name = Phrase("{file} (SHA-256 {digits} ...)", file=path.name, digits=found[:12])
    if path not in MODELS.values():
        own = Phrase("{model} is a file of your own: nobody but you knows whether it is whole.", model=name)
        return Check("model", Level.NOTE, own, Phrase("If the numbers look odd, set model = lightning in kiosk.toml."))
    broken = [file for file in _shipped(path) if wanted.get(file.name) != _sum_or_none(file)]
    if path in broken:
        return Check("model", Level.WRONG, Phrase("{model} is damaged: its checksum is not the shipped one.", model=name), AGAIN)
    if broken:
        other = Phrase("{model} is whole, but {other} is damaged.", model=name, other=broken[0].name)
        return Check("model", Level.NOTE, other, AGAIN)
    return Check("model", Level.OK, Phrase("{model} is the shipped one.", model=name))


def self_answer(case: Case) -> Check:
    """The network, run on the stored picture, gives the stored answer."""
    try:
        network = Network(case.config.pose)
        self_test(network)
    except ModelError as error:
        return Check("self_test", Level.WRONG, Phrase("{said}", said=str(error)), SET_MODEL)
    return Check("self_test", Level.OK, Phrase("{runtime} gives the right answer for the stored picture.", runtime=network.runtime))


def speed(case: Case) -> tuple[Check, ...]:
    """Milliseconds an inference takes, and how many pictures a second that allows."""
    if trouble := case.running.notices.get("pose"):
        return (Check("speed", Level.WRONG, trouble if isinstance(trouble, Phrase) else Phrase("{said}", said=trouble), AGAIN),)
    wanted, runs = case.config.camera.frames_per_s, case.speeds
    if not runs:
        return (Check("speed", Level.ABSENT, Phrase("Not measured: the network has not run.")),)
    return (_of(runs[0], wanted), *(_of(run, None) for run in runs[1:]))


def _of(run: Speed, wanted: int | None) -> Check:
    """One network; `wanted` pictures a second are asked of it, None where it is only told for comparison."""
    most = 1e3 / run.inference_ms
    if wanted is None:
        said = Phrase(
            "For comparison {model}: {ms:.1f} ms, at most {most:.0f} pictures a second.", model=run.model, ms=run.inference_ms, most=most
        )
        return Check("speed", Level.OK, said, value=run.inference_ms, unit="ms")
    found = Phrase(
        "{model} with {runtime}: {ms:.1f} ms an inference, so at most {most:.0f} pictures a second.",
        model=run.model,
        runtime=run.runtime,
        ms=run.inference_ms,
        most=most,
    )
    if most < LEAST_HZ:
        help_ = Phrase("Too slow to measure anything. Use model = lightning under [pose], stop other programs, cool the device.")
        return Check("speed", Level.WRONG, found, help_, run.inference_ms, "ms")
    if most < wanted:
        help_ = Phrase(
            "It skips pictures ({wanted} a second come) and still measures. For more, use model = lightning, or set frames_per_s lower.",
            wanted=wanted,
        )
        return Check("speed", Level.NOTE, found, help_, run.inference_ms, "ms")
    return Check("speed", Level.OK, found, value=run.inference_ms, unit="ms")


def shipped_sums() -> dict[str, str]:
    """File name -> SHA-256 of the shipped models; empty when the list itself is gone."""
    try:
        lines = (MODEL_FOLDER / "SHA256SUMS").read_text().splitlines()
    except OSError:
        return {}
    return {name: digest for digest, name in (line.split() for line in lines if len(line.split()) == 2)}


def _shipped(first: Path) -> list[Path]:
    return sorted(MODELS.values(), key=lambda path: path != first)


def _sum_or_none(path: Path) -> str | None:
    try:
        return sha256(path)
    except OSError:
        return None
