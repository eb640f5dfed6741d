# shellcheck shell=bash
# The usual shop: nginx, PHP-FPM and MariaDB, one transaction with SELECT … FOR UPDATE for a hold.
#
# Plain PHP, without a framework, which would make it several times slower; the script is compiled
# once (opcache), connections to the database are kept, and a commit is durable, as MariaDB's
# default is (innodb_flush_log_at_trx_commit=1).

row php ratio 90 140 "durable \`POST /api/holds\`, 64 connections, a second" \
  "nginx + PHP-FPM + MariaDB, \`SELECT … FOR UPDATE\`"

measure_php() { in_turns our_holds php_holds 64; }

php_holds() {
  php_start
  load "$1" hold "http://127.0.0.1:$php_port/api/holds"
  php_stop
  sample theirs "$rate"
}

php_start() {
  local home=$work/php
  if [ ! -d "$home" ]; then
    mkdir -m 755 "$home"
    php_port=$(free_port)
    for template in nginx.conf fpm.conf; do
      sed "s|@HOME@|$home|g; s|@PORT@|$php_port|g; s|@PHP@|$PWD/benches/php|g" \
        "benches/php/$template" >"$home/$template"
    done
    cp benches/php/hold.php "$home" # where www-data can read it
    install -d -o "$(user_of mysql)" "$home/data"
    mariadb-install-db --no-defaults --user="$(user_of mysql)" --datadir="$home/data" \
      --auth-root-authentication-method=normal --skip-test-db >"$home/install.log" 2>&1
  fi
  start "$home/mariadb.log" mariadbd --no-defaults --user="$(user_of mysql)" \
    --datadir="$home/data" --socket="$home/data/mariadb.sock" --pid-file="$home/data/pid" \
    --skip-networking --skip-log-bin --innodb-flush-log-at-trx-commit=1 \
    --innodb-buffer-pool-size=256M --innodb-log-file-size=256M --max-connections=200
  mariadb_pid=$pid
  until_true 60 "MariaDB being ready" php_query "SELECT 1"
  php_query "$(<benches/php/schema.sql)"
  start "$home/fpm.log" php-fpm8.2 --nodaemonize --allow-to-run-as-root \
    --fpm-config "$home/fpm.conf"
  fpm_pid=$pid
  until_true 10 "PHP-FPM being ready" test -S "$home/fpm.sock"
  start "$home/nginx.log" nginx -p "$home" -c "$home/nginx.conf" -e "$home/nginx-error.log"
  nginx_pid=$pid
  until_true 10 "nginx being ready" curl -s "http://127.0.0.1:$php_port/"
}

php_stop() {
  stop "$nginx_pid"
  stop "$fpm_pid"
  stop "$mariadb_pid"
}

php_query() {
  mariadb --no-defaults --user=root --socket="$work/php/data/mariadb.sock" -e "$1"
}
