using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.KeyDirectory;

namespace Bitmask.Keys.Discovery;

/// <summary>What one source of keys answered.</summary>
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
internal sealed class NicknymClient(KeyFetch fetch, Uri directory)
{
    private const string Source = "The key directory";

    public async Task<DirectoryAnswer> AskAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var uri = new UriBuilder(directory) { Query = "address=" + Uri.EscapeDataString(address.Canonical) }.Uri;
        return await fetch.GetAsync(uri, Source, NicknymReply.MaxOctets, cancellationToken).ConfigureAwait(false) switch
        {
            FetchAnswer.Body body => Read(body.Octets, address),
            FetchAnswer.Nothing => new DirectoryAnswer.None(),
            FetchAnswer.Failed failed => new DirectoryAnswer.Failed(failed.Reason, failed.IsTransient),
            FetchAnswer.Other other => new DirectoryAnswer.Failed(other.Reason, IsTransient: false),
            // The own provider has one; that nobody is there means that it is down.
            _ => new DirectoryAnswer.Failed($"{Source} can not be reached.", IsTransient: true),
        };
    }

    internal static DirectoryAnswer Read(byte[] body, EmailAddress address)
    {
        if (!NicknymReply.TryParse(body, out var reply) || !EmailAddress.TryParse(reply!.Address, out var answered) || !answered.Equals(address))
        {
            return new DirectoryAnswer.Failed($"{Source}'s answer can not be read.", IsTransient: false);
        }

        try
        {
            return new DirectoryAnswer.Certificate(OpenPgpCertificate.Parse(reply.OpenPgp));
        }
        catch (OpenPgpFormatException e)
        {
            return new DirectoryAnswer.Failed($"{Source}'s key can not be read: " + e.Message, IsTransient: false);
        }
    }
}
