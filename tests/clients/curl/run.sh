#!/bin/sh
# curl: a person or a shell script. Prints one line for each thing that is tried; exits with 1 if one has failed.
set -u

url=${RILL_URL:-http://localhost:3000}
model=${RILL_MODEL:-simulated}
failed=0

# Sends a request: ask PATH BODY [OPTIONS]
ask() {
  path=$1
  body=$2
  shift 2
  curl --silent --no-buffer --max-time 40 -H "Authorization: Bearer ${RILL_API_KEY:-none}" "$@" -d "$body" "$url$path"
}

# A request in JSON.
ask_json() {
  ask "$@" -H 'Content-Type: application/json'
}

# Tries a thing: try NAME PATTERN OUTPUT
try() {
  if printf '%s\n' "$3" | grep -q -e "$2"; then
    echo "ok - $1"
  else
    echo "FAILED - $1: no $2 in: $(printf '%s' "$3" | tr '\n' ' ' | cut -c 1-300)"
    failed=1
  fi
}

try 'a question as text, answered as text' '^hello$' "$(ask / '/echo hello')"
try 'a streamed answer' '^data: \[DONE\]$' \
  "$(ask_json /v1/responses "{\"model\": \"$model\", \"input\": \"/echo hello\", \"stream\": true}")"
try 'a whole answer' '"status":"completed"' "$(ask_json /v1/responses "{\"model\": \"$model\", \"input\": \"/echo hello\"}")"
try 'a chat completion, streamed' '^data: \[DONE\]$' \
  "$(ask_json /v1/chat/completions "{\"model\": \"$model\", \"stream\": true, \"messages\": [{\"role\": \"user\", \"content\": \"/echo hello\"}]}")"

request="{\"model\": \"$model\", \"input\": \"/echo hello\"}"
compressed=$(mktemp)
trap 'rm -f "$compressed"' EXIT
printf '%s' "$request" | gzip >"$compressed"
try 'a compressed request' '"status":"completed"' \
  "$(ask_json /v1/responses "@$compressed" --data-binary "@$compressed" -H 'Content-Encoding: gzip')"

key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
first=$(ask_json /v1/responses "$request" -H "Idempotency-Key: $key")
again=$(ask_json /v1/responses "$request" -H "Idempotency-Key: $key")
try 'a repeat with the same Idempotency-Key' '^same$' \
  "$([ -n "$first" ] && [ "$(printf '%s' "$first" | grep -o 'resp_[0-9a-f]*' | head -n 1)" = "$(printf '%s' "$again" | grep -o 'resp_[0-9a-f]*' | head -n 1)" ] && echo same)"

try 'a refused request' '"invalid_request_error"' "$(ask_json /v1/responses '{"temperature": "hot"}')"
try 'the status and Retry-After of a busy model' '^retry-after: 1' \
  "$(ask_json /v1/responses "{\"model\": \"$model\", \"input\": \"/fail 429 after=1 hello\"}" --dump-header - | tr -d '\r' | tr 'A-Z' 'a-z')"
exit $failed
