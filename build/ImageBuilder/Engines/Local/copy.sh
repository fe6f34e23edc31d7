# Copies the tree $ROOT into the empty folder $LAYER, in two parts side by side where no file has names in both: ext4 takes most of its time
# for making files, and one process makes them one after another.
apart() {
    find "$ROOT" -xdev -type f -links +1 -printf '%i %P\n' | awk '
        { part = $2 ~ /^usr\/share\// ? 1 : $2 ~ /^usr\// ? 2 : 3 }
        $1 in seen && seen[$1] != part { exit 1 }
        { seen[$1] = part }'
}

if [[ -d $ROOT/usr/share ]] && apart; then
    mkdir "$LAYER/usr"
    cp --archive -t "$LAYER/usr" "$ROOT/usr/share" &
    find "$ROOT/usr" -mindepth 1 -maxdepth 1 ! -name share -exec cp --archive -t "$LAYER/usr" {} +
    find "$ROOT" -mindepth 1 -maxdepth 1 ! -name usr -exec cp --archive -t "$LAYER" {} +
    wait $!
    for folder in usr .; do
        chown --reference="$ROOT/$folder" "$LAYER/$folder"
        chmod --reference="$ROOT/$folder" "$LAYER/$folder"
        touch --reference="$ROOT/$folder" "$LAYER/$folder"
    done
else
    cp --archive "$ROOT/." "$LAYER"
fi
