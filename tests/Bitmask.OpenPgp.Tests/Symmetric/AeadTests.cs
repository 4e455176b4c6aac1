using Bitmask.OpenPgp.Symmetric;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.OpenPgp.Tests.Symmetric;

public class AeadTests
{
    // Around blocks, around the runs that go to the cipher at once, and a few more.
    private static readonly int[] Lengths = [0, 1, 15, 16, 17, 31, 32, 33, 160, 4095, 4096, 32767, 32768, 32769, 65536 + 48, 100_003];

    /// <summary>RFC 7253 appendix A, in the order of that list: how many octets are associated and how many encrypted.</summary>
    public static TheoryData<string, int, int, string> Rfc7253 => new()
    {
        { "BBAA99887766554433221100", 0, 0, "785407BFFFC8AD9EDCC5520AC9111EE6" },
        { "BBAA99887766554433221101", 8, 8, "6820B3657B6F615A5725BDA0D3B4EB3A257C9AF1F8F03009" },
        { "BBAA99887766554433221102", 8, 0, "81017F8203F081277152FADE694A0A00" },
        { "BBAA99887766554433221103", 0, 8, "45DD69F8F5AAE72414054CD1F35D82760B2CD00D2F99BFA9" },
        { "BBAA99887766554433221104", 16, 16, "571D535B60B277188BE5147170A9A22C3AD7A4FF3835B8C5701C1CCEC8FC3358" },
        { "BBAA99887766554433221105", 16, 0, "8CF761B6902EF764462AD86498CA6B97" },
        { "BBAA99887766554433221106", 0, 16, "5CE88EC2E0692706A915C00AEB8B2396F40E1C743F52436BDF06D8FA1ECA343D" },
        { "BBAA99887766554433221107", 24, 24, "1CA2207308C87C010756104D8840CE1952F09673A448A122C92C62241051F57356D7F3C90BB0E07F" },
    };

    public static TheoryData<int, int> Modes => [.. from cipher in (Cipher[])[Cipher.Aes128, Cipher.Aes192, Cipher.Aes256, Cipher.Camellia256, Cipher.Twofish] from mode in (int[])[1, 2, 3] select new TheoryDataRow<int, int>((int)cipher, mode)];

    [Theory]
    [MemberData(nameof(Rfc7253))]
    public void Seal_OcbSamplesOfTheStandard_AsPrinted(string nonce, int associated, int plain, string expected)
    {
        var octets = Enumerable.Range(0, 40).Select(i => (byte)i).ToArray();
        using var ocb = AeadCipher.Create(Cipher.Aes128, AeadAlgorithm.Ocb, octets.AsSpan(0, 16));
        var (sealedOctets, tag) = (new byte[plain], new byte[16]);

        ocb.Seal(Convert.FromHexString(nonce), octets.AsSpan(0, associated), octets.AsSpan(0, plain), sealedOctets, tag);

        Assert.Equal(expected, Convert.ToHexString([.. sealedOctets, .. tag]));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Seal_AnyLength_AsAnotherLibraryDoes(int cipherNumber, int modeNumber)
    {
        var (cipher, mode) = ((Cipher)cipherNumber, (AeadAlgorithm)modeNumber);
        var random = new Random(7);
        var key = Random(random, Ciphers.KeyOctets(cipher));
        using var aead = AeadCipher.Create(cipher, mode, key);
        foreach (var length in Ciphers.IsAes(cipher) ? Lengths : Lengths[..10])
        {
            var (nonce, associated, plain) = (Random(random, AeadCipher.NonceOctets(mode)), Random(random, length % 40), Random(random, length));
            var (sealedOctets, tag, opened) = (new byte[length], new byte[16], new byte[length]);

            aead.Seal(nonce, associated, plain, sealedOctets, tag);

            Assert.Equal(Convert.ToHexString(Reference(cipher, mode, key, nonce, associated, plain)), Convert.ToHexString([.. sealedOctets, .. tag]));
            Assert.True(aead.TryOpen(nonce, associated, sealedOctets, tag, opened));
            Assert.Equal(plain, opened);
        }
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void TryOpen_AnythingChanged_RefusesAndLeavesNothing(int cipherNumber, int modeNumber)
    {
        var (cipher, mode) = ((Cipher)cipherNumber, (AeadAlgorithm)modeNumber);
        var random = new Random(8);
        using var aead = AeadCipher.Create(cipher, mode, Random(random, Ciphers.KeyOctets(cipher)));
        byte[][] parts = [Random(random, AeadCipher.NonceOctets(mode)), Random(random, 5), new byte[50], new byte[16]];
        aead.Seal(parts[0], parts[1], Random(random, 50), parts[2], parts[3]);
        foreach (var part in parts)
        {
            for (var bit = 0; bit < 8 * part.Length; bit += 3)
            {
                part[bit / 8] ^= (byte)(1 << (bit % 8));
                var opened = Random(random, 50);

                Assert.False(aead.TryOpen(parts[0], parts[1], parts[2], parts[3], opened));
                Assert.All(opened, octet => Assert.Equal(0, octet));
                part[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    [Fact]
    public void Seal_InPlace_SameOctets()
    {
        var plain = Random(new Random(9), 70_001);
        foreach (var mode in Enum.GetValues<AeadAlgorithm>())
        {
            using var aead = AeadCipher.Create(Cipher.Aes256, mode, new byte[32]);
            var (nonce, apart, inPlace, tag, tag2) = (new byte[AeadCipher.NonceOctets(mode)], new byte[plain.Length], (byte[])plain.Clone(), new byte[16], new byte[16]);

            aead.Seal(nonce, [], plain, apart, tag);
            aead.Seal(nonce, [], inPlace, inPlace, tag2);

            Assert.Equal(apart, inPlace);
            Assert.Equal(tag, tag2);
            Assert.True(aead.TryOpen(nonce, [], inPlace, tag, inPlace));
            Assert.Equal(plain, inPlace);
        }
    }

    [Theory]
    [InlineData((int)Cipher.TripleDes, 2)]
    [InlineData((int)Cipher.Aes256, 4)]
    [InlineData(99, 1)]
    public void Create_CipherThatDoesNotFit_Refused(int cipher, int mode)
        => Assert.Throws<ArgumentException>(() => AeadCipher.Create((Cipher)cipher, (AeadAlgorithm)mode, new byte[24]));

    private static byte[] Reference(Cipher cipher, AeadAlgorithm mode, byte[] key, byte[] nonce, byte[] associated, byte[] plain)
    {
        IBlockCipher Engine() => cipher switch { Cipher.Twofish => new TwofishEngine(), Cipher.Camellia256 => new CamelliaEngine(), _ => new AesLightEngine() };
        IAeadCipher aead = mode switch
        {
            AeadAlgorithm.Eax => new EaxBlockCipher(Engine()),
            AeadAlgorithm.Ocb => new OcbBlockCipher(Engine(), Engine()),
            _ => new GcmBlockCipher(Engine()),
        };
        aead.Init(true, new AeadParameters(new KeyParameter(key), 128, nonce, associated));
        var output = new byte[plain.Length + 16];
        aead.DoFinal(output, aead.ProcessBytes(plain, 0, plain.Length, output, 0));
        return output;
    }

    private static byte[] Random(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }
}
