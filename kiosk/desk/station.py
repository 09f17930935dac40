"""What the clinic's side needs of the running station. What must not go in: bouts (bouts.py), which only a clinic loads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kiosk.screen import LiveView, Press
from kiosk.threads import Latest

if TYPE_CHECKING:
    from kiosk.bouts import Levels


@dataclass(frozen=True)
class Station:
    """What the desk needs of the running station."""

    send: Callable[[Press], bool]
    """Puts a press on the one queue; False when it is full."""
    views: Latest[LiveView]
    made_by: str
    """Program and network, for recordings."""
    hear: "Callable[[float], Levels] | None" = None
    """Levels of the microphone since a time; None without one."""
    camera: Callable[[], Mapping[str, str]] = dict
    """Kind, name and library of the camera, for reports; its sensor is known once it is open."""
    on_crash: Callable[[str, Exception], None] | None = None
