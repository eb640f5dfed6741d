# shellcheck shell=bash
# Doorbuster over PostgreSQL, as it comes (durable: fsync and synchronous_commit are on): against
# one transaction for each hold, against as little as a hold can be, and two nodes against one.

row nodes_hot ratio 30 60 "over PostgreSQL: durable \`POST /api/holds\`, 64 connections, a second" \
  "PostgreSQL, a \`FOR UPDATE\` transaction for each hold, 64 clients"
row nodes_rush ratio 30 60 "over PostgreSQL: the same, 256 connections, a second" \
  "PostgreSQL, a \`FOR UPDATE\` transaction for each hold, 64 clients"
row nodes_two ratio 0.9 1 "over PostgreSQL: the same with two nodes, 128 connections each, a second" \
  "one node, 256 connections"
row nodes_two_few ratio 0.9 1 "over PostgreSQL: the same with two nodes, 32 connections each, a second" \
  "one node, 64 connections"
row nodes_engine ratio 0.5 0.8 "over PostgreSQL: engine alone, durable holds, 8,192 waiting, a second" \
  "a stored function that inserts 256 holds a call, without anything else"
row nodes_products ratio 0.5 0.8 "over PostgreSQL: the same for 64 products, 4 lanes, a second" \
  "the same function for 64 products, 4 clients"

measure_nodes_hot() { in_turns one_node postgres_holds 64; }
measure_nodes_rush() { in_turns one_node postgres_holds_of_64 256; }
measure_nodes_two() { in_turns two_nodes one_node_again 256; }
measure_nodes_two_few() { in_turns two_nodes one_node_again 64; }
measure_nodes_engine() { in_turns engine_over_postgres bound 1; }
measure_nodes_products() { in_turns engine_over_postgres bound 64; }

# Always as many as in the row before.
postgres_holds_of_64() { postgres_holds 64; }

# postgres_server: starts PostgreSQL with an empty database; leaves $postgres_url.
postgres_server() {
  local settings=(shared_buffers=512MB max_wal_size=8GB)
  if [ -n "${STATEMENTS:-}" ]; then settings+=(shared_preload_libraries=pg_stat_statements); fi
  postgres_url=$(scripts/postgres start "$work/nodes" "${settings[@]}")
  if [ -n "${STATEMENTS:-}" ]; then
    psql -q -c "CREATE EXTENSION IF NOT EXISTS pg_stat_statements" "$postgres_url"
  fi
}

stop_postgres() {
  if [ -n "${STATEMENTS:-}" ]; then
    psql -c "SELECT calls, rows, round(total_exec_time) AS total_ms,
                 round((total_exec_time / calls)::numeric, 3) AS mean_ms,
                 left(regexp_replace(query, '\s+', ' ', 'g'), 60) AS statement
             FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 8" "$postgres_url" >&2
  fi
  scripts/postgres stop "$work/nodes"
  rm -rf "$work/nodes"
}

# node_rate CONNECTIONS: leaves the holds a second of one node in $rate.
node_rate() {
  postgres_server
  server "$postgres_url"
  product "$units"
  load "$1" hold "$server_url/api/holds"
  stop "$server_pid"
  stop_postgres
}

one_node() {
  node_rate "$1"
  sample ours "$rate"
}

one_node_again() {
  node_rate "$1"
  sample theirs "$rate"
}

# two_nodes CONNECTIONS: half of them on each.
two_nodes() {
  local pids=() urls=() node each=$(($1 / 2)) loads=()
  postgres_server
  for node in 1 2; do
    server "$postgres_url" "$work/node-$node.log"
    pids+=("$server_pid")
    urls+=("$server_url")
  done
  server_url=${urls[0]}
  product "$units"
  until_true 5 "the other node knowing the product" \
    curl -sf "${urls[1]}/api/products/$product_id"
  for node in 0 1; do
    run_one_wrk "$each" 1 "${urls[$node]}" >/dev/null &
    loads+=($!)
  done
  wait "${loads[@]}"
  loads=()
  for node in 0 1; do
    run_one_wrk "$each" "$seconds" "${urls[$node]}" >"$work/wrk-$node.log" &
    loads+=($!)
  done
  wait "${loads[@]}"
  if grep -Eq "Non-2xx|Socket errors" "$work"/wrk-[01].log; then fail "two nodes: refused"; fi
  rate=$(awk '/Requests\/sec/ { sum += $2 } END { print sum }' "$work"/wrk-[01].log)
  stop "${pids[0]}"
  stop "${pids[1]}"
  stop_postgres
  sample ours "$rate"
}

# run_one_wrk CONNECTIONS SECONDS URL: with one thread, as another one runs beside it.
run_one_wrk() {
  PRODUCT_ID=$product_id wrk -t1 -c"$1" -d"${2}s" -s benches/wrk/hold.lua "$3/api/holds"
}

# engine_over_postgres PRODUCTS
engine_over_postgres() {
  local said
  postgres_server
  said=$("$engine" database="$postgres_url" products="$1" seconds="$seconds")
  echo "$said" >>"$work/engine.log"
  stop_postgres
  sample ours "$(sed -n 's/^.*_per_second: //p' <<<"$said")"
}

# bound PRODUCTS: one product is locked by one client at a time, so more would only wait.
bound() {
  local clients=1 said
  if [ "$1" -gt 1 ]; then clients=4; fi
  postgres_server
  psql -q -v ON_ERROR_STOP=1 -f benches/postgres/bound_schema.sql "$postgres_url"
  said=$(pgbench -n -M prepared -c "$clients" -j 2 -T "$seconds" -D products="$1" \
    -f benches/postgres/bound.sql "$postgres_url" 2>&1)
  grep -q "number of failed transactions: 0 " <<<"$said" || fail "pgbench: $said"
  stop_postgres
  sample theirs "$(awk '/^tps/ { print $3 * 256 }' <<<"$said")"
}
