#!/usr/bin/env bash
# Builds libe_sqlcipher.so by recipe.sh and copies it to artifacts/native (or to the folder named as the only argument).
# The result is cached per recipe in the user's cache; with a cached one this says nothing and takes milliseconds.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=recipe.sh
. "$here/recipe.sh"
target=${1:-$here/../../artifacts/native}
recipe=$({ cat "$here/recipe.sh"; uname -m; } | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}/bitmask-mail/sqlcipher-$recipe
library=$cache/libe_sqlcipher.so

say() { echo "sqlcipher: $*"; }
fail() { echo "sqlcipher: $*" >&2; exit 1; }
check() { echo "$1  $2" | sha256sum --check --status || fail "$2 does not have the expected SHA-256 $1"; }

build() {
  for tool in gcc npm tar sha256sum; do
    command -v "$tool" > /dev/null || fail "$tool is missing; eng/setup run installs what the build needs"
  done
  echo '#include <openssl/evp.h>' | gcc -E -o /dev/null - 2> /dev/null || fail "the headers of libssl-dev are missing; eng/setup run installs them"
  work=$(mktemp -d "$cache/build.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  say "fetching $package $version from the npm registry"
  (cd "$work" && npm pack --silent --ignore-scripts "$package@$version" > tarball.name) || fail "npm could not fetch $package@$version"
  mv "$work/$(tail -n 1 "$work/tarball.name")" "$work/source.tgz"
  check "$tarball_sha256" "$work/source.tgz"
  tar -xzf "$work/source.tgz" -C "$work" package/deps
  source=$(find "$work/package/deps" -name sqlite3.c -print -quit)
  if [ -z "$source" ]; then
    find "$work/package/deps" -name '*.tar.gz' -exec tar -xzf {} -C "$work/package/deps" \;
    source=$(find "$work/package/deps" -name sqlite3.c -print -quit)
  fi
  [ -n "$source" ] || fail "$package@$version holds no sqlite3.c"
  check "$source_sha256" "$source"
  say "compiling (about half a minute, once)"
  gcc "${flags[@]}" -I"$(dirname "$source")" "$source" -o "$work/libe_sqlcipher.so" "${libraries[@]}"
  mv "$work/libe_sqlcipher.so" "$library"
  say "built $library"
}

mkdir -p "$cache" "$target"
if [ ! -s "$library" ]; then
  # One builder at a time; whoever waited finds the work done.
  exec 9> "$cache/lock"
  flock 9
  [ -s "$library" ] || build
fi
if ! cmp -s "$library" "$target/libe_sqlcipher.so"; then
  # By rename: a program that runs keeps the file it has mapped.
  cp "$library" "$target/libe_sqlcipher.so.$$"
  mv "$target/libe_sqlcipher.so.$$" "$target/libe_sqlcipher.so"
fi
# The build compares this time with the recipe's.
touch "$target/libe_sqlcipher.so"
