# shellcheck shell=bash
# Redis: a Lua script, durable before it is answered (appendfsync always). Over its own protocol,
# which is cheaper than HTTP, with its own load generator; the scripts in benches/redis/ say what
# they do not do. Redis commits in groups too: all that its clients sent while it was flushing.

row redis ratio 2 3 "durable \`POST /api/holds\`, 64 connections, a second" \
  "Redis, Lua check-and-decrement, AOF always, 64 clients"
row redis_pipelined ratio 2 3 "durable \`POST /api/holds\`, 64 connections, a second" \
  "Redis, Lua check-and-decrement, AOF always, 64 clients with 16 requests pipelined by each"
row redis_hold ratio "" "" "durable \`POST /api/holds\`, 64 connections, a second" \
  "Redis, 64 clients, with a record of the hold that expires and a journal"

measure_redis() { in_turns our_holds redis_holds 64 1 decrement; }
measure_redis_pipelined() { in_turns our_holds redis_holds 64 16 decrement; }
measure_redis_hold() { in_turns our_holds redis_holds 64 1 hold; }

# redis_holds CLIENTS PIPELINED SCRIPT
redis_holds() {
  local digest requests first=20480
  redis_port=$(free_port)
  mkdir "$work/redis"
  start "$work/redis.log" redis-server --port "$redis_port" --bind 127.0.0.1 \
    --dir "$work/redis" --save "" --appendonly yes --appendfsync always
  redis_pid=$pid
  until_true 10 "Redis being ready" ask_redis ping
  ask_redis set units 1000000000 >/dev/null
  digest=$(ask_redis script load "$(<"benches/redis/$3.lua")")
  # Its load generator counts requests, not seconds: a first run says how many those are. Whole
  # pipelines, or it sends more than it was told.
  rate=$(redis_rate "$1" "$2" "$first" "$digest")
  requests=$(awk -v rate="$rate" -v seconds="$seconds" \
    'BEGIN { print int(rate * seconds / 1024) * 1024 }')
  rate=$(redis_rate "$1" "$2" "$requests" "$digest")
  if [ "$(ask_redis get units)" -ne $((1000000000 - first - requests)) ]; then
    fail "Redis sold another number of units than it was asked for"
  fi
  stop "$redis_pid"
  rm -r "$work/redis"
  sample theirs "$rate"
}

ask_redis() {
  redis-cli -p "$redis_port" "$@"
}

# redis_rate CLIENTS PIPELINED REQUESTS DIGEST: each request has a number of twelve digits as id.
redis_rate() {
  redis-benchmark -p "$redis_port" -c "$1" -P "$2" -n "$3" -r 1000000000000 --csv \
    evalsha "$4" 1 units 1 __rand_int__ | awk -F'"' 'NR == 2 { print $4 }'
}
