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

# Installs what is missing.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "${needs[@]}")
  # Debian keeps the server's commands off the path.
  [ -x "$postgres_bin/postgres" ] || missing+=(postgresql-15)
  install_packages "${services[*]}" "${missing[@]}"
}
