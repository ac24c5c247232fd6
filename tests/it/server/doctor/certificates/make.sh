#!/usr/bin/env bash
# Makes the certificates with which the doctor is tried. They are for nothing else, and so is the key.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/settings" <<EOF
[authority]
database = $work/index
new_certs_dir = $work
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
EOF

make_key() { openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out "$1"; }

# make NAME HOST FROM UNTIL CA KEY ISSUER …
make() {
  openssl req -new -key "$6" -subj "/CN=$2" -out "$work/request"
  printf 'subjectAltName=DNS:%s\nbasicConstraints=critical,CA:%s\n' "$2" "$5" >"$work/extensions"
  : >"$work/index"
  openssl ca -batch -notext -config "$work/settings" -name authority -startdate "$3" -enddate "$4" \
    -extfile "$work/extensions" -in "$work/request" -out "$1.pem" "${@:7}"
}

make_key "$work/authority.key"
make_key key.pem
make authority authority.example 20200101000000Z 21200101000000Z TRUE "$work/authority.key" \
  -selfsign -keyfile "$work/authority.key"
issued=(FALSE key.pem -cert authority.pem -keyfile "$work/authority.key")
make sound localhost 20200101000000Z 21200101000000Z "${issued[@]}"
make expired localhost 20200101000000Z 20210101000000Z "${issued[@]}"
make future localhost 21000101000000Z 21200101000000Z "${issued[@]}"
make other other.example 20200101000000Z 21200101000000Z "${issued[@]}"
# As many make one by hand: it is its own issuer.
make own localhost 20200101000000Z 21200101000000Z TRUE key.pem -selfsign -keyfile key.pem
