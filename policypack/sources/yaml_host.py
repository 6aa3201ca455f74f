"""Runs programs in YAML with Pulumi's own language host, `pulumi-language-yaml`, against our monitor.

The host asks for the schema of each package that the program uses. That of a package with components comes from its own
provider. For the packages `aws`, `aws-native` and `pulumi`, whose plugins are large or do not exist, it lists what the
program mentions and allows everything: the policies report properties that they do not know.
"""

import json
import shutil
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, resource_pb2
from pulumi.runtime.proto.codegen import loader_pb2  # its `loader_pb2_grpc` imports a module that is not there

from ..graph import provider_tables
from . import yaml_template
from .components import Providers
from .job import Job
from .packages import Command, NotRunError
from .plugin import Plugin
from .program_run import Session
from .source import SourceError
from .structs import to_struct
from .yaml_template import Template

HOST: Final = "pulumi-language-yaml"
PARALLEL: Final = 16
"""How many resources the host registers at the same time."""
WITHOUT_COMPONENTS: Final = frozenset({"aws", "aws-native", "pulumi"})
"""The packages whose schema is made from what the program mentions, since they contain no components."""
_RESERVED: Final = frozenset({"pulumi"})
"""Names that a schema must not give to properties."""
_RESERVED_IN_PROVIDERS: Final = frozenset({"version"})
_ANYTHING: Final = {"$ref": "pulumi.json#/Any"}


def run(job: Job) -> dict[str, Any]:
    """Run the program of a job to its end. Returns what it registered, and why it failed if it did.

    Raises SourceError if it cannot be run.
    """
    host = shutil.which(HOST)
    if host is None:
        raise SourceError(
            f"{job.directory} contains a program in YAML, but there is no `{HOST}` on PATH: install the Pulumi CLI, "
            "which contains it, or check the output of `pulumi preview --json --show-sames` instead"
        )
    if job.options.get("compiler"):
        raise SourceError(
            f"the program in {job.directory} is made by a compiler (`runtime.options.compiler`), which does not run "
            "here: check the output of `pulumi preview --json --show-sames` instead"
        )
    template = yaml_template.read(Path(job.directory))

    def locate(request: resource_pb2.RegisterResourceRequest) -> list[tuple[str, int]]:
        line = template.lines.get((request.name, yaml_template.class_of(request.type)))
        return [(str(template.file), line)] if line else []

    with Session(job, locate) as session, _served(Loader(template, session.providers)) as loader:
        failure = _run_to_the_end(host, job, session, loader)
        return session.result(failure or _not_registered(template, session))


class Loader:
    """Returns the schemas that the host asks for."""

    def __init__(self, template: Template, providers: Providers) -> None:
        self._template = template
        self._providers = providers

    def schema(
        self, request: loader_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> loader_pb2.GetSchemaResponse:
        """The schema of a package. If its provider does not run here, all its resources count as its components.

        Then they are unknown, as those of programs in other languages are.
        """
        name = request.parameterization.name or request.package
        if name in WITHOUT_COMPONENTS or name != request.package:
            return loader_pb2.GetSchemaResponse(schema=_schema(name, self._template))
        provider = self._providers.of_package(name, request.version)
        if provider is None:
            return loader_pb2.GetSchemaResponse(schema=_schema(name, self._template))
        try:
            return loader_pb2.GetSchemaResponse(schema=self._providers.schema(provider))
        except grpc.RpcError as error:
            context.abort(grpc.StatusCode.UNKNOWN, f"the provider of {name} has no schema: {error.details()}")


def canonical(token: str) -> str:
    """A type or function of pulumi-aws as resources have it: `aws:apigateway/restApi:RestApi`; others as they are.

    pulumi-aws adds the class's name to the module's in every type and function. Programs in YAML may leave that out.
    """
    package, *modules, name = token.split(":")
    module = modules[0] if modules else "index"
    if package == "aws" and "/" not in module:
        module = f"{module}/{name[:1].lower()}{name[1:]}"
    full = f"{package}:{module}:{name}"
    return _types_in_lower_case().get(full.lower(), full)


def _types_in_lower_case() -> Mapping[str, str]:
    return {each.lower(): each for each in provider_tables.types()}


def _schema(package: str, template: Template) -> bytes:
    """A schema in which each type and function that the program mentions has every name that it mentions."""
    properties = dict.fromkeys(sorted(template.names - _RESERVED), _ANYTHING)
    resource = {
        "properties": properties,
        "inputProperties": properties,
        "isComponent": package not in WITHOUT_COMPONENTS,
    }
    of_provider = dict.fromkeys(properties.keys() - _RESERVED_IN_PROVIDERS, _ANYTHING)
    function = {"inputs": {"properties": properties}, "outputs": {"properties": properties}}
    tokens = sorted({canonical(each) for each in template.tokens if each.startswith(f"{package}:")})
    document = {
        "name": package,
        "version": "0.0.0",
        "provider": {"inputProperties": of_provider, "properties": of_provider},
        "resources": {each: resource for each in tokens if ":providers:" not in each},
        "functions": dict.fromkeys(tokens, function),
    }
    return json.dumps(document).encode()


def _not_registered(template: Template, session: Session) -> str:
    """Which resources the program declares although the host has not registered them; empty if there are none.

    The host drops a resource without a word if its type is only a name, such as `Topic`.
    """
    seen = {(urn.split("::", 3)[3], yaml_template.class_of(urn.split("::", 3)[2])) for urn in session.seen}
    left = {line: name for (name, class_), line in template.lines.items() if (name, class_) not in seen}
    return "\n".join(f"{HOST} has not registered {name} ({template.file.name}:{line})" for line, name in left.items())


@contextmanager
def _served(loader: Loader) -> Generator[str]:
    """Serve a loader on loopback, and yield its address."""
    options = (("grpc.max_send_message_length", -1),)
    server = grpc.server(ThreadPoolExecutor(PARALLEL), options=options)
    method = grpc.unary_unary_rpc_method_handler(
        loader.schema, loader_pb2.GetSchemaRequest.FromString, loader_pb2.GetSchemaResponse.SerializeToString
    )
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("codegen.Loader", {"GetSchema": method}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(grace=None)


def _run_to_the_end(path: str, job: Job, session: Session, loader: str) -> str:
    """Why the program failed; empty if it did not. The host prints on our standard error what is wrong with it."""
    try:
        host = Plugin(HOST, Command(arguments=(path,)), session.address, job.directory)
    except NotRunError as error:
        raise SourceError(str(error)) from error
    request = language_pb2.RunRequest(
        project=job.project,
        stack=job.stack,
        organization=job.organization,
        pwd=job.directory,
        program=job.entry,
        info=language_pb2.ProgramInfo(
            root_directory=job.root,
            program_directory=job.directory,
            entry_point=job.entry,
            options=to_struct(job.options),
        ),
        config=job.config,
        configSecretKeys=job.secret_keys,
        dryRun=True,
        parallel=PARALLEL,
        monitor_address=session.address,
        loader_target=loader,
    )
    stub: Any = language_pb2_grpc.LanguageRuntimeStub(host.channel)
    try:
        response = stub.Run(request)
    except grpc.RpcError as error:
        host.stop()
        return "\n".join([f"{HOST} ended early: {error.details()}", *host.last])
    finally:
        host.stop()
    if session.log.errors or response.error:
        return "\n".join(dict.fromkeys([*session.log.errors, response.error])).strip()
    return "\n".join(host.last) if response.bail else ""
