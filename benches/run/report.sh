# shellcheck shell=bash
# Samples, and the table they become.

# row NAME GOAL_KIND AT_LEAST AIM WHAT AGAINST: declares a line of the table. GOAL_KIND says what
# the two goals are about:
#   ratio     ours / theirs must be at least
#   multiple  ours / theirs must be at most
#   rate      ours must be at least
#   most      ours must be at most
row() {
  row_names+=("$1")
  row_lines[$1]="$2|$3|$4|$5|$6"
}
row_names=()
declare -A row_lines

# sample ours|theirs VALUE: one measurement of the row that is being measured.
sample() {
  echo "$2" >>"$work/samples/$current.$1"
  echo "  $current: $1 $2" >&2
}

# skip REASON: the row cannot be measured, and the table says why.
skip() {
  echo "$1" >"$work/samples/$current.skipped"
  echo "  $current: not measured: $1" >&2
}

# table NAME...: the Markdown table of these rows.
table() {
  local name kind least aim what against goals ours theirs
  echo "| what | against | Doorbuster | the other | ratio | reach at least | aim |"
  echo "|---|---|---|---|---|---|---|"
  for name in "$@"; do
    IFS='|' read -r kind least aim what against <<<"${row_lines[$name]}"
    goals="$(goal "$kind" "$least") | $(goal "$kind" "$aim")"
    ours=$work/samples/$name.ours
    theirs=$work/samples/$name.theirs
    if [ -f "$work/samples/$name.skipped" ]; then
      echo "| $what | $against | not measured: $(<"$work/samples/$name.skipped") | | | $goals |"
    elif [ -f "$theirs" ]; then
      # The ratio of each round, whose halves were measured right after each other.
      echo "| $what | $against | $(spread "$ours") | $(spread "$theirs") |" \
        "$(paste "$ours" "$theirs" | awk '{ print $1 / $2 }' | spread) | $goals |"
    else
      echo "| $what | $against | $(spread "$ours") | | | $goals |"
    fi
  done
}

goal() {
  if [ -z "$2" ]; then return; fi # only for comparison
  case $1 in
    ratio) echo "$2×" ;;
    multiple) echo "at most $2×" ;;
    rate) echo "$2" ;;
    most) echo "at most $2" ;;
  esac
}

# spread [FILE]: the median of the numbers in it, in bold, and the least and the greatest.
spread() {
  sort -g "$@" | awk '
    function show(number) {
      if (number < 10) return sprintf("%.2f", number)
      if (number < 100) return sprintf("%.1f", number)
      text = sprintf("%.0f", number)
      while (match(text, /^[0-9]+[0-9][0-9][0-9]($|,)/)) {
        cut = RSTART + RLENGTH - 4 - (substr(text, RSTART + RLENGTH - 1, 1) == ",")
        text = substr(text, 1, cut) "," substr(text, cut + 1)
      }
      return text
    }
    { value[NR] = $1 }
    END {
      middle = NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
      printf "**%s** (%s–%s)", show(middle), show(value[1]), show(value[NR])
    }'
}

# machine: what it was measured on, and with which versions.
machine() {
  local memory_kib disk
  memory_kib=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)
  disk=$(df --output=source,fstype "$work" | tail -n 1 | tr -s ' ')
  echo "- $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1);" \
    "$((memory_kib / 1024)) MiB; database on $disk; Linux $(uname -r)"
  echo "- Doorbuster at $(git rev-parse --short HEAD 2>/dev/null || echo "an unknown commit")," \
    "$(rustc --version), built with \`--release\`"
  echo "- wrk $(version_of wrk), nginx $(version_of nginx-light), PHP $(version_of php8.2-fpm)," \
    "MariaDB $(version_of mariadb-server), Redis $(version_of redis-server)," \
    "PostgreSQL $(version_of postgresql-15)"
  echo "- $rounds rounds of $seconds s, $(date -u +%Y-%m-%d)"
}

version_of() {
  dpkg-query -W -f '${Version}' "$1" 2>/dev/null || echo "(not installed)"
}
