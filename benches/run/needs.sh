# shellcheck shell=bash
# Tools that the benchmarks use, installed where the machine lacks them (Debian 12).

# A command, and the Debian package that brings it.
needs=(
  "curl curl"
  "wrk wrk"
  "nginx nginx-light"
  "php-fpm8.2 php-fpm"
  "mariadbd mariadb-server"
  "redis-server redis-server"
  "redis-benchmark redis-tools"
  "pgbench postgresql"
)

# Services that those packages would start; the benchmarks run their own instead.
services=(nginx php8.2-fpm mariadb redis-server postgresql)

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what is missing. A service that ran before is left alone; one that the installation
# brought is switched off, or it would take part in every measurement.
install_missing() {
  local need service missing=() ran=()
  for need in "${needs[@]}"; do
    command -v "${need%% *}" >/dev/null || missing+=("${need#* }")
  done
  # It has no command of its own: PHP's driver for MariaDB.
  php-fpm8.2 -m 2>/dev/null | grep -qx pdo_mysql || missing+=(php-mysql)
  if [ ${#missing[@]} -eq 0 ]; then return; fi
  for service in "${services[@]}"; do
    if service "$service" status >/dev/null 2>&1; then ran+=("$service"); fi
  done
  echo "installing ${missing[*]}" >&2
  as_root apt-get update -q >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends "${missing[@]}" >/dev/null
  for service in "${services[@]}"; do
    if [[ " ${ran[*]} " == *" $service "* ]]; then continue; fi
    as_root systemctl disable --now "$service" >/dev/null 2>&1 ||
      as_root service "$service" stop >/dev/null 2>&1 || true # it did not run
  done
}
