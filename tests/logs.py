"""A store in memory: what a pipeline told it, in order, the summaries, and progress under codes."""

from collections.abc import Callable, Sequence

from kiosk.screen import Summary


class Log:
    """Like kiosk.store.SessionStore for a pipeline; remembers the names of all calls."""

    problem = ""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ended: list[Summary] = []
        self.answered: list[tuple[str, ...]] = []
        self.outcomes: list[tuple[object, ...]] = []
        self.told: list[Summary] = []
        self.kept: dict[str, str] = {}

    def begin(self, info: object, language: object) -> int:
        self.said.append("begin")
        return len(self.ended) + 1

    def end(self, session_id: int, summary: Summary) -> None:
        self.said.append("end")
        self.ended.append(summary)

    def summary(self, session_id: int, summary: Summary) -> None:
        self.said.append("summary")
        self.told.append(summary)

    def outcome(self, session_id: int, *facts: object) -> None:
        self.said.append("outcome")
        self.outcomes.append(facts)

    def answers(self, session_id: int, answers: Sequence[str]) -> None:
        self.answered.append(tuple(answers))

    def runner(self, code: str) -> str | None:
        return self.kept.get(code)

    def knows(self, code: str) -> bool:
        return code in self.kept

    def keep_runner(self, code: str, progress: str, session_id: int | None) -> None:
        self.kept[code] = progress

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_: self.said.append(name)
