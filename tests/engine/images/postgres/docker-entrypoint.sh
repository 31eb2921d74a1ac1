#!/usr/bin/env bash
# The first start makes the database that the variables ask for; every start then is the server.
#   POSTGRES_USER (postgres), POSTGRES_DB (the user's name), POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE
set -euo pipefail

[ "${1#-}" = "${1}" ] || set -- postgres "$@"
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  chown -R postgres "$PGDATA" /var/run/postgresql
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi
chmod 700 "$PGDATA"
chmod 3775 /var/run/postgresql 2>/dev/null || true

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  database=${POSTGRES_DB:-$user}
  if [ -n "${POSTGRES_PASSWORD:-}" ] && [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    echo "POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are both set" >&2
    exit 1
  fi
  password=${POSTGRES_PASSWORD:-}
  [ -z "${POSTGRES_PASSWORD_FILE:-}" ] || password=$(<"$POSTGRES_PASSWORD_FILE")
  [ -n "$password" ] || { echo "the database is new and has no POSTGRES_PASSWORD" >&2; exit 1; }

  initdb --username="$user" --pwfile=<(printf '%s\n' "$password")
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  # By its socket alone: nobody may take this server for the finished one.
  pg_ctl -D "$PGDATA" -w -o "$(printf '%q ' "${@:2}" -c listen_addresses= )" start
  if [ "$database" != postgres ]; then
    psql --no-psqlrc --username="$user" --dbname=postgres --set=ON_ERROR_STOP=1 --set=name="$database" \
      <<<'CREATE DATABASE :"name";'
  fi
  for script in /docker-entrypoint-initdb.d/*.sql; do
    [ ! -e "$script" ] || psql --no-psqlrc --username="$user" --dbname="$database" --set=ON_ERROR_STOP=1 --file="$script"
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset password
fi
exec "$@"
