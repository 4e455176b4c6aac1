using System.Text;
using Bitmask.Protocol.KeyDirectory;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.KeyDirectory;

public sealed class NicknymReplyTests
{
    [Fact]
    public void WriteThenParse_IsIdentity()
    {
        var reply = new NicknymReply { Address = "a@b.test", OpenPgp = "-----BEGIN…", Source = "wkd" };
        Assert.True(NicknymReply.TryParse(reply.ToBytes(), out var back));
        Assert.Equal(reply, back);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("""{"address":"a@b.test"}""")]
    [InlineData("""{"address":"a@b.test","openpgp":null}""")]
    public void TryParse_NoKey_IsFalse(string json) => Assert.False(NicknymReply.TryParse(Encoding.UTF8.GetBytes(json), out _));

    [Property(MaxTest = 200)]
    public bool TryParse_HostileOctets_NeverThrows(byte[] noise) => NicknymReply.TryParse(noise, out _) || true;
}
