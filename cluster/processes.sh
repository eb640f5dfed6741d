# shellcheck shell=bash
# Starting and stopping. What is started outlives the command that started it, so each process has
# a file in run/ with its id and, because ids are used again, when it began.

# start NAME COMMAND...: runs it in the background, with its output in log/NAME.log. The command
# must become the process itself.
start() {
  local name=$1
  shift
  "$@" >>"$directory/log/$name.log" 2>&1 </dev/null &
  echo "$! $(began "$!")" >"$directory/run/$name"
}

# began PID: when a process began, in the kernel's ticks; nothing if there is none, or it has ended
# and waits to be asked about.
began() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 0
  read -ra fields <<<"${stat##*) }" # its name may have blanks
  if [ "${fields[0]}" != Z ]; then echo "${fields[19]}"; fi
}

# pid_of NAME: the id of what was started under that name, if it still runs.
pid_of() {
  local id when
  [ -f "$directory/run/$1" ] || return 1
  read -r id when <"$directory/run/$1"
  [ -n "$when" ] && [ "$(began "$id")" = "$when" ] && echo "$id"
}

# stop NAME [SIGNAL]: ends it and waits until it has, by force after 10 seconds.
stop() {
  local id
  if id=$(pid_of "$1"); then
    kill -"${2:-TERM}" "$id" 2>/dev/null || true   # it may just have ended
    kill -CONT "$id" 2>/dev/null || true # one that is stopped would not hear the other
    wait_for_end 10 "$id" || kill -KILL "$id" || true
    wait_for_end 10 "$id" || fail "$1, process $id, does not end"
  fi
  rm -f "$directory/run/$1"
}

# wait_for_end SECONDS PID
wait_for_end() {
  local limit=$((SECONDS + $1))
  while [ -n "$(began "$2")" ]; do
    if [ "$SECONDS" -ge "$limit" ]; then return 1; fi
    sleep 0.05
  done
}

# until_true SECONDS WHAT LOG COMMAND...: runs the command until it succeeds. LOG is a pattern of
# names, whose logs are shown if it does not.
until_true() {
  local seconds=$1 limit=$((SECONDS + $1)) what=$2 log=$3
  shift 3
  until "$@" >/dev/null 2>&1; do
    if [ "$SECONDS" -ge "$limit" ]; then
      show_logs "$log"
      fail "$what did not happen within $seconds seconds"
    fi
    sleep 0.1
  done
}

show_logs() {
  local file
  for file in "$directory"/log/$1.log; do # unquoted, for it is a pattern
    echo "--- $file" >&2
    tail -n 10 "$file" >&2
  done
}

# as_owner COMMAND...: for servers that refuse to run as root. It becomes the command, in a session
# of its own, so that no terminal's end is its end.
as_owner() {
  if [ "$(id -u)" -eq 0 ]; then
    exec setsid setpriv --reuid="$owner" --regid="$owner" --init-groups --reset-env "$@"
  fi
  exec setsid "$@"
}

# listens PORT: whether somebody listens there.
listens() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
