# The engine's last step on a Windows build instance: generalizes it. The machine shuts down a little later, by itself.
$ErrorActionPreference = 'Stop'
$v2 = "$env:ProgramFiles\Amazon\EC2Launch\EC2Launch.exe"
$v1 = "$env:ProgramData\Amazon\EC2-Windows\Launch\Scripts"
if (Test-Path -LiteralPath $v2) { $command = "`"$v2`" sysprep --clean=true --shutdown=true" }
elseif (Test-Path -LiteralPath "$v1\SysprepInstance.ps1") {
    & "$v1\InitializeInstance.ps1" -Schedule
    $command = "powershell.exe -NoProfile -ExecutionPolicy Bypass -File `"$v1\SysprepInstance.ps1`""
}
else { throw 'Neither EC2Launch v2 nor EC2Launch is installed: the image would not start as a new machine.' }
Remove-Item -Force -ErrorAction SilentlyContinue -Path "$env:SystemDrive\Users\*\AppData\Roaming\Microsoft\Windows\PowerShell\PSReadLine\*"
# A process that the agent does not know of: it must outlive this command, whose answer has to arrive before.
$made = Invoke-CimMethod -ClassName Win32_Process -MethodName Create -Arguments @{ CommandLine = "cmd.exe /d /c timeout /t 15 /nobreak >nul & $command" }
if ($made.ReturnValue -ne 0) { throw "Sysprep could not be started: $($made.ReturnValue)." }
