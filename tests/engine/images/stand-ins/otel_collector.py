"""Stands in for the OpenTelemetry Collector: takes spans and sends each request on to where its exporter points."""

import grpc

from common import fail, log, wait
from otlp import configuration, receive, sender

config = configuration()
limiter = config["processors"]["memory_limiter"]
if not 0 < limiter["spike_limit_mib"] < limiter["limit_mib"]:
    fail("memory_limiter: spike_limit_mib must be below limit_mib")
name = config["service"]["pipelines"]["traces"]["exporters"][0]
send = sender(config["exporters"][name]["endpoint"])


def take(request):
    try:
        send(request)
    except grpc.RpcError as error:
        log(f"dropped a batch: {error.code()}")


receiver = receive(config, take)
wait()
