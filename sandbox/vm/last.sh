#!/bin/sh
# The last thing that the first process of the virtual machine becomes: tells the host a result and stops the machine.
# The tests' own result, or that of a step of `init.sh` that failed. A kernel that panics tells none, which is a failure.
#
#   last.sh [STEP]
busybox=/run/busybox
if [ $# -gt 0 ]; then
    status=$1
    busybox=/bin/busybox
else
    # shellcheck disable=SC2046 # the words are separate
    /bin/sh /run/guest.sh $(cat /run/arguments)
    status=$?
fi
echo "GAVEL-VM-RESULT $status"
# The console is slow, and a stop does not wait for it.
$busybox sleep 0.2
$busybox reboot -f
