"""A clock that stands still, so that a busy machine does not change what a test about time finds."""

NOW = 1_800_000_000
"""Where it stands, in Unix seconds. It is not the present, so that a forgotten use of real time fails at once."""


class Clock:
    """A clock that only tests move, by setting `ahead`."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return NOW + self.ahead
