#!/bin/bash
# Time of `stackctl up` beside `docker compose up -d --wait` on the same warm stack: the sample's core, images, networks'
# names and volumes as the round before left them. Rounds alternate who is first. Needs an engine with the images of
# tests/engine/prepare; takes about 20 s a round. Prints Markdown.
# Usage: up.sh STACKCTL      ROUNDS=5 may be set
set -eu
stackctl=$(realpath "${1:?usage: up.sh STACKCTL}")
rounds=${ROUNDS:-5}
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
name=bench-up
compose=(docker compose -p "$name" -f generated/docker-compose.yml)
cp -r "$here"/{stack.toml,templates,Cargo.toml} "$work"
cd "$work"
trap '"$stackctl" -q down --volumes --yes || true; docker image rm -f "stackctl/$name:0.1.0" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
# Ports that the engine chooses: nothing has to be free.
sed -i "s/^name = .*/name = \"$name\"/; s/^ports = \[\"[0-9]*:\([0-9]*\)\"\]/ports = [\"\1\"]/" stack.toml
"$stackctl" -q up >/dev/null # images, secrets, database

ours() { "$stackctl" -q up >/dev/null; }
theirs() { "${compose[@]}" up -d --wait >/dev/null 2>&1; }
timed() { # what; seconds with milliseconds
  "${compose[@]}" down -t 10 >/dev/null 2>&1
  local began=$EPOCHREALTIME
  "$1"
  awk -v began="$began" -v ended="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", ended - began }'
}
for round in $(seq "$rounds"); do
  order=(ours theirs)
  [ $((round % 2)) = 1 ] || order=(theirs ours)
  for who in "${order[@]}"; do timed "$who" >>"$who"; done
done
# Everything is up already.
again() { local began=$EPOCHREALTIME; "$1"; awk -v began="$began" -v ended="$EPOCHREALTIME" 'BEGIN { printf "%.3f\n", ended - began }'; }
for _ in $(seq "$rounds"); do again ours >>ours-again; again theirs >>theirs-again; done

of() { sort -n "$1" | awk '{ all[NR] = $1 } END { printf "%.2f (%.2f to %.2f)", all[int((NR + 1) / 2)], all[1], all[NR] }'; }
ratio() { awk -v ours="$(sort -n "$1" | sed -n "$(((rounds + 1) / 2))p")" -v theirs="$(sort -n "$2" | sed -n "$(((rounds + 1) / 2))p")" \
  'BEGIN { printf "%.2f", ours / theirs }'; }
echo "| seconds, median (range) of $rounds rounds | stackctl up | docker compose up -d --wait | ratio |"
echo "|---|---:|---:|---:|"
echo "| from nothing | $(of ours) | $(of theirs) | $(ratio ours theirs) |"
echo "| everything up already | $(of ours-again) | $(of theirs-again) | $(ratio ours-again theirs-again) |"
