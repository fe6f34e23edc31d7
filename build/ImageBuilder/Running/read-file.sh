# Hands parts of a file out, each as an output in base64. Text before it sets file, first and count.
# shellcheck disable=SC2154 # see above
set -eo pipefail
for ((part = 0; part < count; part++)); do
    dd if="$file" bs=786432 skip="$((first + part))" count=1 iflag=fullblock status=none | base64 -w 0 \
        > "$IMAGEBUILDER_OUTPUTS/0.$(printf %04d "$part")"
done
