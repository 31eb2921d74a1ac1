"""Starts Rotel, an OpenTelemetry collector, with what the real collector's configuration says of a pipeline of traces."""

import os

from common import fail, log
from otlp import configuration

config = configuration()
limiter = config["processors"]["memory_limiter"]
if not 0 < limiter["spike_limit_mib"] < limiter["limit_mib"]:
    fail("memory_limiter: spike_limit_mib must be below limit_mib")
pipeline = config["service"]["pipelines"]["traces"]
exporter = config["exporters"][pipeline["exporters"][0]]
if not exporter.get("tls", {}).get("insecure"):
    fail("only an exporter without TLS is known here")
protocols = config["receivers"]["otlp"]["protocols"]
batch = config["processors"]["batch"]

# Rotel has no memory limiter and no queue of batches; everything else has an option.
options = {
    "--otlp-grpc-endpoint": protocols["grpc"]["endpoint"],
    "--otlp-http-endpoint": protocols["http"]["endpoint"],
    "--exporter": "otlp",
    "--otlp-exporter-protocol": "grpc",
    "--otlp-exporter-endpoint": f"http://{exporter['endpoint']}",
    "--otlp-exporter-retry-max-elapsed-time": exporter["retry_on_failure"]["max_elapsed_time"],
    "--batch-timeout": batch["timeout"],
    "--batch-max-size": str(batch["send_batch_size"]),
}
command = ["/usr/local/bin/rotel", "start", *(word for option in options.items() for word in option)]
log(" ".join(command))
os.environ["ROTEL_LOG_FORMAT"] = "json"
os.execv(command[0], command)
