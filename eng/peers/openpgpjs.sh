#!/usr/bin/env bash
# Fetches OpenPGP.js from the npm registry into the user's cache: the tests read and write messages of RFC 9580 with it. Checked, and nothing of
# it is run while it is unpacked; with one in the cache this says nothing and takes milliseconds.
set -euo pipefail
version=6.3.2
sha256=3eeea348b6e02e81387af584a189eab5446f3df223382127bc17ac06b6ea77b7
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/bitmask-mail/openpgpjs-$version
[ -s "$cache/package/dist/node/openpgp.min.mjs" ] && exit 0
mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9
[ -s "$cache/package/dist/node/openpgp.min.mjs" ] && exit 0
echo "setup: fetching openpgp@$version from the npm registry: the program of RFC 9580 that the tests write to and read from"
work=$(mktemp -d "$cache/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
(cd "$work" && npm pack --silent --ignore-scripts "openpgp@$version" > name) || { echo "setup: npm could not fetch openpgp@$version" >&2; exit 1; }
tarball=$work/$(tail -n 1 "$work/name")
echo "$sha256  $tarball" | sha256sum --check --status || { echo "setup: openpgp@$version does not have the expected SHA-256" >&2; exit 1; }
tar -xzf "$tarball" -C "$work" package/package.json package/LICENSE package/dist/node/openpgp.min.mjs
mv "$work/package" "$cache/package"
