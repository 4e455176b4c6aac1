using System.Security.Cryptography;
using System.Text;
using Bitmask.Imap.Session;
using Bitmask.Primitives;

namespace Bitmask.Imap.Commands;

/// <summary>AUTHENTICATE PLAIN (RFC 4616).</summary>
internal static class PlainLogin
{
    /// <summary>Judges the client's one message, which is wiped.</summary>
    public static async ValueTask<ImapReply> RunAsync(ImapSession session, byte[] message, CancellationToken cancellationToken)
    {
        try
        {
            if (!TrySplit(message, out var user, out var secret))
            {
                return ImapReply.Bad("Not an authentication message of PLAIN");
            }

            using (secret)
            {
                return await LoginCommand.LogInAsync(session, user, secret, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(message);
        }
    }

    /// <summary>message = [authzid] NUL authcid NUL passwd (RFC 4616 §2). Acting for somebody else is not offered.</summary>
    private static bool TrySplit(ReadOnlySpan<byte> message, out string user, out SecretBytes password)
    {
        (user, password) = ("", null!);
        var first = message.IndexOf((byte)0);
        var second = first < 0 ? -1 : message[(first + 1)..].IndexOf((byte)0);
        if (second < 0)
        {
            return false;
        }

        var authorize = message[..first];
        var name = message.Slice(first + 1, second);
        var secret = message[(first + second + 2)..];
        if (name.IsEmpty || secret.IsEmpty || secret.Contains((byte)0) || (!authorize.IsEmpty && !authorize.SequenceEqual(name)))
        {
            return false;
        }

        user = Encoding.UTF8.GetString(name);
        password = new SecretBytes(secret);
        return true;
    }
}
