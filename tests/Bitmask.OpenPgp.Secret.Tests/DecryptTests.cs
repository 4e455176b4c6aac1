using System.IO.Compression;
using System.Text;
using Bitmask.OpenPgp.Packets;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Secret.Tests;

public class DecryptTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Only for Bob.\r\n");

    [Fact]
    public void EncryptAndSign_RoundTrip_SameBytesAndGoodSignature()
    {
        var message = MessageSigner.EncryptAndSign(Text, [People.Bob.Certificate], People.Alice, People.Now);

        var opened = Assert.IsType<DecryptionResult.Opened>(
            MessageDecryptor.Decrypt(message, [People.Bob], [People.Alice.Certificate], People.Now.AddHours(1)));

        Assert.Equal(Text, opened.Data);
        var signature = Assert.Single(opened.Signatures);
        Assert.Equal((SignatureStatus.Good, People.Alice.Fingerprint, "SHA512"), (signature.Status, signature.Signer!.Value, signature.HashAlgorithm));
        Assert.Equal(People.Now, signature.Created);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(opened.Data, signature.Packet, [People.Alice.Certificate], People.Now).Status);
        Assert.StartsWith("-----BEGIN PGP MESSAGE-----\n\n", Encoding.ASCII.GetString(message));
    }

    [Fact]
    public void Decrypt_OtherKey_NoKeyWithTheNamedOnes()
    {
        var message = MessageEncryptor.Encrypt(Text, [People.Bob.Certificate], People.Now);

        var answer = Assert.IsType<DecryptionResult.NoKey>(MessageDecryptor.Decrypt(message, [People.Alice, People.Mallory], [], People.Now));

        Assert.Equal([People.Bob.Certificate.EncryptionSubkeysAt(People.Now)[0].KeyId], answer.RecipientKeyIds);
    }

    [Fact]
    public void Decrypt_AnyOctetOfTheDataChanged_Damaged()
    {
        var message = MessageSigner.EncryptAndSign(Text, [People.Bob.Certificate], People.Alice, People.Now, armor: false);
        var sessionKeyOctets = PacketReader.ReadAll(message, 9)[0].Body.Length + 2;

        for (var i = sessionKeyOctets + 3; i < message.Length; i++)
        {
            var changed = (byte[])message.Clone();
            changed[i] ^= 0x01;
            Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(changed, [People.Bob], [People.Alice.Certificate], People.Now));
        }
    }

    [Fact]
    public void Decrypt_SessionKeyChanged_Damaged()
    {
        var message = MessageEncryptor.Encrypt(Text, [People.Bob.Certificate], People.Now, armor: false);
        message[60] ^= 0x01;

        Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now));
    }

    [Fact]
    public void Decrypt_CutShort_Damaged()
    {
        var message = MessageEncryptor.Encrypt(Text, [People.Bob.Certificate], People.Now, armor: false);

        for (var length = 0; length < message.Length; length++)
        {
            Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(message.AsSpan(0, length), [People.Bob], [], People.Now));
        }
    }

    [Fact]
    public void Decrypt_NoIntegrityProtection_Damaged()
    {
        using var writer = new OctetWriter();
        writer.Octets(MessageEncryptor.Encrypt(Text, [People.Bob.Certificate], People.Now, armor: false)).ToArray();
        var sessionKey = PacketReader.ReadAll(writer.ToArray(), 9)[0];
        using var legacy = new OctetWriter();
        legacy.Packet(sessionKey.Tag, sessionKey.Body.Span).Packet(PacketTag.SymmetricallyEncrypted, new byte[64]);

        var answer = Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(legacy.Written, [People.Bob], [], People.Now));

        Assert.Contains("no protection", answer.Reason);
    }

    [Fact]
    public void Decrypt_SignerUnknown_OpenedWithUnknownKey()
    {
        var message = MessageSigner.EncryptAndSign(Text, [People.Bob.Certificate], People.Alice, People.Now);

        var opened = Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [People.Bob], [People.Mallory.Certificate], People.Now));

        Assert.Equal((SignatureStatus.UnknownKey, People.Alice.Certificate.KeyId), (opened.Signatures[0].Status, opened.Signatures[0].KeyId));
    }

    [Fact]
    public void Decrypt_CompressionBomb_Damaged()
    {
        var bomb = Compressed(new byte[64 * 1024 * 1024], times: 1);
        var message = MessageEncryptor.Encrypt(bomb, [], [], [People.Bob.Certificate], People.Now, armor: false);

        Assert.Contains("larger", Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now)).Reason);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    public void Decrypt_NestedCompression_OnlyToTheLimit(int times, bool opens)
    {
        var message = MessageEncryptor.Encrypt(Compressed(Text, times), [], [], [People.Bob.Certificate], People.Now, armor: false);

        Assert.Equal(opens, MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now) is DecryptionResult.Opened);
    }

    [Fact]
    public void Decrypt_TwoLiterals_Damaged()
    {
        var literal = Literal(Text);
        var message = MessageEncryptor.Encrypt([.. literal, .. literal], [], [], [People.Bob.Certificate], People.Now, armor: false);

        Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-----BEGIN PGP MESSAGE-----")]
    [InlineData("-----BEGIN PGP MESSAGE-----\n\n!!!!\n-----END PGP MESSAGE-----")]
    public void Decrypt_NotAMessage_Damaged(string text)
        => Assert.IsType<DecryptionResult.Damaged>(MessageDecryptor.Decrypt(Encoding.ASCII.GetBytes(text), [People.Bob], [], People.Now));

    [Property(MaxTest = 200)]
    public void Decrypt_AnyBytes_NeverThrows(byte[] bytes, byte tag)
    {
        _ = MessageDecryptor.Decrypt(bytes, [People.Bob], [People.Alice.Certificate], People.Now);
        byte[] packet = [(byte)(0xC0 | tag), .. bytes];
        _ = MessageDecryptor.Decrypt(packet, [People.Bob], [People.Alice.Certificate], People.Now);
        var inside = MessageEncryptor.Encrypt(packet, [], [], [People.Bob.Certificate], People.Now, armor: false);
        _ = MessageDecryptor.Decrypt(inside, [People.Bob], [People.Alice.Certificate], People.Now);
    }

    [Property(MaxTest = 100)]
    public bool Decrypt_WhatWasEncrypted_IsTheSame(byte[] data, bool armor)
        => MessageDecryptor.Decrypt(MessageSigner.EncryptAndSign(data, [People.Bob.Certificate], People.Alice, People.Now, armor), [People.Bob], [People.Alice.Certificate], People.Now)
            is DecryptionResult.Opened { Signatures: [{ Status: SignatureStatus.Good }] } opened && opened.Data.AsSpan().SequenceEqual(data);

    [Theory]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(65536 - 40)]
    [InlineData(65536)]
    [InlineData(3_000_001)]
    public void Decrypt_Sizes_RoundTrip(int size)
    {
        var data = new byte[size];
        new Random(size).NextBytes(data);

        var message = MessageSigner.EncryptAndSign(data, [People.Bob.Certificate], People.Alice, People.Now);

        Assert.Equal(data, Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [People.Bob], [], People.Now)).Data);
    }

    private static byte[] Literal(byte[] data)
    {
        using var writer = new OctetWriter();
        MessageEncryptor.WriteLiteralHeader(writer, data.Length);
        return writer.Octets(data).ToArray();
    }

    private static byte[] Compressed(byte[] data, int times)
    {
        var packet = Literal(data);
        for (var i = 0; i < times; i++)
        {
            using var body = new MemoryStream();
            body.WriteByte(1);
            using (var deflate = new DeflateStream(body, CompressionLevel.SmallestSize, leaveOpen: true))
            {
                deflate.Write(packet);
            }

            using var writer = new OctetWriter();
            packet = writer.Packet(PacketTag.Compressed, body.ToArray()).ToArray();
        }

        return packet;
    }
}
