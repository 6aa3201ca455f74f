"""`secure_gateway.testing` runs programs of users; here, the stacks and examples of this repository among them."""

import ast
import asyncio
import gc
import json
import re
import runpy
import subprocess
import sys
import textwrap
import unittest
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
import pytest
import yaml
from pulumi.runtime.mocks import MockResourceArgs
from pulumi.runtime.settings import SETTINGS
from pulumi_aws import Provider, get_availability_zones, lambda_, sqs

from secure_gateway import ArgsError, SecureGateway
from secure_gateway.testing import ACCOUNT, REGION, UNKNOWN, AwsMocks, aws, deploy, is_secret, value

ROOT = Path(__file__).parents[2]
ARGS = {
    "routes": [{"path": "/orders", "method": "GET", "api_key": True}],
    "default_integration": {"function": "orders"},
    "keys": {"plans": {"gold": {"rate": 5, "burst": 5}}, "keys": {"acme": {"plan": "gold"}}},
    "network": {"allow_cidrs": ["203.0.113.0/24"]},
    "auth": {"authorizers": {"users": {"cognito": {}}}},
}


@pytest.fixture(scope="module", autouse=True)
def event_loop_for_later_modules():
    """`asyncio.run` leaves no current event loop, and tests of other modules create Outputs, which need one."""
    before = asyncio.get_event_loop()
    yield
    asyncio.set_event_loop(before)


def program():
    orders = lambda_.Function("orders", role="arn:aws:iam::123456789012:role/orders", runtime="python3.12")
    gateway = SecureGateway("shop", {**ARGS, "functions": {"orders": orders.arn}})
    pulumi.export("url", gateway.url)
    return gateway


@pytest.mark.parametrize(
    "given",
    [
        {"config": {"aws:region": "us-east-1"}},
        {"functions": {"aws:index/getRegion:getRegion": {"name": "us-east-1", "region": "us-east-1"}}},
    ],
    ids=["config", "function"],
)
def test_the_region_is_the_one_that_is_configured(given):
    certificate = f"arn:aws:acm:us-east-1:{ACCOUNT}:certificate/0b52eadc-b78b-4a9e-9f61-ae5a4a6fb1a5"

    def americas():
        args = {
            "routes": [{"path": "/orders"}],
            "default_integration": {"url": "https://backend.example.com"},
            "network": {"allow_cidrs": ["203.0.113.0/24"]},
            "tls": {"domain": {"name": "api.example.com", "certificate_arn": certificate}},
        }
        pulumi.export("url", SecureGateway("shop", args).url)

    made = deploy(americas, **given)

    assert ":us-east-1:" in made.one("RestApi").outputs["executionArn"]
    assert "eu-west-1" not in json.dumps([each.outputs for each in made.resources], default=str)


async def asynchronous():
    await asyncio.sleep(0)
    return {"url": program().url}


async def exporting():
    await asyncio.sleep(0)
    program()


@pytest.mark.parametrize("form", [exporting, lambda: pulumi.run(asynchronous)], ids=["async", "run"])
def test_an_asynchronous_program_is_run_to_its_end(form):
    if form is not exporting and not hasattr(pulumi, "run"):
        pytest.skip("this pulumi has no pulumi.run")
    made = deploy(form)

    assert {each.type for each in made.resources} == {each.type for each in deploy(program).resources}
    assert str(value(made.exports["url"])).startswith("https://")


def test_an_asynchronous_program_raises_what_it_raises():
    async def failing():
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deploy(failing)


def test_answers_have_the_form_of_aws():
    made = deploy(program)
    api, stage = made.one("RestApi"), made.one("aws:apigateway/stage:Stage")

    assert value(made.exports["url"]) == f"https://{api.id}.execute-api.{REGION}.amazonaws.com/live"
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}"
    assert stage.outputs["arn"] == f"arn:aws:apigateway:{REGION}::/restapis/{api.id}/stages/live"
    assert made.one("UserPool").outputs["arn"].endswith(f":userpool/{made.one('UserPool').id}")
    assert re.fullmatch(r"[a-z0-9]{40}", value(made.result.api_key_values)["acme"])
    assert stage.depends_on(made.one("WebAcl"))
    assert "/orders" in made.document["paths"]


def test_every_run_has_the_same_answers():
    one, other = ({each.urn: each.outputs for each in deploy(program).resources} for _ in range(2))

    assert one == other


def test_before_the_first_deployment_nothing_of_aws_is_known():
    made = deploy(program, preview=True)

    assert value(made.exports["url"]) is UNKNOWN
    assert made.one("Stage").inputs["restApi"] is UNKNOWN
    assert {each.id for each in made.resources} == {""}
    assert "/orders" in made.document["paths"]
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


