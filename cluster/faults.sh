# shellcheck shell=bash
# What can happen to a member or a node, and how it ends.

# fault KIND NAME [SECONDS]
fault() {
  local kind=$1 name
  name=$(resolve "$2")
  case $kind in
    kill | stop) "signal_$kind" "$name" ;;
    partition)
      [[ $name = pg* ]] || fail "only a member of PostgreSQL has a network of its own: not $name"
      touch "$(cut_file "$name")"
      sleep 0.2 # until the relay has seen it
      ;;
    *) fail "a fault is kill, stop or partition: not $kind" ;;
  esac
  echo "$kind $name"
  if [ $# -ge 3 ]; then
    stop "heal-$name" # of a fault before
    # shellcheck disable=SC2016
    start "heal-$name" setsid bash -c 'sleep "$1" && exec "$2" heal "$3"' - \
      "$3" "$root/scripts/cluster" "$name"
  fi
}

# resolve NAME: the member or node that is meant.
resolve() {
  local name=$1
  case $name in
    primary) name=$(primary) ;;
    sync) name=$(sync_standby) ;;
  esac
  [ -n "$name" ] || fail "there is no $1 at the moment"
  [[ " ${members[*]} ${nodes[*]} " == *" $name "* ]] || fail "nothing is called $name"
  echo "$name"
}

# all_processes NAME: Patroni first, or it would start again what is killed.
all_processes() {
  pid_of "$1" || true
  if [[ $1 = pg* ]]; then processes_of "$1"; fi
}

# As a machine that dies.
signal_kill() {
  signal KILL "$1"
}

# As a machine that hangs. A process may have begun while the others were being stopped; once all
# are, none begins.
signal_stop() {
  signal STOP "$1"
  signal STOP "$1"
}

# signal SIGNAL NAME: sends it to everything of that name, which may be nothing.
signal() {
  local process
  for process in $(all_processes "$2"); do
    kill -"$1" "$process" 2>/dev/null || true # it may just have ended
  done
}

# heal NAME: ends whatever fault it has.
heal() {
  local name timer
  name=$(resolve "$1")
  if timer=$(pid_of "heal-$name") && [ "$timer" != $$ ]; then stop "heal-$name"; fi
  rm -f "$(cut_file "$name")"
  signal CONT "$name"
  if ! pid_of "$name" >/dev/null; then
    if [[ $name = pg* ]]; then start_patroni "$name"; else start_node "$name"; fi
  fi
  echo "healed $name"
}

# reinit NAME: has a standby throw its data away and copy the primary's, as patronictl reinit does.
reinit() {
  local name answer
  name=$(resolve "$1")
  [[ $name = pg* ]] || fail "only a member of PostgreSQL can be copied anew: not $name"
  [ "$name" != "$(primary)" ] || fail "$name is the primary: who should it copy?"
  answer=$(curl -s -m 5 -X POST -H 'Content-Type: application/json' -d '{"force": true}' \
    "http://127.0.0.1:$(($(patroni_port "$name") + own_offset))/reinitialize") ||
    fail "$name does not answer"
  echo "$name: $answer"
}

# faults_of NAME: what is wrong with it, in words, or nothing.
faults_of() {
  local id
  if [ -e "$(cut_file "$1")" ]; then echo "partitioned"; fi
  if ! id=$(pid_of "$1"); then
    echo "dead"
  elif grep -q '^State:.*T (stopped)' "/proc/$id/status"; then
    echo "stopped"
  fi
}
