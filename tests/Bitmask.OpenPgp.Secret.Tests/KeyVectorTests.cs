using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>The keys and signatures that RFC 9580 prints in its appendix A.</summary>
[Collection(nameof(MuchMemory))]
public class KeyVectorTests
{
    private const string Passphrase = "correct horse battery staple";

    private const string VersionFourKey = """
        -----BEGIN PGP PUBLIC KEY BLOCK-----

        xjMEU/NfCxYJKwYBBAHaRw8BAQdAPwmJlL3ZFu1AUxl5NOSofIBzOhKA1i+AEJku
        Q+47JAY=
        -----END PGP PUBLIC KEY BLOCK-----
        """;

    private const string VersionFourSignature = """
        -----BEGIN PGP SIGNATURE-----

        iF4EABYIAAYFAlX5X5UACgkQjP3hIZeWWpr2IgD/VvkMypjiECY3vZg/2xbBMd/S
        ftgr9N3lYG4NdWrtM2YBANCcT6EVJ/A44PV/IgHYLy6iyQMyZfps60iehUuuYbQE
        -----END PGP SIGNATURE-----
        """;

    private const string LockedKey = """
        -----BEGIN PGP PRIVATE KEY BLOCK-----

        xYIGY4d/4xsAAAAg+U2nu0jWCmHlZ3BqZYfQMxmZu52JGggkLq2EVD34laP9JgkC
        FARdb9ccngltHraRe25uHuyuAQQVtKipJ0+r5jL4dacGWSAheCWPpITYiyfyIOPS
        3gIDyg8f7strd1OB4+LZsUhcIjOMpVHgmiY/IutJkulneoBYwrEGHxsKAAAAQgWC
        Y4d/4wMLCQcFFQoOCAwCFgACmwMCHgkiIQbLGGxPBgmml+TVLfpscisMHx4nwYpW
        cI9lJewnutmsyQUnCQIHAgAAAACtKCAQPi19In7A5tfORHHbNr/JcIMlNpAnFJin
        7wV2wH+q4UWFs7kDsBJ+xP2i8CMEWi7Ha8tPlXGpZR4UruETeh1mhELIj5UeM8T/
        0z+5oX1RHu11j8bZzFDLX9eTsgOdWATHggZjh3/jGQAAACCGkySDZ/nlAV25Ivj0
        gJXdp4SYfy1ZhbEvutFsr15ENf0mCQIUBA5hhGgp2oaavg6mFUXcFMwBBBUuE8qf
        9Ock+xwusd+GAglBr5LVyr/lup3xxQvHXFSjjA2haXfoN6xUGRdDEHI6+uevKjVR
        v5oAxgu7eJpaXNjCmwYYGwoAAAAsBYJjh3/jApsMIiEGyxhsTwYJppfk1S36bHIr
        DB8eJ8GKVnCPZSXsJ7rZrMkAAAAABAEgpukYbZ1ZNfyP5WMUzbUnSGpaUSD5t2Ki
        Nacp8DkBClZRa2c3AMQzSDXa9jGhYzxjzVb5scHDzTkjyRZWRdTq8U6L4da+/+Kt
        ruh8m7Xo2ehSSFyWRSuTSZe5tm/KXgYG
        -----END PGP PRIVATE KEY BLOCK-----
        """;

    private static readonly DateTimeOffset Then = new(2022, 12, 14, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Parse_VersionFourKeyWithoutUserId_FingerprintAndReason()
    {
        var certificate = OpenPgpCertificate.Parse(VersionFourKey);

        Assert.Equal("C959BDBAFA32A2F89A153B678CFDE12197965A9A", certificate.Fingerprint.Value);
        Assert.Equal("8CFDE12197965A9A", certificate.KeyId);
        Assert.Equal(new DateTimeOffset(2014, 8, 19, 14, 28, 27, TimeSpan.Zero), certificate.Created);
        Assert.Equal((CertificateState.Unbound, KeyFault.NotBound), (certificate.StateAt(Then), certificate.FaultAt(Then)));
    }

    [Fact]
    public void VerifyData_VersionFourSignature_NumbersHold()
    {
        var certificate = OpenPgpCertificate.Parse(VersionFourKey);
        var packet = Packets.PacketReader.ReadAll(Packets.Armor.Decode(Encoding.ASCII.GetBytes(VersionFourSignature), out _), 1)[0];
        var signature = Verify.SignaturePacket.TryParse(packet.Body.Span)!;

        Assert.Equal(new DateTimeOffset(2015, 9, 16, 12, 24, 53, TimeSpan.Zero), signature.Created);
        Assert.True(Holds(signature, certificate, "OpenPGP"u8));
        Assert.False(Holds(signature, certificate, "OpenPGp"u8));
        // Nobody says that the key may sign, and the verdict is about that as well.
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached("OpenPGP"u8, Encoding.ASCII.GetBytes(VersionFourSignature), [certificate], Then).Status);
    }

