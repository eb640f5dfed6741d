# shellcheck shell=bash disable=SC2154 # the secret is in a file that the cluster writes
# Three members of PostgreSQL under Patroni, each behind the relay that is its network.

# What a member is reached at by others. The relay listens there; the member itself listens 30
# higher.
postgres_port() { echo $((port + 10 + ${1#pg})); }
patroni_port() { echo $((port + 20 + ${1#pg})); }
own_offset=30

# What a member reaches others at: the relay listens there too. Linux has all of 127.0.0.0/8.
way_out() { echo "127.0.0.$((10 + ${1#pg}))"; }

start_members() {
  local member
  for member in "${members[@]}"; do
    make_member "$member"
    start_relay "$member"
    start_patroni "$member"
  done
}

make_member() {
  local home=$directory/$1
  mkdir -m 700 "$home" "$home/bin"
  ln -s "$postgres_bin"/* "$home/bin"
  # A standby takes the primary's address from Patroni, and it is the same for all. With this it
  # takes its own way there, which its relay can cut.
  rm "$home/bin/postgres"
  printf '#!/bin/sh\nPGHOSTADDR=%s exec %s/postgres "$@"\n' "$(way_out "$1")" "$postgres_bin" \
    >"$home/bin/postgres"
  chmod +x "$home/bin/postgres"
  patroni_config "$1" >"$home/patroni.yml"
  chmod 600 "$home/patroni.yml"
  if [ "$(id -u)" -eq 0 ]; then chown -R "$owner:" "$home"; fi
}

start_relay() {
  local other number out links=()
  out=$(way_out "$1")
  for number in "$(postgres_port "$1")" "$(patroni_port "$1")"; do
    links+=("127.0.0.1:$number=127.0.0.1:$((number + own_offset))")
  done
  for other in "${members[@]}"; do
    number=$(postgres_port "$other")
    if [ "$other" != "$1" ]; then links+=("$out:$number=127.0.0.1:$number"); fi
  done
  for number in 1 2 3; do
    links+=("$out:$((port + 30 + number))=127.0.0.1:$((port + 30 + number))")
  done
  start "relay-$1" as_owner /usr/bin/python3 "$directory/relay.py" "$(cut_file "$1")" "${links[@]}"
}

# As long as this file exists, the member is cut off.
cut_file() { echo "$directory/run/$1.cut"; }

start_patroni() {
  start "$1" as_owner patroni "$directory/$1/patroni.yml"
}

# Patroni gives up its lock when it could not renew it for retry_timeout, and nobody takes it before
# ttl is over; so ttl is at least loop_wait + 2 * retry_timeout, or two could believe to have it.
patroni_config() {
  local out loop_wait=1
  out=$(way_out "$1")
  cat <<END
scope: doorbuster
name: $1
restapi:
  listen: 127.0.0.1:$(($(patroni_port "$1") + own_offset))
  connect_address: 127.0.0.1:$(patroni_port "$1")
etcd:
  hosts: [$out:$((port + 31)), $out:$((port + 32)), $out:$((port + 33))]
  use_proxies: true # or it asks etcd for its addresses and goes there without the relay
watchdog:
  mode: off
bootstrap:
  dcs:
    ttl: $ttl
    loop_wait: $loop_wait
    retry_timeout: $(((ttl - loop_wait) / 2))
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters:
        wal_log_hints: on
        max_connections: 100
        shared_buffers: 64MB
        wal_keep_size: 128MB
        # A connection that a partition has silenced is given up after this.
        wal_sender_timeout: 5s
        wal_receiver_timeout: 5s
        # A standby that comes too early to a new primary tries again soon: nothing is committed
        # as long as none follows.
        wal_retrieve_retry_interval: 500ms
        # Not in shared memory, which nobody would clear away after kill -9.
        dynamic_shared_memory_type: mmap
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
postgresql:
  listen: 127.0.0.1:$(($(postgres_port "$1") + own_offset))
  connect_address: 127.0.0.1:$(postgres_port "$1")
  data_dir: $directory/$1/data
  bin_dir: $directory/$1/bin
  pgpass: $directory/$1/pgpass
  use_unix_socket: true
  basebackup: [{checkpoint: fast}]
  parameters:
    unix_socket_directories: $directory/$1
  authentication:
    superuser: {username: postgres, password: $secret}
    replication: {username: replicator, password: $secret}
  pg_hba:
    - local all all trust # the directory of the socket is its owner's only
    - host all all 127.0.0.0/8 scram-sha-256
    - host replication replicator 127.0.0.0/8 scram-sha-256
END
}

wait_for_members() {
  until_true 120 "a primary" "pg*" sql postgres -c "select 1"
  until_true 120 "one synchronous standby and another" "pg*" standbys_follow
}

# Before that, whoever copies the primary to become a standby is in that view too, by another name.
standbys_follow() {
  [ "$(sql postgres -Atc "select string_agg(sync_state, ' ' order by sync_state)
    from pg_stat_replication where state = 'streaming' and application_name ~ '^pg[0-9]$'")" \
    = "async sync" ] && [ -n "$(sync_standby)" ]
}

make_database() {
  sql postgres -c "create role doorbuster login password '$secret'" \
    -c "create database doorbuster owner doorbuster"
}

# sql DATABASE ARGUMENT...: psql as superuser on the primary, wherever it is.
sql() {
  local database=$1
  shift
  PGPASSWORD=$secret PGCONNECT_TIMEOUT=2 timeout 10 "$postgres_bin/psql" -qX \
    -v ON_ERROR_STOP=1 "$@" \
    "postgres://postgres@$(hosts)/$database?target_session_attrs=read-write&sslmode=disable"
}

# All addresses, for a client that looks for the primary among them.
hosts() {
  local member found=()
  for member in "${members[@]}"; do found+=("127.0.0.1:$(postgres_port "$member")"); done
  (IFS=, && echo "${found[*]}")
}

# state_of MEMBER: what its Patroni says of its PostgreSQL, asked without the relay.
state_of() {
  local answer
  answer=$(curl -s -m 1 "http://127.0.0.1:$(($(patroni_port "$1") + own_offset))/patroni") || true
  if [[ $answer =~ \"state\":\ *\"([^\"]*)\" ]]; then
    echo "${BASH_REMATCH[1]}"
  else
    echo "silent"
  fi
}

# processes_of MEMBER: ids of its postgres processes, the first of all first. Patroni detaches it,
# so its own file of ids is asked, and whether that process works in this directory.
processes_of() {
  local id data=$directory/$1/data
  id=$(head -n 1 "$data/postmaster.pid" 2>/dev/null) || return 0
  [ "$(readlink "/proc/$id/cwd")" = "$data" ] || return 0
  echo "$id"
  ps -o pid= --ppid "$id" || true # it may have no children any more
}

# The data is thrown away, so it is not asked to finish; but asked to go, because it then gives back
# the kernel's shared memory.
stop_member() {
  local id shared
  stop "$1" KILL
  id=$(processes_of "$1" | head -n 1)
  if [ -n "$id" ]; then
    # shellcheck disable=SC2046
    kill -CONT $(processes_of "$1") 2>/dev/null || true # some may just have ended
    kill -QUIT "$id"
    wait_for_end 20 "$id" || fail "postgres of $1, process $id, does not end"
  fi
  # What one that was killed did not give back.
  shared=$(awk 'NR == 7 { print $2 }' "$directory/$1/data/postmaster.pid" 2>/dev/null) || true
  if [ -n "$shared" ]; then ipcrm -m "$shared" 2>/dev/null || true; fi
  stop "relay-$1"
}
