#!/bin/sh
# Runs the sandbox's own tests in a virtual machine with a Debian kernel and nothing but cgroup v2, as root and as an
# ordinary user with a delegated cgroup. Prints PASS or FAIL for each test; exits with 0 when all have passed.
#
#   run.sh [PASS…]          see guest.sh; default: all of them
#   run.sh --short          what depends most on the kind of cgroup and on the user, in a third of the time
#
# The machine is emulated (no /dev/kvm is needed), has no network, and sees the host's file system read-only. It is gone
# when this script is, however it ends. Everything it needs is kept under target/vm.
#
#   GAVEL_VM_KERNEL=FILE.deb    a kernel package other than the distribution's current one
#   GAVEL_VM_LIMIT=SECONDS      give up after this long; default 1800
#   GAVEL_TEST_SLOWNESS=N       how many times slower than a real machine the tests take this one to be; default 15
set -eu
cd "$(dirname "$0")/../.."
here=$PWD/sandbox/vm
target=${CARGO_TARGET_DIR:-$PWD/target}
vm=$target/vm
limit=${GAVEL_VM_LIMIT:-1800}

if [ "$(uname -m)" != x86_64 ]; then
    echo "test-vm: NOT RUN: the virtual machine is an x86-64 one, and runs what is built here, on $(uname -m)" >&2
    exit 1
fi
case "${1:-}" in
"") set -- root user root-bare=unified,lifetime::a_ user-bare=unified,lifetime::a_ root-top=lifetime::a_ ;;
--short) set -- \
    user=unified,limits::a,limits::cpu,limits::memory,limits::proc,lifetime::a_,hosts::a_,hosts::programs,walls::nothing \
    root=unified,limits::cpu,limits::memory_b,lifetime::a_,hosts::a_,hosts::programs ;;
esac
sh "$here/fetch.sh" "$vm"

# The tests: names of the binaries are cargo's to choose.
cargo build --package sandbox --bins --locked --quiet
cargo test --package sandbox --lib --tests --locked --no-run --message-format=json --quiet |
    sed -n '/"kind":\["\(lib\|test\)"\]/s/.*"executable":"\([^"]*\)".*/\1/p' >"$vm/plan"
[ -s "$vm/plan" ] || { echo "test-vm: cargo has built no tests" >&2; exit 1; }

# The initial file system: busybox, the modules for sharing files, and our scripts.
root=$vm/initramfs
rm -rf "$root"
mkdir -p "$root/bin" "$root/modules"
cp "$vm/busybox" "$root/bin/busybox"
cp "$here/init.sh" "$root/init"
cp "$here/guest.sh" "$here/last.sh" "$root"
chmod 755 "$root/init"
echo "$target" >"$root/target"
echo "${GAVEL_TEST_SLOWNESS:-15} $vm/plan $*" >"$root/arguments"
# In the order of their dependencies; which exist differs between kernels, and some are built in.
for module in virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk \
    netfs fscache 9pnet 9pnet_virtio 9p; do
    found=$(find "$vm/kernel" -name "$module.ko" -o -name "$module.ko.xz" | head -n 1)
    case $found in
    "") continue ;;
    *.xz) xz -dc "$found" >"$root/modules/$module.ko" ;;
    *) cp "$found" "$root/modules/$module.ko" ;;
    esac
    echo "$module.ko" >>"$root/modules/order"
done
(cd "$root" && find . | "$vm/busybox" cpio -o -H newc 2>/dev/null) | gzip -1 >"$vm/initramfs.gz"
truncate -s 256M "$vm/swap"

kernel=$(find "$vm/kernel/boot" "$vm/kernel/usr/lib/modules" -name 'vmlinuz*' 2>/dev/null | head -n 1)
[ -n "$kernel" ] || { echo "test-vm: no kernel under $vm/kernel" >&2; exit 1; }

# The console of a machine that dies early is the only witness.
console=$vm/console
: >"$console"
begin=$(date +%s)
# What dies with its parent cannot outlive it, even when that is killed.
setpriv --pdeathsig KILL timeout --foreground -k 5 "$limit" setpriv --pdeathsig KILL \
    qemu-system-x86_64 -nodefaults -no-user-config -display none -no-reboot -monitor none -nic none \
    -machine pc,usb=off -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m 2048 \
    -chardev stdio,id=console,signal=off -serial chardev:console \
    -virtfs local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap \
    -drive "file=$vm/swap,format=raw,if=virtio,cache=unsafe" \
    -kernel "$kernel" -initrd "$vm/initramfs.gz" \
    -append "console=ttyS0 quiet panic=-1 mitigations=off nokaslr no_timer_check tsc=reliable random.trust_cpu=on" \
    </dev/null | sed -u 's/\r$//' | tee "$console" | grep --line-buffered -E '^(PASS|FAIL|SUMMARY|     \|)' || true
took=$(($(date +%s) - begin))

result=$(sed -n 's/^GAVEL-VM-RESULT \([0-9]*\)$/\1/p' "$console" | tail -n 1)
if [ -z "$result" ]; then
    echo "test-vm: the machine ended without a result after $took s (it had $limit s). Its last words:" >&2
    tail -n 40 "$console" >&2
    exit 1
fi
if [ "$result" -ge 90 ]; then
    echo "test-vm: the machine could not set itself up (step $result of sandbox/vm/init.sh):" >&2
    tail -n 40 "$console" >&2
fi
echo "test-vm: $took s"
exit "$result"
