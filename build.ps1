#!/usr/bin/env pwsh
#Requires -Version 7.3
# Starts the program of this repository with all arguments, after building it when its sources changed: build.sh for PowerShell.
# Exit code: the program's; 1 when it does not compile; 3 when something is missing that building needs.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $false

$root = $PSScriptRoot
$state = Join-Path $root '.build' 'powershell'
$stamp = Join-Path $state 'stamp' # dotnet, folder of the program, then every input: written last
$utf8 = [Text.UTF8Encoding]::new($false)

function Write-Said([string] $text) { [Console]::Error.WriteLine("build.ps1: $text") }

function Stop-Missing([string] $text) { throw [PlatformNotSupportedException]::new($text) } # ends with exit code 3

# Runs a program with these words and no others: of what is not quoted, PowerShell makes names of files (*, ?, [ and ~).
function New-Call([string[]] $words) {
    $quoted = $words | ForEach-Object { "'" + [Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($_) + "'" }
    [scriptblock]::Create('& ' + ($quoted -join ' '))
}

# The arguments as they were given: a,b has become an array, and `pwsh -File` cuts --mirror=http://… at the colon.
function Get-Given([object[]] $read) {
    $words = @($read | ForEach-Object { $_ -join ',' })
    $line = [Environment]::GetCommandLineArgs()
    $script = [Array]::FindIndex($line, [Predicate[string]] { param($word) $word -and [IO.Path]::GetFullPath($word) -eq $PSCommandPath })
    $given = @($line | Select-Object -Skip ($script + 1))
    if ($script -ge 0 -and (-join $given).Replace(':', '') -ceq (-join $words).Replace(':', '')) { $given } else { $words }
}

# Size, time and name of every input. Whatever happens to one, newer, older or gone, the list is another one.
function Get-Inputs {
    $options = [IO.EnumerationOptions]@{ RecurseSubdirectories = $true; AttributesToSkip = 0 }
    $files = @([IO.DirectoryInfo]::new((Join-Path $root 'build')).EnumerateFiles('*', $options))
    $files += 'Directory.Build.props', 'Directory.Packages.props', 'global.json', 'nuget.config', 'NuGet.config', 'build.ps1' |
        ForEach-Object { [IO.FileInfo]::new((Join-Path $root $_)) } | Where-Object Exists
    foreach ($file in $files) {
        $name = [IO.Path]::GetRelativePath($root, $file.FullName)
        if ($name -notmatch '[\\/](bin|obj)[\\/]|\.md$') { '{0} {1} {2}' -f $file.Length, $file.LastWriteTimeUtc.Ticks, $name }
    }
}

# What was built last when that is what the sources say now, else nothing.
function Get-Current([string[]] $sources) {
    if (-not (Test-Path -LiteralPath $stamp)) { return }
    $lines = [IO.File]::ReadAllLines($stamp)
    if ($lines.Length -lt 2 -or (($lines | Select-Object -Skip 2) -join "`n") -cne ($sources -join "`n")) { return }
    $built = @{ Dotnet = $lines[0]; Program = $lines[1] }
    $there = @($built.Dotnet, (Join-Path $built.Program 'ImageBuilderBuild.dll')) | Where-Object { Test-Path -LiteralPath $_ }
    if (@($there).Count -eq 2) { $built }
}

# The SDK that global.json asks for: from the path, from an earlier installation, or installed now.
function Get-Dotnet {
    if ($IsWindows) { $names = 'dotnet.exe', 'dotnet-install.ps1' } else { $names = 'dotnet', 'dotnet-install.sh' }
    $own = Join-Path $state 'dotnet' $names[0]
    $onPath = Get-Command dotnet -CommandType Application -ErrorAction Ignore | Select-Object -First 1 -ExpandProperty Source
    foreach ($dotnet in @($onPath, $own)) {
        if (-not $dotnet -or -not (Test-Path -LiteralPath $dotnet)) { continue }
        & $dotnet --version *> $null
        if ($LASTEXITCODE -eq 0) { return $dotnet }
    }

    $version = (Get-Content -Raw -LiteralPath (Join-Path $root 'global.json') | ConvertFrom-Json).sdk.version
    Write-Said "installing the .NET SDK $version into .build …"
    try {
        $script = Join-Path $state $names[1]
        $log = Join-Path $state 'install.log'
        Invoke-WebRequest ('https://dot.net/v1/' + $names[1]) -OutFile $script
        $folder = Join-Path $state 'dotnet'
        $install = { & $script -Version $version -InstallDir $folder -NoPath }
        if (-not $IsWindows) { $install = New-Call 'bash', $script, '--version', $version, '--install-dir', $folder, '--no-path' }
        & $install *>&1 | Out-File -LiteralPath $log
        & $own --version *> $null
        if ($LASTEXITCODE -eq 0) { return $own }
    }
    catch { Write-Said $_.Exception.Message }

    $release = $version -replace '\.\d+$'
    Stop-Missing ("the .NET SDK $version is missing and could not be installed. " +
        "Install it by hand: https://dotnet.microsoft.com/download/dotnet/$release")
}

function Lock-State {
    $taken = 0x80070020, 11, 35 # what "somebody else has opened it" is called on Windows, Linux and macOS
    for ($told = $false; ; $told = $true) {
        try {
            $null = [IO.Directory]::CreateDirectory((Join-Path $state 'program'))
            return [IO.File]::Open((Join-Path $state 'lock'), 'OpenOrCreate', 'ReadWrite', 'None')
        }
        catch {
            $reason = $_.Exception.GetBaseException()
            if ($reason.HResult -notin $taken) { Stop-Missing "cannot write to $state, where the program is built: $($reason.Message)" }
            if (-not $told) { Write-Said 'waiting for another build.ps1 that is building the program …' }
            Start-Sleep -Milliseconds 200
        }
    }
}

# MSBuild believes in times: what was replaced by something older than the last build would not be compiled.
# After a build that did not end well there is no stamp, and nobody knows what it compiled.
function Test-WentBack([string[]] $sources) {
    if (-not (Test-Path -LiteralPath $stamp)) { return $true }
    $known = [Collections.Generic.HashSet[string]]::new([IO.File]::ReadAllLines($stamp))
    $built = [IO.File]::GetLastWriteTimeUtc($stamp).Ticks
    [bool]@($sources | Where-Object { -not $known.Contains($_) -and [long]$_.Split(' ')[1] -le $built })
}

function Build-Program {
    $lock = Lock-State
    try {
        $sources = @(Get-Inputs)
        $current = Get-Current $sources
        if ($current) { return $current }
        $dotnet = Get-Dotnet
        Write-Said 'building the program …'
        $arguments = @('build', (Join-Path 'build' 'Build' 'Build.csproj'), '--configuration', 'Release', '--artifacts-path',
            (Join-Path $state 'artifacts'), '--disable-build-servers', '-p:UseArtifactsOutput=true', '-p:RunAnalyzers=false',
            '-p:GenerateDocumentationFile=false', '-v', 'quiet', '--nologo')
        if (Test-WentBack $sources) { $arguments += '--no-incremental' }
        Remove-Item -LiteralPath $stamp -Force -ErrorAction Ignore
        $output = @(& (New-Call (@($dotnet) + $arguments)) 2>&1 | ForEach-Object { "$_" })
        if ($LASTEXITCODE -ne 0) {
            $errors = @($output -match '(^|: )(fatal )?error( |:)' -replace ' \[[^\]]*\]$' | Sort-Object -Unique)
            if (-not $errors) { $errors = $output | Select-Object -Last 20 }
            $errors | ForEach-Object { [Console]::Error.WriteLine($_) }
            throw 'the program does not compile'
        }

        # A copy that nobody writes to: this one may still be running when the next one is built.
        $program = Join-Path $state 'program' ([DateTime]::UtcNow.Ticks)
        Copy-Item -Recurse -LiteralPath (Join-Path $state 'artifacts' 'bin' 'Build' 'release') -Destination $program
        [IO.File]::WriteAllLines("$stamp.new", [string[]](@($dotnet, $program) + $sources), $utf8)
        [IO.File]::Move("$stamp.new", $stamp, $true)
        $old = Get-ChildItem -Directory -LiteralPath (Join-Path $state 'program') | Sort-Object Name -Descending
        $old | Select-Object -Skip 3 | Remove-Item -Recurse -Force -ErrorAction Ignore # Windows refuses while one is running.
        @{ Dotnet = $dotnet; Program = $program }
    }
    finally { $lock.Dispose() }
}

$saved = @{ Caller = $env:IMAGEBUILDER_CALLER; Path = $env:PATH }
$caller = $PWD.ProviderPath
Push-Location -LiteralPath $root
try {
    $built = Get-Current @(Get-Inputs)
    if (-not $built) { $built = Build-Program }
    $env:IMAGEBUILDER_CALLER = $caller
    if ($built.Dotnet.StartsWith($state)) { $env:PATH = (Split-Path $built.Dotnet) + [IO.Path]::PathSeparator + $env:PATH }
    & (New-Call (@($built.Dotnet, (Join-Path $built.Program 'ImageBuilderBuild.dll')) + @(Get-Given $args)))
    exit $LASTEXITCODE
}
catch [PlatformNotSupportedException] { Write-Said $_.Exception.Message; exit 3 }
catch { Write-Said $_.Exception.Message; exit 1 }
finally {
    Pop-Location
    $env:IMAGEBUILDER_CALLER = $saved.Caller
    $env:PATH = $saved.Path
}
