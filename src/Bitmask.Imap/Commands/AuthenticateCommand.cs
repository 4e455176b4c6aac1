using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Primitives;

namespace Bitmask.Imap.Commands;

/// <summary>AUTHENTICATE PLAIN (RFC 3501 §6.2.2, RFC 4616), with or without an initial response (RFC 4959).</summary>
internal sealed record AuthenticateCommand : ImapCommand
{
    // Fields and not properties: a record prints its properties.
    private readonly string _mechanism;
    private readonly byte[]? _initial;

    private AuthenticateCommand(string mechanism, byte[]? initial) => (_mechanism, _initial) = (mechanism, initial);

    public static AuthenticateCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var mechanism = scanner.Atom();
        return new AuthenticateCommand(mechanism, scanner.TryTake((byte)' ') ? Encoding.ASCII.GetBytes(scanner.Base64Text()) : null);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (!_mechanism.Equals("PLAIN", StringComparison.OrdinalIgnoreCase))
        {
            return ImapReply.No("Only AUTH=PLAIN is offered", "CANNOT");
        }

        if (!session.MayLogIn)
        {
            return ImapReply.No("Encryption is required: use STARTTLS first", "PRIVACYREQUIRED");
        }

        if (_initial is { } initial)
        {
            return await PlainAsync(session, initial.AsSpan().SequenceEqual("="u8) ? [] : initial, cancellationToken).ConfigureAwait(false);
        }

        session.Output.Writer.Raw("+ \r\n"u8);
        await session.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        var status = await session.Input.ReadLineAsync(session.Patience).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        if (status != InputStatus.Ready)
        {
            session.Bye = status == InputStatus.TimedOut ? "Too long without login" : null;
            throw new OperationCanceledException("No answer to AUTHENTICATE.", cancellationToken);
        }

        return session.Input.Line is [(byte)'*']
            ? ImapReply.Bad("Authentication cancelled")
            : await PlainAsync(session, session.Input.Line, cancellationToken).ConfigureAwait(false);
    }

    private static async ValueTask<ImapReply> PlainAsync(ImapSession session, byte[] base64, CancellationToken cancellationToken)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        try
        {
            if (Base64.DecodeFromUtf8(base64, decoded, out _, out var length) != OperationStatus.Done || !TrySplit(decoded.AsSpan(0, length), out var user, out var secret))
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
            CryptographicOperations.ZeroMemory(decoded);
            CryptographicOperations.ZeroMemory(base64);
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
