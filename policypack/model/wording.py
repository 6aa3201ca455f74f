"""Wording that several messages share."""


def amount(number: float, noun: str) -> str:
    """A number with its noun: `1 day`, `7 days`, `10,000 requests`."""
    return f"{number:,g} {noun}{'' if number == 1 else 's'}"
