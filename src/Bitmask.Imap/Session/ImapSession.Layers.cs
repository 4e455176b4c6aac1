using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using Bitmask.Primitives;

namespace Bitmask.Imap.Session;

/// <summary>What is put around the octets of the connection while it lives: TLS (RFC 9051 §6.2.1, RFC 8314) and compression (RFC 4978).</summary>
internal sealed partial class ImapSession
{
    /// <summary>Octets of a piece on its way through a layer: a whole record of TLS.</summary>
    private const int LayerBuffer = 16 * 1024;

    private SslStream? _tls;
    private Stream? _layer;
    private Func<Task>? _layerAfterAnswer;

    /// <summary>The connection is encrypted by this session.</summary>
    public bool IsTls => _tls is not null;

    /// <summary>COMPRESS was said.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>A password may be given now: where TLS is offered, only inside it.</summary>
    public bool MayLogIn => IsTls || Options.Tls == ImapTls.None;

    /// <summary>TLS begins when the answer to the running command is out.</summary>
    public void StartTlsAfterAnswer() => _layerAfterAnswer = StartTlsAsync;

    /// <summary>Compression, both ways, begins when the answer to the running command is out.</summary>
    public void CompressAfterAnswer()
    {
        IsCompressed = true;
        _layerAfterAnswer = () =>
        {
            var inner = Inner();
            Use(new DeflateDuplexStream(inner));
            return Task.CompletedTask;
        };
    }

    private async Task StartTlsAsync()
    {
        var tls = Options.TlsOptions?.Invoke() ?? throw new InvalidOperationException("TlsOptions are needed for TLS.");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using var late = Clock.CreateTimer(static stop => ((CancellationTokenSource)stop!).Cancel(), patience, Options.LoginTimeout, Timeout.InfiniteTimeSpan);
        var stream = new SslStream(Inner());
        _layer = stream;
        try
        {
            await stream.AuthenticateAsServerAsync(tls, patience.Token).ConfigureAwait(false);
        }
        catch (AuthenticationException e)
        {
            throw new IOException("The client and we did not agree on TLS.", e);
        }

        _tls = stream;
        Use(stream);
    }

    /// <summary>Sends what is waiting; a layer that was asked for begins behind it. What came in before that was not said inside the layer, and is dropped unread (RFC 9051 §11.1).</summary>
    private async ValueTask FlushAnswerAsync()
    {
        if (_layerAfterAnswer is not { } begin)
        {
            await Output.FlushAsync(_stop.Token).ConfigureAwait(false);
            return;
        }

        _layerAfterAnswer = null;
        Input.DropWaiting();
        await Output.FlushAsync(_stop.Token).ConfigureAwait(false);
        await begin().ConfigureAwait(false);
    }

    private Stream Inner() => _layer ?? new DuplexPipeStream(_pipe);

    private void Use(Stream layer)
    {
        _layer = layer;
        var (input, output) = (Input, Output);
        Input = new ImapInput(PipeReader.Create(layer, new StreamPipeReaderOptions(bufferSize: LayerBuffer, leaveOpen: true)), Options, Clock, input.Reader);
        Output = new ImapOutput(PipeWriter.Create(layer, new StreamPipeWriterOptions(minimumBufferSize: LayerBuffer, leaveOpen: true)), Options.WriteTimeout, Clock);
        Output.Writer.IsUtf8 = SpeaksUtf8;
        input.Dispose();
        output.Dispose();
        if (_stop.IsCancellationRequested || _watch is not null)
        {
            Input.Wake();   // it was called, or may have been, for the one before
        }
    }

    /// <summary>Ends the layers, outermost first, so that the client sees an end and not a break.</summary>
    private async Task CloseLayersAsync()
    {
        if (_layer is not { } layer)
        {
            return;
        }

        using var patience = new CancellationTokenSource(ByeTimeout, Clock);
        try
        {
            if (layer is DeflateDuplexStream deflate)
            {
                await deflate.FinishAsync(patience.Token).ConfigureAwait(false);
            }

            if (_tls is { } tls)
            {
                await tls.ShutdownAsync().WaitAsync(patience.Token).ConfigureAwait(false);
            }

            await layer.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or ObjectDisposedException)
        {
            // Nobody listens any more.
        }
    }
}
