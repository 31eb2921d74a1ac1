"""The measurements of compare.sh, which starts nginx and makes the cgroup, and hands both over in the environment."""
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import threading
import time
import urllib.request

STACKCTL, STAMP, LEAST, WORK, PORT = (os.environ[name] for name in ("STACKCTL", "STAMP", "LEAST", "WORK", "PORT"))
SECONDS, ROUNDS = int(os.environ["SECONDS_EACH"]), int(os.environ["ROUNDS"])
BEFORE = os.environ.get("BEFORE")
CGROUPS, PARTS = os.environ["CGROUPS"].split(), os.environ["PARTS"].split()
TARGET = f"http://127.0.0.1:{PORT}"
STAMP_PORT = int(PORT) + 1


def table(name, body):
    path = f"{WORK}/{name}.toml"
    with open(path, "w") as file:
        file.write(body)
    return path


PLAIN = table("plain", f'[traffic]\ntarget = "{TARGET}"\n[[traffic.requests]]\nmethod = "GET"\npath = "/"\n')
EVEN = table("even", f'[traffic]\ntarget = "{TARGET}"\njitter = 0\n[[traffic.requests]]\nmethod = "GET"\npath = "/"\n')


def stackctl(*options, program=STACKCTL, config=PLAIN, seconds=SECONDS, target=TARGET):
    # Without a file, the order shop's own table is used: POST with random bodies, captured ids.
    chosen = ["--config", config] if config else []
    return [program, "traffic", *chosen, "--target", target, "--duration", f"{seconds}s", "--report", "-", *options]


FULL = ("--rate", "max", "--max-in-flight", "32")
PEERS = {
    "wrk": ["wrk", "-t1", "-c32", f"-d{SECONDS}s", f"{TARGET}/"],
    # -t sets -n to 50,000, so that -n has to come after it.
    "ab": ["ab", "-q", "-k", "-c", "32", "-t", str(SECONDS), "-n", "10000000", f"{TARGET}/"],
    "h2load": ["h2load", "--h1", "-t1", "-c32", "-D", str(SECONDS), f"{TARGET}/"],
    "hey": ["hey", "-cpus", "1", "-c", "32", "-z", f"{SECONDS}s", f"{TARGET}/"],
    "oha": ["oha", "--no-tui", "-c", "32", "-z", f"{SECONDS}s", f"{TARGET}/"],
    "vegeta": ["vegeta", "-cpus", "1", "attack", "-rate", "0", "-max-workers", "32", "-duration", f"{SECONDS}s", "-targets", f"{WORK}/urls", "-output", "/dev/null"],
}
with open(f"{WORK}/urls", "w") as file:
    file.write(f"GET {TARGET}/\n")
# wrk2 is wrk with a rate, and has no full speed; it records nothing in its first ten seconds.
ABSENT = [name for name in [*PEERS, "wrk2"] if not shutil.which(name)]
OURS = {"stackctl": stackctl(*FULL), "stackctl, order mix": stackctl(*FULL, config=None)}
if BEFORE:
    OURS["stackctl before"] = stackctl(*FULL, program=BEFORE)
ALL = {**OURS, **{name: command for name, command in PEERS.items() if name not in ABSENT}}


def served():
    with urllib.request.urlopen(f"{TARGET}/nginx_status") as answer:
        return int(answer.read().split(b"\n")[2].split()[2])


def run(command, cgroups=()):
    """Run on CPU 1 to the end: user + system seconds, wall seconds, peak resident KiB, requests that nginx counted, stdout."""

    def enter():
        for group in cgroups:
            with open(f"{group}/cgroup.procs", "w") as file:
                file.write(str(os.getpid()))
        os.sched_setaffinity(0, {1})

    before, began, peak = served(), time.monotonic(), 0
    with open(f"{WORK}/out", "w+") as out, open(f"{WORK}/err", "w") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, preexec_fn=enter, cwd=WORK)
        while True:
            # VmHWM and not rusage: ru_maxrss counts what this interpreter held between fork and exec.
            try:
                with open(f"/proc/{process.pid}/status") as file:
                    peak = max([peak] + [int(kib) for kib in re.findall(r"VmHWM:\s+(\d+)", file.read())])
            except OSError:
                pass
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            time.sleep(0.1)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read()
    if process.returncode:
        with open(f"{WORK}/err") as err:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {err.read()[-500:]}")
    # The question itself is one of the requests.
    return usage.ru_utime + usage.ru_stime, time.monotonic() - began, peak, served() - before - 1, text


