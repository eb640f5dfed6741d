# shellcheck shell=bash
# PostgreSQL: one transaction with SELECT … FOR UPDATE for a hold, from its own load generator, as
# it comes (durable: fsync and synchronous_commit are on).

row postgres ratio 80 130 "durable \`POST /api/holds\`, 64 connections, a second" \
  "PostgreSQL, a \`FOR UPDATE\` transaction for each hold, 64 clients"

measure_postgres() { in_turns our_holds postgres_holds 64; }

# postgres_holds CLIENTS
postgres_holds() {
  local home=$work/postgres programs said
  programs=$(find /usr/lib/postgresql -name initdb -printf '%h\n' | sort -V | tail -n 1)
  if [ ! -d "$home" ]; then
    install -d -o "$(user_of postgres)" -m 700 "$home"
    (as "$(user_of postgres)" "$programs/initdb" -D "$home/data" -A trust -U postgres) \
      >"$work/initdb.log"
  fi
  start "$work/postgres.log" as "$(user_of postgres)" "$programs/postgres" -D "$home/data" \
    -c listen_addresses= -c unix_socket_directories="$home"
  postgres_pid=$pid
  export PGHOST=$home PGUSER=postgres PGDATABASE=postgres PGOPTIONS="--client-min-messages=error"
  until_true 30 "PostgreSQL being ready" psql -c "SELECT 1"
  psql -q -v ON_ERROR_STOP=1 -f benches/postgres/schema.sql
  said=$(pgbench -n -M prepared -c "$1" -j 2 -T "$seconds" -f benches/postgres/hold.sql 2>&1)
  grep -q "number of failed transactions: 0 " <<<"$said" || fail "pgbench: $said"
  rate=$(sed -n 's/^tps = \([0-9.]*\).*/\1/p' <<<"$said")
  stop "$postgres_pid" INT # a fast shutdown, which does not wait for clients
  sample theirs "$rate"
}
