"""The component provider as a process of its own, asked as the engine asks it: schema, and Construct over gRPC.

The monitor that it registers with is the offline engine's. This does not prove what the CLI's generated SDKs send; the
engine tests do.
"""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import errors_pb2, provider_pb2, status_pb2
from pulumi.runtime.proto.engine_pb2_grpc import EngineServicer, add_EngineServicer_to_server
from pulumi.runtime.proto.provider_pb2_grpc import ResourceProviderStub

from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.graph.values import UNKNOWN, decode
from policypack.model.languages import Language
from policypack.sources import wire
from policypack.sources.engine import EngineLog
from policypack.sources.invokes import Invokes
from policypack.sources.job import Job
from policypack.sources.monitor import PreviewMonitor, serve
from policypack.sources.offline import resource
from policypack.sources.program_run import written
from policypack.sources.structs import to_plain, to_struct

ROOT = Path(__file__).parents[2]
LAYERS = {"Auth", "Keys", "Network", "Observability", "Tls", "Waf"}
STATUS = "grpc-status-details-bin"


class Engine(EngineServicer):
    """What the provider says to the engine, kept."""

    def __init__(self):
        self.said = []

    def Log(self, request, context):  # noqa: N802 - the protocol's
        self.said.append(request.message)
        return empty_pb2.Empty()


@contextmanager
def running():
    """The provider's process as the language host starts it, and a stub to ask it."""
    engine = grpc.server(ThreadPoolExecutor(2))
    add_EngineServicer_to_server(Engine(), engine)
    port = engine.add_insecure_port("127.0.0.1:0")
    engine.start()
    command = [sys.executable, "-u", str(ROOT / "secure_gateway"), f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=dict(os.environ))
    try:
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield ResourceProviderStub(channel)
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()
        engine.stop(grace=None)


@pytest.fixture(scope="module")
def provider():
    with running() as stub:
        yield stub


@pytest.fixture
def monitor():
    made = PreviewMonitor("shop", "dev", Invokes([], "eu-west-1"))
    server, made.address = serve(made, EngineLog(made))
    yield made
    server.stop(grace=None)


def construct(provider, monitor, inputs, kind="SecureGateway", dependencies=None):
    edges = {
        name: provider_pb2.ConstructRequest.PropertyDependencies(urns=urns)
        for name, urns in (dependencies or {}).items()
    }
    request = provider_pb2.ConstructRequest(
        project="shop",
        stack="dev",
        dryRun=True,
        parallel=4,
        monitorEndpoint=monitor.address,
        type=f"secure-gateway:index:{kind}",
        name="orders",
        inputs=to_struct(inputs),
        inputDependencies=edges,
        accepts_output_values=True,
    )
    return provider.Construct(request, timeout=60)


def made(monitor, suffix):
    (found,) = [each for each in monitor.registered.values() if each.type.endswith(f":{suffix}")]
    return found


def refusals(error):
    """Path and reason of each mistake, and that the engine is pointed at no property: it would print what is there."""
    found = errors_pb2.InputPropertiesError()
    (packed,) = status_pb2.Status.FromString(dict(error.trailing_metadata())[STATUS]).details
    packed.Unpack(found)
    assert list(found.errors) == []
    _, *lines = error.details().splitlines()
    return dict(line.strip().split(": ", 1) for line in lines)


PLAIN = {
    "routes": [{"path": "/orders", "method": "GET"}],
    "defaultIntegration": {"url": "https://backend.example.com"},
    "network": {"allowCidrs": ["203.0.113.0/24"]},
}


def test_the_schema_offers_the_gateway_and_each_layer(provider):
    schema = json.loads(provider.GetSchema(provider_pb2.GetSchemaRequest()).schema)

    assert {name.rpartition(":")[2] for name in schema["resources"]} == {"SecureGateway", *LAYERS}
    described = [*schema["resources"].values(), *schema["types"].values()]
    fields = [
        field
        for each in described
        for group in ("inputProperties", "properties")
        for field in each.get(group, {}).items()
    ]
    assert [name for name, field in fields if not field.get("description")] == []


def test_plain_inputs_make_a_gateway_that_its_pack_passes(provider, monitor):
    answer = construct(provider, monitor, PLAIN)

    assert answer.urn.endswith("secure-gateway:index:SecureGateway::orders")
    job = Job(
        project="shop",
        stack="dev",
        organization="organization",
        root="/",
        directory="/",
        entry=".",
        region="eu-west-1",
        config={},
        secret_keys=[],
    )
    report = evaluate(Graph([resource(written(each, job), Language.PYTHON) for each in monitor.registered.values()]))
    assert [(each.policy, each.message) for each in report.findings if each.status == "violation"] == []
    assert len(report.gateways) == 1


