"""Stands in for Jaeger: receives OTLP with OTLP's own generated service, keeps max_traces traces in memory, and answers the
questions of Jaeger's HTTP API in its JSON."""

import threading
from collections import OrderedDict
from concurrent import futures

import grpc
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as messages
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc as services
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from common import fail, log, serve, wait
from otlp import configuration

config = configuration()
extensions = config["extensions"]
store = extensions["jaeger_query"]["storage"]["traces"]
if config["exporters"]["jaeger_storage_exporter"]["trace_storage"] != store:
    fail("spans are written to one storage and read from another")
most = extensions["jaeger_storage"]["backends"][store]["memory"]["max_traces"]

lock = threading.Lock()
# By trace: pairs of a resource and a span, as they came.
traces = OrderedDict()


def take(request):
    with lock:
        for resource_spans in request.resource_spans:
            for scope_spans in resource_spans.scope_spans:
                for span in scope_spans.spans:
                    traces.setdefault(span.trace_id.hex(), []).append((resource_spans.resource, span))
        while len(traces) > most:
            traces.popitem(last=False)
    return messages.ExportTraceServiceResponse()


class Receiver(services.TraceServiceServicer):
    def Export(self, request, context):
        return take(request)


def export(request):
    is_json = request.headers.get("Content-Type", "").startswith("application/json")
    message = messages.ExportTraceServiceRequest()
    try:
        json_format.Parse(request.body, message) if is_json else message.ParseFromString(request.body)
    except Exception as error:
        return 400, f"{error}\n"
    answer = take(message)
    return 200, json_format.MessageToDict(answer) if is_json else answer.SerializeToString()


def tag(key, value):
    kind = value.WhichOneof("value")
    types = {"bool_value": "bool", "int_value": "int64", "double_value": "float64"}
    found = getattr(value, kind) if kind else ""
    return {"key": key, "type": types.get(kind, "string"), "value": found if kind in types else str(found)}


def tags(attributes):
    return [tag(attribute.key, attribute.value) for attribute in attributes]


def service(resource):
    names = [it.value.string_value for it in resource.attributes if it.key == "service.name"]
    return names[0] if names else "unknown_service"


def shown_span(trace, process, span):
    kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower()
    extra = [{"key": "span.kind", "type": "string", "value": kind}]
    if span.status.code == Status.STATUS_CODE_ERROR:
        extra.append({"key": "error", "type": "bool", "value": True})
    parent = {"refType": "CHILD_OF", "traceID": trace, "spanID": span.parent_span_id.hex()}
    links = [
        {"refType": "FOLLOWS_FROM", "traceID": link.trace_id.hex(), "spanID": link.span_id.hex()} for link in span.links
    ]
    return {
        "traceID": trace,
        "spanID": span.span_id.hex(),
        "operationName": span.name,
        "references": ([parent] if span.parent_span_id else []) + links,
        "startTime": span.start_time_unix_nano // 1000,
        "duration": (span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
        "tags": tags(span.attributes) + extra,
        "logs": [
            {"timestamp": event.time_unix_nano // 1000, "fields": tags(event.attributes)} for event in span.events
        ],
        "processID": process,
        "warnings": None,
    }


def shown_trace(trace, pairs):
    processes, spans = {}, []
    for resource, span in pairs:
        known = {"serviceName": service(resource), "tags": tags(resource.attributes)}
        process = next((name for name, other in processes.items() if other == known), f"p{len(processes) + 1}")
        processes[process] = known
        spans.append(shown_span(trace, process, span))
    return {"traceID": trace, "spans": spans, "processes": processes, "warnings": None}


def answer(data, status=200, errors=None):
    return status, {"data": data, "total": len(data or []), "limit": 0, "offset": 0, "errors": errors}


def names(_):
    with lock:
        return answer(sorted({service(resource) for pairs in traces.values() for resource, _ in pairs}))


def find(request):
    wanted, limit = request.query.get("service"), int(request.query.get("limit", 20))
    if not wanted:
        return answer(None, 400, [{"code": 400, "msg": "parameter 'service' is required"}])
    operation = request.query.get("operation")
    found = []
    with lock:
        for trace, pairs in reversed(traces.items()):
            if any(service(resource) == wanted and operation in (None, span.name) for resource, span in pairs):
                found.append(shown_trace(trace, pairs))
            if len(found) == limit:
                break
    return answer(found)


def one(request):
    trace = request.rest.lower().zfill(32)
    with lock:
        if trace in traces:
            return answer([shown_trace(trace, traces[trace])])
    return answer(None, 404, [{"code": 404, "msg": "trace not found"}])


def port(endpoint):
    return int(endpoint.rsplit(":", 1)[1])


serve(port(extensions["jaeger_query"]["http"]["endpoint"]), {
    "GET /": lambda _: (200, "Jaeger (stand-in): /api/services, /api/traces?service=NAME, /api/traces/ID\n"),
    "GET /api/services": names,
    "GET /api/traces": find,
    "GET /api/traces/": one,
})
protocols = config["receivers"]["otlp"]["protocols"]
server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
services.add_TraceServiceServicer_to_server(Receiver(), server)
server.add_insecure_port(protocols["grpc"]["endpoint"])
server.start()
log(f"listening on {protocols['grpc']['endpoint']} (gRPC)")
serve(port(protocols["http"]["endpoint"]), {"POST /v1/traces": export})
serve(port(extensions["healthcheckv2"]["http"]["endpoint"]), {"GET /status": lambda _: (200, {"status": "StatusOK"})})
wait()
