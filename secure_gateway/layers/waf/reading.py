"""What `WafSpec` reads in its own way: names, countries, headers, managed rule groups; and the order of the rules."""

import re

from ...validation.fields import strings
from ...validation.problems import suggest
from ...validation.reader import Reader, matching
from .args import ManagedGroupArgs
from .catalogue import COUNTRIES, MANAGED_GROUPS
from .rule_specs import ManagedGroupSpec

SECRET_HEADERS = ("authorization", "cookie", "x-api-key")
"""Headers whose values are never logged or sampled."""
DEFAULT_GROUPS = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
    "AWSManagedRulesAmazonIpReputationList",
)
_RULE_KEY = r"[A-Za-z0-9_-]{1,64}"
# Who may call at all, then how often, then with what. A rule of the layer keeps its priority whatever else is on; the
# caller's own rules are in the gaps, by name.
PRIORITIES = {
    "blocked-addresses": 0,
    "other-proxies": 2,
    "no-forwarded-address": 4,
    "other-addresses": 10,
    "blocked-countries": 20,
    "other-countries": 30,
    "rate-limit": 40,
    "sql-injection": 50,
    "cross-site-scripting": 60,
    **{group: 100 + 10 * place for place, group in enumerate(MANAGED_GROUPS)},
}
"""The layer's own rules, and when they are asked, lowest first."""
RATE_RULES, RULE_GROUPS, LABEL_RULES = 41, 1_000, 2_000
"""Where the caller's own rules begin; rules about labels come last, since only earlier rules can add the labels."""
_check_header = matching(r"[a-z0-9_-]{1,64}", "the name of a header in lower case")
check_secret_argument = matching(r"[^\sA-Z]{1,64}", "the name of a query argument in lower case")


def _check_country(country: str) -> str | None:
    if country in COUNTRIES:
        return None
    meant = f"; did you mean {country.upper()!r}?" if country.upper() in COUNTRIES else ""
    return f"is not an ISO 3166 alpha-2 country code, such as 'DE' or 'GB'{meant}"


def check_secret_header(name: str) -> str | None:
    """What is wrong with the name of a header whose values are hidden."""
    if name in SECRET_HEADERS:
        return "is never logged anyway: leave it out"
    return _check_header(name)


def countries() -> tuple[str, ...]:
    """Declare a list of countries."""
    return strings(check=_check_country, values="ISO 3166 alpha-2 codes, in upper case", ordered=False)


def check_lists(reader: Reader) -> None:
    """Reject lists that contradict each other, and empty lists."""
    if reader.has("block_countries") and reader.has("allow_countries"):
        reader.conflict("block_countries", reader.at("allow_countries"))
    for name in ("allow_cidrs", "allow_countries"):
        # Nobody or everybody: an empty list does not say which.
        if reader.is_empty(name):
            reader.add(name, "must not be empty: leave it out to allow all")


def named_rules(reader: Reader, name: str, shape: type) -> list[tuple[str, Reader]]:
    """A caller's own rules by name; a name becomes part of a rule's and a metric's."""
    children = reader.child_map(name, shape)
    for key, child in children.items():
        if not re.fullmatch(_RULE_KEY, key):
            reader.problems.reject(child.path, key, "is not a name of letters, digits, hyphens and underscores")
    return sorted(children.items())


def managed_groups(reader: Reader) -> dict[str, ManagedGroupSpec]:
    """The managed rule groups, each with its settings."""
    names = reader.strings("managed_groups", DEFAULT_GROUPS, choices=MANAGED_GROUPS)
    settings = reader.child_map("managed_group_settings", ManagedGroupArgs)
    for name, child in settings.items():
        if name not in names:
            predicate = f"is not listed in `{reader.at('managed_groups')}`{suggest(name, names)}"
            reader.problems.reject(child.path, name, predicate)
    return {name: ManagedGroupSpec.parse(name, settings.get(name)) for name in sorted(names)}