def test_what_a_program_raises_comes_through():
    with pytest.raises(ArgsError):
        deploy(lambda: SecureGateway("shop", {}))


@pytest.mark.parametrize("read", [value, is_secret])
@pytest.mark.parametrize("exported", [True, False], ids=["of a resource", "plain"])
def test_no_output_is_read_inside_the_program(read, exported):
    def reading():
        read(sqs.Queue("orders").arn if exported else pulumi.Output.from_input("orders"))

    with pytest.raises(RuntimeError, match=f"^`{read.__name__}` reads outputs after the program has run: return"):
        deploy(reading)


def with_secrets():
    hidden = pulumi.Output.secret("ann")
    options = pulumi.ResourceOptions(
        provider=Provider("other", region="us-east-1"), additional_secret_outputs=["tags_all"]
    )
    sqs.Queue("orders", tags={"owner": hidden, "a b": hidden, "team": "shop"}, opts=options)
    lambda_.Function(
        "watch",
        role="arn:aws:iam::123456789012:role/orders",
        file_system_config={"arn": hidden, "local_mount_path": "/mnt/a"},
        layers=["plain", hidden],
        environment=pulumi.Output.secret({"variables": {"A": "1"}}),
    )
    return {"all": hidden, "part": {"plain": "shop", "owner": hidden}, "none": pulumi.Output.from_input("shop")}


@pytest.mark.parametrize("preview", [False, True], ids=["up", "preview"])
def test_secrets_are_told_by_their_paths(preview):
    made = deploy(with_secrets, preview=preview)
    queue, function = made.one("Queue"), made.one("Function")

    assert queue.inputs["tags"] == {"owner": "ann", "a b": "ann", "team": "shop"}
    assert queue.secret_inputs == {"tags.owner", 'tags["a b"]'}
    assert function.secret_inputs == {"fileSystemConfig.arn", "layers[1]", "environment"}
    assert queue.additional_secret_outputs == {"tagsAll"}
    assert function.additional_secret_outputs == frozenset()
    assert {name: is_secret(each) for name, each in made.result.items()} == {"all": True, "part": True, "none": False}


def test_an_explicit_provider_is_named():
    made = deploy(with_secrets)
    provider = made.one("aws")

    assert made.one("Queue").provider == f"{provider.urn}::{provider.id}"
    assert made.one("Function").provider == ""


def test_functions_stacks_and_settings_have_the_given_values():
    def asking():
        zones = get_availability_zones().names
        other = pulumi.StackReference("acme/platform/prod").require_output("queue")
        return zones, pulumi.Config("shop").require("domain"), sqs.Queue("a", name=other)

    zones, domain, queue = deploy(
        asking,
        config={"shop:domain": "api.example.com"},
        functions={"aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["eu-west-1a"], "id": REGION}},
        stacks={"acme/platform/prod": {"queue": "orders"}},
        outputs={"Queue": {"visibilityTimeoutSeconds": 7}},
    ).result

    assert (zones, domain) == (["eu-west-1a"], "api.example.com")
    assert value(queue.arn) == f"arn:aws:sqs:{REGION}:{ACCOUNT}:orders"
    assert value(queue.visibility_timeout_seconds) == 7


def test_missing_results_are_reported():
    reference = MockResourceArgs("pulumi:pulumi:StackReference", "platform", {}, resource_id="acme/platform/prod")

    with pytest.raises(Exception, match=r"getAvailabilityZones .*: give the result in `functions`"):
        deploy(get_availability_zones)
    with pytest.raises(LookupError, match=r"stack acme/platform/prod: give them in `stacks`"):
        AwsMocks().new_resource(reference)


def test_there_must_be_one():
    made = deploy(program)

    with pytest.raises(LookupError, match="resources of MetricAlarm"):
        made.one("MetricAlarm")
    with pytest.raises(LookupError, match="0 resources of Queue"):
        made.one("Queue")
    with pytest.raises(LookupError, match="did you mean 'RestApi'"):
        made.one("RestAip")


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("Recrod", "Record"),
        ("restapi", "RestApi"),
        ("LoadBalencer", "LoadBalancer"),
        ("SecureGatway", "SecureGateway"),
        ("aws:apigateway/restApi:RestAPi", "aws:apigateway/restApi:RestApi"),
        ("aws:sqs/queue:Que", "aws:sqs/queue:Queue"),
    ],
)
def test_a_misspelt_type_is_not_just_absent(misspelt, meant):
    with pytest.raises(LookupError, match=f"has the type '{misspelt}'; did you mean '{meant}'"):
        deploy(program).of(misspelt)


