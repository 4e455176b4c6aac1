using System.Security.Cryptography;
using Bitmask.Protocol.Bonafide;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Bonafide;

public sealed class SrpTests
{
    private static readonly SrpGroup Group = SrpGroup.Rfc5054_3072;

    /// <summary>Numbers of an implementation in another language, written from the definition.</summary>
    [Fact]
    public void Exchange_FixedNumbers_YieldsKnownProofs()
    {
        byte[] salt = [.. Enumerable.Range(0x80, 32).Select(i => (byte)i)];
        const string Password = "correct horse battery staple";
        var verifier = SrpVerifier.Compute(Group, "alice", Password, salt);
        Assert.Equal("17f35b847d9952de13c19041d9ce08abca95b8d2e8b5ed1d603a3424d6e268ba", Hash(verifier));

        var client = new SrpClient(Group, "alice", Password, SrpGroup.Number(SHA256.HashData("a"u8)));
        var server = new SrpServer(Group, "alice", salt, verifier, SrpGroup.Number(SHA256.HashData("b"u8)));
        Assert.Equal("f28bc29b8fadc41d29979b67178a9650940cc724f16e1be9f28e8fccc3595bec", Hash(client.PublicEphemeral));
        Assert.Equal("5ab6338c8ba2d9ed73073e7e483c5c918446002dfe4038a21bc1e23665dc4cd5", Hash(server.PublicEphemeral));

        var m1 = client.Prove(salt, server.PublicEphemeral);
        Assert.Equal("2327c261ae71374e5f00a7c10a369133a0b20f0d5d20092c009ad42142541131", SrpHex.Encode(m1));
        Assert.Equal("48b1e947eee2bab36b915de956a20609c7f826202ebf64a7fcd7947defb63a8e", SrpHex.Encode(client.SessionKey));
        var m2 = server.Prove(client.PublicEphemeral, m1);
        Assert.Equal("b9f5806e0198c741992b3d2e6942a0da8baf44006a5588a6d09d387319888be5", SrpHex.Encode(m2!));
        Assert.True(client.VerifyServer(m2));
    }

    [Fact]
    public void LogIn_WrongPassword_ProvesNothing()
    {
        var salt = SrpVerifier.NewSalt();
        var server = new SrpServer(Group, "alice", salt, SrpVerifier.Compute(Group, "alice", "right", salt));
        var client = new SrpClient(Group, "alice", "wrong");
        Assert.Null(server.Prove(client.PublicEphemeral, client.Prove(salt, server.PublicEphemeral)));
        Assert.False(client.VerifyServer(new byte[32]));
        Assert.False(client.VerifyServer([]));
    }

    [Fact]
    public void Ephemeral_ZeroOrOutOfRange_IsRefused()
    {
        var salt = SrpVerifier.NewSalt();
        var server = new SrpServer(Group, "alice", salt, SrpVerifier.Compute(Group, "alice", "p", salt));
        var n = Group.Pad(Group.Modulus);
        foreach (var bad in (byte[][])[[], [0], new byte[384], n, [1, .. new byte[384]], [.. Enumerable.Repeat((byte)0xFF, 384)]])
        {
            Assert.Throws<SrpProtocolException>(() => SrpServer.CheckClientEphemeral(Group, bad));
            Assert.Throws<SrpProtocolException>(() => server.Prove(bad, new byte[32]));
            Assert.Throws<SrpProtocolException>(() => new SrpClient(Group, "alice", "p").Prove(salt, bad));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("rfc5054-1024")]
    [InlineData("RFC5054-3072")]
    public void Group_UnknownName_IsRefused(string? name) => Assert.Throws<SrpProtocolException>(() => SrpGroup.Find(name));

    [Property(MaxTest = 300)]
    public bool Hex_WriteThenRead_IsIdentity(byte[] bytes)
        => bytes is not { Length: > 0 } || SrpHex.Decode(SrpHex.Encode(bytes).ToUpperInvariant()).AsSpan().SequenceEqual(bytes);

    [Fact]
    public void Hex_OddDigits_MeanAZeroInFront() => Assert.Equal([0x04, 0x01], SrpHex.Decode("401"));

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
