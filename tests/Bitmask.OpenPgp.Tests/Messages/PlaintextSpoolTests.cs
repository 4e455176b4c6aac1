namespace Bitmask.OpenPgp.Tests.Messages;

public class PlaintextSpoolTests
{
    private static readonly string Marker = "MARKER" + new string('-', 200);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(524_288)]
    [InlineData(524_289)]
    [InlineData(3_000_001)]
    public void OpenRead_AnyLength_InMemoryAndOnDisk(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            foreach (var place in (string?[])[null, folder.FullName])
            {
                using var spool = new PlaintextSpool(place, memoryOctets: 1024 * 1024);
                foreach (var piece in data.Chunk(10_007))
                {
                    spool.Write(piece);
                }

                Assert.Throws<InvalidOperationException>(spool.OpenRead);
                spool.Complete();

                Assert.Equal(data, spool.ToArray());
                Assert.Equal(data, Copied(spool));
                Assert.Equal((length, place is not null && length > 1536 * 1024), (spool.Length, spool.IsOnDisk));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Write_OnDisk_NothingReadableAndNoName()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            using var spool = new PlaintextSpool(folder.FullName, memoryOctets: 0);
            for (var i = 0; i < 4000; i++)
            {
                spool.Write(System.Text.Encoding.ASCII.GetBytes(Marker));
            }

            Assert.True(spool.IsOnDisk);
            Assert.Empty(folder.EnumerateFiles());
            // The file has no name, but the process still has it open.
            var open = Directory.EnumerateFiles("/proc/self/fd").Where(link => File.ResolveLinkTarget(link, false)?.FullName.StartsWith(folder.FullName, StringComparison.Ordinal) == true).ToList();
            Assert.DoesNotContain("MARKER", System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(Assert.Single(open))));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Clear_NextMessage_OnlyTheNext()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            using var spool = new PlaintextSpool(folder.FullName, memoryOctets: 0);
            foreach (var fill in (byte[])[1, 2])
            {
                spool.Clear();
                spool.Write(Enumerable.Repeat(fill, 1_200_000).ToArray());
                spool.Complete();
            }

            Assert.All(spool.ToArray(), octet => Assert.Equal(2, octet));
            Assert.Equal(1_200_000, spool.Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void CopyTo_AfterAPartWasRead_TheRest()
    {
        using var spool = new PlaintextSpool();
        spool.Write("read, copied"u8);
        spool.Complete();
        using var reader = spool.OpenRead();
        reader.ReadExactly(new byte[6]);
        using var rest = new MemoryStream();

        reader.CopyTo(rest);

        Assert.Equal("copied"u8, rest.ToArray());
        Assert.Equal(0, reader.Read(new byte[1]));
    }

    [Fact]
    public void Clear_PlacesGivenOut_WipedBeforeOthersGetThem()
    {
        var spool = new PlaintextSpool();
        var full = spool.Reserve(PlaintextSpool.RunOctets);
        full.Span.Fill(1);
        spool.Advance(full.Length);
        // Nobody said how much of this one was written: reading broke off.
        var broken = spool.Reserve(PlaintextSpool.RunOctets);
        broken.Span.Fill(2);

        spool.Clear();

        Assert.False(full.Span.ContainsAnyExcept((byte)0));
        Assert.False(broken.Span.ContainsAnyExcept((byte)0));
        spool.Dispose();
    }

    [Fact]
    public void Dispose_OpenReader_NoLongerReads()
    {
        var spool = new PlaintextSpool();
        spool.Write("secret"u8);
        spool.Complete();
        using var reader = spool.OpenRead();

        spool.Dispose();

        Assert.Throws<ObjectDisposedException>(() => reader.ReadByte());
    }

    private static byte[] Copied(PlaintextSpool spool)
    {
        using var reader = spool.OpenRead();
        using var copy = new MemoryStream();
        reader.CopyTo(copy);
        return copy.ToArray();
    }
}
