#!/bin/bash
# `stackctl traffic` beside wrk, ab, h2load and hey (Debian: nginx wrk apache2-utils nghttp2-client hey), oha (crates), vegeta (Go) and
# wrk2 (its sources, as `wrk2`), which are measured where they are on the PATH, on loopback: nginx with one worker on CPU 0, the
# generator on CPU 1, 32 connections. Prints Markdown. About ten minutes as it is; the part in a cgroup needs root.
# Usage: compare.sh STACKCTL [PROGRAMS]
#   PROGRAMS is the folder of stamp and least (cargo build --release --manifest-path benches/traffic/Cargo.toml:
#   benches/traffic/target/release); without
#   them no wire lateness, and nothing to hold `overload` against.
#   SECONDS_EACH=5 ROUNDS=3 PORT=9395 may be set; so may PARTS, of "cpu cgroup held wire freeze overload", and BEFORE, an older
#   stackctl that is measured in the same rounds.
set -eu
stackctl=$(realpath "${1:?usage: compare.sh STACKCTL [PROGRAMS]}")
stamp=${2:+$(realpath "$2/stamp")} least=${2:+$(realpath "$2/least")}
here=$(cd "$(dirname "$0")" && pwd)
port=${PORT:-9395}
nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || { echo "nginx is not installed" >&2; exit 3; }
if [ "$(nproc)" -lt 2 ]; then echo "two CPUs are needed, one each for the server and the generator" >&2; exit 3; fi
work=$(mktemp -d)
groups=()
trap 'if [ -f "$work/pid" ]; then kill "$(cat "$work/pid")"; sleep 0.5; fi
  for group in ${groups[@]+"${groups[@]}"}; do rmdir "$group" || true; done; rm -rf "$work"' EXIT
chmod 755 "$work"

cat >"$work/nginx.conf" <<CONF
worker_processes 1;
worker_cpu_affinity 01;
worker_rlimit_nofile 16384;
pid $work/pid;
error_log $work/error.log;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 600s;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  server {
    listen 127.0.0.1:$port backlog=4096;
    default_type application/json;
    location / { return 200 "ok"; }
    location /orders {
      if (\$request_method = POST) { return 201 '{"id":"order-5f0c"}'; }
      return 200 '[]';
    }
    location = /nginx_status { stub_status; }
  }
}
CONF
"$nginx" -e "$work/error.log" -c "$work/nginx.conf"

# 0.5 CPU and 256 MiB, with the memory controller's group first; cgroup v1 has one tree for each.
limit() { # GROUP, then pairs of FILE and VALUE
  local group=$1
  shift
  mkdir "$group" 2>/dev/null || return 1
  groups+=("$group")
  while [ $# -gt 0 ]; do
    echo "$2" >"$group/$1" || return 1
    shift 2
  done
}
root=/sys/fs/cgroup name=stackctl-bench-$$ limited=1
if [ -f $root/cgroup.controllers ]; then
  limit $root/$name memory.max 268435456 cpu.max "50000 100000" || limited=
else
  limit $root/memory/$name memory.limit_in_bytes 268435456 &&
    limit $root/cpu/$name cpu.cfs_period_us 100000 cpu.cfs_quota_us 50000 || limited=
fi
if [ -z "$limited" ]; then echo "no cgroup could be made: the parts in 0.5 CPU are left out" >&2; fi

SECONDS_EACH=${SECONDS_EACH:-5} ROUNDS=${ROUNDS:-3} PARTS=${PARTS:-cpu cgroup held wire freeze overload} \
  STACKCTL=$stackctl STAMP=$stamp LEAST=$least PORT=$port WORK=$work NGINX_PID=$(cat "$work/pid") \
  CGROUPS=${limited:+${groups[*]}} python3 "$here/compare.py"
