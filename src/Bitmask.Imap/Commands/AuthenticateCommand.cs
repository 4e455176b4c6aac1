using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>AUTHENTICATE (RFC 3501 §6.2.2), with or without an initial response (RFC 4959); the mechanisms have files of their own.</summary>
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
        return new AuthenticateCommand(mechanism.ToUpperInvariant(), scanner.TryTake((byte)' ') ? Encoding.ASCII.GetBytes(scanner.Base64Text()) : null);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        Func<byte[], ValueTask<ImapReply>>? mechanism = _mechanism switch
        {
            "PLAIN" => message => PlainLogin.RunAsync(session, message, cancellationToken),
            ScramLogin.Name when session.Authenticator is IScramAuthenticator host => message => ScramLogin.RunAsync(session, host, message, cancellationToken),
            _ => null,
        };
        if (mechanism is null)
        {
            return ImapReply.No("This mechanism is not offered", "CANNOT");
        }

        if (!session.MayLogIn)
        {
            return ImapReply.No("Encryption is required: use STARTTLS first", "PRIVACYREQUIRED");
        }

        var first = _initial is null ? await AskAsync(session, [], cancellationToken).ConfigureAwait(false)
            : _initial is [(byte)'='] ? []   // an empty one (RFC 4959 §3)
            : Decode(_initial);
        return first is null ? ImapReply.Bad("Cancelled, or not base64") : await mechanism(first).ConfigureAwait(false);
    }

    /// <summary>Sends a challenge and reads the answer to it; null when the client gave up or sent what is no base64.</summary>
    internal static async ValueTask<byte[]?> AskAsync(ImapSession session, byte[] challenge, CancellationToken cancellationToken)
    {
        session.Output.Writer.Line("+ " + Convert.ToBase64String(challenge));
        await session.Output.FlushAsync(cancellationToken).ConfigureAwait(false);
        InputStatus status;
        do
        {
            status = await session.Input.ReadLineAsync(session.Patience).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        while (status == InputStatus.Woken);
        if (status != InputStatus.Ready)
        {
            session.Bye = status == InputStatus.TimedOut ? "Too long without login" : null;
            throw new OperationCanceledException("No answer to AUTHENTICATE.", cancellationToken);
        }

        return session.Input.Line is [(byte)'*'] ? null : Decode(session.Input.Line);
    }

    private static byte[]? Decode(byte[] base64)
    {
        var decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        var isGood = Base64.DecodeFromUtf8(base64, decoded, out _, out var length) == OperationStatus.Done;
        var message = isGood ? decoded[..length] : null;
        CryptographicOperations.ZeroMemory(decoded);
        CryptographicOperations.ZeroMemory(base64);
        return message;
    }
}
