using Bitmask.Bonafide;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// What a device that is set up asks each time it goes online, before it relies on its provider: does it still offer what the account
/// needs (security.md A1), and is its key record the one this device knows, or a later one (A2)? A lie is told and changes nothing here.
/// </summary>
internal sealed class ProviderCheck(SoledadStore store, ProviderLink link, HttpClient http, UserId user, AccountEvents events)
{
    /// <exception cref="BonafideException">Out of reach, or it does not offer what the account needs; nobody must log in there.</exception>
    public async Task CheckProviderAsync(CancellationToken cancellationToken)
    {
        try
        {
            ProviderBootstrap.RequireSealed(await new ProviderBootstrap(link.Outgoing.For).RefreshAsync(link.Pin, cancellationToken));
        }
        catch (BonafideException changed) when (changed.Code == BonafideErrors.CaChanged)
        {
            // The connection itself was by the pinned CA. The new one is not taken over; as long as the old one serves, mail flows.
            events.Add(changed.Code, changed.Message);
        }
    }

    /// <summary>Compares the record at the provider with the one here.</summary>
    /// <returns>The keyset of a later record, which is kept here now; null when there is none. The caller disposes it.</returns>
    /// <exception cref="SoledadException">The provider can not be reached or refuses.</exception>
    public async Task<Keyset?> FindLaterKeysetAsync(Keyset known, CancellationToken cancellationToken)
    {
        var soledad = (await link.ReadServicesAsync(cancellationToken)).Soledad;
        try
        {
            var there = (await new KeyRecordClient(http, soledad, user, link.TokenAsync).FetchAsync(cancellationToken)).Record;
            return there.ToBytes().AsSpan().SequenceEqual(store.Read(AccountKeys.Record).ToBytes()) ? null : await TakeOverAsync(there, known, cancellationToken);
        }
        catch (SoledadException lie) when (lie.Code is SoledadCodes.KeysMissing or SoledadCodes.KeyRecordDamaged or SoledadCodes.KeyRecordRollback)
        {
            events.Add(lie.Code, lie.Message);
            return null;
        }
    }

    private async Task<Keyset> TakeOverAsync(KeyRecord record, Keyset known, CancellationToken cancellationToken)
    {
        using var root = store.Read(AccountKeys.Root);
        var later = KeysetRecord.Open(record, user, root, known.Serial);
        try
        {
            if (later.Serial == known.Serial || later.Mode != known.Mode
                || !later.IdKey.FixedTimeEquals(known.IdKey.Span) || !later.DigestKey.FixedTimeEquals(known.DigestKey.Span))
            {
                throw new SoledadException(SoledadCodes.KeyRecordDamaged, "The provider's key record contradicts the one this device knows. Nothing here was changed.");
            }

            await store.WriteAsync(transaction => AccountKeys.Save(transaction, root, record), cancellationToken);
            return later;
        }
        catch
        {
            later.Dispose();
            throw;
        }
    }
}