def rounds(part, cgroups=()):
    """Everything in turn, so that a change of the machine's load meets all alike; the order turns round by round."""
    found = {name: [] for name in ALL}
    for number in range(ROUNDS):
        names = list(ALL)[number % len(ALL):] + list(ALL)[: number % len(ALL)]
        for name in names:
            found[name].append(run(ALL[name], cgroups))
    print(f"\n### {part}\n")
    return found


def cpu():
    found = rounds(f"Full speed, 32 connections: {ROUNDS} interleaved rounds of {SECONDS} s, medians")
    cost = {name: [100_000 * cpu / count for cpu, _, _, count, _ in runs] for name, runs in found.items()}
    print("| | CPU s per 100,000 requests | each round | of wrk's | requests/s | peak RSS MiB |\n|---|---:|---|---:|---:|---:|")
    for name, runs in found.items():
        each = ", ".join(f"{one:.3f}" for one in cost[name])
        # The ratio is formed inside each round.
        ratio = f"{statistics.median(a / b for a, b in zip(cost[name], cost['wrk'])):.2f}" if "wrk" in cost else "-"
        rate = statistics.median(count / SECONDS for _, _, _, count, _ in runs)
        print(f"| {name} | {statistics.median(cost[name]):.3f} | {each} | {ratio} | {rate:,.0f} | {peak(runs):.1f} |")


def peak(runs):
    return max(kib for _, _, kib, _, _ in runs) / 1024


def cgroup():
    found = rounds(f"In 0.5 CPU and 256 MiB: {ROUNDS} interleaved rounds of {SECONDS} s, medians", CGROUPS)
    print("| | requests/s | CPU it got | requests/s for a whole 0.5 CPU | peak RSS MiB |\n|---|---:|---:|---:|---:|")
    for name, runs in found.items():
        rate = statistics.median(count / SECONDS for _, _, _, count, _ in runs)
        share = statistics.median(cpu / SECONDS for cpu, _, _, _, _ in runs)
        whole = statistics.median(0.5 * count / cpu for cpu, _, _, count, _ in runs)
        print(f"| {name} | {rate:,.0f} | {share:.2f} | {whole:,.0f} | {peak(runs):.1f} |")


def held():
    # 256 in flight are 8.5 ms of a target that stalls, and this machine stalls for longer.
    print("\n### 30,000 requests/s in 0.5 CPU and 256 MiB, 10 s, at most 2,000 in flight\n")
    print("| reached/s | counted by nginx | dropped | failed | send lateness p99 ms | CPU | peak RSS MiB |\n|---:|---:|---:|---:|---:|---:|---:|")
    for _ in range(ROUNDS):
        used, _, kib, count, text = run(stackctl("--rate", "30000", "--max-in-flight", "2000", seconds=10), CGROUPS)
        report = json.loads(text)
        print(f"| {report['rate_reached']:.1f} | {count} | {report['dropped']} | {report['failed']} | {report['send_lateness_ms']['p99']} "
              f"| {used / 10:.2f} | {kib / 1024:.1f} |")


def vegeta(rate, target, output):
    with open(f"{WORK}/paced", "w") as file:
        file.write(f"GET {target}/\n")
    return ["vegeta", "-cpus", "1", "attack", "-rate", f"{rate}/s", "-duration", "10s", "-targets", f"{WORK}/paced", "-output", output]


def wire():
    print("\n### Lateness on the wire, 10 s, stamped by the target\n")
    print("| | asked/s | what the target saw |\n|---|---:|---|")
    target = f"http://127.0.0.1:{STAMP_PORT}"
    programs = {"stackctl": STACKCTL, "stackctl before": BEFORE}
    wanted = [(name, rate, stackctl("--rate", str(rate), program=program, config=EVEN, seconds=10, target=target))
              for rate in (1000, 10000) for name, program in programs.items() if program]
    # hey and h2load take a rate for each connection.
    wanted.append(("hey", 1000, ["hey", "-cpus", "1", "-c", "20", "-q", "50", "-z", "10s", f"{target}/"]))
    wanted.append(("h2load", 1000, ["h2load", "--h1", "-t1", "-c20", "--rps", "50", "-D", "10", f"{target}/"]))
    wanted.append(("oha", 1000, ["oha", "--no-tui", "-c", "32", "-q", "1000", "-z", "10s", f"{target}/"]))
    for rate in (1000, 10000):
        wanted.append(("wrk2", rate, ["wrk2", "-t1", "-c32", f"-R{rate}", "-d10s", f"{target}/"]))
        wanted.append(("vegeta", rate, vegeta(rate, target, "/dev/null")))
    for name, rate, command in wanted:
        if name in ABSENT:
            continue
        stamp = subprocess.Popen(
            [STAMP, str(STAMP_PORT), str(rate), str(rate * 10)],
            stdout=subprocess.PIPE, text=True, preexec_fn=lambda: os.sched_setaffinity(0, {0}),
        )
        time.sleep(0.5)
        run(command)
        try:
            seen = stamp.communicate(timeout=10)[0].strip()
        except subprocess.TimeoutExpired:
            stamp.kill()
            seen = "nothing"
        print(f"| {name} | {rate:,} | {seen} |")


