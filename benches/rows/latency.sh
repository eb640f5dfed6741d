# shellcheck shell=bash
# How long a hold takes at half of what the server can do, in units of what the disk takes to make
# one small write durable. An open loop: requests start when they are due, whatever the answers do.

row p99 multiple 8 4 "p99 of a hold at half of the maximum rate, open loop, 64 connections, µs" \
  "the median fdatasync of the same disk, µs"

measure_p99() {
  local said p99
  if ! "$doorbuster" bench --help >/dev/null 2>&1; then
    skip "this version has no \`doorbuster bench\`"
    return
  fi
  sample theirs "$("$fdatasync" directory="$work" | sed -n 's/^median_us: //p')"
  server_with "$units"
  load 64 hold "$server_url/api/holds"
  said=$(DOORBUSTER_ADMIN_KEY=$admin_key "$doorbuster" bench holds --url "$server_url" \
    --rate "$(awk -v rate="$rate" 'BEGIN { print int(rate / 2) }')" --duration "${seconds}s" \
    --connections 64 --json)
  stop_server
  p99=$(tr -d ' \n' <<<"$said" | sed -n 's/.*"latency":{[^}]*"p99_us":\([0-9.]*\).*/\1/p')
  sample ours "${p99:?doorbuster bench gave no latency.p99_us}"
}
