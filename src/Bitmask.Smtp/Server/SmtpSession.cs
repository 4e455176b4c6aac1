using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace Bitmask.Smtp.Server;

/// <summary>What is known of the other end of a connection before it speaks.</summary>
/// <param name="RemoteAddress">Its address.</param>
public sealed record SmtpPeer(IPAddress RemoteAddress)
{
    /// <summary>The TLS version when the host has already set up TLS in front of the session; null without.</summary>
    public string? TlsVersion { get; init; }

    /// <summary>The certificate proved in that TLS.</summary>
    public X509Certificate2? ClientCertificate { get; init; }
}

/// <summary>One SMTP connection, from greeting to QUIT (RFC 5321), over any duplex pipe.</summary>
/// <param name="transport">The octets.</param>
/// <param name="peer">The other end.</param>
/// <param name="options">What this listener offers.</param>
/// <param name="sink">Where the mail goes.</param>
/// <param name="clock">The time, for time-outs and the delay after bad logins.</param>
/// <param name="logger">Ids, counts and codes; never addresses or contents.</param>
public sealed class SmtpSession(IDuplexPipe transport, SmtpPeer peer, SmtpServerOptions options, IMessageSink sink, TimeProvider clock, ILogger logger)
{
    /// <summary>Serves the connection until it ends; completes both pipes.</summary>
    public Task RunAsync(CancellationToken cancellationToken = default) => throw new NotImplementedException($"{transport}{peer}{options}{sink}{clock}{logger}{cancellationToken}");
}
