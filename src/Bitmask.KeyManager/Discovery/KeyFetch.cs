using System.Net;
using System.Net.Sockets;

namespace Bitmask.Keys.Discovery;

/// <summary>What came of one request to a source of keys.</summary>
internal abstract record FetchAnswer
{
    private FetchAnswer()
    {
    }

    /// <summary>There is something.</summary>
    public sealed record Body(byte[] Octets) : FetchAnswer;

    /// <summary>The source answered that there is nothing.</summary>
    public sealed record Nothing : FetchAnswer;

    /// <summary>There is no such source: its name does not exist, or nobody listens there.</summary>
    public sealed record NoSource : FetchAnswer;

    /// <summary>Another answer than yes or no, which no waiting changes: a redirect, say, or that the request is not understood.</summary>
    public sealed record Other(string Reason) : FetchAnswer;

    /// <summary>It could not be found out.</summary>
    public sealed record Failed(string Reason, bool IsTransient) : FetchAnswer;
}

/// <summary>One GET, bounded in time and octets, whose three outcomes are kept apart: something, nothing, could not look.</summary>
/// <param name="http">Follows no redirects.</param>
/// <param name="timeout">Longest wait for the whole answer.</param>
/// <param name="clock">The time.</param>
internal sealed class KeyFetch(HttpClient http, TimeSpan timeout, TimeProvider clock)
{
    /// <summary>Asks.</summary>
    /// <param name="uri">What for.</param>
    /// <param name="source">Who is asked, as the beginning of a sentence.</param>
    /// <param name="maxOctets">Largest answer that is read.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<FetchAnswer> GetAsync(Uri uri, string source, int maxOctets, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            using var response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                return await ReadAsync(response, maxOctets, both.Token).ConfigureAwait(false) is { } octets
                    ? new FetchAnswer.Body(octets)
                    : new FetchAnswer.Failed($"{source} sent more than {maxOctets} octets.", IsTransient: false);
            }

            var reason = $"{source} answered {(int)response.StatusCode}.";
            return (int)response.StatusCode switch
            {
                404 or 410 => new FetchAnswer.Nothing(),
                >= 500 or 429 or 408 => new FetchAnswer.Failed(reason, IsTransient: true),
                _ => new FetchAnswer.Other(reason),
            };
        }
        catch (HttpRequestException e) when (IsNobodyThere(e))
        {
            return new FetchAnswer.NoSource();
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new FetchAnswer.Failed($"{source} can not be reached.", IsTransient: true);
        }
    }

    /// <summary>The name server or the host itself said so; a certificate that is not valid, silence and a broken connection are failures.</summary>
    private static bool IsNobodyThere(HttpRequestException failure)
    {
        for (Exception? e = failure; e is not null; e = e.InnerException)
        {
            if (e is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.ConnectionRefused })
            {
                return true;
            }
        }

        return false;
    }

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int maxOctets, CancellationToken cancellationToken)
    {
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[maxOctets + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length <= maxOctets ? buffer[..length] : null;
    }
}
