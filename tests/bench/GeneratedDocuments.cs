using System.Globalization;

namespace Bench;

/// <summary>Component documents that use every action module, for measuring how long reading and checking them takes.</summary>
internal static class GeneratedDocuments
{
    private const int StepsEach = 10;

    private const string Commands = "inputs: { commands: [\"echo '{{ Text }}'\", \"if true; then echo \\\"$(date)\\\"; fi\"] }";

    // Action, and what else its step says. Those of Windows stand in documents of their own.
    private static readonly string[] s_linux =
    [
        "Assert, inputs: { and: [{ fileExists: /etc/passwd }, { not: { stringEquals: '{{ Text }}', value: b } }] }",
        $"ExecuteBash, {Commands}",
        "ExecuteBinary, inputs: { path: /bin/echo, arguments: ['{{ Text }}', b] }",
        "ExecuteDocument, inputs: { document: inner.yml, parameters: [{ name: Text, value: '{{ Text }}' }] }",
        "S3Download, inputs: [{ source: s3://bucket/key, destination: /tmp/a }]",
        "S3Upload, inputs: [{ source: /tmp/a, destination: s3://bucket/key }]",
        "WebDownload, inputs: [{ source: https://localhost/a, destination: /tmp/a, algorithm: SHA256, checksum: "
            + "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 }]",
        "AppendFile, inputs: [{ path: /etc/motd, content: '{{ Text }}' }]",
        "CopyFile, inputs: [{ source: /etc/motd, destination: '/tmp/{{ Text }}' }]",
        "CopyFolder, inputs: [{ source: /etc/default, destination: /tmp/default }]",
        "CreateFile, loop: { forEach: [a, b] }, inputs: [{ path: '/tmp/{{ loop.value }}', content: '{{ Text }}', permissions: '0644' }]",
        "CreateFolder, inputs: [{ path: /srv/a, owner: root, permissions: '0755' }]",
        "CreateSymlink, inputs: [{ path: /srv/b, target: /srv/a }]",
        "DeleteFile, inputs: [{ path: /tmp/a }]",
        "DeleteFolder, inputs: [{ path: /srv/a, force: true }]",
        "ListFiles, inputs: [{ path: /etc, fileNamePattern: '*.conf' }]",
        "MoveFile, inputs: [{ source: /tmp/a, destination: /tmp/b }]",
        "MoveFolder, inputs: [{ source: /srv/a, destination: /srv/b }]",
        "ReadFile, if: { fileExists: /etc/motd }, inputs: [{ path: /etc/motd }]",
        "SetFileEncoding, inputs: [{ path: /etc/motd, encoding: utf-8 }]",
        "SetFileOwner, inputs: [{ path: /etc/motd, owner: root }]",
        "SetFolderOwner, inputs: [{ path: /srv, owner: root }]",
        "SetFilePermissions, inputs: [{ path: /etc/motd, permissions: '0644' }]",
        "SetFolderPermissions, inputs: [{ path: /srv, permissions: '0755' }]",
        "Reboot",
        "UpdateOS, inputs: { exclude: [a] }",
    ];

    private static readonly string[] s_windows =
    [
        $"ExecutePowerShell, {Commands}",
        "InstallMSI, inputs: { path: 'C:\\a.msi' }",
        "UninstallMSI, inputs: { path: 'C:\\a.msi' }",
        "SetRegistry, inputs: [{ path: 'HKLM:\\SOFTWARE\\A', name: a, value: '{{ Text }}', type: SZ }]",
        "CreateFile, inputs: [{ path: 'C:\\a', content: '{{ Text }}' }]",
    ];

    /// <summary>Writes documents, one in ten for Windows.</summary>
    public static void Write(string folder, int count)
    {
        Directory.CreateDirectory(folder);
        for (var i = 0; i < count; i++)
            File.WriteAllText(Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"document-{i:0000}.yml")), Text(i, i % 10 == 9 ? s_windows : s_linux));
        // Not a document by itself: what the others run.
        File.WriteAllText(Path.Combine(folder, "inner.yml"), Text(1, [s_linux[1]]));
    }

    private static string Text(int number, string[] actions)
    {
        var steps = Enumerable.Range(0, StepsEach).Select(i => $"      - {{ name: Step{i}, action: {actions[((number * StepsEach) + i) % actions.Length]} }}\n");
        return $$"""
            schemaVersion: 1.0
            name: generated-{{number}}
            parameters:
              - Text: { type: string, default: "value {{number}}" }
            phases:
              - name: build
                steps:

            """ + string.Concat(steps);
    }
}
