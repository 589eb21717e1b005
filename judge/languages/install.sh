#!/bin/sh
# Installs the tools of the language table, or of the languages that are named:
#
#     make languages
#     sh judge/languages/install.sh [--list] [ID]...
#
# With apt what comes from Debian (12, or a later one or Ubuntu as far as they have it), with npm and pip the rest, below
# /usr/local/lib/gavel, where the table looks for it. What is here stays as it is. A package that cannot be had is named at the end,
# and the others are installed all the same. --list only tells the packages, one a line, with their manager.
set -u

here=$(dirname "$0")
home=/usr/local/lib/gavel
failed=""

# packages MANAGER [ID]...: what the table says, each once.
packages() {
    manager=$1
    shift
    for id in "$@"; do
        sed -n '/^\[install\]/,/^$/s/^'"$manager"' = \[\(.*\)\]$/\1/p' "$here/$id.toml"
    done | tr -d '" ' | tr ',' '\n' | sed '/^$/d' | sort -u
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@" >/dev/null
}

with_apt() { # with_apt PACKAGE...
    missing=""
    for package in "$@"; do
        dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q ' installed$' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "apt (some minutes):$missing"
    as_root apt-get update --quiet=2
    # shellcheck disable=SC2086 # the names are separate words
    apt_install $missing && return
    for package in $missing; do
        apt_install "$package" || failed="$failed $package"
    done
}

# has_npm NAME@VERSION: whether it is here; a version may be the beginning of a longer one. To ask npm itself takes a second each.
has_npm() {
    file="$home/npm/node_modules/${1%@*}/package.json"
    found=$(sed -n 's/^ *"version": "\([^"]*\)".*/\1/p' "$file" 2>/dev/null | head -n 1)
    case "$found" in
        "${1##*@}" | "${1##*@}".*) return 0 ;;
        *) return 1 ;;
    esac
}

with_npm() { # with_npm NAME@VERSION...
    missing=""
    for package in "$@"; do
        has_npm "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "npm:$missing"
    command -v npm >/dev/null || with_apt npm
    as_root mkdir -p "$home/npm"
    for package in $missing; do
        # Nothing of a package runs while it is installed.
        as_root npm install --prefix "$home/npm" --no-audit --no-fund --ignore-scripts --silent "$package" ||
            failed="$failed $package"
    done
}

with_pip() { # with_pip NAME==VERSION...
    for package in "$@"; do
        name=${package%%==*}
        version=${package##*==}
        [ -d "$home/pip/$name-$version.dist-info" ] && continue
        echo "pip: $package"
        python3 -m pip --version >/dev/null 2>&1 || with_apt python3-pip
        as_root mkdir -p "$home/pip"
        as_root env PIP_ROOT_USER_ACTION=ignore python3 -m pip install --quiet --upgrade --no-deps --only-binary :all: --target "$home/pip" "$package" ||
            failed="$failed $package"
    done
}

only_list=false
if [ "${1:-}" = --list ]; then
    only_list=true
    shift
fi
if [ $# = 0 ]; then
    for file in "$here"/*.toml; do
        set -- "$@" "$(basename "$file" .toml)"
    done
fi
for id in "$@"; do
    [ -f "$here/$id.toml" ] && continue
    echo "there is no language $id in $here" >&2
    exit 2
done

if $only_list; then
    for manager in apt npm pip; do
        packages $manager "$@" | sed "s/^/$manager /"
    done
    exit
fi

if command -v apt-get >/dev/null; then
    # shellcheck disable=SC2046 # the names are separate words
    with_apt $(packages apt "$@")
else
    echo "There is no apt here. Under whatever names your system has for Debian's packages, install:" $(packages apt "$@") >&2
fi
# shellcheck disable=SC2046
with_npm $(packages npm "$@")
# shellcheck disable=SC2046
with_pip $(packages pip "$@")

if [ -n "$failed" ]; then
    echo "These could not be installed:$failed" >&2
    exit 1
fi
echo "All packages of the table are installed; \`gavel languages --check\` tries the languages out."
