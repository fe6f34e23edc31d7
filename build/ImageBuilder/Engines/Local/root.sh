# Functions for the roots of sandboxes and containers. Text before others.

# Mounts the chain of layers with a new one on top at mount/image, below a root for process 1 that has nothing but links into the image.
# Runs in a work folder which holds 0, 1, 2 … (the layers below as links, the highest first: short names, because all of them must fit into
# the 4096 bytes that mount(2) takes), none (an empty folder), layer/root (the new layer), overlay (its scratch folder), mount (empty).
mount_layers() { # lower layers (`0:1:2`)
    mount -n -t tmpfs -o mode=755 imagebuilder mount
    mkdir mount/image mount/input
    ln -s image/{bin,sbin,lib,lib64,usr,dev,proc} mount
    # What an earlier run in the same work folder left there says that its mount was volatile, and the kernel refuses to go on from that.
    [[ ! -e overlay/work ]] || { rm -rf overlay && mkdir overlay; }
    LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o "userxattr,volatile,lowerdir=$1,upperdir=layer/root,workdir=overlay" overlay mount/image
    mkdir -p mount/image/{dev,proc,sys,run,tmp}
}

# Mounts what a running system has besides its files into the image in the working folder.
# One call for many mounts: each call costs as much as ten mounts. What of /proc acts on the whole machine is read-only.
mount_system() { # folder of the host's or process 1's devices, scratch file, lines of fstab for /sys and more
    local image=$PWD devices=$1 table=$2 name
    echo "dev $image/dev tmpfs mode=755
        devpts $image/dev/pts devpts newinstance,ptmxmode=666,mode=620,gid=5,X-mount.mkdir
        shm $image/dev/shm tmpfs mode=1777,X-mount.mkdir
        proc $image/proc proc defaults
        run $image/run tmpfs mode=755
        $3" >"$table"
    mount -n -a -T "$table"
    {
        for name in null zero full random urandom tty; do
            : >"dev/$name"
            echo "$devices/$name $image/dev/$name none bind"
        done
        for name in sys bus fs irq acpi; do
            [[ ! -d proc/$name ]] || echo "$image/proc/$name $image/proc/$name none bind,ro"
        done
        for name in sysrq-trigger kcore kmsg; do
            [[ ! -e proc/$name ]] || echo "$devices/null $image/proc/$name none bind"
        done
    } >"$table"
    mount -n -a -T "$table"
    rm "$table"
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ln -s /proc/self/fd/0 dev/stdin
    ln -s /proc/self/fd/1 dev/stdout
    ln -s /proc/self/fd/2 dev/stderr
    mkdir -p run/lock
}

# Makes the working folder the root and lets go of the old one, so that no path leads there any more.
leave_host() { # an empty folder below the working folder
    pivot_root . "$1"
    cd /
    hash -r
    umount -l "$1"
    rmdir "$1"
}