@pytest.mark.parametrize(
    "type_", ["Record", "aws:route53/record:Record", "RandomPet", "random:index/randomPet:RandomPet", "acme:web:Site"]
)
def test_a_type_that_is_absent_has_no_resources(type_):
    assert deploy(program).of(type_) == []


def calls_its_gateway(address):
    """A program whose function knows the address of its own gateway, and is known by its name alone."""

    def made():
        gateway = SecureGateway("shop", {**ARGS, "functions": {"orders": "orders"}})
        lambda_.Function(
            "orders",
            name="orders",
            role="arn:aws:iam::123456789012:role/orders",
            runtime="python3.12",
            environment={"variables": {"GATEWAY": address(gateway)}},
        )

    return made


def waits_for(made, resource):
    """The types of everything that must exist before a resource."""
    by_urn, found, waiting = {each.urn: each for each in made.resources}, set(), [resource]
    while waiting:
        each = waiting.pop()
        if each.type not in found:
            found.add(each.type)
            waiting += [by_urn[urn] for urn in each.dependencies if urn in by_urn]
    return found


def test_a_function_can_have_the_address_of_its_own_gateway_from_its_id():
    by_id = deploy(calls_its_gateway(lambda gateway: pulumi.Output.format("{0}.example.com", gateway.api_id)))
    by_url = deploy(calls_its_gateway(lambda gateway: gateway.url))

    # AWS takes the permission once the function exists; the URL is known once the permission does.
    assert "aws:lambda/permission:Permission" not in waits_for(by_id, by_id.one("Function", "orders"))
    assert "aws:lambda/permission:Permission" in waits_for(by_url, by_url.one("Function", "orders"))


@pytest.mark.parametrize("path", [ROOT / "stacks/minimal.py", ROOT / "stacks/openapi.py"], ids=lambda path: path.stem)
def test_the_stacks_of_this_repository_run(path):
    made = deploy(lambda: runpy.run_path(str(path)))

    assert made.one("WebAcl").outputs["arn"]
    assert made.exports


def test_the_example_of_a_layer_runs_in_five_lines():
    made = deploy(lambda: runpy.run_path(str(ROOT / "examples/python/waf/__main__.py")), project="attach-waf")

    assert made.one("WebAclAssociation").inputs["resourceArn"] == made.one("Stage").outputs["arn"]


# Test runners with event loops and threads of their own.


def arn_of_the_stage():
    return value(deploy(program).result.stage_arn)


async def in_a_coroutine():
    await asyncio.sleep(0)
    return arn_of_the_stage()


def after_asyncio_run():
    asyncio.run(asyncio.sleep(0))
    return arn_of_the_stage()


def in_a_pool_of_threads():
    with ThreadPoolExecutor(3) as pool:
        first, *others = pool.map(lambda _: arn_of_the_stage(), range(3))
    assert set(others) == {first}
    return first


def in_an_asyncio_thread():
    async def run():
        return await asyncio.to_thread(arn_of_the_stage)

    return asyncio.run(run())


def in_isolated_asyncio_test_case():
    found = []

    class Case(unittest.IsolatedAsyncioTestCase):
        async def test_it(self):
            found.append(arn_of_the_stage())

        def test_without_await(self):
            found.append(arn_of_the_stage())

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result)
    assert not result.errors, result.errors
    first, second = found
    assert first == second
    return first


HOSTS = {
    "directly": arn_of_the_stage,
    "in a coroutine": lambda: asyncio.run(in_a_coroutine()),
    "after asyncio.run": after_asyncio_run,
    "in a pool of threads": in_a_pool_of_threads,
    "in a thread of asyncio": in_an_asyncio_thread,
    "in IsolatedAsyncioTestCase": in_isolated_asyncio_test_case,
}


@pytest.mark.parametrize("host", HOSTS.values(), ids=HOSTS)
def test_any_test_runner_can_deploy(host):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", r"aws\.[\w./]+ has been deprecated in favor of", DeprecationWarning)
        found = host()

    assert found == arn_of_the_stage()
    assert deploy(program, preview=True).one("RestApi")


def test_a_coroutine_reads_outputs_and_sees_what_a_program_raises():
    async def test():
        with pytest.raises(ArgsError):
            deploy(lambda: SecureGateway("shop", {}))
        return value(deploy(program).exports["url"]), value(deploy(program, preview=True).exports["url"])

    url, unknown = asyncio.run(test())

    assert url.endswith("/live")
    assert unknown is UNKNOWN


