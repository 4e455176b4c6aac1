using System.Globalization;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// How much room the account has at its provider, as the provider said with the last sync. It is shown to the owner and decides nothing: a provider that
/// lies here only shows wrong numbers.
/// </summary>
/// <param name="LimitOctets">How much it may take in all.</param>
/// <param name="UsedOctets">How much it takes; to a MiB, for it is written down anew only when it has changed by more.</param>
public sealed record ProviderQuota(long LimitOctets, long UsedOctets)
{
    private const string Setting = "provider.quota";
    private const long WorthWriting = 1024 * 1024;

    /// <summary>Whether so many octets more are more than the provider takes.</summary>
    public bool IsExceededBy(long octets) => octets > LimitOctets - UsedOctets;

    /// <summary>What the provider said last; null when it never said anything that makes sense.</summary>
    public static ProviderQuota? Read(StoreReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return reader.GetSetting(Setting)?.Split('/') is [var used, var limit] ? Of(Number(limit), Number(used)) : null;
    }

    /// <summary>Writes down what the provider said, should it be other than what is known; null: it said nothing.</summary>
    internal static async Task NoteAsync(SoledadStore store, SyncInfo? info, CancellationToken cancellationToken)
    {
        if (info is null)
        {
            return; // it has no database yet, so it could not say
        }

        var (known, told) = (store.Read(Read), Of(info.QuotaOctets, info.UsedOctets));
        if (known == told || (known is not null && told is not null && known.LimitOctets == told.LimitOctets
            && known.IsExceededBy(1) == told.IsExceededBy(1) && Math.Abs(known.UsedOctets - told.UsedOctets) < WorthWriting))
        {
            return;
        }

        var text = told is null ? null : string.Create(CultureInfo.InvariantCulture, $"{told.UsedOctets}/{told.LimitOctets}");
        await store.WriteAsync(tx => tx.SetSetting(Setting, text), cancellationToken).ConfigureAwait(false);
    }

    private static ProviderQuota? Of(long? limit, long? used) => limit is > 0 && used is >= 0 ? new ProviderQuota(limit.Value, used.Value) : null;

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
