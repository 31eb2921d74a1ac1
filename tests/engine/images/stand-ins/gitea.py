"""Stands in for Gitea: prepares /data as root, as the image's setup does, and goes on as the user git."""

import os
import pwd

from common import fail, required, serve, wait

url, secret_file = required("GITEA__server__ROOT_URL", "GITEA__security__SECRET_KEY__FILE")
with open(secret_file) as file:
    if not file.read().strip():
        fail(f"{secret_file} is empty")

git = pwd.getpwnam("git")
# What follows takes CHOWN, DAC_OVERRIDE, FOWNER, SETGID and SETUID: from the second start on, /data is not root's.
for folder in ("/data/gitea", "/data/gitea/conf", "/data/git"):
    os.makedirs(folder, exist_ok=True)
    os.chown(folder, git.pw_uid, git.pw_gid)
    os.chmod(folder, 0o700)
with open("/data/gitea/conf/app.ini", "w") as file:
    file.write(f"[server]\nROOT_URL = {url}\n")
os.setgroups([])
os.setgid(git.pw_gid)
os.setuid(git.pw_uid)

serve(3000, {
    "GET /": lambda _: (200, "Gitea (stand-in)\n"),
    "GET /api/healthz": lambda _: (200, {"status": "pass", "description": "Gitea: Git with a cup of tea"}),
    "GET /api/v1/version": lambda _: (200, {"version": "1.26.1"}),
})
wait()
