# shellcheck shell=bash
# Starting and stopping: whatever a benchmark starts is stopped by its process id, at the latest
# when the script ends.

running=() # process ids of everything that was started and not stopped yet

# start LOG COMMAND...: runs it in the background and leaves its process id in $pid.
start() {
  local log=$1
  shift
  : >"$log" # now, or what the one before said could be taken for its own
  "$@" >"$log" 2>&1 </dev/null &
  pid=$!
  running+=("$pid")
}

# stop PID [SIGNAL]: ends it and waits until it has.
stop() {
  local one left=()
  kill -"${2:-TERM}" "$1" 2>/dev/null || true # it may have ended
  wait "$1" 2>/dev/null || true               # killed is not failed
  for one in "${running[@]}"; do
    if [ "$one" != "$1" ]; then left+=("$one"); fi
  done
  running=("${left[@]}")
}

stop_all() {
  local one
  for one in "${running[@]}"; do stop "$one"; done
}

# until_true SECONDS WHAT COMMAND...: runs the command until it succeeds.
until_true() {
  local limit=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$limit" ]; then
      tail -n 5 "$work"/*.log >&2
      fail "$what did not happen"
    fi
    sleep 0.005
  done
}

# user_of NAME: the user that a server runs as: NAME when root starts it, otherwise whoever does.
user_of() {
  if [ "$(id -u)" -eq 0 ]; then echo "$1"; else id -un; fi
}

# as USER COMMAND...: for servers that refuse to run as root. It becomes the command, so that its
# process id is the server's.
as() {
  local user=$1
  shift
  if [ "$(id -u)" -eq 0 ]; then
    exec setpriv --reuid="$user" --regid="$user" --init-groups "$@"
  fi
  exec "$@"
}

# A port that nobody listens on, for servers that cannot choose one themselves.
free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
}
