"""A process of a batch that never gets as far as its first file."""

import sys


def main(socket: int) -> None:
    sys.exit(f"no library for socket {socket}")
