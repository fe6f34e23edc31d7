# First part of what a machine gets for a step: where its script and files go. Text before it sets $Work, $Limit, $Epoch, $Live and $Last.
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
if (Test-Path -LiteralPath $Work) { Remove-Item -LiteralPath $Work -Recurse -Force }
$null = New-Item -ItemType Directory -Force -Path "$Work\files", "$Work\outputs"

function Receive-File([string] $Name, [string] $Data) {
    $path = "$Work\$Name"
    $null = New-Item -ItemType Directory -Force -Path ([System.IO.Path]::GetDirectoryName($path))
    $packed = [System.IO.Compression.GZipStream]::new([System.IO.MemoryStream]::new([Convert]::FromBase64String($Data)), [System.IO.Compression.CompressionMode]::Decompress)
    $file = [System.IO.File]::Create($path)
    try { $packed.CopyTo($file) } finally { $file.Dispose(); $packed.Dispose() }
}
