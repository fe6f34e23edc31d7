using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ImageBuilder.Layers;

/// <summary>The bytes of <c>layer.json</c>: they carry their own digest, so that a record is taken as it was written or not at all.</summary>
internal static class LayerRecord
{
    private const int DigestLength = 64;

    // The first schema, whose layers are not used any more.
    private const string WithoutDigest = "1";

    // What stands behind the digest, which is the record's last value.
    private static ReadOnlySpan<byte> End => "\"\n}"u8;

    public static byte[] Write(Layer layer)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(layer with { Sum = new string('0', DigestLength) }, LayerJson.Default.Layer);
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(SHA256.HashData(bytes))).CopyTo(SumOf(bytes));
        return bytes;
    }

    /// <returns>Null when the record is damaged.</returns>
    public static Layer? Read(byte[] bytes)
    {
        try
        {
            var layer = JsonSerializer.Deserialize(bytes, LayerJson.Default.Layer);
            if (layer is { Schema: WithoutDigest }) return layer;
            if (layer is null || bytes.Length < DigestLength + End.Length) return null;
            var sum = Encoding.ASCII.GetString(SumOf(bytes));
            SumOf(bytes).Fill((byte)'0');
            return Convert.ToHexStringLower(SHA256.HashData(bytes)) == sum ? layer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Digest of what a layer holds and stands on.</summary>
    public static string Id(NewLayer made, string? parent, string manifest)
    {
        var text = new StringBuilder($"layer {made.Key}\0{parent}\0{manifest}\0{made.Status}\0{made.ExitCode}\0{made.Epoch}\0");
        foreach (var (index, outputs) in made.Outputs.Index())
            foreach (var (name, value) in outputs.OrderBy(o => o.Key, StringComparer.Ordinal)) text.Append(index).Append('\0').Append(name).Append('\0').Append(value).Append('\0');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..32];
    }

    private static Span<byte> SumOf(byte[] bytes) => bytes.AsSpan(bytes.Length - End.Length - DigestLength, DigestLength);
}

[JsonSourceGenerationOptions(WriteIndented = true, NewLine = "\n", PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Layer))]
internal sealed partial class LayerJson : JsonSerializerContext;
