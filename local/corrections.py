"""How the local emulation of AWS corrects moto."""

from collections.abc import Callable
from typing import Any


def corrects(owner: Any, name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Replace a method of moto by the decorated function, which gets the original as its first argument."""

    def replace(function: Callable[..., Any]) -> Callable[..., Any]:
        original = getattr(owner, name, None)
        setattr(owner, name, lambda *args, **kwargs: function(original, *args, **kwargs))
        return function

    return replace
