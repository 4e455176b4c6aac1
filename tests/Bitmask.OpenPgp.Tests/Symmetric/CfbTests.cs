using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Symmetric;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Engines;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace Bitmask.OpenPgp.Tests.Symmetric;

public class CfbTests
{
    public static TheoryData<int> All => [.. Enum.GetValues<Cipher>().Select(cipher => (int)cipher)];

    [Theory]
    [MemberData(nameof(All))]
    public void EncryptAndDecrypt_AnyLengthInPieces_AsAnotherLibraryDoes(int number)
    {
        var cipher = (Cipher)number;
        var random = new Random(number);
        var key = Random(random, Ciphers.KeyOctets(cipher));
        foreach (var length in (int[])[0, 1, 7, 8, 15, 16, 17, 64, 1000, 40_000])
        {
            var plain = Random(random, length);
            var start = Random(random, Ciphers.BlockOctets(cipher));
            using var block = BlockCipher.Create(cipher, key);
            using var encryptor = new CfbEncryptor(block, start);
            using var decryptor = new CfbDecryptor(block, start);
            var (cipherText, again) = (new byte[length], new byte[length]);
            // The first piece ends where a block ends, wherever that is.
            var first = length / 2 / block.BlockOctets * block.BlockOctets;

            encryptor.Encrypt(plain.AsSpan(0, first), cipherText);
            encryptor.Encrypt(plain.AsSpan(first), cipherText.AsSpan(first));
            decryptor.Decrypt(cipherText.AsSpan(0, first), again);
            decryptor.Decrypt(cipherText.AsSpan(first), again.AsSpan(first));

            Assert.Equal(Convert.ToHexString(Reference(cipher, key, start, plain)), Convert.ToHexString(cipherText));
            Assert.Equal(plain, again);
        }
    }

    [Theory]
    [InlineData((int)Cipher.Aes128, "2026-12-01", true)]
    [InlineData((int)Cipher.Camellia256, "2026-12-01", true)]
    [InlineData((int)Cipher.Twofish, "2026-12-01", true)]
    [InlineData((int)Cipher.TripleDes, "2023-12-31", true)]
    [InlineData((int)Cipher.TripleDes, "2024-01-01", false)]
    [InlineData((int)Cipher.Cast5, "2026-12-01", false)]
    [InlineData((int)Cipher.Idea, "2026-12-01", false)]
    [InlineData(99, "2026-12-01", false)]
    public void MayRead_ByDate_WhatTheTableSays(int cipher, string date, bool may)
        => Assert.Equal(may, CipherPolicy.MayRead((Cipher)cipher, DateTimeOffset.Parse(date + "Z", System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void MayWrite_AnyCipher_OnlyAes()
        => Assert.Equal([Cipher.Aes128, Cipher.Aes192, Cipher.Aes256], Enum.GetValues<Cipher>().Where(CipherPolicy.MayWrite));

    private static byte[] Reference(Cipher cipher, byte[] key, byte[] start, byte[] plain)
    {
        IBlockCipher engine = cipher switch
        {
            Cipher.Idea => new IdeaEngine(),
            Cipher.TripleDes => new DesEdeEngine(),
            Cipher.Cast5 => new Cast5Engine(),
            Cipher.Blowfish => new BlowfishEngine(),
            Cipher.Twofish => new TwofishEngine(),
            Cipher.Camellia128 or Cipher.Camellia192 or Cipher.Camellia256 => new CamelliaEngine(),
            _ => new AesLightEngine(),
        };
        var cfb = new BufferedBlockCipher(new CfbBlockCipher(engine, 8 * engine.GetBlockSize()));
        cfb.Init(true, new ParametersWithIV(new KeyParameter(key), start));
        var output = new byte[plain.Length];
        var written = cfb.ProcessBytes(plain, 0, plain.Length, output, 0);
        cfb.DoFinal(output, written);
        return output;
    }

    private static byte[] Random(Random random, int count)
    {
        var octets = new byte[count];
        random.NextBytes(octets);
        return octets;
    }
}
