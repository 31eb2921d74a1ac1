"""Stands in for a Kafka broker: takes the KRaft configuration as the image does, creates topics and keeps what is
produced. Requests of the oldest versions that both a current client and Kafka 4 know; nobody consumes here."""

import os
import re
import socketserver
import struct
import threading

from common import fail, log, required, wait

# One KAFKA_* property discards the image's own configuration: what is missing then is an error, not a default.
required(
    "CLUSTER_ID", "KAFKA_NODE_ID", "KAFKA_PROCESS_ROLES", "KAFKA_CONTROLLER_LISTENER_NAMES",
    "KAFKA_CONTROLLER_QUORUM_VOTERS", "KAFKA_LISTENERS", "KAFKA_ADVERTISED_LISTENERS", "KAFKA_LOG_DIRS",
)
if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]{20}[AQgw]", os.environ["CLUSTER_ID"]):
    fail("CLUSTER_ID is not 16 bytes in base64")
NODE = int(os.environ["KAFKA_NODE_ID"])
DATA = os.environ["KAFKA_LOG_DIRS"]
HOST, PORT = re.search(r"PLAINTEXT://([^:,]+):(\d+)", os.environ["KAFKA_ADVERTISED_LISTENERS"]).groups()

meta = os.path.join(DATA, "meta.properties")
if os.path.exists(meta):
    with open(meta) as file:
        if f"cluster.id={os.environ['CLUSTER_ID']}\n" not in file.read():
            fail(f"{DATA} was formatted for another cluster")
else:
    with open(meta, "w") as file:
        file.write(f"cluster.id={os.environ['CLUSTER_ID']}\nnode.id={NODE}\n")

PRODUCE, METADATA, API_VERSIONS, CREATE_TOPICS = 0, 3, 18, 19
VERSIONS = {PRODUCE: 3, METADATA: 1, API_VERSIONS: 0, CREATE_TOPICS: 2}
UNKNOWN_TOPIC, UNSUPPORTED_VERSION, TOPIC_EXISTS = 3, 35, 36

lock = threading.Lock()
# Partitions by topic, each the number of its records: a directory a partition, as Kafka keeps them.
topics = {}
for entry in os.listdir(DATA):
    if match := re.fullmatch(r"(.+)-(\d+)", entry):
        topics.setdefault(match[1], {})[int(match[2])] = 0


def text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def array(items):
    return struct.pack(">i", len(items)) + b"".join(items)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, size):
        self.at += size
        return self.data[self.at - size : self.at]

    def number(self, kind):
        return struct.unpack(f">{kind}", self.take(struct.calcsize(f">{kind}")))[0]

    def text(self):
        size = self.number("h")
        return None if size < 0 else self.take(size).decode()

    def array(self, read):
        return [read() for _ in range(self.number("i"))]


def api_versions(error):
    return struct.pack(">h", error) + array([struct.pack(">hhh", key, high, high) for key, high in VERSIONS.items()])


def metadata(reader):
    asked = reader.number("i")
    names = list(topics) if asked < 0 else [reader.text() for _ in range(asked)]
    one = array([struct.pack(">i", NODE)])
    found = []
    for name in names:
        partitions = [struct.pack(">hii", 0, index, NODE) + one + one for index in sorted(topics.get(name, {}))]
        error = 0 if name in topics else UNKNOWN_TOPIC
        found.append(struct.pack(">h", error) + text(name) + b"\0" + array(partitions))
    broker = struct.pack(">i", NODE) + text(HOST) + struct.pack(">ih", int(PORT), -1)
    return array([broker]) + struct.pack(">i", NODE) + array(found)


def create_topics(reader):
    def create():
        name, partitions, _replicas = reader.text(), reader.number("i"), reader.number("h")
        reader.array(lambda: (reader.number("i"), reader.array(lambda: reader.number("i"))))
        reader.array(lambda: (reader.text(), reader.text()))
        if name in topics:
            return text(name) + struct.pack(">hh", TOPIC_EXISTS, -1)
        count = int(os.environ.get("KAFKA_NUM_PARTITIONS", "1")) if partitions < 0 else partitions
        for index in range(count):
            os.makedirs(os.path.join(DATA, f"{name}-{index}"), exist_ok=True)
        topics[name] = dict.fromkeys(range(count), 0)
        log(f"created topic {name} with {count} partitions")
        return text(name) + struct.pack(">hh", 0, -1)

    return struct.pack(">i", 0) + array(reader.array(create))


def produce(reader):
    reader.text(), reader.number("h"), reader.number("i")

    def partition(name):
        index, batch = reader.number("i"), reader.take(reader.number("i"))
        if index not in topics.get(name, {}):
            return struct.pack(">ihqq", index, UNKNOWN_TOPIC, -1, -1)
        with open(os.path.join(DATA, f"{name}-{index}", "00000000000000000000.log"), "ab") as file:
            file.write(batch)
        first = topics[name][index]
        topics[name][index] += struct.unpack_from(">i", batch, 57)[0]
        return struct.pack(">ihqq", index, 0, first, -1)

    def topic():
        name = reader.text()
        return text(name) + array(reader.array(lambda: partition(name)))

    return array(reader.array(topic)) + struct.pack(">i", 0)


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        while size := self.rfile.read(4):
            reader = Reader(self.rfile.read(struct.unpack(">i", size)[0]))
            key, version, correlation = reader.number("h"), reader.number("h"), reader.number("i")
            if key == API_VERSIONS and version != VERSIONS[key]:
                answer = api_versions(UNSUPPORTED_VERSION)
            elif version != VERSIONS.get(key):
                return
            else:
                reader.text()
                with lock:
                    answer = {
                        API_VERSIONS: lambda _: api_versions(0), METADATA: metadata,
                        CREATE_TOPICS: create_topics, PRODUCE: produce,
                    }[key](reader)
            self.wfile.write(struct.pack(">ii", len(answer) + 4, correlation) + answer)


class Broker(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


broker = Broker(("0.0.0.0", int(PORT)), Connection)
threading.Thread(target=broker.serve_forever, daemon=True).start()
log(f"Kafka Server started (stand-in), {HOST}:{PORT}")
wait()
