#!/usr/bin/env bash
# The life of a hold in curl, one command for each call; needs curl and openssl.
#
#   doorbuster.sh products                 what is on sale
#   doorbuster.sh product 1                one product with its stock
#   doorbuster.sh hold 1 2 [KEY]           two units of product 1; KEY makes it safe to repeat
#   doorbuster.sh show-hold HOLD
#   doorbuster.sh extend HOLD              more time, once
#   doorbuster.sh release HOLD             gives the units back
#   doorbuster.sh order HOLD [KEY]         the hold becomes an order
#   doorbuster.sh show-order ORDER
#   doorbuster.sh cancel ORDER             gives an unpaid order up
#   doorbuster.sh pay ORDER [EVENT]        the payment service's signed webhook: it was paid
#   doorbuster.sh fail ORDER [EVENT]       the same: it was not
#   doorbuster.sh signature ID BODY        only the headers that sign BODY, to paste elsewhere
#   doorbuster.sh life 1                   all that a buyer of product 1 may meet, in one go
#
# With an admin key:
#
#   doorbuster.sh new-product NAME STOCK PRICE   the price in minor units: 9999 is 99.99
#   doorbuster.sh refund ORDER true|false        true: its units go back on sale
#   doorbuster.sh orders paid                    orders of one status
#   doorbuster.sh journal 1                      every stock change of product 1
#   doorbuster.sh audit                          recounts every rule
#
# Variables:
#
#   URL             the server, http://127.0.0.1:8000 unless set
#   ADMIN_KEY       the admin key that the server printed, or one of `doorbuster keys make`
#   WEBHOOK_SECRET  what the server was started with (--webhook-secret), whsec_…; without it
#                   webhooks are sent unsigned, which a server of --demo takes
set -euo pipefail

URL=${URL:-http://127.0.0.1:8000}
ADMIN_KEY=${ADMIN_KEY:-}
WEBHOOK_SECRET=${WEBHOOK_SECRET:-}

# call METHOD PATH [CURL'S OPTIONS]: prints the answer, and fails where it is a problem.
call() {
  curl --silent --show-error --fail-with-body --write-out '\n' --request "$1" "$URL$2" "${@:3}"
}

post() {
  call POST "$1" --header 'Content-Type: application/json' --data "$2" "${@:3}"
}

admin() {
  "$@" --header "Authorization: Bearer $ADMIN_KEY"
}

# idempotent KEY COMMAND...: adds the header, unless KEY is empty.
idempotent() {
  if [ -n "$1" ]; then "${@:2}" --header "Idempotency-Key: $1"; else "${@:2}"; fi
}

# field NAME: takes a text out of the JSON on standard input.
field() {
  sed "s/.*\"$1\":\"\([^\"]*\)\".*/\1/"
}

# signature ID BODY: the headers by which Standard Webhooks signs a delivery.
signature() {
  local time key signed
  time=$(date +%s)
  key=$(printf %s "${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
  signed=$(printf '%s.%s.%s' "$1" "$time" "$2" |
    openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
  printf 'webhook-id: %s\nwebhook-timestamp: %s\nwebhook-signature: v1,%s\n' "$1" "$time" "$signed"
}

# webhook ORDER STATUS EVENT
webhook() {
  local body header headers=()
  body="{\"event_id\": \"$3\", \"order_id\": \"$1\", \"status\": \"$2\"}"
  if [ -n "$WEBHOOK_SECRET" ]; then
    while read -r header; do headers+=(--header "$header"); done < <(signature "msg-$3" "$body")
  fi
  post /api/payments/webhook "$body" "${headers[@]}"
}

new_product() {
  admin post /api/products "{\"name\": \"$1\", \"total_stock\": $2, \"price\": $3}"
}

hold() {
  idempotent "${3:-}" post /api/holds "{\"product_id\": $1, \"qty\": $2}"
}

order() {
  idempotent "${2:-}" post /api/orders "{\"hold_id\": \"$1\"}"
}

# Prints a command, and what it answers.
show() {
  echo "# $*"
  "$@"
}

# What a buyer of a product may meet.
life() {
  local answer hold order key="life-$RANDOM$RANDOM"
  show call GET "/api/products/$1"
  answer=$(hold "$1" 2 "$key")
  hold=$(field hold_id <<<"$answer")
  echo "# hold"
  echo "$answer"
  show hold "$1" 2 "$key" # the same hold: the key says that it is the same wish
  show call POST "/api/holds/$hold/extend"
  answer=$(order "$hold")
  order=$(field order_id <<<"$answer")
  echo "# order"
  echo "$answer"
  show webhook "$order" paid "pay-$order"
  show webhook "$order" paid "pay-$order" # a duplicate, without a second effect
  show call GET "/api/orders/$order"

  hold=$(hold "$1" 1 | field hold_id)
  show call DELETE "/api/holds/$hold"
  order=$(order "$(hold "$1" 1 | field hold_id)" | field order_id)
  show call POST "/api/orders/$order/cancel"
  order=$(order "$(hold "$1" 1 | field hold_id)" | field order_id)
  show webhook "$order" failed "fail-$order"
  show call GET "/api/products/$1"
}

# How many words a command has at least, itself included.
case ${1:-} in
  product | show-hold | extend | release | order | show-order | cancel | pay | fail) words=2 ;;
  life | orders | journal) words=2 ;;
  hold | signature | refund) words=3 ;;
  new-product) words=4 ;;
  *) words=0 ;;
esac
if [ $# -lt $words ]; then
  sed -n "s/^#   \(doorbuster\.sh $1 \)/usage: \1/p" "$0" >&2
  exit 2
fi

case ${1:-} in
  products) call GET /api/products ;;
  product) call GET "/api/products/$2" ;;
  hold) hold "${@:2}" ;;
  show-hold) call GET "/api/holds/$2" ;;
  extend) call POST "/api/holds/$2/extend" ;;
  release) call DELETE "/api/holds/$2" ;;
  order) order "${@:2}" ;;
  show-order) call GET "/api/orders/$2" ;;
  cancel) call POST "/api/orders/$2/cancel" ;;
  pay) webhook "$2" paid "${3:-pay-$2}" ;;
  fail) webhook "$2" failed "${3:-fail-$2}" ;;
  signature) signature "$2" "$3" ;;
  life) life "$2" ;;
  new-product) new_product "${@:2}" ;;
  refund) admin post "/api/orders/$2/refund" "{\"restock\": $3}" ;;
  orders) admin call GET "/api/orders?status=$2" ;;
  journal) admin call GET "/api/products/$2/journal" ;;
  audit) admin call GET /api/audit ;;
  *)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0"
    exit 2
    ;;
esac
