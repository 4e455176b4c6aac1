using System.Security.Cryptography;
using System.Text;
using Bitmask.Imap;
using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Daemon.Tokens;

/// <summary>
/// The passwords of mail programs (security.md C4): one random token per program, kept in the account's encrypted database, never synced,
/// revocable one by one.
/// </summary>
internal sealed class ClientTokens(Database database, TimeProvider clock)
{
    public const string DefaultClient = "default";

    public static readonly Migration Schema = new("daemon.tokens", 1, """
        CREATE TABLE client_token (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            scope TEXT NOT NULL,
            token TEXT NOT NULL,
            created TEXT NOT NULL,
            last_used TEXT,
            UNIQUE (name, scope)
        ) STRICT;
        """);

    /// <summary>
    /// What SCRAM checks a proof against, beside each token, and the salt that the account's tokens share: a program says whose mail it
    /// wants, not which of the tokens it has.
    /// </summary>
    public static readonly Migration ScramSchema = new("daemon.tokens", 2, """
        ALTER TABLE client_token ADD COLUMN stored_key BLOB;
        ALTER TABLE client_token ADD COLUMN server_key BLOB;
        CREATE TABLE client_token_salt (salt BLOB NOT NULL) STRICT;
        INSERT INTO client_token_salt (salt) VALUES (randomblob(16));
        """);

    /// <summary>Rounds of PBKDF2: the least that RFC 7677 §4 allows. A token is 128 random bits, which no number of rounds makes stronger.</summary>
    public const int ScramIterations = 4096;

    private const string MailScope = "mail";
    private const int TokenOctets = 16;

    /// <summary>The mail token of a program; made at first use.</summary>
    public Task<string> GetOrCreateAsync(string client, CancellationToken cancellationToken)
        => database.WriteAsync(
            transaction =>
            {
                if (transaction.ScalarText("SELECT token FROM client_token WHERE name = ? AND scope = ?", client, MailScope) is { } known)
                {
                    return known;
                }

                var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(TokenOctets));
                var verifier = Verifier(token, Salt(transaction));
                transaction.Execute(
                    "INSERT INTO client_token (name, scope, token, created, stored_key, server_key) VALUES (?, ?, ?, ?, ?, ?)",
                    client, MailScope, token, clock.GetUtcNow().ToString("o"), verifier.StoredKey.ToArray(), verifier.ServerKey.ToArray());
                return token;
            },
            cancellationToken);

    /// <summary>What SCRAM needs to check a proof of any of the mail tokens.</summary>
    public (byte[] Salt, IReadOnlyList<ScramVerifier> Verifiers) Scram()
    {
        return database.Read(transaction =>
        {
            var salt = Salt(transaction);
            var verifiers = transaction.Query(
                "SELECT stored_key, server_key, token FROM client_token WHERE scope = ?",
                row => row.GetBytesOrNull(0) is { } stored ? new ScramVerifier(stored, row.GetBytes(1)) : Verifier(row.GetText(2), salt),   // from before there were any
                MailScope);
            return (salt, (IReadOnlyList<ScramVerifier>)verifiers);
        });
    }

    /// <summary>True when the password is one of the account's mail tokens. Looks at all of them, each in constant time.</summary>
    public bool IsMailToken(SecretBytes password)
    {
        var found = false;
        foreach (var token in database.Read(transaction => transaction.Query("SELECT token FROM client_token WHERE scope = ?", row => row.GetText(0), MailScope)))
        {
            found |= CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(token), password.Span);
        }

        return found;
    }

    private static byte[] Salt(ReadTransaction transaction)
        => transaction.QueryFirstOrDefault("SELECT salt FROM client_token_salt", row => row.GetBytes(0)) ?? throw new InvalidOperationException("The salt is made with its table.");

    private static ScramVerifier Verifier(string token, byte[] salt)
    {
        using var secret = new SecretBytes(Encoding.ASCII.GetBytes(token));
        return ScramVerifier.Of(secret, salt, ScramIterations);
    }

    /// <summary>Makes the tokens void that were made until then, because somebody may have collected them.</summary>
    public Task InvalidateAsync(DateTimeOffset until, CancellationToken cancellationToken)
        => database.WriteAsync(
            transaction => transaction.Execute("DELETE FROM client_token WHERE created <= ?", until.ToUniversalTime().ToString("o")), cancellationToken);
}
