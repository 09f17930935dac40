"""The take-away code: six digits that bring a runner's progress back, without a name or an account.

Pure: the chance comes from outside. What must not go in: what a code opens (kiosk/store).
"""

FREE_DIGITS = 5
"""Digits that are free; the sixth is the check digit."""
NUMBERS = 10**FREE_DIGITS
"""How many codes there are."""

# H. M. Damm, "Total anti-symmetrische Quasigruppen", thesis, Marburg 2004: with this table every wrong digit and every swap of
# neighbours is seen.
DAMM = (
    (0, 3, 1, 7, 5, 9, 8, 6, 4, 2),
    (7, 0, 9, 2, 1, 5, 4, 8, 6, 3),
    (4, 2, 0, 6, 8, 7, 1, 3, 5, 9),
    (1, 7, 5, 0, 9, 8, 3, 4, 2, 6),
    (6, 1, 2, 3, 0, 4, 5, 9, 7, 8),
    (3, 6, 7, 4, 2, 0, 9, 5, 8, 1),
    (5, 8, 6, 9, 7, 2, 0, 1, 3, 4),
    (8, 9, 4, 5, 3, 6, 2, 0, 1, 7),
    (9, 4, 3, 8, 6, 1, 7, 2, 0, 5),
    (2, 5, 8, 1, 4, 3, 6, 7, 9, 0),
)


def code_from(number: int) -> str:
    """The code of a number from 0 to 99999.

    Raises:
        ValueError: the number is outside.
    """
    if not 0 <= number < NUMBERS:
        raise ValueError(f"number of a code: got {number}, expected 0 to {NUMBERS - 1}")
    free = f"{number:0{FREE_DIGITS}d}"
    return f"{free}{_check(free)}"


def is_code(text: str) -> bool:
    """True for six digits whose check digit is right; blanks between them do not count."""
    digits = "".join(text.split())
    return len(digits) == FREE_DIGITS + 1 and digits.isascii() and digits.isdigit() and _check(digits) == 0


def shown(code: str) -> str:
    """The code as it is read: two groups of three."""
    return f"{code[:3]} {code[3:]}"


def _check(digits: str) -> int:
    """The digit that must follow; 0 for digits that end with their check digit."""
    state = 0
    for digit in digits:
        state = DAMM[state][int(digit)]
    return state
