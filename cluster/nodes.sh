# shellcheck shell=bash disable=SC2154 # the keys are in a file that the cluster writes
# Three Doorbuster nodes on the cluster's database, and HAProxy before them.

node_port() { echo $((port + ${1#node})); }
node_url() { echo "http://127.0.0.1:$(node_port "$1")"; }
proxy_url() { echo "http://127.0.0.1:$port"; }

start_nodes() {
  local node
  for node in "${nodes[@]}"; do start_node "$node"; done
  proxy_config >"$directory/haproxy.cfg"
  start haproxy setsid haproxy -db -f "$directory/haproxy.cfg"
}

start_node() {
  start "$1" setsid "$binary" serve --listen "127.0.0.1:$(node_port "$1")" \
    --database "$(database_url)" --admin-key "$admin_key" --allow-unsigned-webhooks
}

database_url() {
  local query="target_session_attrs=read-write&sslmode=disable"
  echo "postgres://doorbuster:$secret@$(hosts)/doorbuster?$query"
}

proxy_config() {
  local node
  cat <<END
global
  maxconn 4000
defaults
  mode http
  maxconn 4000
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  option redispatch
frontend api
  bind 127.0.0.1:$port
  default_backend nodes
backend nodes
  balance roundrobin
  option httpchk GET /readyz
  http-check expect status 200
  default-server check inter 500ms fall 1 rise 1
END
  for node in "${nodes[@]}"; do echo "  server $node 127.0.0.1:$(node_port "$node")"; done
}

wait_for_nodes() {
  local node
  for node in "${nodes[@]}"; do
    until_true 60 "$node being ready" "$node" ready_or_ended "$node"
    if ! ready "$(node_url "$node")"; then
      show_logs "$node"
      fail "$node ended"
    fi
  done
  until_true 10 "HAProxy finding a ready node" "haproxy" ready "$(proxy_url)"
}

ready_or_ended() {
  ready "$(node_url "$1")" || ! pid_of "$1"
}

# ready URL
ready() { curl -sf -m 2 -o /dev/null "$1/readyz"; }
