#!/bin/busybox sh
# The first process of the virtual machine. It puts a root together from what the host shares, read-only, and becomes
# `last.sh` there, which runs the tests and tells the result.
/bin/busybox mkdir -p /proc /sys /dev /host /root
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev

end() { # end STEP: what could not be done
    exec sh /last.sh "$1"
}

for module in $(cat /modules/order); do
    insmod "/modules/$module" || end 90
done
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,cache=loose,ro host /host || end 91

# What programs and tests need, and nothing of the host's data.
mount -t tmpfs -o size=1g,mode=0755 root /root
# Before the build directory, which may be in it.
mkdir /root/tmp
mount -t tmpfs -o size=512m,mode=1777 tmp /root/tmp
for path in /usr /bin /sbin /lib /lib32 /lib64 /libx32 /etc "$(cat /target)"; do
    if [ -L "/host$path" ]; then
        ln -s "$(readlink "/host$path")" "/root$path"
    elif [ -d "/host$path" ]; then
        mkdir -p "/root$path"
        mount -o bind "/host$path" "/root$path"
    fi
done
mkdir -p /root/proc /root/sys /root/dev /root/run /root/home
# Where the build directory is in it, an ordinary user must be able to get there.
[ -d /root/root ] || mkdir -m 700 /root/root
cp /guest.sh /last.sh /arguments /bin/busybox /root/run/
mount -o move /proc /root/proc
mount -o move /sys /root/sys
mount -o move /dev /root/dev
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /root/sys/fs/cgroup || end 92
# Swap, so that a limit which forgets it is found out.
if [ -b /root/dev/vda ]; then
    mkswap /root/dev/vda >/root/dev/null && swapon /root/dev/vda || end 93
fi

# Not chroot: the kernel lets nobody in one make a user namespace.
exec switch_root /root /bin/sh /run/last.sh
