# shellcheck shell=bash
# The engine without HTTP: 8,192 waiting commands, SQLite, journal included (benches/engine.rs).

row engine_holds rate 300,000 500,000 "engine alone, durable holds, 8,192 waiting, a second" \
  "(a specialised ledger database: 300,000–470,000 transfers)"
row engine_checkouts rate 80,000 150,000 "engine alone, hold + order + payment, checkouts a second" ""

measure_engine_holds() { engine_rate holds; }
measure_engine_checkouts() { engine_rate checkouts; }

engine_rate() {
  local said
  said=$("$engine" what="$1" seconds="$seconds" directory="$work")
  echo "$said" >>"$work/engine.log"
  sample ours "$(sed -n 's/^.*_per_second: //p' <<<"$said")"
}
