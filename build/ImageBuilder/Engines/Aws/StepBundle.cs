using System.Globalization;
using System.IO.Compression;
using System.Text;
using ImageBuilder.Model;
using ImageBuilder.Processes;

namespace ImageBuilder.Engines.Aws;

/// <summary>All that a machine gets for one step, as the text of one command: the step's script, its files, and what runs them.</summary>
internal sealed class StepBundle(Shell shell)
{
    private const string Folder = "/var/lib/imagebuilder";
    private const string WindowsFolder = @"$env:ProgramData\imagebuilder";
    private const int LineLength = 4096;

    private readonly StringBuilder _text = new();

    /// <param name="live">All output is handed on as it comes.</param>
    /// <param name="last">The machine keeps nothing of it.</param>
    public void Begin(int limit, long epoch, bool live, bool last)
    {
        if (shell == Shell.PowerShell)
            _text.Append(CultureInfo.InvariantCulture, $"$Work = \"{WindowsFolder}\"; $Limit = {limit}; $Epoch = '{epoch}'; $Live = ${live}; $Last = ${last}\n");
        else
            _text.Append(CultureInfo.InvariantCulture, $"#!/bin/bash\nwork={Folder} limit={limit} epoch={epoch} live={Flag(live)} last={Flag(last)}\n");
        _text.Append(Script("receive"));
    }

    /// <param name="name">Relative to the work folder.</param>
    public void Add(string name, int mode, byte[] content)
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) zip.Write(content);
        var data = Convert.ToBase64String(packed.ToArray());
        if (shell == Shell.PowerShell) _text.Append(CultureInfo.InvariantCulture, $"Receive-File {shell.Quote(name)} '{data}'\n");
        else
        {
            _text.Append(CultureInfo.InvariantCulture, $"receive {Convert.ToString(mode, 8)} {shell.Quote(name)} <<'E'\n");
            for (var at = 0; at < data.Length; at += LineLength) _text.Append(data.AsSpan(at, Math.Min(LineLength, data.Length - at))).Append('\n');
            _text.Append("E\n");
        }
    }

    public string End() => _text.Append(Script("run")).ToString();

    /// <summary>Name of the script in the work folder.</summary>
    public string ScriptName => shell == Shell.PowerShell ? "script.ps1" : "script";

    /// <summary>Fetches a bundle and runs it.</summary>
    public static string Fetching(Shell shell, string address) => shell == Shell.PowerShell
        ? $$"""
            $ErrorActionPreference = 'Stop'; $ProgressPreference = 'SilentlyContinue'
            $file = Join-Path ([System.IO.Path]::GetTempPath()) "imagebuilder-$([Guid]::NewGuid()).ps1"
            Invoke-WebRequest -UseBasicParsing -Uri {{shell.Quote(address)}} -OutFile $file
            & powershell.exe -NoLogo -NoProfile -NonInteractive -ExecutionPolicy Bypass -File $file
            $code = $LASTEXITCODE
            Remove-Item -Force -LiteralPath $file
            exit $code
            """
        : $$"""
            #!/bin/bash
            file=$(mktemp) address={{shell.Quote(address)}}
            curl -fsSL --retry 5 -o "$file" "$address" || wget -qO "$file" "$address" ||
                python3 -c 'import sys, urllib.request; urllib.request.urlretrieve(sys.argv[1], sys.argv[2])' "$address" "$file" ||
                { echo 'imagebuilder: lost the step: there is no curl, wget or python3, or the bucket cannot be reached' >&2; exit 1; }
            bash "$file"
            code=$?
            rm -f "$file"
            exit "$code"
            """;

    /// <summary>Hands back a piece of a file of the work folder, packed: the service gives 24,000 characters of a command's output.</summary>
    /// <param name="from">First byte of the file that is wanted, from 0.</param>
    /// <param name="offset">First byte of the packed rest that is wanted.</param>
    public static string Piece(Shell shell, string name, long from, long offset, int count) => shell == Shell.PowerShell
        ? string.Create(CultureInfo.InvariantCulture, $$"""
            $file = Join-Path "{{WindowsFolder}}" {{shell.Quote(name)}}; $part = "$file.part"
            if ({{offset}} -eq 0) {
                $in = [System.IO.File]::OpenRead($file); $null = $in.Seek({{from}}, 'Begin')
                $zip = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create($part), [System.IO.Compression.CompressionMode]::Compress)
                $in.CopyTo($zip); $zip.Dispose(); $in.Dispose()
            }
            $in = [System.IO.File]::OpenRead($part); $null = $in.Seek({{offset}}, 'Begin')
            $bytes = [byte[]]::new({{count}}); $n = $in.Read($bytes, 0, {{count}}); $in.Dispose()
            [Console]::Out.Write([Convert]::ToBase64String($bytes, 0, $n))
            """)
        : string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/bash
            cd {{Folder}} && file={{shell.Quote(name)}} || exit 1
            if [[ {{offset}} == 0 ]]; then tail -c +{{from + 1}} "$file" | gzip -9nc >"$file.part"; fi
            tail -c +{{offset + 1}} "$file.part" | head -c {{count}} | base64 -w 0
            """);

    /// <summary>Says what another number after each start of the machine is.</summary>
    public static string BootId(Shell shell) => shell == Shell.PowerShell
        ? "(Get-CimInstance Win32_OperatingSystem).LastBootUpTime.ToFileTimeUtc()" : "cat /proc/sys/kernel/random/boot_id";

    public static byte[] Unpack(byte[] packed)
    {
        using var zip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        zip.CopyTo(plain);
        return plain.ToArray();
    }

    private string Script(string name) => EmbeddedScript.Text($"Engines/Aws/{name}{shell.Extension()}");

    private static string Flag(bool value) => value ? "1" : "";
}