def test_numbers_come_as_floats_and_stand_as_integers(provider, monitor):
    keys = {
        "plans": {"gold": {"rate": 5.0, "burst": 10.0, "quota": {"limit": 1000.0, "period": "DAY"}}},
        "keys": {"acme": {"plan": "gold"}},
    }
    routes = [{"path": "/orders", "method": "GET", "apiKey": True, "integration": {"mock": {"status": 204.0}}}]
    construct(provider, monitor, {**PLAIN, "routes": routes, "keys": keys, "defaultIntegration": None})

    document = json.loads(made(monitor, "RestApiPut").goal.properties["body"])
    assert document["paths"]["/orders"]["get"]["responses"].keys() == {"204"}


@pytest.mark.parametrize("unknown", [wire.UNKNOWN, {wire.SIGNATURE: wire.OUTPUT_VALUE}], ids=["sentinel", "output"])
def test_an_unknown_backend_leaves_the_document_known(provider, monitor, unknown):
    construct(provider, monitor, {**PLAIN, "defaultIntegration": {"url": unknown}})

    document = json.loads(made(monitor, "RestApiPut").goal.properties["body"])
    uri = document["paths"]["/orders"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert uri.startswith("https://${stageVariables.url_")
    assert UNKNOWN in decode(made(monitor, "Stage").goal.properties["variables"]).values()


def test_a_secret_stays_secret(provider, monitor):
    value = "c0rrect-h0rse-battery-staple"
    secret = {wire.SIGNATURE: wire.OUTPUT_VALUE, "value": value, "secret": True}
    routes = [{**PLAIN["routes"][0], "apiKey": True}]
    keys = {"plans": {"gold": {"rate": 5, "burst": 10}}, "keys": {"acme": {"plan": "gold", "value": secret}}}
    answer = construct(provider, monitor, {**PLAIN, "routes": routes, "keys": keys})

    assert made(monitor, "ApiKey").goal.properties["value"] == {wire.SIGNATURE: wire.SECRET, "value": value}
    assert to_plain(answer.state)["apiKeyValues"][wire.SIGNATURE] == wire.SECRET


def test_dependencies_reach_the_resources(provider, monitor):
    backend = "urn:pulumi:dev::shop::my:index:Backend::backend"
    unknown = {wire.SIGNATURE: wire.OUTPUT_VALUE, "dependencies": [backend]}
    inputs = {**PLAIN, "defaultIntegration": {"url": unknown}}
    construct(provider, monitor, inputs, dependencies={"defaultIntegration": [backend]})

    assert backend in made(monitor, "Stage").goal.dependencies


def test_mistakes_come_back_at_their_paths_and_nothing_is_registered(provider, monitor):
    wrong = {
        "routes": [{"path": "/orders", "metod": "GET"}, {"path": "orders", "integration": {"url": "http://x.example"}}],
        "network": {"allowCidrs": ["203.0.113.0/33"]},
        "observability": {"retentionDays": 4},
    }
    with pytest.raises(grpc.RpcError) as refused:
        construct(provider, monitor, wrong)

    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    found = refusals(refused.value)
    assert "did you mean 'method'?" in found["routes[0].metod"]
    assert {
        "routes[1].path",
        "routes[1].integration.url",
        "network.allowCidrs[0]",
        "observability.retentionDays",
    } <= set(found)
    assert monitor.registered == {}


PLANTED = "pl4nted-s3cret-0f-a-partner"


@pytest.mark.parametrize(
    "key",
    [
        {"plan": "gold", "value": PLANTED[:19]},
        {"plan": "gold", "vaule": PLANTED},
        {"plan": "gold", "value": PLANTED, "existingKeyId": "k"},
        {"plan": {"rate": PLANTED}},
        {
            "plan": "gold",
            "existingKeyId": {wire.SIGNATURE: wire.OUTPUT_VALUE, "value": PLANTED, "secret": True},
            "x": 1,
        },
        [PLANTED],
        PLANTED,
    ],
)
def test_no_secret_is_in_a_refusal_or_where_it_points(provider, monitor, key):
    """The engine prints the value at the path of a refusal, and all inputs for an empty path."""
    keys = {"plans": {"gold": {"rate": 5, "burst": 10}}, "keys": {"acme": key}}
    with pytest.raises(grpc.RpcError) as refused:
        construct(provider, monitor, {**PLAIN, "routes": [{**PLAIN["routes"][0], "apiKey": True}], "keys": keys})

    assert any(path.startswith("keys.keys.acme") for path in refusals(refused.value))
    assert PLANTED[:10] not in str(refused.value.trailing_metadata()) + refused.value.details()
    assert monitor.registered == {}


@pytest.mark.parametrize("kind", ["Waf", "Keys"])
def test_a_layer_alone_is_built_for_the_api_of_somebody_else(provider, monitor, kind):
    attached = {
        "Waf": {"stageArn": "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3d4e5/stages/live"},
        "Keys": {
            "apiId": "a1b2c3d4e5",
            "stageName": "live",
            "plans": {"gold": {"rate": 5, "burst": 10}},
            "keys": {"acme": {"plan": "gold"}},
        },
    }
    construct(provider, monitor, attached[kind], kind=kind)

    linked = {"Waf": "WebAclAssociation", "Keys": "UsagePlan"}
    assert made(monitor, linked[kind])
