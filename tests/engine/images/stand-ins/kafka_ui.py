"""Stands in for Kafka UI: needs a cluster, answers its health check, and says whether the broker can be reached."""

import os
import socket

from common import fail, required, serve, wait

name, servers = required("KAFKA_CLUSTERS_0_NAME", "KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS")
if "MaxRAMPercentage" not in os.environ.get("JAVA_OPTS", ""):
    fail("Java's heap is not tied to the container's limit")
host, port = servers.split(":")


def clusters(_):
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
        status = "online"
    except OSError:
        status = "offline"
    return 200, [{"name": name, "status": status}]


serve(8080, {
    "GET /": lambda _: (200, "Kafka UI (stand-in): /api/clusters\n"),
    "GET /actuator/health": lambda _: (200, {"status": "UP"}),
    "GET /api/clusters": clusters,
})
wait()
