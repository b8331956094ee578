#!/bin/sh
# Checks the program of the gateway's image without Docker: it is static, and chats as the image runs it, by a user
# without rights in a root that holds nothing else and cannot be written to.
#
#   deploy/check-image.sh             builds it for musl (`--release` as the image does, else faster), and checks it
#   deploy/check-image.sh PROGRAM     checks this one
#
# Needs bubblewrap, curl and binutils; to build it musl-tools besides.
set -eu
cd "$(dirname "$0")/.."

case "${1-}" in
"" | --release)
  triple=$(uname -m)-unknown-linux-musl
  rustup target add "$triple"
  env "CC_$(echo "$triple" | tr - _)=musl-gcc" \
    cargo build --locked --package wotnot-cli --bin wotnot --target "$triple" ${1+"$1"}
  profile=debug
  [ "${1-}" = --release ] && profile=release
  program=${CARGO_TARGET_DIR:-target}/$triple/$profile/wotnot
  ;;
*) program=$1 ;;
esac

scratch=$(mktemp -d)
gateway=
end() {
  [ -z "$gateway" ] || kill "$gateway" 2>/dev/null || true
  rm -rf "$scratch"
}
trap end EXIT
fail() {
  echo "FAILED $1" >&2
  exit 1
}

# boxed DATA FOLDER: the gateway as the image runs it, with DATA as its volume and FOLDER as its data folder.
boxed() {
  exec bwrap --unshare-user --uid 65532 --gid 65532 --unshare-pid --unshare-ipc --unshare-uts \
    --cap-drop ALL --clearenv --die-with-parent --ro-bind "$program" /wotnot --bind "$1" /data \
    --proc /proc --dev /dev --remount-ro / \
    /wotnot gateway --dev --port 0 --data "$2" </dev/null
}
# field NAME: a string of the JSON that comes in.
field() {
  sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}
ask() {
  curl --silent --show-error --fail-with-body --noproxy '*' --max-time 60 "$@"
}
# until_is COMMAND...: tries for a minute.
until_is() {
  tries=600
  until "$@"; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || return 1
    sleep 0.1
  done
}

readelf --dynamic --program-headers "$program" >"$scratch/elf"
! grep -E 'INTERP|\(NEEDED\)' "$scratch/elf" || fail "$program is not static"
echo "ok    $program is static"

mkdir "$scratch/data"
(boxed "$scratch/data" /data) >"$scratch/url" &
gateway=$!
until_is grep -q http:// "$scratch/url" || fail "the gateway did not start"
url=$(head -n 1 "$scratch/url")
token=$(ask -d '{"app": "dev"}' "$url/v1/sessions" | field token)
bearer="Authorization: Bearer $token"
chat=$(ask -H "$bearer" -d '{"client_id": "m1", "text": "Hello"}' "$url/v1/conversations" | field id)
asks() {
  ask -H "$bearer" "$url/v1/conversations/$chat" | grep -q '"kind":"choice"'
}
until_is asks || fail "the bot asked nothing"
echo "ok    it chats as user 65532 in an empty, read-only root"

mkdir "$scratch/other"
! (boxed "$scratch/other" /elsewhere) >"$scratch/said" 2>&1 || fail "it wrote outside of its data folder"
grep -q '/elsewhere: Read-only file system' "$scratch/said" || fail "$(cat "$scratch/said")"
echo "ok    it writes to its data folder alone"
