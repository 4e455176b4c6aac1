using System.Security.Cryptography;
using System.Text;
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
                transaction.Execute(
                    "INSERT INTO client_token (name, scope, token, created) VALUES (?, ?, ?, ?)",
                    client, MailScope, token, clock.GetUtcNow().ToString("o"));
                return token;
            },
            cancellationToken);

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

    /// <summary>Makes the tokens void that were made until then, because somebody may have collected them.</summary>
    public Task InvalidateAsync(DateTimeOffset until, CancellationToken cancellationToken)
        => database.WriteAsync(
            transaction => transaction.Execute("DELETE FROM client_token WHERE created <= ?", until.ToUniversalTime().ToString("o")), cancellationToken);
}
