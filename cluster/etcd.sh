# shellcheck shell=bash
# Three members of etcd, which Patroni asks who the primary is. No fault touches them: they stand
# for the other side of every partition.

# Patroni uses version 2 of its interface. With version 3, Patroni before 3.0.3 has a fault: a
# primary that was stopped for so long that another took its place takes the leader's lock back
# without asking whose it is, and what the other one has confirmed is lost
# (https://github.com/patroni/patroni/pull/2689).
#
# Its answers are not written through to the disk: its state lives no longer than the cluster.
start_etcd() {
  local number peers=()
  for number in 1 2 3; do
    peers+=("etcd$number=http://127.0.0.1:$((port + 33 + number))")
  done
  for number in 1 2 3; do
    start "etcd$number" as_owner etcd --name "etcd$number" --data-dir "$directory/etcd$number" \
      --listen-client-urls "$(etcd_url "$number")" \
      --advertise-client-urls "$(etcd_url "$number")" \
      --listen-peer-urls "http://127.0.0.1:$((port + 33 + number))" \
      --initial-advertise-peer-urls "http://127.0.0.1:$((port + 33 + number))" \
      --initial-cluster "$(IFS=, && echo "${peers[*]}")" --initial-cluster-state new \
      --logger zap --log-level warn --unsafe-no-fsync --enable-v2
  done
  for number in 1 2 3; do
    until_true 30 "etcd$number being healthy" "etcd*" etcd_healthy "$number"
  done
}

etcd_healthy() {
  curl -sf -m 2 "$(etcd_url "$1")/health" | grep '"health":"true"'
}

etcd_url() {
  echo "http://127.0.0.1:$((port + 30 + $1))"
}

# etcd_value KEY: what Patroni has written there, or nothing.
etcd_value() {
  local number answer
  for number in 1 2 3; do
    answer=$(curl -s -m 2 "$(etcd_url "$number")/v2/keys/service/doorbuster/$1") || continue
    if [[ $answer =~ \"value\":\"(([^\"\\]|\\.)*)\" ]]; then echo "${BASH_REMATCH[1]//\\/}"; fi
    return
  done
  fail "no member of etcd answers"
}

# The member that holds the leader's lock: the primary, or the one that is about to be.
primary() {
  etcd_value leader
}

# The member that has every commit the primary has confirmed.
sync_standby() {
  local value
  value=$(etcd_value sync)
  if [[ $value =~ \"sync_standby\":\ *\"([^\"]*)\" ]]; then echo "${BASH_REMATCH[1]}"; fi
}
