"""The monitor under a program that registers all its resources at once."""

import grpc
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc

from policypack.sources.engine import EngineLog
from policypack.sources.invokes import Invokes
from policypack.sources.monitor import PreviewMonitor, serve

MANY = 4000


def test_no_call_is_cancelled_however_many_wait() -> None:
    monitor = PreviewMonitor("shop", "dev", Invokes((), ""))
    server, address = serve(monitor, EngineLog(monitor))
    with grpc.insecure_channel(address) as channel:
        stub = resource_pb2_grpc.ResourceMonitorStub(channel)
        request = resource_pb2.RegisterResourceRequest(type="aws:sns/topic:Topic", custom=True)
        calls = []
        for number in range(MANY):
            request.name = f"topic-{number}"
            calls.append(stub.RegisterResource.future(request))
        failed = {call.code() for call in calls if call.exception() is not None}
    server.stop(grace=None)

    assert not failed
    assert len(monitor.registered) == MANY
