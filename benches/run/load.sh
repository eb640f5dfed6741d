# shellcheck shell=bash
# The server under test, the ceiling, and the load on them.

admin_key="benchmark-admin-key-0123456789abcdef"
product_id=1

# server FILE-OR-URL [LOG]: starts Doorbuster with its defaults on this database. Leaves
# $server_pid, $server_url and, in $ready_after, the seconds from exec to the first 200 of /readyz.
server() {
  local database=$1 log=${2:-$work/server.log} began=$EPOCHREALTIME
  if [[ $database != postgres:* ]]; then database=sqlite:$database; fi
  start "$log" "$doorbuster" serve --listen 127.0.0.1:0 --database "$database" \
    --admin-key "$admin_key" --allow-unsigned-webhooks
  server_pid=$pid
  until_true 120 "the server listening" grep -q "listening on http" "$log"
  server_url=$(sed -n 's|.*listening on \(http://[0-9.:]*\).*|\1|p' "$log" | head -n 1)
  until_true 120 "the server being ready" curl -sf "$server_url/readyz"
  ready_after=$(awk -v from="$began" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.3f", to - from }')
}

# new_server: the same on a new database.
new_server() {
  databases=$((databases + 1))
  server "$work/sale-$databases.db"
}
databases=0

stop_server() {
  stop "$server_pid"
  rm -f "$work"/sale-*.db*
}

# product UNITS [HOLD_SECONDS]: puts a product on sale and leaves its id in $product_id. Its holds
# last so long that none expires while it is measured, unless the second argument says otherwise.
product() {
  local answer
  answer=$(curl -sS "$server_url/api/products" -H "Authorization: Bearer $admin_key" --json \
    "{\"name\": \"Hot\", \"price\": 9999, \"total_stock\": $1, \"hold_seconds\": ${2:-3600}}")
  [[ $answer =~ \"id\":\ *([0-9]+) ]] || fail "no product: $answer"
  product_id=${BASH_REMATCH[1]}
}

# server_with UNITS: a new server with one product.
server_with() {
  new_server
  product "$1"
}

# ceiling: starts the bare server; leaves $ceiling_pid and $ceiling_url.
ceiling() {
  local log=$work/bare.log
  start "$log" "$bare" 127.0.0.1:0
  ceiling_pid=$pid
  until_true 10 "the bare server listening" grep -q "listening on http" "$log"
  ceiling_url=$(sed -n 's|.*listening on \(http://[0-9.:]*\).*|\1|p' "$log")
}

# load CONNECTIONS SCRIPT URL [refused]: wrk with two threads, one second to warm up and then the
# measurement, whose requests a second it leaves in $rate. Every answer must be a success or, with
# "refused", none.
load() {
  local said total refused expected=0
  run_wrk "$1" 1 "$2" "$3" >/dev/null
  said=$(run_wrk "$1" "$seconds" "$2" "$3")
  echo "$said" >>"$work/wrk.log"
  if grep -q "Socket errors" <<<"$said"; then fail "$2 on $3 had socket errors: $said"; fi
  total=$(awk '/requests in/ { print $1 }' <<<"$said")
  refused=$(awk -F': *' '/Non-2xx/ { print $2 }' <<<"$said")
  if [ "${4:-}" = refused ]; then expected=$total; fi
  if [ "${refused:-0}" -ne "$expected" ]; then
    fail "$2 on $3: ${refused:-0} of $total requests were refused, not $expected"
  fi
  rate=$(awk '/Requests\/sec/ { print $2 }' <<<"$said")
}

# run_wrk CONNECTIONS SECONDS SCRIPT URL
run_wrk() {
  PRODUCT_ID=$product_id wrk -t2 -c"$1" -d"${2}s" -s "benches/wrk/$3.lua" "$4"
}
