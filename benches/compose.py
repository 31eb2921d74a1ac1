#!/usr/bin/env python3
"""stackctl beside `docker compose config`, side by side in one run: wall time and peak memory of the whole process.

    cargo build --release && python3 benches/compose.py [--rounds 9] [--sizes 10,100,1000,10000]

On the repository's own sample and on generated stacks: both read the same stack, stackctl from stack.toml, Compose from what
`stackctl render` made of it. The commands alternate, round by round, so that a slow moment of the machine meets both; the
medians are printed, and the ratio is the median of the rounds' own ratios. Python's standard library only.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
STACKCTL = str(ROOT / "target/release/stackctl")


def measure(command, folder):
    """Wall seconds and peak resident MiB of one finished process."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} in {folder} exited with {process.returncode}:\n{error.decode()}")
    return wall, usage.ru_maxrss / 1024


def stack(services):
    """A stack as people write them: health checks, dependencies, ports, volumes, four profiles and an overlay."""
    lines = [
        'name = "bench"',
        "[budget]", f'memory = "{services}G"', f"cpus = {services}", "cpu_overcommit = 2",
        "[defaults]", 'restart = "unless-stopped"', 'logging = { driver = "json-file", max_size = "10m", max_file = 3 }',
        '[profiles.tracing]', 'description = "tracing"',
        "[profiles.tracing.services.s0]", 'environment = { OTEL = "http://collector:4317" }', 'limits = { memory = "256M" }',
        "[profiles.kafka]", "[profiles.cicd]", "[profiles.full]", 'includes = ["tracing", "kafka", "cicd"]',
        "[volumes.data]", "[networks.back]",
    ]
    for index in range(services):
        profile = ["", 'profiles = ["tracing"]', 'profiles = ["kafka"]', 'profiles = ["cicd"]'][index % 4]
        before = index - 4 if index >= 4 else None
        lines += [
            f"[services.s{index}]",
            f'image = "registry.example/team/app-{index}:1.{index}"',
            'limits = { memory = "512M", cpus = 0.5 }',
            'reservations = { memory = "128M", cpus = 0.25 }',
            profile,
            'environment = { LOG = "info", PORT = "8080", DATABASE_URL = "postgres://app@db/app", FEATURES = "a,b,c" }',
            f'ports = ["{10000 + index}:8080"]',
            'volumes = ["data:/data", "./config:/etc/app:ro"]',
            'networks = ["back"]',
            'healthcheck = { test = ["CMD", "/probe"], interval = "10s", start_period = "60s", start_interval = "1s" }',
            f'depends_on = {{ s{before} = "healthy" }}' if before is not None else "",
        ]
    return "\n".join(lines) + "\n"


def compare(name, folder, rounds):
    compose = ["docker", "compose", "-f", "generated/docker-compose.yml", "config", "-q"]
    ours = {
        "validate": [STACKCTL, "validate", "-q"],
        "budget check": [STACKCTL, "budget", "check", "-q"],
        "render --stdout": [STACKCTL, "render", "--stdout"],
    }
    measure(compose, folder)
    rows = {label: [] for label in ours}
    theirs = []
    for _ in range(rounds):
        theirs.append(measure(compose, folder))
        for label, command in ours.items():
            rows[label].append(measure(command, folder))
    wall, memory = (statistics.median(run[at] for run in theirs) for at in (0, 1))
    print(f"| {name} | `docker compose config -q` | {wall * 1000:.1f} | {memory:.0f} | | |")
    for label, runs in rows.items():
        ratio = [statistics.median(a[at] / b[at] for a, b in zip(theirs, runs)) for at in (0, 1)]
        wall, memory = (statistics.median(run[at] for run in runs) for at in (0, 1))
        print(f"| {name} | `stackctl {label}` | {wall * 1000:.1f} | {memory:.0f} | {ratio[0]:.0f}x | {ratio[1]:.1f}x |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--sizes", default="10,100,1000,10000")
    arguments = parser.parse_args()
    print("| stack | command | wall ms | peak MiB | faster | less memory |")
    print("|---|---|---|---|---|---|")
    compare("sample", ROOT, arguments.rounds)
    for size in map(int, arguments.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "stack.toml").write_text(stack(size))
            pathlib.Path(folder, "config").mkdir()
            subprocess.run([STACKCTL, "render", "-q"], cwd=folder, check=True)
            compare(f"{size:,} services", folder, arguments.rounds)


if __name__ == "__main__":
    main()
