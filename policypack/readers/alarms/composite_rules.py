"""Reads the rules of composite alarms: which alarms make them go off.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import ast
import re
from typing import Final

_STATE: Final = re.compile(r"""\b(ALARM|OK|INSUFFICIENT_DATA)\(\s*["']?([^"')]+?)["']?\s*\)""")
_OPERATORS: Final = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}
_EITHER: Final = 0.5
"""The value of what may be true or false."""


class AlarmRule:
    """The `alarmRule` of a composite alarm."""

    def __init__(self, written: str) -> None:
        """Parse a rule; of one that uses more than `AND`, `OR` and `NOT`, only the names of its alarms."""
        self._states: list[tuple[str, str]] = _STATE.findall(written)
        self.names = {name for _, name in self._states}
        count = iter(range(len(self._states)))
        plain = _STATE.sub(lambda _: f"s{next(count)}", written)
        plain = re.sub(r"\b(AND|OR|NOT|TRUE|FALSE)\b", lambda found: _OPERATORS[found[1]], plain)
        try:
            self._tree = ast.parse(f"({plain})", mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            self._tree = None

    def goes_off_with(self, name: str) -> bool:
        """Whether the rule may be true while an alarm is in the state ALARM, and false while it is OK."""
        if self._tree is None:
            return name in self.names
        try:
            return self._value(self._tree, name, "ALARM") > 0 and self._value(self._tree, name, "OK") < 1
        except RecursionError:
            return name in self.names

    def _value(self, node: ast.expr, name: str, state: str) -> float:
        """A value from 0 (never true) to 1 (always true) while the alarm `name` is in a state."""
        match node:
            case ast.Constant(value=bool() as value):
                return float(value)
            case ast.Name(id=id_) if id_[1:].isdecimal() and int(id_[1:]) < len(self._states):
                expected, alarm = self._states[int(id_[1:])]
                return float(expected == state) if alarm == name else _EITHER
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return 1 - self._value(operand, name, state)
            case ast.BoolOp(op=operator, values=values):
                found = [self._value(each, name, state) for each in values]
                return min(found) if isinstance(operator, ast.And) else max(found)
            case _:
                return _EITHER
