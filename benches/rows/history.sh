# shellcheck shell=bash
# A shop with a past: files that benches/fill.rs has filled.

old_holds=${OLD_HOLDS:-10000000}
old_products=${OLD_PRODUCTS:-100000}
live_holds=${LIVE_HOLDS:-1000000}

row history ratio 0.9 1.0 \
  "durable \`POST /api/holds\`, 256 connections, with $old_holds old holds and $old_products products" \
  "the same with an empty file"
row restart most "3 s" "1 s" "restart after kill -9 with $live_holds live holds, seconds until ready" ""
row memory most "400 B" "200 B" "memory of a live hold, bytes" ""

measure_history() { in_turns holds_with_history holds_without_history 256; }

holds_with_history() {
  filled "$work/history.db" products="$old_products" old="$old_holds"
  # A copy, because the load leaves live holds behind, which the next round would start with.
  cp --reflink=auto "$work/history.db" "$work/sale-history.db"
  sync "$work/sale-history.db"
  server "$work/sale-history.db"
  product "$units"
  load "$1" hold "$server_url/api/holds"
  stop_server
  sample ours "$rate"
}

holds_without_history() {
  server_with "$units"
  load "$1" hold "$server_url/api/holds"
  stop_server
  sample theirs "$rate"
}

# filled FILE ARGUMENT...: fills it, once.
filled() {
  if [ ! -f "$1" ]; then "$fill" file="$1" "${@:2}" >&2; fi
}

measure_restart() {
  restart_with_live_holds
  sample ours "$ready_after"
}

measure_memory() {
  restart_with_live_holds
  sample ours "$bytes_per_hold"
}

# Kills a server with live holds, right after a rush, and starts it again. Leaves in
# $ready_after how long that took, and in $bytes_per_hold how much more memory it then has than a
# server on an empty file. Both rows come from the same restart.
restart_with_live_holds() {
  if [ "${restarted_in:-0}" -eq "$round" ]; then return; fi
  restarted_in=$round
  local empty full seconds_to_ready
  new_server
  empty=$(resident_bytes "$server_pid")
  stop_server
  filled "$work/live.db" products=2 old=0 live="$live_holds"
  server "$work/live.db"
  # Something to recover from the log, of which nothing stays alive.
  product "$units" 1
  run_wrk 64 1 hold "$server_url/api/holds" >/dev/null
  until_true 60 "the expiry of the last holds" nothing_held
  stop "$server_pid" KILL
  server "$work/live.db"
  full=$(resident_bytes "$server_pid")
  seconds_to_ready=$ready_after
  stop_server
  ready_after=$seconds_to_ready
  bytes_per_hold=$(((full - empty) / live_holds))
}

nothing_held() {
  curl -sf "$server_url/api/products/$product_id" | grep -q '"held_stock": *0,'
}

resident_bytes() {
  awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$1/status"
}
