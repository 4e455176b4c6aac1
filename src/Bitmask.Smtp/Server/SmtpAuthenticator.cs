using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Server;

/// <summary>The AUTH exchange (RFC 4954 §4): PLAIN (RFC 4616) with and without initial response, and LOGIN for old clients.</summary>
internal sealed class SmtpAuthenticator(SmtpWire wire, Func<string, SecretBytes, Task<SmtpReply>> judge, TimeProvider clock)
{
    private static readonly SmtpReply Malformed = new(501, "5.5.2", "Not base64, or not what the mechanism asks for");
    private static readonly SmtpReply Cancelled = new(501, "5.7.0", "Authentication cancelled");
    private static readonly SmtpReply TooLong = new(500, "5.5.6", "Authentication exchange line is too long");

    private int _badLogins;

    /// <summary>Runs one exchange; the user is set when it succeeded.</summary>
    public async Task<(SmtpReply Reply, string? User)> RunAsync(string argument, CancellationToken cancellationToken)
    {
        var space = argument.IndexOf(' ', StringComparison.Ordinal);
        var mechanism = (space < 0 ? argument : argument[..space]).ToUpperInvariant();
        var initial = space < 0 ? null : Encoding.ASCII.GetBytes(argument[(space + 1)..].Trim());
        return mechanism switch
        {
            "PLAIN" => await PlainAsync(initial, cancellationToken).ConfigureAwait(false),
            "LOGIN" => await LoginAsync(initial, cancellationToken).ConfigureAwait(false),
            _ => (new SmtpReply(504, "5.5.4", "Mechanism not known, use PLAIN"), null),
        };
    }

    private async Task<(SmtpReply Reply, string? User)> PlainAsync(byte[]? initial, CancellationToken cancellationToken)
    {
        var (fault, octets) = await AnswerAsync("", initial, cancellationToken).ConfigureAwait(false);
        if (fault is not null)
        {
            return (fault, null);
        }

        try
        {
            var first = octets.AsSpan().IndexOf((byte)0);
            var second = first < 0 ? -1 : octets.AsSpan(first + 1).IndexOf((byte)0);
            if (second < 0 || octets.AsSpan(first + second + 2).Contains((byte)0))
            {
                return (Malformed, null);
            }

            var user = Encoding.UTF8.GetString(octets, first + 1, second);
            var actAs = Encoding.UTF8.GetString(octets, 0, first);

            // Nobody acts for somebody else here (RFC 4616 §2).
            if (actAs.Length > 0 && actAs != user)
            {
                return (await DelayAsync(SmtpReply.AuthenticationFailed, cancellationToken).ConfigureAwait(false), null);
            }

            using var password = new SecretBytes(octets.AsSpan(first + second + 2));
            return await JudgeAsync(user, password, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(octets);
        }
    }

    private async Task<(SmtpReply Reply, string? User)> LoginAsync(byte[]? initial, CancellationToken cancellationToken)
    {
        var (fault, name) = await AnswerAsync("VXNlcm5hbWU6", initial, cancellationToken).ConfigureAwait(false);
        if (fault is not null)
        {
            return (fault, null);
        }

        (fault, var octets) = await AnswerAsync("UGFzc3dvcmQ6", null, cancellationToken).ConfigureAwait(false);
        if (fault is not null)
        {
            return (fault, null);
        }

        using var password = new SecretBytes(octets);
        CryptographicOperations.ZeroMemory(octets);
        return await JudgeAsync(Encoding.UTF8.GetString(name), password, cancellationToken).ConfigureAwait(false);
    }

    private async Task<(SmtpReply Reply, string? User)> JudgeAsync(string user, SecretBytes password, CancellationToken cancellationToken)
    {
        var reply = await judge(user, password).ConfigureAwait(false);
        return reply.IsPositive ? (reply, user) : (await DelayAsync(reply, cancellationToken).ConfigureAwait(false), null);
    }

    /// <summary>1, 2, 4, then 8 seconds for each refusal on this connection; other connections never wait (security.md C5).</summary>
    private async Task<SmtpReply> DelayAsync(SmtpReply reply, CancellationToken cancellationToken)
    {
        if (reply.IsPermanent)
        {
            await Task.Delay(TimeSpan.FromSeconds(1 << Math.Min(_badLogins++, 3)), clock, cancellationToken).ConfigureAwait(false);
        }

        return reply;
    }

    /// <summary>The client's next word: the initial response if there is one, else what it answers to a challenge.</summary>
    private async Task<(SmtpReply? Fault, byte[] Octets)> AnswerAsync(string challenge, byte[]? initial, CancellationToken cancellationToken)
    {
        var encoded = initial;
        if (encoded is null)
        {
            cancellationToken.ThrowIfCancellationRequested();
            wire.Write(new SmtpReply(334, "", challenge));
            (var fault, encoded) = await wire.ReadLineAsync(SmtpCommand.MaxAuthLineOctets).ConfigureAwait(false);
            if (fault != LineFault.None)
            {
                return (fault == LineFault.TooLong ? TooLong : Malformed, []);
            }

            if (encoded is [(byte)'*'])
            {
                return (Cancelled, []);
            }
        }
        else if (encoded is [(byte)'='])
        {
            return (null, []);
        }

        var octets = new byte[Base64.GetMaxDecodedFromUtf8Length(encoded.Length)];
        var isWhole = Base64.DecodeFromUtf8(encoded, octets, out _, out var written) == System.Buffers.OperationStatus.Done;
        CryptographicOperations.ZeroMemory(encoded);
        var answer = octets[..written];
        CryptographicOperations.ZeroMemory(octets);
        return isWhole ? (null, answer) : (Malformed, []);
    }
}
