# Last part: runs the script that was received. Its output goes to standard output, and how it ended to standard error, in lines that begin
# with `imagebuilder:`. Exit codes that make the agent of Systems Manager restart the machine never reach it: the program decides that.
$first = 20000 # bytes: of longer output the agent hands back no more than that
$env:IMAGEBUILDER_FILES = "$Work\files"
$env:IMAGEBUILDER_OUTPUTS = "$Work\outputs"
$env:SOURCE_DATE_EPOCH = $Epoch
$output = "$Work\output"
$null = New-Item -ItemType File -Force -Path $output
$start = [System.Diagnostics.ProcessStartInfo]::new('cmd.exe',
    "/d /s /c `"powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$Work\script.ps1`" > `"$output`" 2>&1 < nul`"")
$start.UseShellExecute = $false
$process = [System.Diagnostics.Process]::Start($start)
$watch = [System.Diagnostics.Stopwatch]::StartNew()
$reader = [System.IO.FileStream]::new($output, 'Open', 'Read', 'ReadWrite')
$to = [Console]::OpenStandardOutput()
$buffer = [byte[]]::new(65536)
$sent = 0
$late = 0
do {
    $ended = $process.WaitForExit(200)
    if (-not $ended -and $Limit -gt 0 -and $watch.Elapsed.TotalSeconds -ge $Limit) {
        $late = 1
        $null = taskkill.exe /T /F /PID $process.Id 2>&1
        $ended = $true
    }
    while (($count = $reader.Read($buffer, 0, $buffer.Length)) -gt 0) {
        $part = if ($Live) { $count } else { [Math]::Max(0, [Math]::Min($count, $first - $sent)) }
        $to.Write($buffer, 0, $part)
        $sent += $part
    }
    $to.Flush()
} until ($ended)
$size = $reader.Length
$reader.Dispose()
$process.WaitForExit()
$code = $process.ExitCode

function Write-End([string] $Text) { [Console]::Error.WriteLine("imagebuilder: $Text") }

$room = 5000 # of the 8000 characters that are handed back of standard error
foreach ($file in [System.IO.Directory]::GetFiles("$Work\outputs")) {
    $name = [System.IO.Path]::GetFileName($file)
    if ($name -match '\s') { continue }
    $packed = [System.IO.MemoryStream]::new()
    $zip = [System.IO.Compression.GZipStream]::new($packed, [System.IO.Compression.CompressionMode]::Compress)
    $bytes = [System.IO.File]::ReadAllBytes($file)
    $zip.Write($bytes, 0, $bytes.Length)
    $zip.Dispose()
    $data = [Convert]::ToBase64String($packed.ToArray())
    if ($data.Length -lt $room) { Write-End "value $name $data"; $room -= $data.Length } else { Write-End "more $name" }
}
Write-End "end $code $late $size"
if ($Last) { Set-Location -LiteralPath $env:SystemDrive\; Remove-Item -LiteralPath $Work -Recurse -Force -ErrorAction SilentlyContinue }
if ($code -ne 0 -and $code -ne 3010) { exit 1 }
exit 0
