"""What the caller decides otherwise than the document, operation by operation."""

from collections.abc import Collection
from dataclasses import dataclass

from ..validation.fields import options, parses, string
from ..validation.problems import join, spell, suggest
from ..validation.reader import Reader
from .args import OperationArgs


@parses(OperationArgs)
@dataclass(frozen=True, kw_only=True)
class Override:
    """`OperationArgs`, validated; None where the document decides."""

    authorizer: str | None
    scopes: tuple[str, ...] | None
    public: str = string(expected="the reason why anyone may call this operation")
    api_key: bool | None
    target_from_request: str = string(expected="the reason why callers may choose what the backend's role acts on")

    @property
    def decides_who(self) -> bool:
        """Whether what the document requires no longer counts."""
        return bool(self.public) or self.authorizer is not None


_NONE = Override(authorizer=None, scopes=None, public="", api_key=None)


class Overrides:
    """The overrides by operationId or `METHOD /path`; each must be of some operation."""

    def __init__(self, reader: Reader, authorizers: Collection[str]) -> None:
        """Read all of them."""
        self._path = reader.at("operations")
        self._problems = reader.problems
        self._given = {
            name: _override(each, authorizers) for name, each in reader.child_map("operations", OperationArgs).items()
        }
        self._used: set[str] = set()

    def of(self, operation_id: str | None, key: str) -> Override:
        """What is decided about one operation."""
        names = [name for name in (operation_id, key) if name and name in self._given]
        self._used.update(names)
        if len(names) > 1:
            self._problems.reject(join(self._path, names[1]), names[1], f"is the same operation as {names[0]!r}")
        return self._given[names[0]] if names else _NONE

    def refuse_idle_reasons(self, needed: Collection[str]) -> None:
        """A reason why callers may choose a target that they do not choose excuses nothing."""
        for name, each in self._given.items():
            if each.target_from_request and each.target_from_request not in needed:
                path = join(join(self._path, name), spell("target_from_request"))
                self._problems.add(
                    path, "has no effect: no request chooses what this operation's own integration acts on"
                )

    def refuse_unused(self, known: Collection[str]) -> None:
        """An override of no operation decides nothing."""
        for name in sorted(self._given.keys() - self._used):
            predicate = f"is no operationId or METHOD /path of the document{suggest(name, known)}"
            self._problems.reject(join(self._path, name), name, predicate)


def _override(reader: Reader, authorizers: Collection[str]) -> Override:
    if reader.has("public"):
        for name in reader.given("auth", "scopes"):
            reader.conflict(name, reader.at("public"))
        if reader.get("api_key"):
            reader.add("api_key", "requires an authorizer: a key identifies a client but does not authenticate one")
    authorizer = reader.string("auth", choices=sorted(authorizers))
    return Override(
        **options(Override, reader),
        authorizer=authorizer or None,
        scopes=reader.strings("scopes") if reader.has("scopes") else None,
        api_key=reader.boolean("api_key", default=False) if reader.has("api_key") else None,
    )
