using System.Text;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Tests;

public class StreamTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("Grüße\r\nzweite Zeile\n");

    public static TheoryData<MessageProtection, int> Sizes
        => [.. from protection in Enum.GetValues<MessageProtection>() from size in (int[])[0, 1, 21, 22, 23, 65_535, 65_536 - 9, 65_536, 131_072, 300_001] select new TheoryDataRow<MessageProtection, int>(protection, size)];

    public static TheoryData<MessageProtection> Protections => [.. Enum.GetValues<MessageProtection>()];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Decrypt_EveryProtectionAndSize_SameOctetsAndGoodSignature(MessageProtection protection, int size)
    {
        var data = Octets(size);
        using var message = new MemoryStream();
        MessageSigner.EncryptAndSign(new MemoryStream(data), message, People.Alice, To(People.Bob) with { Protection = protection, Armor = size % 2 == 0, Pad = size % 3 == 0 });
        using var spool = new PlaintextSpool();

        message.Position = 0;
        var opened = Assert.IsType<MessageReading.Opened>(MessageDecryptor.Decrypt(message, spool, With(People.Bob)));

        Assert.Equal(data, spool.ToArray());
        Assert.Equal((SignatureStatus.Good, People.Alice.Fingerprint), (opened.Signatures.Single().Status, opened.Signatures.Single().Signer));
        Assert.Equal(protection is MessageProtection.Mdc or MessageProtection.Automatic ? null : protection.ToString().ToUpperInvariant(), opened.Mode);
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public void Decrypt_AnyOctetChangedOrCutOff_NothingInTheSpool(MessageProtection protection)
    {
        var message = MessageEncryptor.Encrypt(Octets(500), To(People.Bob) with { Protection = protection, Armor = false });
        using var spool = new PlaintextSpool();
        for (var at = 0; at < message.Length; at += 1 + (at / 40))
        {
            var changed = (byte[])message.Clone();
            changed[at] ^= 0x10;

            Assert.IsNotType<MessageReading.Opened>(Decrypt(changed, spool));
            Assert.IsNotType<MessageReading.Opened>(Decrypt(message[..at], spool));
            Assert.Equal(0, spool.Length);
            Assert.Throws<InvalidOperationException>(spool.OpenRead);
        }

        Assert.IsType<MessageReading.Opened>(Decrypt(message, spool));
    }

    [Fact]
    public void Decrypt_AeadChunksMovedOrLeftOut_Damaged()
    {
        // Chunks of 64 KiB stand whole in the packet's body; the last pieces are its end.
        var message = MessageEncryptor.Encrypt(Octets(5 * 65_536), To(People.Bob) with { Protection = MessageProtection.Ocb, Armor = false });
        var body = Body(message, out var before);
        const int Head = 36;
        const int Chunk = 65_536 + 16;
        using var spool = new PlaintextSpool();
        byte[] first = body[Head..(Head + Chunk)], second = body[(Head + Chunk)..(Head + (2 * Chunk))], rest = body[(Head + (2 * Chunk))..];

        Assert.IsType<MessageReading.Opened>(Decrypt(Joined(before, body), spool));
        Assert.IsType<MessageReading.Damaged>(Decrypt(Joined(before, [.. body[..Head], .. second, .. first, .. rest]), spool));
        Assert.IsType<MessageReading.Damaged>(Decrypt(Joined(before, [.. body[..Head], .. first, .. rest]), spool));
        Assert.IsType<MessageReading.Damaged>(Decrypt(Joined(before, [.. body[..Head], .. first, .. second]), spool));
        Assert.IsType<MessageReading.Damaged>(Decrypt(Joined(before, [.. body[..Head], .. first, .. body[^16..]]), spool));
        Assert.Equal(0, spool.Length);
    }

    [Fact]
    public void Decrypt_KeysForOneVersionBeforeDataOfTheOther_NotOpened()
    {
        var (mdc, aead) = (MessageEncryptor.Encrypt(Text, To(People.Bob) with { Armor = false }), MessageEncryptor.Encrypt(Text, To(People.Bob) with { Armor = false, Protection = MessageProtection.Ocb }));
        var (mdcBody, aeadBody) = (Body(mdc, out var mdcKeys), Body(aead, out var aeadKeys));
        using var spool = new PlaintextSpool();

        Assert.IsType<MessageReading.NoKey>(Decrypt(Joined(mdcKeys, aeadBody), spool));
        Assert.IsType<MessageReading.NoKey>(Decrypt(Joined(aeadKeys, mdcBody), spool));
    }

    [Theory]
    [InlineData(MessageProtection.Mdc, false)]
    [InlineData(MessageProtection.Mdc, true)]
    [InlineData(MessageProtection.Automatic, null)]
    [InlineData(MessageProtection.Gcm, false)]
    [InlineData(MessageProtection.Eax, false)]
    public void Decrypt_ByPassphrase_OpensWithTheRightOneOnly(MessageProtection protection, bool? argon2)
    {
        using var right = Passphrase("correct horse");
        using var wrong = Passphrase("correct house");
        using var other = Passphrase("battery staple");
        var message = MessageEncryptor.Encrypt(Text, new EncryptionOptions { Passphrases = argon2 == false ? [other, right] : [right], Now = People.Now, Protection = protection, UseArgon2 = argon2 });
        using var spool = new PlaintextSpool();

        Assert.IsType<MessageReading.Opened>(Decrypt(message, spool, new DecryptionOptions { Passphrases = argon2 == false ? [wrong, right] : [right], Now = People.Now }));
        Assert.Equal(Text, spool.ToArray());
        var answer = Decrypt(message, spool, new DecryptionOptions { Passphrases = [wrong], Keys = [People.Bob], Now = People.Now });
        Assert.True(Assert.IsType<MessageReading.NoKey>(answer).TakesPassphrase);
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public void Decrypt_NamedAndHiddenRecipients_AllOpenNobodyElse(MessageProtection protection)
    {
        var options = To(People.Bob) with { HiddenRecipients = [People.Alice.Certificate], Protection = protection };
        var message = MessageEncryptor.Encrypt(Text, options);
        using var spool = new PlaintextSpool();

        foreach (var person in (OpenPgpSecretKey[])[People.Bob, People.Alice])
        {
            var opened = Assert.IsType<MessageReading.Opened>(Decrypt(message, spool, With(People.Mallory, person)));
            Assert.Equal(2, opened.RecipientKeyIds.Count);
            Assert.Single(opened.RecipientKeyIds, id => id == "0000000000000000");
        }

        Assert.IsType<MessageReading.NoKey>(Decrypt(message, spool, With(People.Mallory)));
    }

    [Fact]
    public void Encrypt_SourceBreaksOff_TheMessageOpensForNobody()
    {
        using var message = new MemoryStream();
        Assert.Throws<IOException>(() => MessageEncryptor.Encrypt(new BreakingStream(200_000), message, To(People.Bob) with { Armor = false }));
        using var spool = new PlaintextSpool();

        Assert.IsType<MessageReading.Damaged>(Decrypt(message.ToArray(), spool));
        Assert.Equal(0, spool.Length);
    }

    [Fact]
    public void Pad_LengthsNearEachOther_BecomeOne()
    {
        int Length(int size) => MessageEncryptor.Encrypt(new byte[size], To(People.Bob) with { Protection = MessageProtection.Ocb, Pad = true, Armor = false }).Length;

        Assert.Single(Enumerable.Range(0, 20).Select(i => Length(1040 + i)).Distinct());
        Assert.True(Length(100_000) < 100_000 * 1.13);
    }

    [Fact]
    public void Sign_ThenVerifyMessage_DataAndGoodSignature()
    {
        var data = Octets(200_000);
        using var message = new MemoryStream();
        MessageSigner.Sign(new MemoryStream(data), message, People.Alice, People.Now);
        using var spool = new PlaintextSpool();

        message.Position = 0;
        var read = Assert.IsType<SignedMessage.Read>(SignatureVerifier.VerifyMessage(message, spool, [People.Alice.Certificate], People.Now));

        Assert.Equal((SignatureStatus.Good, People.Alice.Fingerprint), (read.Signatures.Single().Status, read.Signatures.Single().Signer));
        Assert.Equal(data, spool.ToArray());
    }

    [Fact]
    public void VerifyDetached_Streams_GoodAndBad()
    {
        var data = Octets(200_000);
        var signature = Encoding.ASCII.GetBytes(MessageSigner.SignDetached(new MemoryStream(data), People.Alice, People.Now));

        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(new MemoryStream(data), signature, [People.Alice.Certificate], People.Now).Status);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(data, signature, [People.Alice.Certificate], People.Now).Status);
        data[100_000] ^= 1;
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached(new MemoryStream(data), signature, [People.Alice.Certificate], People.Now).Status);
    }

    private static EncryptionOptions To(params OpenPgpSecretKey[] people) => new() { Recipients = [.. people.Select(person => person.Certificate)], Now = People.Now };

    private static DecryptionOptions With(params OpenPgpSecretKey[] people) => new() { Keys = people, Signers = [People.Alice.Certificate], Now = People.Now };

    private static MessageReading Decrypt(byte[] message, PlaintextSpool spool, DecryptionOptions? options = null)
        => MessageDecryptor.Decrypt(new MemoryStream(message), spool, options ?? With(People.Bob));

    private static SecretBytes Passphrase(string text) => new(Encoding.UTF8.GetBytes(text));

    // The encrypted data without its headers, and the packets before it.
    private static byte[] Body(byte[] message, out byte[] before)
    {
        var packets = PacketReader.ReadAll(message, 10);
        using var keys = new OctetWriter();
        packets[..^1].ForEach(packet => keys.Packet(packet.Tag, packet.Body.Span));
        before = keys.ToArray();
        return packets[^1].Body.ToArray();
    }

    private static byte[] Joined(byte[] before, byte[] body)
    {
        using var message = new OctetWriter();
        return message.Octets(before).Packet(PacketTag.IntegrityProtected, body).ToArray();
    }

    private static byte[] Octets(int count)
    {
        var octets = new byte[count];
        new Random(count).NextBytes(octets);
        return octets;
    }

    private sealed class BreakingStream(int octets) : ReadStream
    {
        private int _left = octets;

        public override int Read(Span<byte> buffer)
        {
            if (_left == 0)
            {
                throw new IOException("The disk is gone.");
            }

            var taken = Math.Min(buffer.Length, _left);
            buffer[..taken].Clear();
            _left -= taken;
            return taken;
        }
    }
}
