"""Fix texts mark the properties to set, so that they are spelled as the program's language spells them."""

import importlib
import inspect
import re
from dataclasses import replace

import graphs
import pulumi
import pytest

import secure_gateway
from policypack.evaluation.evaluate import evaluate
from policypack.graph.graph import Graph
from policypack.layers import POLICIES
from policypack.model import languages
from policypack.model.languages import Language
from policypack.reports import snippets

SERVICES = (
    "acm",
    "bedrock",
    "apigateway",
    "apigatewayv2",
    "cloudfront",
    "cloudwatch",
    "cognito",
    "ec2",
    "lambda_",
    "s3",
    "wafv2",
)


def schema_name(member: object) -> str:
    """The name of a property in the provider's schema, which the Python SDK stores at its getter."""
    return getattr(member.fget, "_pulumi_name", "") if isinstance(member, property) else ""


def provider_properties() -> dict[str, str]:
    """The properties of resources and of objects in them: schema name and name in the Python SDK."""
    found: dict[str, str] = {}
    for service in SERVICES:
        for name in (f"pulumi_aws.{service}", f"pulumi_aws.{service}.outputs"):
            if importlib.util.find_spec(name) is None:
                continue
            module = importlib.import_module(name)
            hasattr(module, "loaded")  # the SDK loads modules when an attribute is read
            for _, each in inspect.getmembers(module, inspect.isclass):
                found |= {schema_name(member): python for python, member in vars(each).items() if schema_name(member)}
    return found


def our_arguments() -> set[str]:
    """The names of resource options and of SecureGateway's arguments, in Python."""
    args = [each for each in vars(secure_gateway).values() if isinstance(each, type) and each.__name__.endswith("Args")]
    named = {name for each in args for name in getattr(each, "__annotations__", {})}
    return named | set(pulumi.ResourceOptions.__annotations__)


@pytest.fixture(scope="module")
def spellings() -> dict[str, str]:
    """Each known name in the schema's spelling, with the one in Python."""
    ours = {re.sub("_([a-z])", lambda match: match[1].upper(), name): name for name in our_arguments()}
    return ours | provider_properties()


TEXTS = {policy.id: " ".join((policy.fix_text, *policy.fix_by_kind.values())) for policy in POLICIES} | {
    f"snippet of {name}": "\n".join(each for each in entry if isinstance(each, str))
    for name, entry in snippets.written().items()
    if isinstance(entry, list)
}


@pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")
def test_every_marked_property_exists_and_is_spelled_as_in_the_python_sdk(spellings) -> None:
    found = {name for text in TEXTS.values() for name in languages.marked(text)}

    assert len(found) > 30
    assert {name: Language.PYTHON.spell(name) for name in found} == {name: spellings.get(name) for name in found}


@pytest.mark.filterwarnings("ignore:.* has been deprecated in favor of:DeprecationWarning")
@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_no_property_is_written_without_a_mark(policy, spellings) -> None:
    several_words = {each for pair in spellings.items() for each in pair if re.search("[A-Z_]", each)}
    plain = re.sub(r"\{[A-Za-z.]+\}|\$[\w.]+", "", TEXTS[policy.id])  # neither marked nor a variable of API Gateway

    assert set(re.findall(r"[A-Za-z_]+", plain)) & several_words - set(policy.config) == set()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (None, "`settings.throttlingRateLimit`"),
        (Language.PYTHON, "`settings.throttling_rate_limit`"),
        (Language.NODEJS, "`settings.throttlingRateLimit`"),
        (Language.JAVA, "`settings.throttlingRateLimit`"),
        (Language.YAML, "`settings.throttlingRateLimit`"),
        (Language.GO, "`Settings.ThrottlingRateLimit`"),
        (Language.DOTNET, "`Settings.ThrottlingRateLimit`"),
    ],
)
def test_properties_follow_the_language(language, expected: str) -> None:
    text = "Set {settings.throttlingRateLimit} of `*/*`, not `{proxy+}`."

    assert languages.spelled(text, language) == f"Set {expected} of `*/*`, not `{{proxy+}}`."


THROTTLED = "keys-stages-throttled"
NAMES = {
    None: "`throttlingRateLimit`",
    Language.PYTHON: "`throttling_rate_limit`",
    Language.NODEJS: "`throttlingRateLimit`",
    Language.GO: "`ThrottlingRateLimit`",
}


@pytest.mark.parametrize(("language", "name"), NAMES.items())
def test_a_finding_has_the_spelling_of_the_program(language, name: str) -> None:
    resources = [replace(each, language=language) for each in graphs.changed(settings=None)]

    found = [each for each in evaluate(Graph(resources)).findings if each.policy == THROTTLED]

    assert found
    assert all(name in each.fix for each in found)


@pytest.mark.parametrize(
    ("file", "language"),
    [
        ("__main__.py", Language.PYTHON),
        ("src/index.ts", Language.NODEJS),
        ("index.mjs", Language.NODEJS),
        ("main.go", Language.GO),
        ("Program.cs", Language.DOTNET),
        ("src/App.java", Language.JAVA),
        ("Pulumi.yaml", Language.YAML),
        ("README", None),
    ],
)
def test_a_file_shows_its_language(file: str, language) -> None:
    assert languages.of_file(file) is language


@pytest.mark.parametrize(("runtime", "language"), [("dotnet", Language.DOTNET), ("cobol", None), ("", None)])
def test_a_runtime_shows_its_language(runtime: str, language) -> None:
    assert languages.of_runtime(runtime) is language


OF_ONE_KIND = {
    "REST": ("MethodSettings", "WebAclAssociation", "{authorization}", "method.request.", "5XXError"),
    "HTTP": ("{tlsConfig}", "$request.", "5xx"),
    "WEBSOCKET": ("$connect", "ExecutionError"),
}
"""What only one kind of API has."""


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.id)
def test_a_fix_names_only_what_that_kind_of_api_has(policy) -> None:
    assert policy.fix
    for kind, text in policy.fix_by_kind.items():
        others = [each for other, names in OF_ONE_KIND.items() if other != kind for each in names]

        assert not [each for each in others if each in text]
        assert languages.spelled(text, None) in policy.fix_in(None, kind)
        assert all(
            languages.spelled(other, None) not in policy.fix_in(None, kind)
            for other in policy.fix_by_kind.values()
            if other != text
        )


def test_a_fix_for_each_kind_says_which_kind_it_is_for() -> None:
    throttled = next(each for each in POLICIES if each.id == THROTTLED)

    assert "For a REST API: Give the stage `MethodSettings`" in throttled.fix
    assert "For an HTTP or a WebSocket API: Set positive" in throttled.fix
    assert "API:" not in throttled.fix_in(None, "HTTP")
