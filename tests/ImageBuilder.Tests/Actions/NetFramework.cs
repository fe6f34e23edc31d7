using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace ImageBuilder.Tests.Actions;

/// <summary>What .NET Framework 4.6.2 has, which Windows Server 2016 came with: its public members by name and number of parameters.</summary>
internal sealed class NetFramework
{
    private const int AnyCount = -1;

    private readonly Dictionary<string, HashSet<(string Name, int Parameters)>> _types = [];
    private readonly HashSet<(string Name, int Parameters)> _members = [];

    public NetFramework()
    {
        var folder = typeof(NetFramework).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(a => a.Key == "NetFramework").Value!; // set by the project
        foreach (var name in new[] { "mscorlib.dll", "System.dll", "System.Core.dll" }) Read(Path.Combine(folder, name));
    }

    public bool HasType(string type) => _types.ContainsKey(type);

    /// <summary>True when the type itself has a member of that name that takes so many arguments.</summary>
    public bool Has(string type, string member, int? arguments) =>
        _types.TryGetValue(type, out var members) && Has(members, member == "new" ? ".ctor" : member, arguments);

    /// <summary>True when any type has such a member.</summary>
    public bool HasAnywhere(string member, int? arguments) => Has(_members, member, arguments);

    private static bool Has(HashSet<(string, int)> members, string member, int? arguments) =>
        members.Contains((member, arguments ?? AnyCount));

    private void Read(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var reader = file.GetMetadataReader();
        foreach (var handle in reader.TypeDefinitions)
        {
            var type = reader.GetTypeDefinition(handle);
            if (!type.Attributes.HasFlag(TypeAttributes.Public)) continue;
            var members = _types[$"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}"] = [];
            foreach (var method in type.GetMethods().Select(reader.GetMethodDefinition).Where(m => m.Attributes.HasFlag(MethodAttributes.Public)))
                members.Add((reader.GetString(method.Name), Parameters(reader, method)));
            foreach (var field in type.GetFields().Select(reader.GetFieldDefinition)) members.Add((reader.GetString(field.Name), AnyCount));
            foreach (var property in type.GetProperties().Select(reader.GetPropertyDefinition)) members.Add((reader.GetString(property.Name), AnyCount));
            _members.UnionWith(members);
        }
    }

    private static int Parameters(MetadataReader reader, MethodDefinition method)
    {
        var signature = reader.GetBlobReader(method.Signature);
        var header = signature.ReadSignatureHeader();
        if (header.IsGeneric) signature.ReadCompressedInteger();
        return signature.ReadCompressedInteger();
    }
}
