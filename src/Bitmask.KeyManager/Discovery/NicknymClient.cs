using System.Net;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;

namespace Bitmask.Keys.Discovery;

/// <summary>What the key directory answered.</summary>
internal abstract record DirectoryAnswer
{
    private DirectoryAnswer()
    {
    }

    public sealed record Certificate(OpenPgpCertificate Value) : DirectoryAnswer;

    public sealed record None : DirectoryAnswer;

    public sealed record Failed(string Reason, bool IsTransient) : DirectoryAnswer;
}

/// <summary>Asks a provider's key directory. Only its 404 means that there is no key; whatever else goes wrong is a failure.</summary>
internal sealed class NicknymClient(HttpClient http, Uri directory, TimeSpan timeout, TimeProvider clock)
{
    public async Task<DirectoryAnswer> AskAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            var uri = new UriBuilder(directory) { Query = "address=" + Uri.EscapeDataString(address.Canonical) }.Uri;
            using var response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, both.Token).ConfigureAwait(false);
            return response.StatusCode switch
            {
                HttpStatusCode.OK => Read(await ReadBodyAsync(response, both.Token).ConfigureAwait(false), address),
                HttpStatusCode.NotFound => new DirectoryAnswer.None(),
                var status => new DirectoryAnswer.Failed($"The key directory answered {(int)status}.", IsTransient: (int)status is >= 500 or 429 or 408),
            };
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return new DirectoryAnswer.Failed("The key directory can not be reached.", IsTransient: true);
        }
    }

    private static async Task<byte[]?> ReadBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[NicknymReply.MaxOctets + 1];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        return length <= NicknymReply.MaxOctets ? buffer[..length] : null;
    }

    private static DirectoryAnswer Read(byte[]? body, EmailAddress address)
    {
        if (!NicknymReply.TryParse(body, out var reply) || !EmailAddress.TryParse(reply!.Address, out var answered) || !answered.Equals(address))
        {
            return new DirectoryAnswer.Failed("The key directory's answer can not be read.", IsTransient: false);
        }

        try
        {
            return new DirectoryAnswer.Certificate(OpenPgpCertificate.Parse(reply.OpenPgp));
        }
        catch (OpenPgpFormatException e)
        {
            return new DirectoryAnswer.Failed("The key directory's key can not be read: " + e.Message, IsTransient: false);
        }
    }
}
