using Bitmask.Primitives;

namespace Bitmask.Soledad.Leap;

/// <summary>The three secrets of a LEAP account.</summary>
public sealed class LeapSecrets : IDisposable
{
    internal const int RemoteSecretOctets = 512;
    internal const int LocalSaltOctets = 64;
    internal const int LocalSecretOctets = 448;

    /// <summary>Takes the secrets over.</summary>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public LeapSecrets(SecretBytes remoteSecret, SecretBytes localSalt, SecretBytes localSecret)
    {
        ArgumentNullException.ThrowIfNull(remoteSecret);
        ArgumentNullException.ThrowIfNull(localSalt);
        ArgumentNullException.ThrowIfNull(localSecret);
        if ((remoteSecret.Length, localSalt.Length, localSecret.Length) != (RemoteSecretOctets, LocalSaltOctets, LocalSecretOctets))
        {
            throw new ArgumentException("The secrets have 512, 64 and 448 octets.");
        }

        (RemoteSecret, LocalSalt, LocalSecret) = (remoteSecret, localSalt, localSecret);
    }

    /// <summary>What document and blob keys are derived from.</summary>
    public SecretBytes RemoteSecret { get; }

    /// <summary>Salt of the old local database key.</summary>
    public SecretBytes LocalSalt { get; }

    /// <summary>Secret of the old local database key.</summary>
    public SecretBytes LocalSecret { get; }

    /// <summary>New random secrets; only for account creation.</summary>
    public static LeapSecrets Create()
        => new(SecretBytes.Random(RemoteSecretOctets), SecretBytes.Random(LocalSaltOctets), SecretBytes.Random(LocalSecretOctets));

    /// <summary>The key of the old client's local database: scrypt of secret and salt.</summary>
    public SecretBytes DeriveLocalKey() => LeapCipher.Scrypt(LocalSecret.Span.ToArray(), LocalSalt.Span.ToArray());

    /// <summary>Wipes the secrets.</summary>
    public void Dispose()
    {
        RemoteSecret.Dispose();
        LocalSalt.Dispose();
        LocalSecret.Dispose();
    }
}
