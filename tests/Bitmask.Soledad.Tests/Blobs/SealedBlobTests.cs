using System.Security.Cryptography;
using System.Text;
using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Blobs;

public sealed class SealedBlobTests
{
    private const string Name = "000102030405060708090a0b0c0d0e0f";
    private static readonly byte[] Key = SHA256.HashData(Encoding.ASCII.GetBytes("blob key"));

    /// <summary>Made by another implementation (Python, from the text of security.md A5).</summary>
    [Theory]
    [InlineData(0, "", 536, "168b062edbc16d8d135169ef371bd14416715dc0902f2fb17c9ea41520c0044a")]
    [InlineData(1, "", 536, "ad714e72c15ef7a5f46202f90239cfcbb597ddf0382c36593f253e216f532dff")]
    [InlineData(10240, "", 10264, "5d395ea6a79abbb36a6428c5b96a556e4e7a5fab4e7185d6961690294eec64a3")]
    [InlineData(65535, "", 65560, "f246e0c100dd17655d77b518468d4758a7395a1f4480ce6a9da58c4ad3f220e0")]
    [InlineData(65536, "", 65560, "aa4da26079ce7a9ca22a1ce86f36a1846fc5c6abeadcda715582fdd0c2bf736d")]
    [InlineData(65537, "", 67624, "ef196fb0841e5b760c2d2a54383a8de9f1f43f1e5a4e9dd9df59a809b72f1693")]
    [InlineData(300000, "", 303192, "156e9decdbc32d67bb6285ba984d85040ca03e9fbd437e59b18c9b4580e0dc05")]
    [InlineData(10240, "MX", 10264, "e662a8b7392bb35635c9a9a2ae085a507333fce0510f256e38b5a2772dfcb19a")]
    public async Task Seal_FixedKeyAndName_GivesTheSameOctetsAsAnotherImplementation(int size, string ns, int length, string sha256)
    {
        var stored = await SealAsync(BlobHome.Content(size), ns);

        Assert.Equal((length, sha256), (stored.Length, Convert.ToHexStringLower(SHA256.HashData(stored))));
        Assert.Equal(length, SealedBlob.StoredSize(size));
    }

    [Property(MaxTest = 40)]
    public async Task SealThenOpen_AnySize_GivesTheContent(ushort size, byte chunks)
    {
        var content = BlobHome.Content(size + (chunks % 3 * SealedBlob.ChunkOctets));

        Assert.Equal(content, Open(await SealAsync(content), content.Length));
    }

    [Fact]
    public async Task Open_ChunksReorderedCutOrSwapped_AreRefused()
    {
        var content = BlobHome.Content(4 * SealedBlob.ChunkOctets);
        var stored = await SealAsync(content);
        var other = await SealAsync(BlobHome.Content(content.Length, "other"), name: "ff" + Name[2..]);
        using var cipher = SealedBlob.Cipher(Key, Name, "");
        var output = new byte[SealedBlob.ChunkOctets];
        byte[] Chunk(byte[] blob, long n) => blob.AsSpan((int)SealedBlob.ChunkStart(n), SealedBlob.StoredChunkOctets).ToArray();

        Assert.True(cipher.TryOpen(1, false, Chunk(stored, 1), output));
        Assert.False(cipher.TryOpen(1, false, Chunk(stored, 2), output)); // reordered
        Assert.False(cipher.TryOpen(2, true, Chunk(stored, 2), output)); // made the last: the blob was cut
        Assert.False(cipher.TryOpen(3, false, Chunk(stored, 3), output)); // made to go on
        Assert.False(cipher.TryOpen(1, false, Chunk(other, 1), output)); // of another blob
        Assert.False(cipher.TryOpen(1, false, Chunk(stored, 1).AsSpan(..^1), output)); // cut within
        Assert.False(cipher.TryOpen(1, false, [], output));
        Assert.All(output, octet => Assert.Equal(0, octet)); // nothing of a refused chunk is handed on
    }

    [Theory]
    [InlineData("000102030405060708090a0b0c0d0e10", "")]
    [InlineData(Name, "MX")]
    public async Task Open_UnderAnotherNameOrNamespace_IsRefused(string name, string ns)
    {
        var stored = await SealAsync(BlobHome.Content(1000));
        using var cipher = SealedBlob.Cipher(Key, name, ns);

        Assert.False(cipher.TryOpen(0, true, stored.AsSpan(SealedBlob.HeaderOctets), new byte[SealedBlob.ChunkOctets]));
    }

    [Property(MaxTest = 200)]
    public void Layout_AnySize_AddsUpAndHidesTheSize(uint size)
    {
        var chunks = SealedBlob.ChunkCount(size);

        Assert.Equal(SealedBlob.StoredSize(size), SealedBlob.ChunkStart(chunks - 1) + SealedBlob.ChunkLength(size, chunks - 1));
        Assert.True(SealedPadding.PaddedLength((long)size) >= size);
        Assert.True(size <= SealedPadding.LargestFixed || SealedPadding.PaddedLength((long)size) <= size + (size * 12L / 100));
    }

    private static async Task<byte[]> SealAsync(byte[] content, string ns = "", string name = Name)
    {
        using var sealer = new BlobSealer(name, [.. Key], ns);
        using var input = new MemoryStream(content);
        var stored = new byte[SealedBlob.StoredSize(content.Length)];
        SealedBlob.Header.CopyTo(stored);
        var at = SealedBlob.HeaderOctets;
        while (!sealer.IsDone)
        {
            at += await sealer.NextAsync(input, stored.AsMemory(at), default);
        }

        Assert.Equal(stored.Length, at);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), sealer.Finish().Sha256);
        return stored;
    }

    private static byte[] Open(byte[] stored, int size)
    {
        using var cipher = SealedBlob.Cipher(Key, Name, "");
        var content = new byte[SealedBlob.ChunkCount(size) * SealedBlob.ChunkOctets];
        for (var chunk = 0L; chunk < SealedBlob.ChunkCount(size); chunk++)
        {
            var octets = stored.AsSpan((int)SealedBlob.ChunkStart(chunk), SealedBlob.ChunkLength(size, chunk));
            Assert.True(cipher.TryOpen(chunk, chunk == SealedBlob.ChunkCount(size) - 1, octets, content.AsSpan((int)chunk * SealedBlob.ChunkOctets)));
        }

        Assert.All(content[size..], octet => Assert.Equal(0, octet));
        return content[..size];
    }
}
