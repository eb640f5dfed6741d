# shellcheck shell=bash
# Doorbuster over HTTP against the ceiling: a server that only answers (benches/bare.rs).

units=1000000000 # more than can be sold in a measurement

row holds256 ratio 0.45 0.70 "durable \`POST /api/holds\`, 256 connections, a second" \
  "a bare HTTP server"
row holds64 ratio 0.38 0.60 "durable \`POST /api/holds\`, 64 connections, a second" "a bare HTTP server"
row soldout ratio 0.62 0.90 "sold-out \`POST /api/holds\`, 256 connections, a second" \
  "a bare HTTP server"
row product ratio 0.62 0.90 "\`GET /api/products/{id}\`, 256 connections, a second" \
  "a bare HTTP server"
row checkout ratio 0.38 0.60 "whole checkouts, requests (3 to a checkout), 64 connections, a second" \
  "a bare HTTP server"

measure_holds256() { in_turns our_holds ceiling_of 256 hold; }
measure_holds64() { in_turns our_holds ceiling_of 64 hold; }
measure_soldout() { in_turns our_refusals ceiling_of 256 hold; }
measure_product() { in_turns our_product ceiling_of 256 product; }
measure_checkout() { in_turns our_checkouts ceiling_of 64 checkout; }

# in_turns OURS THEIRS ARGUMENT...: calls both with the arguments; who is first changes each round.
in_turns() {
  local ours=$1 theirs=$2
  shift 2
  if [ $((round % 2)) -eq 1 ]; then
    "$ours" "$@"
    "$theirs" "$@"
  else
    "$theirs" "$@"
    "$ours" "$@"
  fi
}

our_holds() {
  server_with "$units"
  load "$1" hold "$server_url/api/holds"
  stop_server
  sample ours "$rate"
}

our_refusals() {
  server_with 0
  load "$1" hold "$server_url/api/holds" refused
  stop_server
  sample ours "$rate"
}

our_product() {
  server_with "$units"
  load "$1" product "$server_url"
  stop_server
  sample ours "$rate"
}

our_checkouts() {
  server_with "$units"
  load "$1" checkout "$server_url"
  stop_server
  sample ours "$rate"
}

# ceiling_of CONNECTIONS SCRIPT
ceiling_of() {
  ceiling
  load "$1" "$2" "$ceiling_url/api/holds"
  stop "$ceiling_pid"
  sample theirs "$rate"
}
