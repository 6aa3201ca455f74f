"""The Lambda functions that a document's own integrations invoke.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

_PART: Final = r"(?:\$\{AWS::\w+\}|[^:])+"
_INVOKED: Final = re.compile(
    rf"arn:{_PART}:apigateway:{_PART}:lambda:path/(?:2015-03-31/functions/(?P<plain>.+)/invocations"
    r"|2021-11-15/functions/(?P<streamed>.+)/response-streaming-invocations)"
)
_ARN: Final = re.compile(
    rf"arn:(?P<partition>{_PART}):lambda:(?P<region>{_PART}):(?P<account>{_PART})"
    r":function:(?P<name>[^:]+)(?::(?P<qualifier>[^:]+))?"
)
_NAME: Final = re.compile(r"(?P<name>[^:/]+)(?::(?P<qualifier>[^:/]+))?")
_VARIABLE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
_OWN: Final = re.compile(r"\$\{AWS::(?:Partition|Region|AccountId)\}")


@dataclass(frozen=True, kw_only=True)
class InvokedFunction:
    """A function as an integration names it, perhaps with stage variables in its name, alias or version."""

    name: str
    """The name, or a literal ARN without alias and version."""
    qualifier: str = ""
    region: str = ""
    """Empty for the API's own region."""
    account: str = ""
    """Empty for the API's own account."""

    @property
    def label(self) -> str:
        """The function as the document names it."""
        return f"{self.name}:{self.qualifier}".rstrip(":")

    @property
    def names(self) -> frozenset[str]:
        """How args may call it: with its alias or version, and without."""
        return frozenset({self.name, self.label})

    @property
    def variables(self) -> frozenset[str]:
        """The stage variables that it names."""
        return frozenset(_VARIABLE.findall(f"{self.name}:{self.qualifier}"))

    def resolved(
        self, variables: Mapping[str, pulumi.Input[str]]
    ) -> tuple[pulumi.Input[str], pulumi.Input[str] | None]:
        """The function and its alias or version in a stage with these variables."""
        function = _filled(self.label, variables)
        # A variable may hold a name with an alias.
        if isinstance(function, str):
            return _split(function)
        halves = pulumi.Output.from_input(function).apply(_split)
        return halves.apply(lambda each: each[0]), halves.apply(lambda each: each[1])  # pyright: ignore[reportReturnType] - None is "unset" to the provider


def invoked_by(integration: Mapping[str, Any]) -> InvokedFunction | str | None:
    """The function that an integration invokes and needs a permission for.

    None if it invokes none, or with a role. A string says why the function cannot be named.
    """
    uri, credentials = integration.get("uri"), integration.get("credentials")
    if not str(integration.get("type")).lower().startswith("aws") or credentials or not isinstance(uri, str):
        return None
    if uri.startswith("${stageVariables."):
        return "the function is not named in the document"
    match = _INVOKED.fullmatch(uri)
    if match is None:
        return "the function is not named in the document" if ":lambda:" in uri else None
    named = match["plain"] or match["streamed"]
    arn, plain = _ARN.fullmatch(named), _NAME.fullmatch(named)
    if arn is None:
        if plain is None:
            return "the function is not named in the document"
        return InvokedFunction(name=plain["name"], qualifier=plain["qualifier"] or "")
    region, account = _literal(arn["region"]), _literal(arn["account"])
    if "${" in region + account:
        return "the region or account of the function is a stage variable"
    # With a variable of AWS's in the ARN, the function is one of the API's own account and region.
    name = arn["name"] if _OWN.search(named) else named.removesuffix(f":{arn['qualifier']}")
    return InvokedFunction(name=name, qualifier=arn["qualifier"] or "", region=region, account=account)


def _literal(value: str) -> str:
    return "" if _OWN.fullmatch(value) else value


def _split(function: str) -> tuple[str, str | None]:
    """A name or ARN, and its alias or version."""
    head, separator, tail = function.rpartition(":function:")
    name, _, qualifier = tail.partition(":")
    return f"{head}{separator}{name}", qualifier or None


def _filled(text: str, variables: Mapping[str, pulumi.Input[str]]) -> pulumi.Input[str]:
    names = sorted(set(_VARIABLE.findall(text)))
    values = [variables.get(name, "") for name in names]

    def fill(known: list[str]) -> str:
        by_name = dict(zip(names, known, strict=True))
        return _VARIABLE.sub(lambda match: by_name[match[1]], text)

    plain = [each for each in values if isinstance(each, str)]
    return fill(plain) if len(plain) == len(values) else pulumi.Output.all(*values).apply(fill)
