#!/usr/bin/env bash
# Builds the container image around a program that is already there, and starts it as compose.yaml does:
# as its own user, with a read-only root and no capabilities.
#
#     tests/deploy/image.sh PROGRAM
#     tests/deploy/image.sh PROGRAM COMMAND …    starts it with the settings that are set here, and runs this
#                                                command with the time when it began, and how commands are run in it
set -euo pipefail
program=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
name=twinspace-try-$$

finish() {
  podman rm --force --volumes "$name" >/dev/null 2>&1 || true
  podman rmi --force "localhost/$name" >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
say() { printf 'image: %s\n' "$*"; }
fail() {
  say "$*" >&2
  podman logs "$name" >&2 || true
  exit 1
}

not_tried() {
  printf '\n!! NOT TRIED: %s\n\n' "$*"
  exit 0
}

command -v podman >/dev/null || not_tried "the container image. Podman is not installed."
mkdir "$work/nothing"
printf 'FROM scratch\nCOPY Dockerfile /\n' >"$work/nothing/Dockerfile"
podman build --isolation chroot --tag "localhost/$name" "$work/nothing" >"$work/log" 2>&1 ||
  not_tried "the container image. Podman cannot build images here: $(tail -n 1 "$work/log")"
"$here/../../deploy/image/rootfs" "$program" "$work/build/image"
podman build --isolation chroot --format docker --build-context "build=$work/build" --tag "localhost/$name" \
  "$here/../.." >"$work/log" 2>&1 || { tail -n 20 "$work/log"; fail "it cannot be built"; }
say "built, $(podman image inspect --format '{{.Size}}' "localhost/$name" | numfmt --to iec) with this program"

# Where there is no systemd, Podman complains that it cannot repeat the health check: it is asked below.
# runc also runs where crun does not: with control groups of both versions.
runtime=$(command -v runc || command -v crun || true)
run=(podman ${runtime:+--runtime "$runtime"} run --name "$name" --network host --read-only --read-only-tmpfs=false --cap-drop all
  --security-opt no-new-privileges --ulimit nofile=12000:12000 --ulimit nproc=1000:1000)
if ! "${run[@]}" --rm --no-healthcheck "localhost/$name" --version >"$work/version" 2>"$work/why"; then
  not_tried "starting the container image. Podman cannot run containers here: $(tail -n 1 "$work/why")"
fi
grep -qx "$("$program" --version)" "$work/version" || fail "--version says $(cat "$work/version")"

healthy() {
  for _ in $(seq 100); do
    ! podman healthcheck run "$name" >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  fail "it is not healthy"
}

if (($#)); then
  began=$(date +%s.%N)
  "${run[@]}" --detach --env 'TWINSPACE_*' "localhost/$name" >/dev/null 2>&1 || fail "it does not start"
  healthy
  "$@" "$began" podman exec --interactive "$name" /usr/bin/twinspace || fail "$1 fails"
  exit
fi

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${run[@]}" --detach --env "TWINSPACE_LISTEN=0.0.0.0:$port" "localhost/$name" >/dev/null 2>&1 || fail "it does not start"
healthy
answer=$(curl -fsS "http://127.0.0.1:$port/graphql" -H 'Content-Type: application/json' -d '{"query": "{ projects { totalCount } }"}')
[[ $answer == '{"data":{"projects":{"totalCount":0}}}' ]] || fail "it answers $answer"
data=$(podman inspect --format '{{range .Mounts}}{{.Source}}{{end}}' "$name")
[[ $(find "$data" ! -uid 10001 | wc -l) == 0 && -s $data/twinspace.db ]] || fail "the data folder is not its own"
echo 'approving bees 1' | podman exec --interactive "$name" /usr/bin/twinspace admin add --email ada@school.example \
  --name 'Ada Admin' --password-stdin >/dev/null || fail "commands cannot be run in it"
podman stop --time 40 "$name" >/dev/null 2>&1
[[ $(podman inspect --format '{{.State.ExitCode}}' "$name") == 0 ]] || fail "it does not stop by itself"
say "started: healthy, it answers, and the data folder is its own"
