#!/bin/sh
# Installs what the tests need and is not here: with apt on Debian and Ubuntu, elsewhere it says what is missing.
set -eu

missing=""
need() { # need PACKAGE: the test that follows has failed
    missing="$missing $1"
}

ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || need postgresql
command -v redis-server >/dev/null || need redis-server
command -v setpriv >/dev/null || need util-linux
command -v gcc >/dev/null || need gcc
command -v g++ >/dev/null || need g++
[ -x /usr/bin/python3 ] || need python3
# The languages that the sample packages are solved in.
[ -x /usr/bin/javac ] || need default-jdk-headless
[ -x /usr/bin/node ] || [ -x /usr/local/bin/node ] || need nodejs
[ -x /usr/bin/perl ] || need perl
[ -x /usr/bin/ruby ] || need ruby
[ -x /usr/bin/lua5.4 ] || need lua5.4
# The browser that the pages are tried in, and what leads it.
command -v npm >/dev/null || need npm
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || need chromium

if [ -n "$missing" ]; then
    if ! command -v apt-get >/dev/null; then
        echo "The tests need these, under whatever names your system has for Debian's packages:$missing" >&2
        echo "Install them and run this again." >&2
        exit 1
    fi
    as_root=""
    if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi
    echo "Installing what the tests need:$missing"
    $as_root apt-get update -qq
    # shellcheck disable=SC2086 # the names are separate words
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
fi

# The bundler of the pages' scripts, and the driver of the browser: as their lock files say, and again when those change.
for directory in web/elements e2e/browser; do
    lock="$directory/package-lock.json"
    kept="$directory/node_modules/.installed-lock.json"
    if ! cmp -s "$lock" "$kept"; then
        echo "Installing the packages of $lock"
        (cd "$directory" && npm ci --silent --no-audit --no-fund)
        cp "$lock" "$kept"
    fi
done

cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest
