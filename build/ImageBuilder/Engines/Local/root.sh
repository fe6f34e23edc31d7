# Functions for the roots of sandboxes and containers. Text before others.
#
# They write down what is to be mounted, in the format of fstab, and all of it is mounted by one program: to start one costs as much as ten mounts.
here=${PWD//\\/\\134} here=${here// /\\040}
table=

# The chain of layers with a new one on top at mount/image, below a root for process 1 that has nothing but links into the image.
# Runs in a work folder which holds 0, 1, 2 … (the layers below as links, the highest first: short names, because all of them must fit into
# the 4096 bytes that mount(2) takes), none (an empty folder), layer/root (the new layer), overlay (its scratch folder), root (what process 1
# sees, with an empty folder image), mount (empty).
add_layers() { # lower layers (`0:1:2`)
    # What an earlier run in the same work folder left there says that its mount was volatile, and the kernel refuses to go on from that.
    [[ ! -e overlay/work ]] || { rm -rf overlay && mkdir overlay; }
    table+="
        $here/root $here/mount none bind
        overlay $here/mount/image overlay userxattr,volatile,lowerdir=$1,upperdir=layer/root,workdir=overlay"
}

# What a running system has besides its files. What of /proc acts on the whole machine is read-only.
add_system() { # the image's folder, a folder for /dev, the folder of the host's or process 1's devices
    local image=$1 dev=$2 devices=$3 name
    table+="
        $dev $image/dev none bind,X-mount.mkdir
        devpts $image/dev/pts devpts newinstance,ptmxmode=666,mode=620,gid=5
        shm $image/dev/shm tmpfs mode=1777
        proc $image/proc proc X-mount.mkdir
        run $image/run tmpfs mode=755,X-mount.mkdir
        lock $image/run/lock tmpfs mode=1777,X-mount.mkdir"
    for name in null zero full random urandom tty; do table+=$'\n'"$devices/$name $image/dev/$name none bind"; done
    for name in sys bus fs irq acpi; do
        [[ ! -d /proc/$name ]] || table+=$'\n'"$image/proc/$name $image/proc/$name none bind,ro"
    done
    for name in sysrq-trigger kcore kmsg; do
        [[ ! -e /proc/$name ]] || table+=$'\n'"$devices/null $image/proc/$name none bind"
    done
}

mount_table() {
    echo "$table" >table
    LIBMOUNT_FORCE_MOUNT2=always mount -n -a -T table
}

# Makes the working folder the root and lets go of the old one, so that no path leads there any more.
leave_host() { # an empty folder below the working folder
    pivot_root . "$1"
    cd /
    hash -r
    umount -l "$1"
}
