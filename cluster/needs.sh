# shellcheck shell=bash
# Tools that the cluster uses, installed where the machine lacks them (Debian 12).

# A command, and the Debian package that brings it.
needs=(
  "patroni patroni"
  "etcd etcd-server"
  "haproxy haproxy"
  "curl curl"
  "ps procps"
)

# Services that those packages would start; the cluster runs its own instead.
services=(patroni etcd haproxy postgresql)

# Debian asks this file whether a service may be started while packages are installed.
policy=/usr/sbin/policy-rc.d

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what is missing. None of its services is started, now or when the machine starts; one
# that was there before is left alone.
install_missing() {
  local need service there=() missing=()
  for need in "${needs[@]}"; do
    command -v "${need%% *}" >/dev/null || missing+=("${need#* }")
  done
  # Debian keeps the server's commands off the path.
  [ -x "$postgres_bin/postgres" ] || missing+=(postgresql-15)
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  for service in "${services[@]}"; do
    if [ -e "/etc/init.d/$service" ]; then there+=("$service"); fi
  done
  echo "installing ${missing[*]}" >&2
  as_root apt-get update -q >/dev/null
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod +x "$policy"
    trap 'as_root rm -f "$policy"' EXIT
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
  if [ "$(trap -p EXIT)" ]; then
    as_root rm -f "$policy"
    trap - EXIT
  fi
  for service in "${services[@]}"; do
    if [[ " ${there[*]} " == *" $service "* ]]; then continue; fi
    as_root systemctl disable "$service" >/dev/null 2>&1 || true # no systemd here, or no service
  done
}
