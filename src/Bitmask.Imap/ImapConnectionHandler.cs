using Bitmask.Imap.Session;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Bitmask.Imap;

/// <summary>
/// Serves IMAP4rev1 (RFC 3501) on connections that Kestrel, or a test with two pipes, hands in. One session per connection;
/// sessions share nothing but the accounts.
/// </summary>
/// <param name="authenticator">Judges logins.</param>
/// <param name="options">Limits and times.</param>
/// <param name="clock">The clock of time-outs and delays.</param>
/// <param name="logger">Gets ids and counts, never content.</param>
public sealed class ImapConnectionHandler(IImapAuthenticator authenticator, ImapOptions options, TimeProvider clock, ILogger<ImapConnectionHandler> logger)
    : ConnectionHandler
{
    /// <summary>Runs one session until the client leaves, the host stops, or the account is locked.</summary>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var stopping = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var session = new ImapSession(connection.Transport, connection.ConnectionId, authenticator, options, clock, logger);
        await session.RunAsync(stopping, connection.ConnectionClosed).ConfigureAwait(false);
    }
}
