using System.IO.Compression;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Messages;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>Certificates, messages and signatures as strangers send them.</summary>
internal static class OpenPgpTargets
{
    private const string BZip2 = "QlpoOTFBWSZTWfTA2G8AAAZFBGAIAEASBIAIIAAxBkxAlBoaKQdrN4fi7kinChIemBsN4A==";

    private static readonly Lazy<OpenPgpSecretKey> Secret = new(() => OpenPgpSecretKey.Parse(Octets(Key("alice", "secret_armored_unprotected"))));
    private static readonly MessageLimits Limits = new() { MaxPlaintextOctets = 4 * 1024 * 1024 };

    /// <summary>Whose mail it is that the targets read.</summary>
    public static OpenPgpSecretKey Alice => Secret.Value;

    public static DateTimeOffset Now { get; } = Secret.Value.Certificate.Created.AddDays(1);

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("openpgp-certificate", "Bitmask.OpenPgp", CertificateSeeds, Certificate, 8),
        new("openpgp-message", "Bitmask.OpenPgp.Secret", MessageSeeds, Message, 8),
        new("openpgp-plaintext", "Bitmask.OpenPgp", PlaintextSeeds, Plaintext, 4),
        new("openpgp-armor", "Bitmask.OpenPgp", ArmorSeeds, ReadArmor),
        new("openpgp-packets", "Bitmask.OpenPgp", PacketSeeds, Packets),
        new("openpgp-signed", "Bitmask.OpenPgp", () => [Sample("a6_cleartext.asc"), Sample("a7_inline.asc"), Octets(MessageSigner.SignCleartext("- a\nFrom b \n", Alice, Now))], Signed, 8),
        new("openpgp-signature", "Bitmask.OpenPgp", SignatureSeeds, Signature, 8),
        new("openpgp-secret-key", "Bitmask.OpenPgp.Secret", () => [Octets(Key("alice", "secret_armored_unprotected")), Octets(Key("bob", "secret_armored_unprotected")), Binary("alice"), Sample("a4_secret.asc"), Locked()], SecretKey, 8),
    ];

    private static string Key(string person, string member)
    {
        using var keys = Vectors.Read("provider/autocrypt.json");
        return keys.RootElement.GetProperty("keys").GetProperty(person).GetProperty(member).GetString()!;
    }

    private static byte[] Binary(string person) => Convert.FromBase64String(Key(person, "keydata_base64"));

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(Vectors.Folder, "openpgp", name));

    private static IEnumerable<byte[]> CertificateSeeds()
        => [Octets(Key("alice", "public_armored")), Binary("alice"), Binary("bob"), Sample("a3_cert.asc"), Lived()];

    /// <summary>A key with an expiry moved, a subkey in the place of another, a second user id, one revoked.</summary>
    private static byte[] Lived()
    {
        using var longer = Alice.WithExpiry(Now.AddDays(900), Now);
        using var rotated = longer.WithRotatedEncryptionSubkey(null, Now);
        using var two = rotated.WithUserId(EmailAddress.Parse("alice@example.com"), null, Now);
        using var one = two.WithRevokedUserId("<alice@example.com>", "left", Now);
        return one.Certificate.ToBinary();
    }

    private static void Certificate(byte[] octets)
    {
        try
        {
            var certificate = OpenPgpCertificate.Parse(octets);
            _ = (certificate.UserIds, certificate.IsRevoked, certificate.Expires, certificate.CanEncryptAt(Now), certificate.EncryptionSubkeysAt(Now));
            That(OpenPgpCertificate.Parse(certificate.ToBinary()).Fingerprint == certificate.Fingerprint, "a certificate written and read has the same fingerprint");
            That(OpenPgpCertificate.Parse(certificate.ToArmor()).Fingerprint == certificate.Fingerprint, "armor does not change a certificate");
            That(certificate.CanEncryptAt(Now) == (certificate.EncryptionFaultAt(Now) == KeyFault.None), "who can not be encrypted to is told why");
            That(certificate.KeysAt(Now).All(key => key.Fault.Sentence().Length > 0), "every fault has a sentence");
            var merged = certificate.Merge(certificate);
            That(merged.ToBinary().AsSpan().SequenceEqual(merged.Merge(certificate).ToBinary()), "merging again changes nothing");
            That(merged.FaultAt(Now) == certificate.FaultAt(Now) && merged.UserIds.SequenceEqual(certificate.UserIds), "merging with itself says nothing new");
            if (certificate.CanEncryptAt(Now))
            {
                MessageEncryptor.Encrypt("x"u8, [certificate], Now);
            }
        }
        catch (Exception e) when (e is OpenPgpFormatException or UnusableKeyException)
        {
        }
    }

    private static IEnumerable<byte[]> MessageSeeds()
    {
        using var file = Vectors.Read("provider/leap_mx.json");
        var armored = Octets(file.RootElement.GetProperty("incoming_api").GetProperty("body").GetString()!);
        return [armored, MessageEncryptor.Encrypt("Hello"u8, [Alice.Certificate], Now, armor: false), Sample("a8_encrypted.asc"), Sample("a6_cleartext.asc"),
            MessageEncryptor.Encrypt("Hello"u8, new EncryptionOptions { Recipients = [Alice.Certificate], Protection = MessageProtection.Ocb, Pad = true, Armor = false, Now = Now }), Sample("a9_eax.asc")];
    }

    private static void Message(byte[] octets)
        => That(MessageDecryptor.Decrypt(octets, [Alice], [Alice.Certificate], Now, Limits) is not DecryptionResult.Opened { Signatures: var signatures } || signatures.All(s => s.Status != SignatureStatus.Good), "nobody signed that");

    /// <summary>What stands inside the encryption: packets of compression, literal data and signatures, made by whoever wrote the mail.</summary>
    private static IEnumerable<byte[]> PlaintextSeeds()
    {
        byte[] literal = [0xCB, 11, (byte)'b', 0, 0, 0, 0, 0, (byte)'H', (byte)'e', (byte)'l', (byte)'l', (byte)'o'];
        return
        [
            literal, [0xC4, 13, 3, 0, 10, 22, 0, 0, 0, 0, 0, 0, 0, 0, 1, .. literal, .. Packet(2, SignaturePacket())],
            Packet(8, [1, .. Deflated(literal)]), Packet(8, [2, .. Convert.FromBase64String("eJw7zZ3EAAIeqTk5+QAUnQMt")]), Packet(8, [3, .. Convert.FromBase64String(BZip2)]),
            Packet(8, [1, .. Deflated(Packet(8, [1, .. Deflated(literal)]))]), Packet(8, [1, .. Deflated(new byte[100_000])]), [0xCB, 0xE1, (byte)'b', 0, 0, .. literal],
        ];
    }

    private static void Plaintext(byte[] octets)
    {
        try
        {
            using var spool = new PlaintextSpool();
            using var content = new MessageContent(spool, Limits);
            content.Read(new MemoryStream(octets));
            That(spool.Length <= Limits.MaxPlaintextOctets && content.SignatureCount <= Limits.MaxSignatures, "limits hold");
        }
        catch (OpenPgpFormatException)
        {
        }
    }

    private static IEnumerable<byte[]> ArmorSeeds()
        => [Armor.Encode(Armor.Message, new byte[200]), Octets(Key("alice", "public_armored")), Octets("x\n-----BEGIN PGP MESSAGE-----\nA: b\n\nAA==\n=AAAA\n-----END PGP MESSAGE-----")];

    private static void ReadArmor(byte[] octets)
    {
        try
        {
            var read = Armor.Decode(octets, out _);
            That(read.Length <= octets.Length, "armor does not grow");
            That(Armor.Decode(Armor.Encode(Armor.Message, read.Span), out _).Span.SequenceEqual(read.Span), "armor written and read is the same");
        }
        catch (OpenPgpFormatException)
        {
        }
    }

    private static IEnumerable<byte[]> PacketSeeds()
        => [MessageEncryptor.Encrypt("Hello"u8, [Alice.Certificate], Now, armor: false), [0xCB, 0xE1, (byte)'b', 0, 0xE0, 0, 3, 0, 0, 1], [0xAF, (byte)'b', 0, 0, 0, 0, 0], Binary("bob")];

    private static void Packets(byte[] octets)
    {
        try
        {
            long total = 0;
            var input = new PacketInput(new MemoryStream(octets), 100);
            while (input.TryReadHeader(out _))
            {
                for (var buffer = new byte[97]; input.Body.Read(buffer) is > 0 and var count; total += count)
                {
                }
            }

            That(total < octets.Length || octets.Length == 0, "bodies are shorter than the whole");
        }
        catch (OpenPgpFormatException)
        {
        }
    }

    private static void Signed(byte[] octets)
    {
        using var spool = new PlaintextSpool();
        var read = SignatureVerifier.VerifyMessage(new MemoryStream(octets), spool, [Alice.Certificate], Now, Limits);
        That(read is SignedMessage.Read { Signatures.Count: > 0 } || spool.Length == 0, "what can not be read leaves nothing");
    }

    private static byte[] Packet(int tag, byte[] body) => [(byte)(0xC0 | tag), 0xFF, 0, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];

    private static byte[] Deflated(byte[] octets)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.Optimal))
        {
            deflate.Write(octets);
        }

        return output.ToArray();
    }

    private static IEnumerable<byte[]> SignatureSeeds() => [Octets(MessageSigner.SignDetached("Hello"u8, Alice, Now)), SignaturePacket(), Sample("a7_inline.asc")];

    private static byte[] SignaturePacket()
        => SignatureVerifier.VerifyDetached("Hello"u8, MessageSigner.SignDetached("Hello"u8, Alice, Now), [Alice.Certificate], Now).Packet;

    private static void Signature(byte[] octets)
        => That(SignatureVerifier.VerifyDetached("Hallo"u8, octets, [Alice.Certificate], Now).Status != SignatureStatus.Good, "nobody signed that");

    private static byte[] Locked()
    {
        using var passphrase = new SecretBytes("x"u8);
        return Octets(Alice.ExportLockedArmor(passphrase));
    }

    private static void SecretKey(byte[] octets)
    {
        try
        {
            using var key = OpenPgpSecretKey.Parse(octets);
            using var again = OpenPgpSecretKey.Parse(key.Export());
            That(again.Fingerprint == key.Fingerprint, "a key written and read is the same");
        }
        catch (OpenPgpFormatException)
        {
        }
    }
}
