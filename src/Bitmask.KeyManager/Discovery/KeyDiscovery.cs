using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>What all sources together say.</summary>
internal abstract record DiscoveryAnswer
{
    private DiscoveryAnswer()
    {
    }

    public sealed record Found(OpenPgpCertificate Certificate, ValidationLevel Level, KeySource Source) : DiscoveryAnswer;

    public sealed record None : DiscoveryAnswer;

    public sealed record Failed(string Reason, bool IsTransient) : DiscoveryAnswer;
}

/// <summary>
/// Asks one source after the other, the one that speaks with most authority for the address first. The first key found counts; that there is
/// none counts only when every source said so.
/// </summary>
internal sealed class KeyDiscovery(NicknymClient directory, WkdClient? web, KeyServerClient? servers, string ownDomain)
{
    /// <summary>Whether anybody beside the own provider can be asked at all.</summary>
    public bool HasOthers => web is not null || servers is { FindsAddresses: true };

    public async Task<DiscoveryAnswer> AskAsync(EmailAddress address, LookupScope scope, CancellationToken cancellationToken)
    {
        var failures = new List<DirectoryAnswer.Failed>();
        foreach (var (source, level, ask) in Sources(address, scope))
        {
            switch (await ask(address, cancellationToken).ConfigureAwait(false))
            {
                case DirectoryAnswer.Certificate certificate:
                    return new DiscoveryAnswer.Found(certificate.Value, level, source);
                case DirectoryAnswer.Failed failed:
                    failures.Add(failed);
                    break;
            }
        }

        return failures.Count == 0
            ? new DiscoveryAnswer.None()
            : new DiscoveryAnswer.Failed(string.Join(' ', failures.Select(failure => failure.Reason)), failures.Exists(failure => failure.IsTransient));
    }

    /// <summary>
    /// For its own domain the own provider's directory speaks with authority and alone; for another domain that domain's own directory does, and the
    /// own provider knows only by hearsay (decision 0061).
    /// </summary>
    private IEnumerable<(KeySource Source, ValidationLevel Level, Func<EmailAddress, CancellationToken, Task<DirectoryAnswer>> Ask)> Sources(EmailAddress address, LookupScope scope)
    {
        if (address.Domain == ownDomain)
        {
            yield return (KeySource.KeyDirectory, ValidationLevel.ProviderTrust, directory.AskAsync);
            yield break;
        }

        if (web is not null && scope == LookupScope.Everywhere)
        {
            yield return (KeySource.WebKeyDirectory, ValidationLevel.ProviderTrust, web.AskAsync);
        }

        yield return (KeySource.KeyDirectory, ValidationLevel.WeakChain, directory.AskAsync);
        if (servers is { FindsAddresses: true } && scope == LookupScope.Everywhere)
        {
            yield return (KeySource.KeyServer, ValidationLevel.WeakChain, servers.AskAsync);
        }
    }
}
