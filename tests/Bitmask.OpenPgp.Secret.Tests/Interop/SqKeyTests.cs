using System.Text;
using Bitmask.Primitives;
using Bitmask.Testing.Peers;

namespace Bitmask.OpenPgp.Secret.Tests.Interop;

/// <summary>What Sequoia says of our keys, and we of its. sq goes by the machine's clock, so these do, too.</summary>
public class SqKeyTests
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly byte[] Text = "text"u8.ToArray();

    [Fact]
    public void Acts_SeenBySq_VerifiesAndEncryptsAsTheySay()
    {
        using var sq = StartSq();
        using var made = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now.AddDays(-10), new KeyGenerationOptions());
        using var rotated = made.Key.WithRotatedEncryptionSubkey(null, Now.AddDays(-5));
        using var expired = rotated.WithExpiry(Now.AddDays(-1), Now.AddDays(-4));
        using var revived = expired.WithExpiry(Now.AddDays(100), Now.AddDays(-3));
        using var retired = revived.Revoked(RevocationReason.Retired, "moved", Now.AddDays(-2));
        var signature = sq.WriteFile(Encoding.ASCII.GetBytes(MessageSigner.SignDetached(Text, revived, Now.AddHours(-1))));
        var early = sq.WriteFile(Encoding.ASCII.GetBytes(MessageSigner.SignDetached(Text, revived, Now.AddDays(-3).AddHours(1))));

        // To a retired key sq goes on encrypting, for it looks at the subkey alone.
        Assert.Equal([false, true], ((OpenPgpSecretKey[])[expired, revived]).Select(key => Encrypts(sq, key.Certificate)));
        Assert.Equal([false, true, false], ((OpenPgpSecretKey[])[expired, revived, retired]).Select(key => Verifies(sq, key.Certificate, signature)));
        // What was signed before a key was retired stays signed.
        Assert.True(Verifies(sq, retired.Certificate, early));
        Assert.Equal([false, true, false], ((OpenPgpSecretKey[])[expired, revived, retired]).Select(key => key.Certificate.CanEncryptAt(Now)));
        Assert.False(Verifies(sq, revived.Certificate.WithRevocation(Encoding.ASCII.GetBytes(made.RevocationCertificate)), early));
    }

    [Fact]
    public void Encrypt_BySqToARotatedKey_TheNewSubkeyIsTaken()
    {
        using var sq = StartSq();
        using var made = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), Now.AddDays(-10), new KeyGenerationOptions());
        using var rotated = made.Key.WithRotatedEncryptionSubkey(null, Now.AddDays(-5));

        var message = sq.Run(["encrypt", "--recipient-cert", sq.WriteFile(rotated.Certificate.ToBinary())], Text).Succeeded().Output;

        Assert.Equal(Text, Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [rotated], [], Now)).Data);
        Assert.IsType<DecryptionResult.NoKey>(MessageDecryptor.Decrypt(message, [made.Key], [], Now));
    }

    [Fact]
    public void KeysAt_MadeBySq_SigningSubkeyCountsAndRevocationsAreSeen()
    {
        using var sq = StartSq();
        var (secret, octets) = sq.MakeKey("<carol@green.test>");
        var carol = OpenPgpCertificate.Parse(octets);
        using var key = OpenPgpSecretKey.Parse(File.ReadAllBytes(secret));
        var later = Now.AddHours(1);

        // Sequoia keeps the primary key for certifying: the subkey signs, and signs back.
        var signature = sq.Run(["sign", "--detached", "--signer-key", secret], Text).Succeeded().Output;
        var revocation = sq.Run(["revoke", "certificate", "--certificate", secret, "retired", "gone"], default).Succeeded().Output;
        var revoked = carol.WithRevocation(revocation);

        Assert.All(carol.KeysAt(later), status => Assert.Equal(KeyFault.None, status.Fault));
        Assert.Contains(carol.KeysAt(later), status => !status.IsPrimary && status.Purposes == KeyPurposes.Sign);
        var result = SignatureVerifier.VerifyDetached(Text, signature, [carol], later);
        Assert.Equal((SignatureStatus.Good, carol.Fingerprint), (result.Status, result.Signer));
        Assert.NotEqual(carol.KeyId, result.KeyId);
        Assert.Equal(SignatureStatus.Good, SignatureVerifier.VerifyDetached(Text, MessageSigner.SignDetached(Text, key, later), [carol], later).Status);
        Assert.Equal(KeyFault.Retired, revoked.FaultAt(later));
    }

    private static bool Encrypts(Sq sq, OpenPgpCertificate certificate)
        => sq.Run(["encrypt", "--recipient-cert", sq.WriteFile(certificate.ToBinary())], Text).ExitCode == 0;

    private static bool Verifies(Sq sq, OpenPgpCertificate certificate, string signature)
        => sq.Run(["verify", "--signer-cert", sq.WriteFile(certificate.ToBinary()), "--detached", signature], Text).ExitCode == 0;

    private static Sq StartSq()
    {
        Assert.SkipUnless(Sq.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "sq is not installed");
        return new Sq();
    }
}
