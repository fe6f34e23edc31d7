#!/usr/bin/env bash
# Starts the program of this repository with all arguments, after building it when its sources changed.
# Exit code: the program's; 1 when it does not compile; 3 when something is missing that building needs.
set -euo pipefail
unset CDPATH

export IMAGEBUILDER_CALLER=$PWD # paths on the command line are relative to this, all others to the repository
root=${BASH_SOURCE[0]%/*}
[[ $root != "${BASH_SOURCE[0]}" ]] || root=.
cd -- "$root"
root=$PWD

state=$root/.build
stamp=$state/stamp # dotnet, folder of the program, then every input: written last, so that it is only there when all of it is
say() { printf 'build.sh: %s\n' "$*" >&2; }
fail() { say "${@:2}"; exit "$1"; }

# Size, time and name of every input. Whatever happens to one, newer, older or gone, the list is another one.
# The .NET that runs it is one, too: what was compiled for another one does not start.
inputs() {
    local more=() file
    for file in Directory.Build.props Directory.Packages.props global.json nuget.config NuGet.config \
        "${dotnet%/*}"/shared/Microsoft.NETCore.App/*/System.Private.CoreLib.dll; do
        [[ ! -e $file ]] || more+=("$file")
    done
    find build build.sh "${more[@]}" \( -name bin -o -name obj \) -prune -o -type f ! -name '*.md' -printf '%s %T@ %p\n'
}

# True when what was built last is what the sources say now. Sets dotnet and program to what was built last, and sources.
is_current() {
    local built=()
    [[ ! -r $stamp ]] || mapfile -t -n 2 built <"$stamp"
    dotnet=${built[0]-} program=${built[1]-}
    sources=$(inputs)
    [[ -x $dotnet && -r $program/ImageBuilderBuild.dll && $(<"$stamp") == "$dotnet"$'\n'"$program"$'\n'"$sources" ]]
}

# The SDK that global.json asks for: from the path, from an earlier installation, or installed now. Sets dotnet.
find_sdk() {
    local version
    for dotnet in "$(readlink -f "$(command -v dotnet || true)")" "$state/dotnet/dotnet"; do
        [[ ! -x $dotnet ]] || ! "$dotnet" --version >/dev/null 2>&1 || return 0
    done
    version=$(sed -n 's/.*"version": *"\([0-9.]*\)".*/\1/p' global.json)
    say "installing the .NET SDK $version into .build/dotnet …"
    dotnet=$state/dotnet/dotnet
    download https://dot.net/v1/dotnet-install.sh >"$state/dotnet-install.sh" 2>"$state/install.log" &&
        bash "$state/dotnet-install.sh" --version "$version" --install-dir "$state/dotnet" --no-path \
            >>"$state/install.log" 2>&1 &&
        "$dotnet" --version >/dev/null 2>&1 && return 0
    tail -n 3 "$state/install.log" >&2
    fail 3 "the .NET SDK $version is missing and could not be installed. Install it by hand: package dotnet-sdk-${version%.*}" \
        "where the distribution has it, else https://dotnet.microsoft.com/download/dotnet/${version%.*}"
}

download() {
    if command -v curl >/dev/null; then curl -fsSL --retry 2 "$1"
    elif command -v wget >/dev/null; then wget -qO- "$1"
    else echo 'neither curl nor wget is installed' >&2; return 1
    fi
}

# MSBuild believes in times. It would not compile a file that was replaced by one older than the last build,
# and after a build that did not end well (so that there is no stamp) nobody knows what it compiled.
went_back_in_time() {
    local line file
    [[ -e $stamp ]] || return 0
    while IFS= read -r line; do
        file=${line#* * }
        [[ $file -nt $stamp ]] || return 0
    done < <(grep -vxFf "$stamp" <<<"$sources")
    return 1
}

# Compiled ahead of time, and for the .NET that is here, it starts in half the time; that needs one more package, which not every mirror has, and
# a .NET that is the one of this package, which those of some distributions are not.
compile_fast() {
    compile -p:PublishReadyToRun=true -p:PublishForOneRuntime=true ||
        { grep -qE 'NU110[0-9]|NU1301|NETSDK1094' "$log" && compile; } || return
    (ulimit -c 0; "$dotnet" "$state/artifacts/program/ImageBuilderBuild.dll" --version || exit 1) >/dev/null 2>&1 9>&- ||
        { rm -rf "$state/artifacts/obj/Build/release/R2R" && compile -p:PublishReadyToRun=true; }
}

# Leaves its output in the log.
compile() {
    rm -f "$state/compiled"
    DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false \
        "$dotnet" publish build/Build/Build.csproj --configuration Release --artifacts-path "$state/artifacts" --output "$state/artifacts/program" \
        --use-current-runtime --no-self-contained --disable-build-servers -p:UseArtifactsOutput=true -p:RunAnalyzers=false \
        -p:GenerateDocumentationFile=false "$@" -v quiet --nologo 9>&- >"$log" 2>&1 && : >"$state/compiled"
}

build() {
    if ! { mkdir -p "$state/program" && : >>"$state/lock"; } 2>/dev/null; then
        fail 3 "cannot write to $state, where the program is built." \
            "Make it writable for $(id -un), or remove it if it belongs to somebody else"
    fi
    exec 9>"$state/lock"
    if command -v flock >/dev/null && ! flock -n 9; then
        say 'waiting for another build.sh that is building the program …'
        flock 9
    fi
    ! is_current || { exec 9>&-; return 0; }
    local previous=$program

    # The lock must not be inherited by anything that stays, hence 9>&- and no build servers.
    find_sdk 9>&-
    sources=$(inputs)
    local log=$state/build.log old
    say 'building the program …'
    ! went_back_in_time || rm -rf "$state/artifacts/obj"
    rm -f "$stamp"
    compile_fast || true
    [[ -e $state/compiled ]] || {
        grep -E '(^|: )(fatal )?error( |:)' "$log" | sed 's/ \[[^]]*\]$//' | sort -u >&2 || tail -n 20 "$log" >&2
        fail 1 "the program does not compile (whole output: $log)"
    }

    # A copy that nobody writes to: this one may still be running, or just be started, when the next one is built.
    program=$state/program/${EPOCHREALTIME//[.,]/}
    cp -r "$state/artifacts/program" "$program"
    printf '%s\n%s\n%s\n' "$dotnet" "$program" "$sources" >"$stamp.new"
    mv "$stamp.new" "$stamp"
    for old in "$state"/program/*; do
        [[ $old == "$program" || $old == "$previous" ]] || grep -qsF -- "$old/" /proc/[0-9]*/cmdline || rm -rf -- "$old"
    done
    exec 9>&-
}

is_current || build
[[ $dotnet != "$state/dotnet/dotnet" ]] || export PATH=$state/dotnet:$PATH
# So much memory (64 MiB, hexadecimal) is filled before it is cleaned up for the first time: most runs never get there.
export DOTNET_GCgen0size=4000000
exec "$dotnet" "$program/ImageBuilderBuild.dll" "$@"
