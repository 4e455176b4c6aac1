using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>
/// Asks key servers that the user named: one that has proved addresses by mail (VKS, keys.openpgp.org) by address and by fingerprint, one of
/// the old kind (HKP), to which anybody may upload anything, by fingerprint only.
/// </summary>
internal sealed class KeyServerClient(KeyFetch fetch, Uri? verifying, Uri? open)
{
    /// <summary>Largest answer that is read.</summary>
    public const int MaxOctets = 256 * 1024;

    private const string Source = "The key server";

    /// <summary>Whether there is one that can be asked by address.</summary>
    public bool FindsAddresses => verifying is not null;

    /// <summary>Whether there is one at all.</summary>
    public bool IsThere => verifying is not null || open is not null;

    public Task<DirectoryAnswer> AskAsync(EmailAddress address, CancellationToken cancellationToken)
        => GetAsync(new Uri(verifying!, "vks/v1/by-email/" + Uri.EscapeDataString(address.Canonical)), cancellationToken);

    /// <summary>News of a key that is known. The answer may have no user id; it is good for merging only.</summary>
    public async Task<DirectoryAnswer> AskAsync(Fingerprint fingerprint, CancellationToken cancellationToken)
    {
        DirectoryAnswer answer = new DirectoryAnswer.None();
        foreach (var uri in Places(fingerprint))
        {
            answer = await GetAsync(uri, cancellationToken).ConfigureAwait(false);
            if (answer is DirectoryAnswer.Certificate { Value.Fingerprint: var got } && got != fingerprint)
            {
                answer = new DirectoryAnswer.Failed($"{Source} sent another key than it was asked for.", IsTransient: false);
            }

            if (answer is DirectoryAnswer.Certificate)
            {
                break;
            }
        }

        return answer;
    }

    internal static DirectoryAnswer Read(byte[] body)
    {
        try
        {
            return new DirectoryAnswer.Certificate(OpenPgpCertificate.Parse(body, new CertificateLimits { MaxOctets = MaxOctets }));
        }
        catch (OpenPgpFormatException e)
        {
            return new DirectoryAnswer.Failed($"{Source}'s key can not be read: {e.Message}", IsTransient: false);
        }
    }

    private IEnumerable<Uri> Places(Fingerprint fingerprint)
    {
        if (verifying is not null)
        {
            yield return new Uri(verifying, "vks/v1/by-fingerprint/" + fingerprint.Value);
        }

        if (open is not null)
        {
            yield return new Uri(open, "pks/lookup?op=get&options=mr&search=0x" + fingerprint.Value);
        }
    }

    private async Task<DirectoryAnswer> GetAsync(Uri uri, CancellationToken cancellationToken)
        => await fetch.GetAsync(uri, Source, MaxOctets, cancellationToken).ConfigureAwait(false) switch
        {
            FetchAnswer.Body body => Read(body.Octets),
            FetchAnswer.Nothing => new DirectoryAnswer.None(),
            FetchAnswer.Failed failed => new DirectoryAnswer.Failed(failed.Reason, failed.IsTransient),
            FetchAnswer.Other other => new DirectoryAnswer.Failed(other.Reason, IsTransient: false),
            _ => new DirectoryAnswer.Failed($"{Source} can not be reached.", IsTransient: true),
        };
}
