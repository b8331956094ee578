#!/bin/sh
# Holds a conversation through `wotnot pipe` with nothing but a shell; $1 is the command `wotnot`.
# Needs WOTNOT_TOKEN, WOTNOT_WEBHOOK_TOKEN, WOTNOT_BASE_URL and WOTNOT_BOT_KEY. Prints where events are
# taken, and goes on when a line comes in: the test that runs it posts them meanwhile.
set -eu

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkfifo "$folder/in" "$folder/out"
: >"$folder/log"
"$1" pipe <"$folder/in" >"$folder/out" &
pipe=$!
exec 3>"$folder/in" 4<"$folder/out"

fail() {
    echo "$1" >&2
    exit 1
}

# Waits for a line that holds the text, and leaves it in $found. Replies and events come in any order.
await() {
    while ! found=$(grep -F -m 1 -e "$1" "$folder/log"); do
        IFS= read -r line <&4 || fail "the output ended before $1"
        printf '%s\n' "$line" >>"$folder/log"
        case $line in
        *'"ok":false'*) fail "refused: $line" ;;
        esac
    done
}

echo "{\"base_url\":\"$WOTNOT_BASE_URL\",\"bot_key\":\"$WOTNOT_BOT_KEY\",\"webhook\":{\"listen\":\"127.0.0.1:0\"}}" >&3
await '"ready"'
printf '%s\n' "$found" | sed 's/.*"webhook_url":"\([^"]*\)".*/\1/'
read -r _

echo '{"id":1,"method":"start_conversation","params":{"visitor_id":"shell-1","message":{"type":"text","data":{"body":"Hello"}},"variables":{"contact":{"name":"Asha"}}}}' >&3
await '"id":1,"ok":true'
id=$(printf '%s' "$found" | sed 's/.*"conversation":{"id":"\([^"]*\)".*/\1/')
await '"text":"Hi Asha"'
await '"text":"What is it about?"'

# The answer to a choice is offered ready-made: it is cut out of the event and sent back as it is.
answer=$(printf '%s' "$found" | sed 's/.*"label":"Sales","answer":\({"type":"button.response","data":{[^}]*}}\).*/\1/')
echo "{\"id\":2,\"method\":\"send_message\",\"params\":{\"conversation_id\":\"$id\",\"message\":$answer}}" >&3
await '"id":2,"ok":true'
await '"text":"How old are you?"'

echo "{\"id\":\"three\",\"method\":\"send_message\",\"params\":{\"conversation_id\":\"$id\",\"message\":{\"type\":\"slider.response\",\"data\":{\"value\":30}}}}" >&3
await '"id":"three","ok":true'
await '"text":"Thank you"'

exec 3>&-
wait "$pipe" || fail "the pipe ended with $?"
echo "the conversation was held"
