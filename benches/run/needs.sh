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

# Installs what is missing.
install_missing() {
  local missing
  mapfile -t missing < <(missing_packages "${needs[@]}")
  # It has no command of its own: PHP's driver for MariaDB.
  php-fpm8.2 -m 2>/dev/null | grep -qx pdo_mysql || missing+=(php-mysql)
  install_packages "${services[*]}" "${missing[@]}"
}
