using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.Logging;

namespace Bitmask.Smtp.Server;

/// <summary>
/// Serves SMTP on a Kestrel listener: <c>listen.Run(new SmtpConnectionHandler(…).OnConnectedAsync)</c>, one handler for each listener, because
/// the options differ.
/// </summary>
/// <param name="options">What this listener offers.</param>
/// <param name="sink">Where the mail goes.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">The log.</param>
public sealed class SmtpConnectionHandler(SmtpServerOptions options, IMessageSink sink, TimeProvider clock, ILogger<SmtpConnectionHandler> logger) : ConnectionHandler
{
    private readonly MessageBudget _budget = new(Math.Max(options?.MaxHeldOctets ?? 0, options?.MaxMessageOctets ?? 0));

    /// <inheritdoc/>
    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var handshake = connection.Features.Get<ITlsHandshakeFeature>();
        var peer = new SmtpPeer((connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None)
        {
            TlsVersion = handshake is null ? null : TlsVersions.Name(handshake.Protocol),
            ClientCertificate = connection.Features.Get<Microsoft.AspNetCore.Http.Features.ITlsConnectionFeature>()?.ClientCertificate,
        };
        return new SmtpSession(connection.Transport, peer, options, sink, clock, logger, _budget).RunAsync(connection.ConnectionClosed);
    }
}

internal static class TlsVersions
{
    public static string Name(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLS1.3",
        SslProtocols.Tls12 => "TLS1.2",
        _ => "TLS",
    };
}
