using CsCheck;

namespace ImageBuilder.Tests.Formats;

/// <summary>What a stretch of a generated disk holds.</summary>
internal enum Content { Hole, Zeros, Noise, Text }

internal sealed record Piece(Content Content, int Sectors, int Seed);

/// <summary>A small disk as a list of stretches: holes, written zeros, noise and text in any order and of odd sizes.</summary>
internal sealed record RandomDisk(IReadOnlyList<Piece> Pieces)
{
    private const int Sector = 512;

    // Lengths around the sizes that formats think in: sectors, grains of 64 KiB, blocks of 1 and 2 MiB, tables of 32 MiB.
    private static readonly Gen<int> s_sectors =
        Gen.OneOf(Gen.Int[1, 9], Gen.Int[120, 140], Gen.Int[2040, 2060], Gen.Int[4090, 4100]);

    private static readonly Gen<Piece> s_piece = Gen.Frequency(
        (1, Of(Content.Hole, Gen.Int[65530, 65540])),
        (6, Of(Content.Hole, s_sectors)),
        (4, Of(Content.Zeros, s_sectors)),
        (4, Of(Content.Noise, s_sectors)),
        (4, Of(Content.Text, s_sectors)));

    public static Gen<RandomDisk> Any { get; } = s_piece.List[1, 8].Select(pieces => new RandomDisk(pieces));

    public long Size => Pieces.Sum(p => (long)p.Sectors * Sector);

    /// <summary>Writes the disk as a file.</summary>
    /// <param name="dense">Writes holes as zeros.</param>
    public void WriteTo(string path, bool dense = false)
    {
        using var file = File.Create(path);
        foreach (var piece in Pieces)
        {
            if (piece.Content == Content.Hole && !dense) file.Seek((long)piece.Sectors * Sector, SeekOrigin.Current);
            else file.Write(BytesOf(piece));
        }

        file.SetLength(Size);
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        var at = 0;
        foreach (var piece in Pieces)
        {
            if (piece.Content is Content.Noise or Content.Text) BytesOf(piece).CopyTo(bytes, at);
            at += piece.Sectors * Sector;
        }

        return bytes;
    }

    public override string ToString() => string.Join(' ', Pieces.Select(p => $"{p.Content}:{p.Sectors}"));

    private static Gen<Piece> Of(Content content, Gen<int> sectors) =>
        Gen.Select(sectors, Gen.Int[0, 1000], (length, seed) => new Piece(content, length, seed));

    private static byte[] BytesOf(Piece piece)
    {
        var bytes = new byte[piece.Sectors * Sector];
        if (piece.Content == Content.Noise) new Random(piece.Seed).NextBytes(bytes);
        if (piece.Content == Content.Text)
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = (byte)('a' + ((i / 7 * piece.Seed) % 26));
        return bytes;
    }
}