    [Fact]
    public void Parse_VersionSixCertificate_ValidWithoutUserId()
    {
        var certificate = OpenPgpCertificate.Parse(Read("a3_cert.asc"));

        Assert.Equal("CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9", certificate.Fingerprint.Value);
        Assert.Equal(("CB186C4F0609A697", 6), (certificate.KeyId, certificate.Version));
        Assert.Equal(KeyFault.None, certificate.FaultAt(Then));
        Assert.Collection(
            certificate.KeysAt(Then),
            primary => Assert.Equal(("Ed25519", KeyPurposes.Certify | KeyPurposes.Sign, true, KeyFault.None), (primary.Key.Algorithm, primary.Purposes, primary.IsPrimary, primary.Fault)),
            subkey => Assert.Equal(
                ("12C83F1E706F6308FE151A417743A1F033790E93E9978488D1DB378DA9930885", "X25519", KeyPurposes.Encrypt, KeyFault.None),
                (subkey.Key.Fingerprint.Value, subkey.Key.Algorithm, subkey.Purposes, subkey.Fault)));
        Vectors.Report("openpgp/a3_cert.asc", 1);
    }

    [Fact]
    public void Parse_VersionSixSecretKey_OpensWhatIsEncryptedToItsCertificate()
    {
        using var secret = OpenPgpSecretKey.Parse(Read("a4_secret.asc"));

        var message = MessageEncryptor.Encrypt("x"u8, [OpenPgpCertificate.Parse(Read("a3_cert.asc"))], Then);

        Assert.Equal("x"u8, Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [secret], [], Then)).Data);
        Assert.Equal(Armored("a4_secret.asc"), secret.Export());
        Vectors.Report("openpgp/a4_secret.asc", 1);
    }

    [Fact]
    public void Parse_LockedVersionSixSecretKey_OnlyWithItsPassphrase()
    {
        using var right = new SecretBytes(Encoding.UTF8.GetBytes(Passphrase));

        // Two gibibytes for each of the two keys: the dearest that is read, and seconds of work.
        using var secret = OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(LockedKey), right);

        Assert.Equal(Armored("a4_secret.asc"), secret.Export());
        Assert.Contains("passphrase", Assert.Throws<OpenPgpFormatException>(() => OpenPgpSecretKey.Parse(Encoding.ASCII.GetBytes(LockedKey))).Message);
    }

    [Fact]
    public void VerifyDetached_VersionSixTextSignature_Good()
    {
        var cleartext = Encoding.ASCII.GetString(Read("a6_cleartext.asc"));
        var signature = cleartext[cleartext.IndexOf("-----BEGIN PGP SIGNATURE", StringComparison.Ordinal)..];
        var text = "What we need from the grocery store:\n\n- tofu\n- vegetables\n- noodles\n"u8;
        var certificate = OpenPgpCertificate.Parse(Read("a3_cert.asc"));

        var result = SignatureVerifier.VerifyDetached(text, signature, [certificate], Then);

        Assert.Equal((SignatureStatus.Good, "CB186C4F0609A697"), (result.Status, result.KeyId));
        Assert.Equal(certificate.Fingerprint, result.Signer);
        Assert.Equal(SignatureStatus.Bad, SignatureVerifier.VerifyDetached(text[1..], signature, [certificate], Then).Status);
        Vectors.Report("openpgp/a6_cleartext.asc", 1);
    }

    private static bool Holds(Verify.SignaturePacket signature, OpenPgpCertificate certificate, ReadOnlySpan<byte> data)
    {
        using var hashes = new Verify.DataHashes();
        signature.AnnounceTo(hashes);
        hashes.Append(data);
        return signature.VerifyDigest(certificate.Content.Primary, signature.DigestOf(hashes)!);
    }

    private static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Vectors.Folder, "openpgp", name));

    private static byte[] Armored(string name) => Packets.Armor.Decode(Read(name), out _).ToArray();
}
