"""Compares what the policies find with who gets through: what a policy rules out may reach no backend.

`make agreement` compares all generated gateways and mutants, the tests a sample.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import mutants
from equivalent import explanations

from policypack.ask.api import Api
from policypack.ask.callers import Callers, callers
from policypack.ask.evaluate import NO_WEB_ACL, walks
from policypack.ask.request import Given, Identity, Request
from policypack.ask.walk import Passage, Walk
from policypack.evaluation.asked import of_resources
from policypack.graph.graph import Resource
from policypack.patterns.addresses import Address, AddressGroup, Span, exceed_allow_list


def disagreements(resources: Sequence[Resource], reported: Collection[str]) -> Iterator[str]:
    """Callers that reach a backend although no policy that rules them out is among those that find anything."""
    for api in of_resources(resources).apis:
        rows = [each for each in callers(api) if each.certain and not each.route.startswith("OPTIONS ")]
        for policies, forbidden in FORBIDDEN.items():
            if not set(policies).intersection(reported):
                yield from (f"{policies[0]}: {each}" for each in forbidden(api, rows))


Forbidden = Callable[[Api, Sequence[Callers]], Iterator[object]]
"""What an API lets through although a policy forbids it: of the rows of callers, or of other requests."""


def _unauthenticated(_api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    return (each for each in rows if _without_credentials(each))


def _with_a_key_alone(_api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    return (each for each in rows if each.credentials == ("an API key of the stage",))


def _of_any_address(api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    return (each for each in rows if api.gateway.kind == "REST" and _from_anywhere(each))


def _of_any_account(_api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    signed = (each for each in rows if "the signature of any AWS principal" in each.credentials)
    return (each for each in signed if not each.via and exceed_allow_list(_groups(each.addresses)))


def _of_any_vpc_endpoint(_api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    return (each for each in rows if each.via == "any VPC endpoint")


def _at_a_public_http_api(api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    direct = (each for each in rows if each.entry.startswith("execute-api") and api.gateway.kind != "REST")
    # A function may require the secret header of a distribution.
    decides = {each.label for each in api.gateway.routes if each.authorization in {"lambda", "unknown"}}
    return (each for each in direct if each.route not in decides and "$connect" not in decides)


def _at_the_default_endpoint(api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    return (each for each in rows if api.gateway.domains and each.entry.startswith("execute-api"))


def _without_a_certificate(api: Api, rows: Sequence[Callers]) -> Iterator[object]:
    """Callers of a domain without mutual TLS, although another one has it."""
    some = any(each.mutual_tls.is_yes for each in api.gateway.domains)
    labels = tuple(each.label for each in api.gateway.domains)
    at_domains = (each for each in rows if some and each.entry.startswith(labels))
    return (each for each in at_domains if not any("certificate" in one for one in each.credentials))


def _without_a_web_acl(api: Api, _rows: Sequence[Callers]) -> Iterator[object]:
    if api.gateway.kind == "REST" and all(each.distribution is None for each in api.gateway.stages):
        for walk in _walks(api):
            if any(each.name == "web ACL" and each.reason == NO_WEB_ACL for each in walk.steps):
                yield walk.entry.label


def _above_every_limit(api: Api, _rows: Sequence[Callers]) -> Iterator[object]:
    """Requests that nothing but a limit of the account may stop, which all APIs of an account share."""
    found = _walks(api, over_limit=True)
    return (each.entry.label for each in found if each.stop is None and {one.name for one in each.unless} <= _THROTTLE)


def _without_what_is_required(api: Api, _rows: Sequence[Callers]) -> Iterator[object]:
    """Requests without a parameter that their route requires."""
    for label, described in api.described.items():
        if described.required and label.startswith("GET "):
            request = replace(_VALID, path=label.partition(" ")[2], ordinary=False)
            yield from (
                f"{label}, {each.entry.label}" for each in walks(api, request) if each.passage is Passage.PASSES
            )


_THROTTLE = {"throttle"}
_VALID = Request(
    method="GET",
    address=Address(4, 0xCB007107),
    country="ZZ",
    principal="arn:aws:iam::000000000000:role/zq7",
    identity=Identity.ALLOW,
    certificate=Given.VALID,
    key=Given.VALID,
    token=Given.VALID,
    ordinary=True,
)
"""A request that has every credential."""


def _walks(api: Api, **changes: Any) -> Iterator[Walk]:
    for label in (each.label for each in api.gateway.routes if each.label.startswith("GET ")):
        yield from walks(api, replace(_VALID, path=label.partition(" ")[2], **changes))


FORBIDDEN: Final[Mapping[tuple[str, ...], Forbidden]] = {
    ("auth-methods-authenticated", "auth-keys-never-standalone"): _unauthenticated,
    ("auth-keys-never-standalone",): _with_a_key_alone,
    ("network-callers-restricted", "network-allow-lists-enforced"): _of_any_address,
    ("network-iam-accounts-restricted",): _of_any_account,
    ("network-private-apis-restricted", "network-private-domains-restricted"): _of_any_vpc_endpoint,
    ("network-http-apis-not-public",): _at_a_public_http_api,
    ("tls-default-endpoint-disabled",): _at_the_default_endpoint,
    ("tls-mutual-tls-on-every-domain",): _without_a_certificate,
    ("tls-endpoints-minimum-version", "tls-domains-minimum-version", "tls-cloudfront-minimum-version"): (
        lambda api, _rows: _with_old_tls(api)
    ),
    ("waf-stages-have-web-acl",): _without_a_web_acl,
    ("keys-stages-throttled", "waf-callers-rate-limited"): _above_every_limit,
    ("api-requests-validated",): _without_what_is_required,
}
"""By the policies of which at least one must find it, what reaches a backend against their intention."""


def _without_credentials(row: Callers) -> bool:
    return not any(each.startswith(("the signature", "what ")) for each in row.credentials)


def _from_anywhere(row: Callers) -> bool:
    signed = any(each.startswith("the signature") for each in row.credentials)
    return not signed and not row.via and exceed_allow_list(_groups(row.addresses))


def _groups(addresses: Mapping[int, Sequence[Span]]) -> Iterator[AddressGroup]:
    for version, spans in addresses.items():
        for first, last in spans:
            yield AddressGroup(Address(version, first), last - first + 1)


def _with_old_tls(api: Api) -> Iterator[str]:
    return (walk.entry.label for walk in _walks(api, tls="1.1") if walk.passage is Passage.PASSES)


_REFUSED: Final = "refused"
"""In `equivalent.yaml`, what AWS refuses to deploy."""


def compared(base: str, sample: int | None, seed: int = 1) -> tuple[int, list[str]]:
    """How many mutants of a gateway were compared, and the disagreements; AWS refuses to deploy some of the others."""
    count, found = 0, list[str]()
    for mutant, findings in mutants.run(base, sample, seed=seed):
        if not findings and any(each.kind == _REFUSED for each in explanations(base, mutant.kind)):
            continue
        count += 1
        reported = {each.policy for each in findings} | mutants.WAIVED.get(base, set())
        found += [f"{base}, {mutant.kind}: {each}" for each in disagreements(mutant.resources, reported)]
    return count, found


def main() -> int:
    """Compare all; 1 if something disagrees."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many mutants of each gateway")
    sample = parser.parse_args().sample
    failed = 0
    for base in mutants.BASES:
        count, found = compared(base, sample)
        failed += len(found)
        lines = [f"{base}: {count} compared, {len(found)} disagreements", *found[:20]]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
