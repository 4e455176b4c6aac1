using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Passphrases;

namespace Bitmask.OpenPgp.Tests.Passphrases;

public class StringToKeyTests
{
    [Theory]
    [InlineData("0308a5ae579d1fc5d82bff", "154967e590aa1f923e1c0ac64c88f23d")] // RFC 9580 appendix A.9.2
    [InlineData("030856a298d2f5e36453ff", "e80de243a362d93b9dc607ede96a7356")] // A.10.2
    [InlineData("0308e9d39785b2070008ff", "250281715bba7828ef71ef64c4784753")] // A.11.2
    public void Derive_SamplesOfTheStandard_AsPrinted(string specifier, string key)
        => Assert.Equal(key, Derive(specifier, "password"u8, key.Length / 2));

    // Digests of "test" as another program computes them.
    [Theory]
    [InlineData("0008", 32, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    [InlineData("0002", 16, "a94a8fe5ccb19ba61c4c0873d391e987")]
    public void Derive_Simple_IsOneHash(string specifier, int octets, string key)
        => Assert.Equal(key, Derive(specifier, "test"u8, octets));

    [Fact]
    public void Derive_LongerThanTheDigest_GoesOnWithAZeroInFront()
    {
        var salted = "0108" + "0102030405060708";

        var (key, first) = (Derive(salted, "pass"u8, 44), Derive(salted, "pass"u8, 32));

        byte[] second = System.Security.Cryptography.SHA256.HashData([0, 1, 2, 3, 4, 5, 6, 7, 8, .. "pass"u8]);
        Assert.Equal(first + Convert.ToHexStringLower(second)[..24], key);
    }

    [Fact]
    public void Derive_CountBelowOneRound_HashesAllOnce()
    {
        var passphrase = new byte[3000];
        byte[] salt = [1, 2, 3, 4, 5, 6, 7, 8];

        var key = Derive("0308" + Convert.ToHexString(salt) + "00", passphrase, 32);

        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData([.. salt, .. passphrase])), key);
    }

    [Fact]
    public void Derive_Argon2_DependsOnEverySetting()
    {
        var salt = string.Concat(Enumerable.Repeat("5a", 16));
        string[] specifiers = ["04" + salt + "010106", "04" + salt + "020106", "04" + salt + "010206", "04" + salt + "010107", "04" + salt.Replace("5a", "5b", StringComparison.Ordinal) + "010106"];

        var keys = specifiers.Select(specifier => Derive(specifier, "password"u8, 16)).ToList();

        Assert.Equal(keys.Count, keys.Distinct().Count());
        Assert.NotEqual(keys[0], Derive(specifiers[0], "passwore"u8, 16));
    }

    [Theory]
    [InlineData("04000102030405060708090a0b0c0d0e0f000106")] // no pass
    [InlineData("04000102030405060708090a0b0c0d0e0f010006")] // no lane
    [InlineData("04000102030405060708090a0b0c0d0e0f01ff06")] // less memory than the lanes need
    [InlineData("04000102030405060708090a0b0c0d0e0f010116")] // 4 GiB
    [InlineData("04000102030405060708090a0b0c0d0e0fff0115")] // 2 GiB, 255 times
    [InlineData("0401")]
    [InlineData("03080102")]
    [InlineData("0201")]
    [InlineData("0363a5ae579d1fc5d82bff")] // a hash that is not known
    [InlineData("6500474e5501")]
    public void Derive_HostileOrUnknown_RefusedWithoutWork(string specifier)
        => Assert.Throws<OpenPgpFormatException>(() => Derive(specifier, "x"u8, 16));

    [Fact]
    public void Derive_ManyFromOneMessage_TheBudgetEnds()
    {
        var budget = new StringToKeyBudget(hashedOctets: 3 * 65_011_712);
        var reader = new OctetReader(Convert.FromHexString("0308a5ae579d1fc5d82bff"));
        var dear = StringToKey.Read(ref reader);
        for (var i = 0; i < 3; i++)
        {
            dear.Derive("x"u8, 16, budget).Dispose();
        }

        Assert.Throws<OpenPgpFormatException>(() => dear.Derive("x"u8, 16, budget));
    }

    [Fact]
    public void Write_NewOnes_ReadBackEqualAndAreNotWeak()
    {
        foreach (var made in (StringToKey[])[StringToKey.NewArgon2(), StringToKey.NewIterated()])
        {
            using var writer = new OctetWriter();
            made.Write(writer);
            var reader = new OctetReader(writer.Written);
            using var again = new OctetWriter();
            StringToKey.Read(ref reader).Write(again);

            Assert.Equal(writer.ToArray(), again.ToArray());
            Assert.Equal(0, reader.Remaining);
            Assert.False(made.IsWeak);
        }
    }

    [Fact]
    public void Write_KindsThatMakeGuessingCheap_Refused()
    {
        using var writer = new OctetWriter();

        Assert.All((StringToKey[])[new StringToKey.Simple(HashId.Sha256), new StringToKey.Salted(HashId.Sha256, new byte[8])], weak =>
        {
            Assert.True(weak.IsWeak);
            Assert.Throws<NotSupportedException>(() => weak.Write(writer));
        });
    }

    private static string Derive(string specifier, ReadOnlySpan<byte> passphrase, int octets)
    {
        var reader = new OctetReader(Convert.FromHexString(specifier));
        using var key = StringToKey.Read(ref reader).Derive(passphrase, octets, new StringToKeyBudget());
        return Convert.ToHexStringLower(key.Span);
    }
}
