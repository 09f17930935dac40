"""Background jobs without a background, for the pipeline in tests."""

from collections.abc import Callable


class AtOnce:
    """Does each job in the caller's thread."""

    def __init__(self) -> None:
        self._result: object = None

    def submit(self, job: Callable[[], object]) -> bool:
        self._result = job()
        return True

    def take(self) -> object:
        result, self._result = self._result, None
        return result
