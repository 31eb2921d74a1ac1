"""Stands in for Drone: refuses to start without OAuth credentials, keeps its database, knows its runners."""

import json
import os
import urllib.request

from common import required, serve, wait

gitea, secret, *_ = required(
    "DRONE_GITEA_SERVER", "DRONE_RPC_SECRET", "DRONE_GITEA_CLIENT_ID", "DRONE_GITEA_CLIENT_SECRET", "DRONE_SERVER_HOST"
)
with open("/data/database.sqlite", "a"):
    pass
runners = set()


def ping(body):
    said = json.loads(body)
    if said["secret"] != secret:
        return 401, "unauthorized\n"
    runners.add(said["name"])
    return 200, {}


def index(_):
    try:
        with urllib.request.urlopen(f"{gitea}/api/v1/version", timeout=2) as answer:
            version = json.load(answer)["version"]
    except OSError as error:
        version = str(error)
    return 200, {"gitea": version, "runners": sorted(runners)}


serve(int(os.environ["DRONE_SERVER_PORT"].lstrip(":")), {
    "GET /": index,
    "GET /healthz": lambda _: (200, "OK\n"),
    "POST /rpc/v2/ping": ping,
})
wait()
