#!/bin/bash
# 20 minutes of overload (100 a second) against a target that misbehaves in turn. Prints, every half minute, resident memory,
# CPU seconds and what was counted; the last line says by how much memory grew after the first two minutes.
# Usage: soak.sh STACKCTL [SECONDS]
set -eu
stackctl=$(realpath "$1")
seconds=${2:-1200}
here=$(cd "$(dirname "$0")" && pwd)
target=9391 control=9392
work=$(mktemp -d)
python3 "$here/faulty.py" $target 15 &
faulty=$!
trap 'kill $faulty $engine 2>/dev/null || true; rm -rf "$work"' EXIT
sleep 1
cd "$work"
TARGET_URL=http://127.0.0.1:$target PORT=$control "$stackctl" traffic --mode overload --start-delay 0s 2>"$work/log" &
engine=$!
sleep 1
ticks=$(getconf CLK_TCK)
first=0 last=0
echo "seconds  rss_kib  cpu_s  log_lines  status"
for ((at = 30; at <= seconds; at += 30)); do
  sleep 30
  last=$(awk '/^VmRSS/ {print $2}' /proc/$engine/status)
  cpu=$(awk -v t="$ticks" '{printf "%.2f", ($14 + $15) / t}' /proc/$engine/stat)
  status=$(curl -s http://127.0.0.1:$control/status | python3 -c '
import json, sys
s = json.load(sys.stdin)
print(s["stats"]["total"], "sent", s["stats"]["failed"], "failed", s["dropped"], "dropped", s["late"], "late", s["errors"])')
  echo "$at  $last  $cpu  $(wc -l <"$work/log")  $status"
  if [ "$at" -eq 120 ]; then first=$last; fi
done
kill -TERM $engine
wait $engine && echo "exit 0 on SIGTERM"
echo "resident memory after 2 minutes $first KiB, at the end $last KiB"
