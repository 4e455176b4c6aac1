using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Bonafide;

/// <summary>Session tokens and the two headers that carry them.</summary>
public static class SessionToken
{
    /// <summary>A new token: base64url of 32 random octets, not beginning with an underscore.</summary>
    public static string New()
    {
        string token;
        do
        {
            token = System.Buffers.Text.Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        }
        while (token[0] == '_');

        return token;
    }

    /// <summary>What a provider stores instead of the token: its SHA-512 in hex.</summary>
    public static string StoredId(string token) => Convert.ToHexStringLower(SHA512.HashData(Encoding.UTF8.GetBytes(token)));

    /// <summary>Name of LEAP's database that holds a token made at this time.</summary>
    public static string LeapDatabaseName(DateTimeOffset time)
        => "tokens_" + (time.ToUnixTimeSeconds() / 2592000).ToString(CultureInfo.InvariantCulture);

    /// <summary>The API's header value: <c>Token token="…"</c>.</summary>
    public static string ToApiHeader(string token) => $"Token token=\"{token}\"";

    /// <summary>Reads the API's header value; the quotes may be missing. Null when it is malformed.</summary>
    public static string? FromApiHeader(string? value)
    {
        const string Prefix = "Token token=";
        if (value is null or { Length: > 512 } || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var token = value[Prefix.Length..].Trim();
        token = token is ['"', .. var inner, '"'] ? inner : token;
        return token.Length > 0 && !token.Contains('"', StringComparison.Ordinal) ? token : null;
    }

    /// <summary>Id of the secrets document of a leap account: SHA-256 over passphrase and account id, in hex.</summary>
    public static string LeapSecretsId(string passphrase, UserId user) => LeapSecretsId(passphrase, user.Value);

    internal static string LeapSecretsId(string passphrase, string user)
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(passphrase + user)));
}