def worker():
    with open(f"/proc/{os.environ['NGINX_PID']}/task/{os.environ['NGINX_PID']}/children") as file:
        return int(file.read().split()[0])


def freeze():
    print("\n### The target stops for 1 s (SIGSTOP) in 10 s at 1,000 requests/s\n")
    print("| | p99 ms | else |\n|---|---:|---|")

    def stop(after):
        time.sleep(after)
        os.kill(worker(), signal.SIGSTOP)
        time.sleep(1)
        os.kill(worker(), signal.SIGCONT)

    def frozen(command, after=4):
        thread = threading.Thread(target=stop, args=(after,))
        thread.start()
        result = run(command)
        thread.join()
        return result

    _, _, kib, _, text = frozen(stackctl("--rate", "1000", "--max-in-flight", "2000", seconds=10))
    report = json.loads(text)
    response = report["response_ms"]
    print(f"| stackctl | {response['p99']} | max {response['max']} ms, sent {report['sent']}, dropped {report['dropped']}, "
          f"failed {report['failed']}, rate {report['rate_reached']:.2f}, peak RSS {kib / 1024:.1f} MiB |")
    if "hey" not in ABSENT:
        _, _, kib, _, text = frozen(["hey", "-cpus", "1", "-c", "20", "-q", "50", "-z", "10s", f"{TARGET}/"])
        p99 = re.search(r"99%+ in ([\d.]+) secs", text)
        print(f"| hey | {float(p99[1]) * 1000 if p99 else '-'} | peak RSS {kib / 1024:.1f} MiB |")
    if "wrk2" not in ABSENT:
        _, _, kib, _, text = frozen(["wrk2", "-t1", "-c32", "-R1000", "-d20s", "--latency", f"{TARGET}/"], 14)
        p99 = re.search(r"99.000%\s+([\d.]+m?s)", text)
        print(f"| wrk2, the 10 s after its calibration | {p99[1] if p99 else '-'} | peak RSS {kib / 1024:.1f} MiB |")
    if "vegeta" not in ABSENT:
        _, _, kib, _, _ = frozen(vegeta(1000, TARGET, f"{WORK}/attack"))
        text = subprocess.run(["vegeta", "report", "-type", "json", f"{WORK}/attack"], stdout=subprocess.PIPE, check=True).stdout
        print(f"| vegeta | {json.loads(text)['latencies']['99th'] / 1e6:.1f} | peak RSS {kib / 1024:.1f} MiB |")


def overload():
    seconds, settle = 30, 3
    print(f"\n### `overload`, the order mix at 100 requests/s: CPU of {seconds} s after the first {settle}, and of the least that can be done\n")
    print("| | % of one CPU | peak RSS MiB |\n|---|---:|---:|")
    for _ in range(ROUNDS):
        command = stackctl("--mode", "overload", config=None, seconds=settle + seconds + 5)
        with open(os.devnull, "w") as nothing:
            pin = lambda: os.sched_setaffinity(0, {1})
            process = subprocess.Popen(command, stdout=nothing, stderr=nothing, preexec_fn=pin, cwd=WORK)
            time.sleep(settle)
            before, began = running(process.pid), time.monotonic()
            time.sleep(seconds)
            share = (running(process.pid) - before) / (time.monotonic() - began)
            with open(f"/proc/{process.pid}/status") as file:
                kib = int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])
            process.terminate()
            process.wait()
        print(f"| stackctl | {100 * share:.2f} | {kib / 1024:.1f} |")
        if LEAST:
            print(f"| least | {run([LEAST, PORT, str(seconds)])[4].strip()} | |", flush=True)


def running(pid):
    """CPU seconds of a process' threads, to the nanosecond."""
    used = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as file:
            used += int(file.read().split()[0])
    return used / 1e9


def main():
    print(f"load average at the start: {' '.join(map(str, os.getloadavg()))}")
    if ABSENT:
        print(f"absent, so not measured: {', '.join(ABSENT)}")
    for part in (cpu, cgroup, held, wire, freeze, overload):
        if part.__name__ not in PARTS:
            continue
        if part in (cgroup, held) and not CGROUPS or part is wire and not STAMP:
            print(f"\nleft out: {part.__name__}")
            continue
        part()
        print(f"\n(load average {os.getloadavg()[0]:.1f})", flush=True)


main()
