using System.Net;
using Bitmask.Imap.Session;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Bitmask.Imap;

/// <summary>
/// Serves IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051) on connections that Kestrel, or a test with two pipes, hands in. One session
/// per connection; sessions share the accounts, the count of connections and the delays of wrong logins.
/// </summary>
/// <param name="authenticator">Judges logins.</param>
/// <param name="options">Limits and times.</param>
/// <param name="clock">The clock of time-outs and delays.</param>
/// <param name="logger">Gets ids and counts, never content.</param>
public sealed class ImapConnectionHandler(IImapAuthenticator authenticator, ImapOptions options, TimeProvider clock, ILogger<ImapConnectionHandler> logger)
    : ConnectionHandler
{
    private readonly LoginDelays _delays = new(options, clock);
    private readonly OpenConnections _connections = new(options);

    /// <summary>Runs one session until the client leaves, the host stops, or the account is locked.</summary>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        var source = (connection.RemoteEndPoint as IPEndPoint)?.Address.ToString() ?? "";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using var session = new ImapSession(connection.Transport, connection.ConnectionId, authenticator, options, clock, logger, source, _delays);
        if (!_connections.TryAdd(session, stop))
        {
            session.DropReason = "[UNAVAILABLE] Too many connections";
            await stop.CancelAsync().ConfigureAwait(false);
        }

        try
        {
            await session.RunAsync(stop.Token, connection.ConnectionClosed).ConfigureAwait(false);
        }
        finally
        {
            _connections.Remove(session);
        }
    }
}
