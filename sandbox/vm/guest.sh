#!/bin/sh
# Runs the tests of the sandbox inside the virtual machine, each in a process and a delegated cgroup of its own, and tells
# of each on the console.
#
#   guest.sh SLOWNESS PLAN PASS…
#
# SLOWNESS says how many times slower than a real machine this one is: tests multiply the time that they allow by it. PLAN is
# a file of test binaries, one a line. A pass is who runs them, and where:
#   root        root, in the leaf of a delegated group, as a systemd service with Delegate= and DelegateSubgroup=
#   user        an ordinary user, likewise
#   root-bare   root, directly in the delegated group (Delegate= alone): the driver has to make the leaf
#   user-bare   an ordinary user, likewise
#   root-top    root, at the top of the hierarchy among others, as without any service manager
# A pass may be followed by `=WORD,WORD…`: only tests whose name contains one of the words.
set -u

user=64321
groups=/sys/fs/cgroup

now() { # hundredths of a second since boot
    read -r up _ </proc/uptime
    echo "${up%.*}${up#*.}"
}

# A delegated group, of which the user owns what systemd would give it.
delegate() { # delegate GROUP OWNER
    mkdir "$1"
    chown "$2:$2" "$1" "$1/cgroup.procs" "$1/cgroup.threads" "$1/cgroup.subtree_control"
}

one() { # one PASS BINARY TEST: runs it, and leaves a line in /run/results
    pass=$1 binary=$2 name=$3
    group=$groups/$pass-$$.service
    leaf=$group
    owner=0
    drop=""
    case $pass in user*) owner=$user drop="setpriv --reuid=$user --regid=$user --clear-groups" ;; esac
    case $pass in
    *-top) group="" leaf=$groups ;;
    *-bare) delegate "$group" "$owner" ;;
    *)
        leaf=$group/gavel-driver
        delegate "$group" "$owner"
        delegate "$leaf" "$owner"
        ;;
    esac
    output=/run/output-$$
    begin=$(now)
    # shellcheck disable=SC2016,SC2086 # the inner shell expands; the words of drop are separate
    timeout -k 5 "$patience" sh -c 'echo $$ >"$1/cgroup.procs" || exit 99; shift; exec "$@"' sh "$leaf" \
        $drop env -i PATH=/usr/bin:/bin HOME=/tmp TMPDIR=/tmp GAVEL_TEST_BACKEND=v2 GAVEL_TEST_SLOWNESS="$slowness" \
        "$binary" --exact "$name" --test-threads=1 >"$output" 2>&1 </dev/null
    status=$?
    took=$(($(now) - begin))
    took=$((took / 100)).$(printf '%02d' $((took % 100)))
    left=""
    if [ -n "$group" ]; then
        rmdir "$group/gavel-driver" 2>/dev/null
        rmdir "$group" || left=$(find "$group" -mindepth 1 -type d)
    fi
    if [ $status = 0 ] && [ -z "$left" ] && grep -q '^test result: ok. 1 passed' "$output"; then
        echo "PASS $pass ${took}s $name" >"$output"
    else
        sed -i 's/^/     | /' "$output"
        sed -i "1i FAIL $pass ${took}s $name (status $status${left:+, left behind: $(echo $left)})" "$output"
    fi
    # Whole, and not into another test's words.
    flock /run/console tail -n 60 "$output"
    head -n 1 "$output" >>/run/results
    rm -f "$output"
}

wanted() { # wanted NAME WORDS
    [ -n "$2" ] || return 0
    for word in $(echo "$2" | tr , ' '); do
        case $1 in *"$word"*) return 0 ;; esac
    done
    return 1
}

slowness=$1
# One test, in seconds.
patience=$((slowness * 10))
shift
if [ "$1" = --one ]; then
    shift
    one "$@"
    exit
fi

plan=$1
shift
echo "+cpu +memory +pids" >"$groups/cgroup.subtree_control"
: >/run/console
: >/run/results
for binary in $(cat "$plan"); do
    "$binary" --list --format terse | sed -n "s|^\(.*\): test\$|$binary \1|p"
done >/run/tests
for argument in "$@"; do
    words=""
    case $argument in *=*) words=${argument#*=} ;; esac
    while read -r binary name; do
        if wanted "$name" "$words"; then echo "${argument%%=*} $binary $name"; fi
    done </run/tests
done >/run/jobs
# As many at once as there are processors.
xargs -P "$(nproc)" -L 1 sh "$0" "$slowness" --one </run/jobs
passed=$(grep -c ^PASS /run/results)
expected=$(wc -l </run/jobs)
echo "SUMMARY $passed of $expected passed on Linux $(uname -r)"
[ "$passed" = "$expected" ] && [ "$passed" -gt 0 ]
