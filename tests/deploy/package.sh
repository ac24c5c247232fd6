#!/usr/bin/env bash
# Installs, starts, upgrades and removes the Debian package in a copy of this machine that is thrown away.
#
#     tests/deploy/package.sh PROGRAM
#     tests/deploy/package.sh PROGRAM COMMAND …    starts it with the settings that are set here, and runs this
#                                                  command with the time when it began, and the package's program
#
# The copy is an overlay over `/`, in its own mount namespace: nothing on the machine itself changes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)

say() { printf 'package: %s\n' "$*"; }
fail() {
  say "$*" >&2
  exit 1
}

if [[ ${1:-} != --inside ]]; then
  program=$1
  shift
  source=$(cd "$here/../.." && pwd)
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  if ! unshare -m bash -c "mount -t tmpfs none $work && mkdir $work/{upper,work,root} &&
    mount -t overlay none -o lowerdir=/,upperdir=$work/upper,workdir=$work/work $work/root" 2>"$work/why"; then
    printf '\n!! NOT TRIED: the Debian package. Overlays cannot be mounted here: %s\n\n' "$(tail -n 1 "$work/why")"
    exit 0
  fi
  # Speed before size.
  export DPKG_DEB_COMPRESSOR_TYPE=none
  for revision in 1 2; do
    "$here/../../deploy/debian/build" "$program" "$work/packages" "$revision" >"$work/built" 2>&1 ||
      { cat "$work/built"; fail "it cannot be built"; }
  done
  ls -sh "$work"/packages
  unshare -m --pid --fork --kill-child bash -euo pipefail -c "
    mkdir $work/overlay && mount -t tmpfs none $work/overlay && cd $work/overlay && mkdir upper work root
    mount -t overlay none -o lowerdir=/,upperdir=upper,workdir=work root
    mkdir -p root/try root/proc root/dev root/run
    mount -t proc none root/proc && mount --rbind /dev root/dev && mount -t tmpfs none root/run
    mkdir -p root$source && mount --rbind $source root$source
    cp $work/packages/*.deb $here/package.sh root/try
    env | sed -n \"s/^\(TWINSPACE_[A-Z_]*\)=\(.*\)/\1='\2'/p\" >root/try/settings
    chroot root env -i PATH=\$PATH LC_ALL=C.UTF-8 HOME=/root bash /try/package.sh --inside \"\$@\"
  " - "$@"
  exit
fi

cd /try
environment=/etc/twinspace/twinspace.env
data=/var/lib/twinspace
unit=/usr/lib/systemd/system/twinspace.service
wanted=/etc/systemd/system/multi-user.target.wants/twinspace.service
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
export DEBIAN_FRONTEND=noninteractive

install() { dpkg --install "$1" >/try/log 2>&1 || { cat /try/log; fail "$1 cannot be installed"; }; }
mode() { stat -c '%a %U %G' "$1"; }
is() { [[ $1 == "$2" ]] || fail "$3 is \"$1\", not \"$2\""; }
setting() { sed -n "s/^$1=//p" "$unit"; }

# As systemd would, as far as it can be done without it: user, group, folder, environment, command.
start() {
  (
    cd "$(setting WorkingDirectory)"
    set -a
    . "$environment"
    exec setpriv --reuid="$(setting User)" --regid="$(setting Group)" --init-groups \
      env "$(setting Environment)" $(setting ExecStart)
  ) 2>/try/server.log &
  server=$!
  for _ in $(seq 100); do
    ! twinspace healthcheck 2>/dev/null || return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.2
  done
  cat /try/server.log
  fail "the server is not ready"
}
stop() {
  kill "$server"
  wait "$server" || fail "the server ends with status $?"
}
ask() { curl -fsS "http://127.0.0.1:$port/graphql" -H 'Content-Type: application/json' -d "{\"query\": \"$1\"}"; }

packages=(twinspace_*-1_*.deb twinspace_*-2_*.deb)

if (($# > 1)); then
  shift
  began=$(date +%s.%N)
  install "${packages[0]}"
  cat settings >>"$environment"
  start
  "$@" "$began" /usr/bin/twinspace || { cat server.log; fail "$1 fails"; }
  stop
  exit
fi

install "${packages[0]}"
is "$(mode $data)" "700 twinspace twinspace" "the mode of $data"
is "$(mode $environment)" "640 root twinspace" "the mode of $environment"
[[ -L $wanted ]] || fail "the unit is not enabled"
systemd-analyze verify "$unit" || fail "the unit is not right"
exposure=$(systemd-analyze security --offline=true "$unit" | sed -n 's/.*exposure level for .*: \([0-9.]*\) .*/\1/p')
awk -v exposure="$exposure" 'BEGIN { exit !(exposure != "" && exposure < 2.0) }' || fail "the unit's exposure is $exposure"
say "installed: user, modes and unit are right, exposure $exposure"

printf "TWINSPACE_LISTEN='127.0.0.1:%s'\n" "$port" >>"$environment"
start
is "$(ps -o user= -p "$server")" twinspace "the server's user"
twinspace admin add --email ada@school.example --name 'Ada Admin' >/dev/null
is "$(ask '{ projects { totalCount } }')" '{"data":{"projects":{"totalCount":0}}}' "the answer"
is "$(find $data ! -user twinspace)" "" "what belongs to somebody else"
say "started: it answers, and \`twinspace\` as root writes as its user"

install "${packages[1]}"
grep -q "127.0.0.1:$port" "$environment" || fail "the settings are lost"
stop
start
twinspace admin list | grep -q ada@school.example || fail "the data is lost by the upgrade"
stop
say "upgraded: the settings and the data are kept"

dpkg --remove twinspace >/dev/null 2>&1
[[ ! -e $unit && ! -e /usr/bin/twinspace ]] || fail "it is not removed"
[[ -s $data/twinspace.db && -s $environment ]] || fail "removing it deletes data or settings"
install "${packages[1]}"
twinspace admin list | grep -q ada@school.example || fail "the data is lost by removal"
dpkg --purge twinspace >/try/log 2>&1
[[ ! -e $environment && ! -e $wanted ]] || fail "purging leaves settings"
[[ -s $data/twinspace.db ]] || fail "purging deletes the data"
grep -q "The data is still in $data" /try/log || fail "purging does not say where the data is"
say "removed and purged: the data is kept"
