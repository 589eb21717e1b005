#!/bin/sh
# Makes sure that a virtual machine can be started: qemu installed, a Debian kernel and a static busybox unpacked.
#
#   fetch.sh DIRECTORY
#
# The kernel goes to DIRECTORY/kernel and busybox to DIRECTORY/busybox, unpacked from their packages: nothing but qemu is
# installed on this host. GAVEL_VM_KERNEL=FILE.deb takes another kernel package than the distribution's current one.
set -eu
directory=$1
mkdir -p "$directory"

as_root=""
if [ "$(id -u)" != 0 ]; then as_root="sudo"; fi

no_apt() { # no_apt WHAT
    echo "test-vm: $1 is missing, and there is no apt to get it with." >&2
    echo "Install qemu-system-x86_64, and put a Debian kernel package unpacked into $directory/kernel and a static busybox" >&2
    echo "at $directory/busybox." >&2
    exit 1
}

updated=""
update() {
    if [ -z "$updated" ]; then
        $as_root apt-get update -qq
        updated=yes
    fi
}

unpack() { # unpack FILE.deb TARGET: whole or not at all
    rm -rf "$2.part"
    dpkg-deb -x "$1" "$2.part"
    rm -rf "$2"
    mv "$2.part" "$2"
}

download() { # download PACKAGE TARGET
    update
    rm -rf "$directory/download"
    mkdir -p "$directory/download"
    # A package is unpacked here, and not installed: no need of a user of its own to fetch it, who could not write here.
    (cd "$directory/download" && apt-get download -qq -o APT::Sandbox::User=root "$1")
    unpack "$directory"/download/*.deb "$2"
    rm -rf "$directory/download"
}

if ! command -v qemu-system-x86_64 >/dev/null; then
    command -v apt-get >/dev/null || no_apt qemu-system-x86_64
    echo "Installing qemu-system-x86 (a virtual machine for the tests of the sandbox)"
    update
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends qemu-system-x86 >/dev/null
fi

if [ -n "${GAVEL_VM_KERNEL:-}" ]; then
    # Unpacked anew only where the package is another one than last time.
    if [ "$(cat "$directory/kernel.from" 2>/dev/null)" != "$GAVEL_VM_KERNEL" ]; then
        unpack "$GAVEL_VM_KERNEL" "$directory/kernel"
        echo "$GAVEL_VM_KERNEL" >"$directory/kernel.from"
    fi
elif [ ! -d "$directory/kernel" ] || [ -e "$directory/kernel.from" ]; then
    command -v apt-get >/dev/null || no_apt "a kernel"
    update
    # The metapackage names the current one.
    package=$(apt-cache depends --important linux-image-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
    [ -n "$package" ] || { echo "test-vm: apt knows no linux-image-amd64" >&2; exit 1; }
    echo "Fetching $package"
    download "$package" "$directory/kernel"
    rm -f "$directory/kernel.from"
fi

if [ ! -x "$directory/busybox" ]; then
    command -v apt-get >/dev/null || no_apt "a static busybox"
    download busybox-static "$directory/busybox.package"
    # Where it lies depends on whether the distribution has merged /bin.
    for found in "$directory"/busybox.package/bin/busybox "$directory"/busybox.package/usr/bin/busybox; do
        if [ -x "$found" ]; then cp "$found" "$directory/busybox"; fi
    done
    rm -rf "$directory/busybox.package"
fi