def in_a_new_process(function):
    """Run a function of this module where no other test has left an event loop."""
    script = f"""
        import sys, warnings
        warnings.filterwarnings("ignore", r"aws\\.[\\w./]+ has been deprecated in favor of", DeprecationWarning)
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        import test_testing
        test_testing.{function.__name__}()
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=False, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-2_000:]


def leaves_nothing():
    warnings.filterwarnings("error", category=ResourceWarning)
    left = []
    sys.unraisablehook = left.append
    asyncio.run(asyncio.sleep(0))
    assert in_a_pool_of_threads() == arn_of_the_stage()
    gc.collect()
    assert not left, left


def test_nothing_stays_behind():
    in_a_new_process(leaves_nothing)


def test_runs_do_not_see_each_other():
    def configured():
        return pulumi.Config("shop").get("domain"), pulumi.get_stack()

    assert deploy(configured, config={"shop:domain": "api.example.com"}, stack="prod").result[1] == "prod"
    assert deploy(configured).result == (None, "dev")


# Mocks of one's own. Pulumi's `set_mocks` leaves event loops open, so these tests have a process of their own.


def with_pulumi_s_own_way():
    pulumi.runtime.set_mocks(AwsMocks(), project="shop", stack="dev", preview=False)
    found = []

    @pulumi.runtime.test
    def check():
        return program().url.apply(found.append)

    check()
    assert found[0].endswith("/live")


def test_pulumi_s_own_way_takes_the_mocks_too():
    in_a_new_process(with_pulumi_s_own_way)


class GuideMocks(pulumi.runtime.Mocks):
    """Returns the inputs of a resource, as https://www.pulumi.com/docs/iac/guides/testing/unit/ shows it.

    `outputs` has more for types of resources.
    """

    def __init__(self, outputs):
        self.outputs = outputs

    def new_resource(self, args):
        name, further = args.inputs.get("name", args.name), dict(self.outputs.get(args.typ, {}))
        if args.typ == "aws:lambda/function:Function" and "arn" in further:
            further["arn"] = further["arn"].replace("orders", name)
        return f"{args.name}_id", {**args.inputs, **further}

    def call(self, args):
        return self.outputs.get(args.token, {})


STACKS = ["authorizer", "internal", "minimal", "openapi", "partner", "recommended"]


GIVEN = {"lambda": "aws:lambda/function:Function", "secretsmanager": "aws:secretsmanager/secret:Secret"}
"""The types of resources whose Outputs the stacks give to a gateway, by the service in an ARN."""


KEPT = []
"""Event loops that nobody closes: see tests/conftest.py."""


def run_with_guide_mocks(stack, outputs):
    config = yaml.safe_load((ROOT / f"stacks/Pulumi.{stack}.yaml").read_text()) or {}
    values = config.get("config", {}).items()
    pulumi.runtime.set_all_config({key: each if isinstance(each, str) else json.dumps(each) for key, each in values})
    KEPT.append(asyncio.new_event_loop())
    asyncio.set_event_loop(KEPT[-1])
    SETTINGS.outputs = set()  # not those of the program that failed before
    pulumi.runtime.set_mocks(GuideMocks(outputs), project="secure-gateway-stacks", preview=False)
    pulumi.runtime.test(lambda: runpy.run_path(str(ROOT / f"stacks/{stack}.py")) and None)()


def grows_mocks():
    for stack in STACKS:
        outputs: dict[str, dict[str, object]] = {}
        for _ in range(6):
            try:
                run_with_guide_mocks(stack, outputs)
            except LookupError as error:
                # The message says which resource, which output, and what it looks like.
                message = re.fullmatch(r"(\S+) .* has no output `(\w+)`: .*, for example (.*)", str(error))
                option = re.fullmatch(r"[\w.]+: the Output has no value: .*, for example (.*)", str(error))
                function = re.fullmatch(r".* must return it from (\S+), for example (.*)", str(error))
                if message:
                    type_, example = message[1], message[3]
                elif option:
                    type_, example = GIVEN[option[1].split(":")[3]], option[1]
                elif function:
                    type_, example = function.groups()
                else:
                    raise
                outputs.setdefault(type_, {}).update(ast.literal_eval(example))
            else:
                break
        else:
            raise AssertionError((stack, outputs))


def test_mocks_of_one_s_own_are_asked_for_what_they_lack():
    in_a_new_process(grows_mocks)


def test_what_aws_adds_names_the_region_it_is_asked_for():
    for token in aws._STATES:
        state = aws.created(f"aws:{token}", "shop", {}, "us-west-2")

        assert REGION not in json.dumps(state), token
