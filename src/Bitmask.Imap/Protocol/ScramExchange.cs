using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>
/// The server's side of SCRAM-SHA-256 (RFC 5802 §5, RFC 7677): messages in, messages out, no I/O. Channel binding is not offered; acting
/// for somebody else is not, either.
/// </summary>
internal sealed class ScramExchange
{
    private const int NonceOctets = 18;
    private readonly string _header;
    private readonly string _first;
    private readonly string _clientNonce;
    private ScramCredentials? _credentials;
    private string _nonce = "";
    private string _challenge = "";

    private ScramExchange(string header, string first, string user, string nonce) => (_header, _first, User, _clientNonce) = (header, first, user, nonce);

    /// <summary>Who wants in.</summary>
    public string User { get; }

    /// <summary>What a server puts behind the client's nonce.</summary>
    public static string NewNonce() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceOctets));

    /// <summary>Reads the client's first message; null when it is none, or asks for what is not offered.</summary>
    public static ScramExchange? Begin(ReadOnlySpan<byte> message)
    {
        // gs2-header: "n" or "y" (no channel binding), "," [a=authzid] ","
        if (Printable(message) is not { } text || text.Split(',') is not [("n" or "y") and var binding, var authorize, ['n', '=', .. var user], ['r', '=', .. { Length: > 0 } nonce], ..]
            || UserName(user) is not { Length: > 0 } name
            || !(authorize.Length == 0 || (authorize.StartsWith("a=", StringComparison.Ordinal) && UserName(authorize[2..]) == name)))
        {
            return null;
        }

        var header = $"{binding},{authorize},";
        return new ScramExchange(header, text[header.Length..], name, nonce);
    }

    /// <summary>The server's first message.</summary>
    public byte[] Challenge(ScramCredentials credentials, string serverNonce)
    {
        _credentials = credentials;
        _nonce = _clientNonce + serverNonce;
        _challenge = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"r={_nonce},s={Convert.ToBase64String(credentials.Salt.Span)},i={credentials.Iterations}");
        return Encoding.UTF8.GetBytes(_challenge);
    }

    /// <summary>Judges the client's last message: the server's own proof when it is right, otherwise null. Looks at all verifiers, each in constant time.</summary>
    public byte[]? Judge(ReadOnlySpan<byte> message)
    {
        if (Printable(message) is not { } text || text.LastIndexOf(",p=", StringComparison.Ordinal) is not (> 0 and var end)
            || text[..end].Split(',') is not [var binding, var nonce, ..]
            || binding != "c=" + Convert.ToBase64String(Encoding.UTF8.GetBytes(_header)) || nonce != "r=" + _nonce)
        {
            return null;
        }

        Span<byte> proof = stackalloc byte[SHA256.HashSizeInBytes + 3];
        if (!Convert.TryFromBase64String(text[(end + 3)..], proof, out var length) || length != SHA256.HashSizeInBytes)
        {
            return null;
        }

        var said = Encoding.UTF8.GetBytes($"{_first},{_challenge},{text[..end]}");
        byte[]? answer = null;
        foreach (var verifier in _credentials!.Verifiers)
        {
            // ClientKey = ClientProof XOR HMAC(StoredKey, AuthMessage); its hash is StoredKey.
            var key = HMACSHA256.HashData(verifier.StoredKey.Span, said);
            for (var i = 0; i < key.Length; i++)
            {
                key[i] ^= proof[i];
            }

            if (CryptographicOperations.FixedTimeEquals(SHA256.HashData(key), verifier.StoredKey.Span))
            {
                answer = Encoding.ASCII.GetBytes("v=" + Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey.Span, said)));
            }

            CryptographicOperations.ZeroMemory(key);
        }

        return answer;
    }

    /// <summary>saslname: a comma is =2C, an equals sign is =3D, and nothing else follows one (RFC 5802 §5.1).</summary>
    private static string? UserName(string text)
    {
        for (var i = text.IndexOf('=', StringComparison.Ordinal); i >= 0; i = text.IndexOf('=', i + 1))
        {
            if (!text.AsSpan(i).StartsWith("=2C", StringComparison.Ordinal) && !text.AsSpan(i).StartsWith("=3D", StringComparison.Ordinal))
            {
                return null;
            }
        }

        return text.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
    }

    private static string? Printable(ReadOnlySpan<byte> message)
    {
        if (message.IndexOfAnyInRange((byte)0, (byte)0x1f) >= 0 || !System.Text.Unicode.Utf8.IsValid(message))
        {
            return null;
        }

        return Encoding.UTF8.GetString(message);
    }
}
