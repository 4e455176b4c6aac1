using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Client;

/// <summary>The octets of a client connection: commands out, replies in. Every fault becomes an <see cref="SmtpProtocolException"/>.</summary>
internal sealed class ClientWire(Stream stream, TimeProvider clock) : IAsyncDisposable
{
    private Stream _stream = stream;
    private PipeReader _input = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
    private PipeWriter _output = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));

    public bool IsTls { get; private set; }

    public IBufferWriter<byte> Output => _output;

    public void Write(string text) => _output.Write(Encoding.UTF8.GetBytes(text));

    public Task FlushAsync(TimeSpan timeout, CancellationToken cancellationToken)
        => WithinAsync(timeout, async token => (await _output.FlushAsync(token).ConfigureAwait(false)).IsCompleted, cancellationToken);

    public Task<SmtpReply> ReadReplyAsync(TimeSpan timeout, CancellationToken cancellationToken)
        => WithinAsync(timeout, ReadReplyAsync, cancellationToken);

    /// <summary>Encrypts the connection.</summary>
    public async Task StartTlsAsync(SmtpEndpoint endpoint, CancellationToken cancellationToken)
    {
        // Replies that came in clear with the 220 were put there by someone in between (RFC 3207 §6).
        if (_input.TryRead(out var early) && !early.Buffer.IsEmpty)
        {
            throw new SmtpProtocolException("Octets came in clear before encryption began.");
        }

        var options = new SslClientAuthenticationOptions
        {
            TargetHost = endpoint.Host,
            EnabledSslProtocols = endpoint.RequireTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            RemoteCertificateValidationCallback = endpoint.ValidateServer,
        };
        if (endpoint.ClientCertificate is { } certificate)
        {
            // A context is the way that works for keys which live in memory only, and offers the certificate whatever CA names the server sends.
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true);
        }

        var tls = new SslStream(_stream);
        _stream = tls;
        await WithinAsync(endpoint.ConnectTimeout, async token =>
        {
            await tls.AuthenticateAsClientAsync(options, token).ConfigureAwait(false);
            return true;
        }, cancellationToken).ConfigureAwait(false);
        _input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true));
        _output = PipeWriter.Create(tls, new StreamPipeWriterOptions(leaveOpen: true));
        IsTls = true;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await _stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Closing a connection that is gone already.
        }
    }

    private async Task<SmtpReply> ReadReplyAsync(CancellationToken cancellationToken)
    {
        var lines = new List<string>();
        var code = 0;
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
            if (!SmtpReplyText.TryParseLine(line, out var lineCode, out var isLast, out var text) || (lines.Count > 0 && lineCode != code) || lines.Count >= SmtpReplyText.MaxLines)
            {
                throw new SmtpProtocolException("The server's answer is no SMTP reply.");
            }

            code = lineCode;
            lines.Add(text);
            if (isLast)
            {
                return SmtpReplyText.Compose(code, lines);
            }
        }
    }

    private async Task<byte[]> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.Buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = result.Buffer.Slice(0, end).ToArray();
                _input.AdvanceTo(result.Buffer.GetPosition(1, end));
                return line is [.. var text, (byte)'\r'] ? text : line;
            }

            if (result.IsCompleted || result.Buffer.Length > SmtpReplyText.MaxLineOctets)
            {
                throw new SmtpProtocolException(result.IsCompleted ? "The server closed the connection." : "The server's answer is too long.");
            }

            _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }

    private async Task<T> WithinAsync<T>(TimeSpan timeout, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(timeout, clock, cancellationToken);
        try
        {
            return await action(deadline.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (deadline.HasPassed && !cancellationToken.IsCancellationRequested)
        {
            throw new SmtpProtocolException("The server did not answer in time.", e);
        }
        catch (AuthenticationException e)
        {
            throw new SmtpProtocolException("No encrypted connection: " + e.Message, e);
        }
        catch (Exception e) when (e is (IOException or ObjectDisposedException) and not SmtpProtocolException)
        {
            throw new SmtpProtocolException("The connection to the mail server broke.", e);
        }
    }
}
