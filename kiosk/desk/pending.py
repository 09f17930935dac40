"""Bouts that were ordered and are not stored yet: after a crash they are measured from their poses. What must not go in: files."""

import json
import logging
from collections.abc import Collection
from dataclasses import asdict
from typing import Any

from kiosk.clinic import BoutOrder
from kiosk.domain import View
from kiosk.store import ClinicStore
from kiosk.threads import Turn

LOG = logging.getLogger(__name__)
NAME = "bouts_pending"
"""Under which the store keeps them."""


class Pending:
    """The list, on the disk before a bout begins. Every method may be called from any thread and raises StoreError for the disk."""

    def __init__(self, store: ClinicStore) -> None:
        self._store, self._turn = store, Turn()

    def orders(self) -> tuple[BoutOrder, ...]:
        """All, in the order in which they were given; what cannot be read is left out."""
        return tuple(order for order, _ in self._rows())

    def to_measure(self) -> tuple[BoutOrder, ...]:
        """Those that were not given up."""
        return tuple(order for order, given_up in self._rows() if not given_up)

    def add(self, order: BoutOrder) -> None:
        """One more."""
        with self._turn:
            self._keep([*self._rows(), (order, False)])

    def remove(self, order: BoutOrder) -> None:
        """It is stored, or never will be."""
        with self._turn:
            self._keep([row for row in self._rows() if row[0].name != order.name])

    def names_of(self, assessments: Collection[int]) -> tuple[str, ...]:
        """Names of the recordings of these assessments, which go with their patient."""
        return tuple(f"{order.name}.npz" for order in self.orders() if order.assessment_id in assessments)

    def forget(self, assessments: Collection[int]) -> None:
        """Those of these assessments, after their patient was deleted."""
        with self._turn:
            rows = self._rows()
            left = [row for row in rows if row[0].assessment_id not in assessments]
            if len(left) < len(rows):
                self._keep(left)

    def give_up(self, order: BoutOrder) -> None:
        """It cannot be measured. It stays in the list, so that its files go with its patient."""
        with self._turn:
            self._keep([(one, given_up or one.name == order.name) for one, given_up in self._rows()])

    def _rows(self) -> list[tuple[BoutOrder, bool]]:
        try:
            return [_row(found) for found in json.loads(self._store.secret(NAME) or "[]")]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            LOG.warning("what was ordered before the last end cannot be read: %s", error)
            return []

    def _keep(self, rows: list[tuple[BoutOrder, bool]]) -> None:
        self._store.keep_secret(NAME, json.dumps([asdict(order) | {"given_up": given_up} for order, given_up in rows]))


def _row(found: dict[str, Any]) -> tuple[BoutOrder, bool]:
    given_up = bool(found.pop("given_up"))
    return BoutOrder(**{**found, "view": View(found["view"])}), given_up
