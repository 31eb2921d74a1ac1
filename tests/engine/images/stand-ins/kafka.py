"""Starts Tansu, a broker that speaks Kafka's protocol, with what the real image's variables say. It keeps records in memory."""

import os
import re

from common import fail, log, required

# One KAFKA_* property discards the image's own configuration: what is missing then is an error, not a default.
required(
    "CLUSTER_ID", "KAFKA_NODE_ID", "KAFKA_PROCESS_ROLES", "KAFKA_CONTROLLER_LISTENER_NAMES",
    "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_LOG_DIRS",
)
cluster = os.environ["CLUSTER_ID"]
if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{20}[AQgw]", cluster):
    fail("CLUSTER_ID is not 16 bytes in base64")
folder = os.environ["KAFKA_LOG_DIRS"]


def listener(variable):
    found = re.search(r"PLAINTEXT://([^:,]*):(\d+)", os.environ[variable])
    return found.groups() if found else fail(f"{variable} has no PLAINTEXT listener")


_, port = listener("KAFKA_LISTENERS")
host, advertised = listener("KAFKA_ADVERTISED_LISTENERS")

# The folder is formatted for its cluster and must be writable, as Kafka's is.
meta = os.path.join(folder, "meta.properties")
if os.path.exists(meta):
    with open(meta) as file:
        if f"cluster.id={cluster}\n" not in file.read():
            fail(f"{folder} was formatted for another cluster")
else:
    with open(meta, "w") as file:
        file.write(f"cluster.id={cluster}\nnode.id={os.environ['KAFKA_NODE_ID']}\n")

command = [
    "/usr/local/bin/tansu", "broker",
    "--cluster-id", cluster,
    "--listener-url", f"tcp://0.0.0.0:{port}",
    "--advertised-listener-url", f"tcp://{host}:{advertised}",
    "--storage-engine", "memory://tansu/",
]
log(" ".join(command))
os.execv(command[0], command)
