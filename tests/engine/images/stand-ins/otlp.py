"""OTLP as far as a stand-in needs it: spans received by gRPC and HTTP, passed on whole, and taken apart for names."""

import sys
from concurrent import futures

import grpc
import yaml

from common import fail, log, serve

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def configuration():
    """The YAML file behind --config, with every component of its pipelines and every extension it enables declared."""
    if len(sys.argv) != 3 or sys.argv[1] != "--config":
        fail("usage: --config FILE")
    with open(sys.argv[2]) as file:
        config = yaml.safe_load(file)
    for name in config["service"].get("extensions", []):
        if name not in config.get("extensions", {}):
            fail(f"service::extensions: {name} is not configured")
    for pipeline, parts in config["service"]["pipelines"].items():
        for kind, names in parts.items():
            for name in names:
                if name not in config.get(kind, {}):
                    fail(f"service::pipelines::{pipeline}: {kind} {name} is not configured")
    return config


def port(endpoint):
    return int(endpoint.rsplit(":", 1)[1])


def receive(config, take):
    """Listen as the otlp receiver says. `take` gets each export request as bytes."""
    protocols = config["receivers"]["otlp"]["protocols"]

    class Export(grpc.GenericRpcHandler):
        def service(self, call):
            if call.method != METHOD:
                return None
            return grpc.unary_unary_rpc_method_handler(lambda request, _: take(request) or b"")

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), handlers=[Export()])
    server.add_insecure_port(protocols["grpc"]["endpoint"])
    server.start()
    log(f"listening on {protocols['grpc']['endpoint']} (gRPC)")
    serve(port(protocols["http"]["endpoint"]), {"POST /v1/traces": lambda body: (200, take(body) or {})})
    return server


def sender(endpoint):
    """A function that sends an export request on."""
    export = grpc.insecure_channel(endpoint).unary_unary(METHOD)
    return lambda request: export(request, timeout=5)


def fields(message):
    """The fields of a protobuf message: number, and bytes or integer."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            yield key >> 3, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield key >> 3, message[at : at + size]
        at += size


def every(message, *path):
    """What stands at a path of field numbers, each time it does."""
    for number, value in fields(message):
        if number == path[0]:
            if len(path) == 1:
                yield value
            else:
                yield from every(value, *path[1:])


def spans(request):
    """The spans of an export request, as (service, trace id, span id, parent id, name)."""
    # ExportTraceServiceRequest.resource_spans = 1; ResourceSpans: resource = 1, scope_spans = 2; ScopeSpans.spans = 2.
    for resource_spans in every(request, 1):
        service = "unknown"
        for attribute in every(resource_spans, 1, 1):
            if next(every(attribute, 1), b"") == b"service.name":
                service = next(every(attribute, 2, 1), b"unknown").decode()
        for span in every(resource_spans, 2, 2):
            part = {number: value for number, value in fields(span) if number in (1, 2, 4, 5)}
            trace, own, parent = (part.get(number, b"").hex() for number in (1, 2, 4))
            yield service, trace, own, parent, part.get(5, b"").decode()
