using System.Security.Cryptography;
using Bitmask.Primitives;

namespace Bitmask.Imap;

/// <summary>A host whose accounts can also be opened by SCRAM-SHA-256 (RFC 5802, RFC 7677), in which the password itself is never sent.</summary>
public interface IScramAuthenticator : IImapAuthenticator
{
    /// <summary>
    /// What SCRAM needs to judge a login. Answers for unknown users, too, the same salt every time, so that the answer does not tell them
    /// from known ones.
    /// </summary>
    ValueTask<ScramCredentials> ScramAsync(string user, CancellationToken cancellationToken);
}

/// <summary>
/// What the passwords of one user are checked against. A user has a password for each mail program, all under one salt: the proof of any
/// of them is right.
/// </summary>
/// <param name="Salt">The salt.</param>
/// <param name="Iterations">Rounds of PBKDF2; 4096 at least (RFC 7677 §4).</param>
/// <param name="Verifiers">One for each password.</param>
/// <param name="Login">What a right proof opens.</param>
public sealed record ScramCredentials(ReadOnlyMemory<byte> Salt, int Iterations, IReadOnlyList<ScramVerifier> Verifiers, ImapLogin Login);

/// <summary>StoredKey and ServerKey of RFC 5802 §3: enough to check a proof and to prove oneself, not enough to log in.</summary>
public sealed class ScramVerifier
{
    private const int KeyOctets = SHA256.HashSizeInBytes;
    private readonly byte[] _storedKey;
    private readonly byte[] _serverKey;

    /// <summary>A verifier of keys that were kept.</summary>
    public ScramVerifier(ReadOnlySpan<byte> storedKey, ReadOnlySpan<byte> serverKey)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(storedKey.Length, KeyOctets);
        ArgumentOutOfRangeException.ThrowIfNotEqual(serverKey.Length, KeyOctets);
        (_storedKey, _serverKey) = (storedKey.ToArray(), serverKey.ToArray());
    }

    /// <summary>H(ClientKey).</summary>
    public ReadOnlyMemory<byte> StoredKey => _storedKey;

    /// <summary>HMAC(SaltedPassword, "Server Key").</summary>
    public ReadOnlyMemory<byte> ServerKey => _serverKey;

    /// <summary>The verifier of a password; costs the rounds.</summary>
    public static ScramVerifier Of(SecretBytes password, ReadOnlySpan<byte> salt, int iterations)
    {
        ArgumentNullException.ThrowIfNull(password);
        using var salted = new SecretBytes(KeyOctets);
        using var client = new SecretBytes(KeyOctets);
        Rfc2898DeriveBytes.Pbkdf2(password.Span, salt, salted.Span, iterations, HashAlgorithmName.SHA256);
        HMACSHA256.HashData(salted.Span, "Client Key"u8, client.Span);
        return new ScramVerifier(SHA256.HashData(client.Span), HMACSHA256.HashData(salted.Span, "Server Key"u8));
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "(verifier)";
}
