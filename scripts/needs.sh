# shellcheck shell=bash
# Installs what a script needs and the machine lacks (Debian 12), as root or with sudo.

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}

# Prints the packages of commands that are missing. Each argument is a command and the Debian
# package that brings it.
missing_packages() {
  local need
  for need in "$@"; do
    command -v "${need%% *}" >/dev/null || echo "${need#* }"
  done
}

# install_packages "SERVICE..." PACKAGE...
#
# Installs these packages, if any. Nothing that they bring is started now, and these services are
# not started with the machine either; one that was there before is left alone.
install_packages() {
  local services service there=()
  read -ra services <<<"$1"
  shift
  if [ $# -eq 0 ]; then return; fi
  for service in "${services[@]}"; do
    if [ -e "/etc/init.d/$service" ]; then there+=("$service"); fi
  done
  echo "installing $*" >&2
  (
    start_nothing
    apt_get update
    apt_get install -y --no-install-recommends "$@"
  )
  for service in "${services[@]}"; do
    if [[ " ${there[*]} " == *" $service "* ]]; then continue; fi
    as_root systemctl disable "$service" >/dev/null 2>&1 || true # no systemd here, or no service
  done
}

# No service is started by the installation until the calling subshell ends.
start_nothing() {
  # Debian asks this file whether a service may be started.
  local policy=/usr/sbin/policy-rc.d
  if [ -e "$policy" ]; then return; fi
  # shellcheck disable=SC2064 # the name as it is now
  trap "as_root rm -f $policy" EXIT
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
  as_root chmod +x "$policy"
}

# Shows what apt-get said only if it failed.
apt_get() {
  local said
  if ! said=$(as_root env DEBIAN_FRONTEND=noninteractive apt-get -q "$@" 2>&1); then
    echo "$said" >&2
    echo "failed: apt-get $*" >&2
    return 1
  fi
}

# install_from_npm FOLDER WHERE
#
# Installs in WHERE what FOLDER/package-lock.json names, unless it is there. No package runs a
# script of its own for it.
install_from_npm() {
  local installed=$2/node_modules/.installed-lock.json
  if cmp -s "$1/package-lock.json" "$installed"; then return; fi
  echo "installing the packages of $1/package-lock.json" >&2
  mkdir -p "$2"
  if [ "$1" != "$2" ]; then cp "$1/package.json" "$1/package-lock.json" "$2/"; fi
  (cd "$2" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
  cp "$1/package-lock.json" "$installed"
}
