using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>
/// Asks the web key directory of an address's own domain: the advanced method, and the direct one only when the advanced one's host does not
/// exist. A key that does not carry the address is none.
/// </summary>
/// <param name="fetch">Goes out to the web.</param>
/// <param name="clock">The time.</param>
/// <param name="isNameHidden">
/// A proxy resolves the names, so that one that does not exist looks like one that can not be reached; then the direct method is tried, too.
/// </param>
internal sealed class WkdClient(KeyFetch fetch, TimeProvider clock, bool isNameHidden)
{
    /// <summary>Largest answer; a directory filters to one user id, so this is a lot.</summary>
    public const int MaxOctets = 64 * 1024;

    public async Task<DirectoryAnswer> AskAsync(EmailAddress address, CancellationToken cancellationToken)
    {
        var source = $"The web key directory of {address.Domain}";
        var answer = await fetch.GetAsync(WebKeyDirectory.Advanced(address), source, MaxOctets, cancellationToken).ConfigureAwait(false);
        if (answer is FetchAnswer.NoSource || (isNameHidden && answer is FetchAnswer.Failed))
        {
            answer = await fetch.GetAsync(WebKeyDirectory.Direct(address), source, MaxOctets, cancellationToken).ConfigureAwait(false);
        }

        return answer switch
        {
            FetchAnswer.Body body => Read(body.Octets, address, clock.GetUtcNow(), source),
            FetchAnswer.Failed failed => new DirectoryAnswer.Failed(failed.Reason, failed.IsTransient),
            // A web server that does not know the path is a domain without directory: it says so with 404, with another 4xx, or by pointing elsewhere.
            _ => new DirectoryAnswer.None(),
        };
    }

    internal static DirectoryAnswer Read(ReadOnlySpan<byte> body, EmailAddress address, DateTimeOffset now, string source)
    {
        // Many sites answer any path with a page. A packet begins with its highest bit set, no text does.
        if (body.IsEmpty || (body[0] & 0x80) == 0)
        {
            return new DirectoryAnswer.None();
        }

        var all = CertificateBundle.Read(body);
        if (all.Count == 0)
        {
            return new DirectoryAnswer.Failed($"{source} sent a key that can not be read.", IsTransient: false);
        }

        // Of several, one that can be used now, else any: that the key is revoked is news, too.
        var best = all.Where(certificate => certificate.HasAddress(address))
            .OrderByDescending(certificate => certificate.CanEncryptAt(now)).ThenByDescending(certificate => certificate.Created)
            .FirstOrDefault();
        return best is null ? new DirectoryAnswer.None() : new DirectoryAnswer.Certificate(best);
    }
}
