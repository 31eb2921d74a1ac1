"""Stands in for Jaeger: keeps max_traces traces in memory and answers the two questions its page asks first."""

from collections import OrderedDict

from common import fail, serve, wait
from otlp import configuration, port, receive, spans

config = configuration()
extensions = config["extensions"]
store = extensions["jaeger_query"]["storage"]["traces"]
if config["exporters"]["jaeger_storage_exporter"]["trace_storage"] != store:
    fail("spans are written to one storage and read from another")
most = extensions["jaeger_storage"]["backends"][store]["memory"]["max_traces"]
traces = OrderedDict()


def take(request):
    for service, trace, own, parent, name in spans(request):
        known = traces.setdefault(trace, [])
        known.append({"spanID": own, "parentID": parent, "operationName": name, "service": service})
    while len(traces) > most:
        traces.popitem(last=False)


def services(_):
    names = sorted({span["service"] for known in list(traces.values()) for span in list(known)})
    return 200, {"data": names, "total": len(names)}


def latest(_):
    newest = list(traces.items())[-20:]
    return 200, {"data": [{"traceID": trace, "spans": known} for trace, known in newest], "total": len(traces)}


serve(port(extensions["jaeger_query"]["http"]["endpoint"]), {
    "GET /": lambda _: (200, "Jaeger (stand-in): /api/services, /api/traces\n"),
    "GET /api/services": services,
    "GET /api/traces": latest,
})
receiver = receive(config, take)
serve(port(extensions["healthcheckv2"]["http"]["endpoint"]), {"GET /status": lambda _: (200, {"status": "StatusOK"})})
wait()
