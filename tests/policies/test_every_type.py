"""Every type of the installed SDK that refers to a gateway is read, known to be harmless, or undecided."""

import inspect
import re
from importlib.metadata import files
from pathlib import Path

import pytest
import yaml
from graphs import ORDERS_FUNCTION, changed, domain, integration, made, mapping, permission_for, stage

from policypack.evaluation.evaluate import evaluate
from policypack.graph import harmless as module
from policypack.graph.graph import Graph
from policypack.graph.harmless import harmless, service_and_class
from policypack.graph.resource_types import READ
from policypack.model.findings import Status

TYPE = re.compile(r"'(aws:\w+/\w+:\w+)',\s*resource_name")
GROUPS = yaml.safe_load((Path(inspect.getfile(module)).parent / "harmless.yaml").read_text())
LISTED = [each for group in GROUPS for each in group["types"]]


def sdk_types():
    """The type tokens of the installed pulumi-aws."""
    modules = [each for each in files("pulumi-aws") or () if each.suffix == ".py"]
    return sorted({token for each in modules for token in TYPE.findall(Path(str(each.locate())).read_text())})


TYPES = sdk_types()
API_ARN = "arn:aws:execute-api:eu-west-1:123456789012:shop-id/*/GET/orders"
REFERENCES = {
    "id of an API": "shop-id",
    "URL": "https://shop-id.execute-api.eu-west-1.amazonaws.com/live",
    "ARN": API_ARN,
    "ARN of a stage": "arn:aws:apigateway:eu-west-1::/restapis/shop-id/stages/live",
    "domain": "https://api.example.com/orders",
    "function": ORDERS_FUNCTION.outputs["arn"],
}
BASE = changed(
    ORDERS_FUNCTION,
    permission_for("apigateway.amazonaws.com", sourceArn=API_ARN),
    domain(),
    mapping(),
    integration("GET"),
)


def not_read(*resources):
    """By URN, the layers in which something is undecided because it cannot be read."""
    found = {}
    for each in evaluate(Graph([*BASE, *resources])).findings:
        if each.policy.endswith("-everything-read"):
            assert each.status is Status.UNDECIDED
            found.setdefault(each.urn, set()).add(each.layer)
    return found


def test_the_sdk_has_types():
    assert len(TYPES) > 1_500
    assert set(READ) & set(TYPES)


@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES)
def test_every_type_that_refers_to_a_gateway_ends_in_one_of_three(reference):
    """Read by a reader, known to be harmless with a reason, or undecided in a layer."""
    given = {each: made(each.removeprefix("aws:"), "some", definition={"inner": [reference]}) for each in TYPES}
    unread = [given[each] for each in TYPES if each not in READ and not harmless(each)]
    others = [each for type_, each in given.items() if type_ not in READ and harmless(type_)]

    assert not_read(*others) == {}
    undecided = not_read(*unread)
    assert {each.urn for each in unread} == undecided.keys()


def test_an_edge_is_a_reference_too():
    for part in (stage(), ORDERS_FUNCTION, domain()):
        refers = made("vpclattice/targetGroupAttachment:TargetGroupAttachment", "some", edges=[("target", part)])

        assert not_read(refers) != {}


def test_what_refers_to_no_gateway_is_not_reported():
    types = [each for each in TYPES if each not in READ and service_and_class(each)[0] not in OTHER_FORMS]
    others = [made(each.removeprefix("aws:"), "some", definition="orders") for each in types]

    of_api_gateway = {each.urn for each in others if service_and_class(each.type)[0] in {"apigateway", "apigatewayv2"}}
    assert not_read(*others).keys() <= of_api_gateway


OTHER_FORMS = {"cloudcontrol", "cloudformation", "serverlessrepository"}
"""Services whose resources declare other resources; those are evaluated instead."""


def test_a_type_of_api_gateway_that_is_new_is_undecided():
    for service in ("apigateway/portal:Portal", "apigatewayv2/portal:Portal"):
        assert not_read(made(service, "new")) != {}


@pytest.mark.parametrize("type_", LISTED)
def test_every_entry_of_the_table_is_a_service_or_a_type(type_):
    services = {service_and_class(each)[0] for each in TYPES} | CLOUDFORMATION
    service, _, class_ = type_.partition(":")

    assert service in services
    if class_ and service not in CLOUDFORMATION:
        assert class_.lower() in {service_and_class(each)[1] for each in TYPES} | NATIVE_CLASSES


CLOUDFORMATION = {
    *("amplifyuibuilder", "appregistry", "applicationautoscaling", "applicationregistry", "applicationsignals", "ce"),
    *(
        "config",
        "events",
        "internetmonitor",
        "kinesisfirehose",
        "logs",
        "opensearchservice",
        "resourceexplorer2",
        "route53resolver",
    ),
    *("s3express", "servicecatalogappregistry", "sso", "stepfunctions", "timestream"),
}
"""Services of CloudFormation that pulumi-aws names differently."""
NATIVE_CLASSES = {
    *("anomalydetector", "cloudfrontoriginaccessidentity", "eventinvokeconfig", "identitypoolprincipaltag"),
    *("insightrule", "userpoolgroup", "userpoolidentityprovider", "userpooluicustomizationattachment"),
    *("userpooluser", "userpoolusertogroupattachment"),
}
"""Classes of aws-native that pulumi-aws names differently."""


def test_no_type_is_both_read_and_called_harmless():
    listed = {each.lower() for each in LISTED}

    assert [each for each in READ if ":".join(service_and_class(each)) in listed] == []


def test_each_type_is_listed_once_with_a_reason():
    assert len(LISTED) == len(set(LISTED))
    assert all(len(group["reason"]) > 20 for group in GROUPS)
