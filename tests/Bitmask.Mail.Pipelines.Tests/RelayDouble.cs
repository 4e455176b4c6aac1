using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Bitmask.Primitives;
using Bitmask.Smtp;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Server;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Mail.Pipelines.Tests;

/// <summary>
/// The provider's submission server on loopback. It knows a copy by ENVID and recipient, as the real one does (security.md A9); the recipient's
/// local part chooses its answer: <c>never…</c> is refused, <c>later…</c> put off.
/// </summary>
internal sealed class RelayDouble : IMessageSink, IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private readonly int _port;

    public RelayDouble()
    {
        _listener.Start();
        _port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptConnectionsAsync();
    }

    /// <summary>What was taken: each recipient's first copy.</summary>
    public List<(string EnvelopeId, string Recipient, byte[] Message)> Taken { get; } = [];

    /// <summary>How often a copy came that was taken before.</summary>
    public int Repeats { get; private set; }

    public bool IsDown { get; set; }

    /// <summary>How many connections came.</summary>
    public int Connections { get; private set; }

    /// <summary>Refuses the sender, as with a certificate that expired.</summary>
    public SmtpReply? SenderReply { get; set; }

    public Task<SmtpEndpoint> EndpointAsync(CancellationToken cancellationToken)
        => IsDown
            ? throw new IOException("The network is gone.")
            : Task.FromResult(new SmtpEndpoint("submission.red.test", _port, SmtpTlsMode.StartTlsIfOffered) { Address = IPAddress.Loopback });

    /// <summary>It does not listen any more; its place is still told.</summary>
    public void Close() => _listener.Stop();

    public byte[] CopyFor(string recipient) => Taken.Single(copy => copy.Recipient == recipient).Message;

    public ValueTask<SmtpReply> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken) => throw new InvalidOperationException();

    public ValueTask<SmtpReply> CheckSenderAsync(SmtpTransaction transaction, CancellationToken cancellationToken) => ValueTask.FromResult(SenderReply ?? SmtpReply.SenderOk);

    public ValueTask<SmtpReply> CheckRecipientAsync(SmtpTransaction transaction, SmtpRecipient recipient, CancellationToken cancellationToken)
        => ValueTask.FromResult(recipient.Address.StartsWith("never", StringComparison.Ordinal) ? SmtpReply.UnknownRecipient
            : recipient.Address.StartsWith("later", StringComparison.Ordinal) ? new SmtpReply(451, "4.2.1", "Come back")
            : SmtpReply.RecipientOk);

    public Task<SmtpReply> AcceptAsync(SmtpTransaction transaction, CancellationToken cancellationToken)
    {
        lock (Taken)
        {
            foreach (var recipient in transaction.Recipients)
            {
                if (Taken.Any(copy => copy.EnvelopeId == transaction.EnvelopeId && copy.Recipient == recipient.Address))
                {
                    Repeats++;
                    continue;
                }

                Taken.Add((transaction.EnvelopeId!, recipient.Address, transaction.Message.ToArray()));
            }
        }

        return Task.FromResult(SmtpReply.Accepted);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptConnectionsAsync()
    {
        try
        {
            while (true)
            {
                var connection = await _listener.AcceptTcpClientAsync(_stop.Token);
                Connections++;
                _ = ServeAsync(connection);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            var stream = connection.GetStream();
            var pipe = new StreamPipe(PipeReader.Create(stream), PipeWriter.Create(stream));
            await new SmtpSession(pipe, new SmtpPeer(IPAddress.Loopback), new SmtpServerOptions(), this, TimeProvider.System, NullLogger.Instance).RunAsync(_stop.Token);
        }
    }

    private sealed record StreamPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
