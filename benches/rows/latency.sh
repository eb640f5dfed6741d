# shellcheck shell=bash
# How long a hold takes at half of what the server can do, in units of what the disk takes to make
# one small write durable. An open loop: requests start when they are due, whatever the answers do.

row p99 multiple 8 4 "p99 of a hold at half of the maximum rate, open loop, 64 connections, µs" \
  "the median fdatasync of the same disk, µs"

measure_p99() {
  local half said p99
  if ! "$doorbuster" bench --help >/dev/null 2>&1; then
    skip "this version has no \`doorbuster bench\`"
    return
  fi
  sample theirs "$("$fdatasync" directory="$work" | sed -n 's/^median_us: //p')"
  server_with "$units"
  load 64 hold "$server_url/api/holds"
  half=$(awk -v rate="$rate" 'BEGIN { print int(rate / 2) }')
  said=$(DOORBUSTER_ADMIN_KEY=$admin_key "$doorbuster" bench holds --url "$server_url" \
    --rate "$half" --warm-up 1s --duration "${seconds}s" --connections 64 --json | tr -d ' \n')
  stop_server
  echo "$said" >>"$work/bench.log"
  p99=$(sed -n 's/.*"latency":{[^}]*"p99_us":\([0-9.]*\).*/\1/p' <<<"$said")
  if ! reached "$half" "$said"; then
    skip "the machine was too busy to make $half requests a second"
    return
  fi
  sample ours "${p99:?doorbuster bench gave no latency.p99_us}"
}

# reached RATE RESULT: whether the server was asked at this rate and answered at it; otherwise the
# latency belongs to another load.
reached() {
  local answered left_out
  answered=$(sed -n 's/.*"requests_per_second":\([0-9.]*\).*/\1/p' <<<"$2")
  left_out=$(sed -n 's/.*"left_out":\([0-9]*\).*/\1/p' <<<"$2")
  [ "${left_out:-1}" -eq 0 ] &&
    awk -v at="${answered:-0}" -v asked="$1" 'BEGIN { exit !(at >= 0.97 * asked) }'
}
