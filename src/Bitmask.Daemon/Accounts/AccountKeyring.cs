using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>What the record is to become.</summary>
/// <param name="Next">The keys; owned by who gets them.</param>
/// <param name="Slots">The ways to the root.</param>
/// <param name="Root">Another root, lent; null: the root stays.</param>
internal sealed record RecordChange(Keyset Next, IReadOnlyList<KeySlot> Slots, SecretBytes? Root = null);

/// <summary>
/// An unlocked account's keys in use, and their record at the provider: judged when it is fetched, changed by compare-and-swap, kept in the account's database.
/// A record under a root that this device does not have counts only when the passphrase opens it.
/// </summary>
internal sealed class AccountKeyring(SoledadStore store, UserId user, Keyset first) : IDisposable
{
    private const int Attempts = 5;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly List<Keyset> _earlier = [];
    private volatile Keyset _current = first;

    /// <summary>The keys in use; lent.</summary>
    public Keyset Current => _current;

    /// <summary>Later keys are in use.</summary>
    public event Action<Keyset>? Changed;

    /// <summary>The record as this device knows it.</summary>
    public KeyRecord Record => store.Read(AccountKeys.Record);

    /// <summary>Fetches the record; takes over a later one.</summary>
    /// <param name="client">Where.</param>
    /// <param name="passphrase">What its owner has just typed; null when nobody is there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SoledadException">Missing, older, or not the account's.</exception>
    /// <exception cref="DaemonException">It is under another root, and the passphrase is needed to judge it.</exception>
    public async Task<FetchedKeyRecord> RefreshAsync(KeyRecordClient client, string? passphrase, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            return await RefreshInTurnAsync(client, passphrase, cancellationToken);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Changes the record; once more from the beginning when another device was first.</summary>
    /// <param name="client">Where.</param>
    /// <param name="passphrase">What its owner has just typed; null when nobody is there.</param>
    /// <param name="change">Makes the change from the present keys, root and record. The root is lent.</param>
    /// <param name="beforeWriting">Runs between fetching and writing: what it proves holds for the record that is replaced.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record's revision.</returns>
    public async Task<string> ChangeAsync(
        KeyRecordClient client, string? passphrase, Func<Keyset, SecretBytes, KeyRecord, RecordChange> change, Func<Task>? beforeWriting, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                var fetched = await RefreshInTurnAsync(client, passphrase, cancellationToken);
                if (beforeWriting is not null)
                {
                    await beforeWriting();
                }

                try
                {
                    return await WriteAsync(client, fetched, change, cancellationToken);
                }
                catch (SoledadException other) when (other.Code == SoledadCodes.KeyRecordChanged && attempt < Attempts)
                {
                    // Another device was first: look again.
                }
            }
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _current.Dispose();
        _earlier.ForEach(earlier => earlier.Dispose());
        _one.Dispose();
    }

    private async Task<FetchedKeyRecord> RefreshInTurnAsync(KeyRecordClient client, string? passphrase, CancellationToken cancellationToken)
    {
        var fetched = await client.FetchAsync(cancellationToken);
        if (!fetched.Record.ToBytes().AsSpan().SequenceEqual(Record.ToBytes()))
        {
            await TakeOverAsync(fetched.Record, passphrase, cancellationToken);
        }

        return fetched;
    }

    private async Task<string> WriteAsync(KeyRecordClient client, FetchedKeyRecord fetched, Func<Keyset, SecretBytes, KeyRecord, RecordChange> change, CancellationToken cancellationToken)
    {
        using var root = store.Read(AccountKeys.Root);
        var (next, slots, newRoot) = change(_current, root, fetched.Record);
        try
        {
            var record = KeysetRecord.Seal(next, newRoot ?? root, user, slots);
            var tag = await client.ReplaceAsync(record, fetched.ETag, cancellationToken);
            await store.WriteAsync(transaction => AccountKeys.Save(transaction, newRoot ?? root, record), CancellationToken.None);
            Use(next);
            return tag;
        }
        catch
        {
            next.Dispose();
            throw;
        }
    }

    private async Task TakeOverAsync(KeyRecord record, string? passphrase, CancellationToken cancellationToken)
    {
        using var known = store.Read(AccountKeys.Root);
        using var another = IsUnder(known, record) ? null : await FindRootAsync(record, passphrase, cancellationToken);
        var root = another ?? known;
        var later = KeysetRecord.Open(record, user, root, _current.Serial);
        try
        {
            if (later.Serial == _current.Serial || later.Mode != _current.Mode || later.CaSha256 != _current.CaSha256
                || !later.IdKey.FixedTimeEquals(_current.IdKey.Span) || !later.DigestKey.FixedTimeEquals(_current.DigestKey.Span)
                || _current.Epochs.Any(epoch => later.FindEpoch(epoch.Number)?.Key.FixedTimeEquals(epoch.Key.Span) != true))
            {
                throw new SoledadException(SoledadCodes.KeyRecordDamaged, "The provider's key record contradicts the one this device knows. Nothing here was changed.");
            }

            await store.WriteAsync(transaction => AccountKeys.Save(transaction, root, record), CancellationToken.None);
        }
        catch
        {
            later.Dispose();
            throw;
        }

        Use(later);
    }

    private bool IsUnder(SecretBytes root, KeyRecord record)
    {
        if (record.Serial <= _current.Serial)
        {
            return true; // an older one is refused for that, whatever root it has
        }

        try
        {
            KeysetRecord.Open(record, user, root, _current.Serial).Dispose();
            return true;
        }
        catch (SoledadException damaged) when (damaged.Code == SoledadCodes.KeyRecordDamaged)
        {
            return false;
        }
    }

    private async Task<SecretBytes> FindRootAsync(KeyRecord record, string? passphrase, CancellationToken cancellationToken)
    {
        if (passphrase is null)
        {
            throw new DaemonException(
                "passphrase-needed", "The key record at the provider is under other keys than this device has: another device may have renewed them, or the provider shows something false.",
                "Type the passphrase once, it tells which: bitmaskctl user auth");
        }

        foreach (var slot in record.Slots.Where(slot => slot.Type == KeySlot.Passphrase))
        {
            try
            {
                var profile = KdfProfile.Find(slot.Profile);
                using var master = await Task.Run(() => MasterKey.Derive(passphrase, slot.SaltOctets(), profile), cancellationToken);
                if (slot.Open(master.WrapKey, user) is { Length: KeysetRecord.RootOctets } root)
                {
                    return root;
                }
            }
            catch (KeysProtocolException)
            {
                // Not a slot that the account's devices make.
            }
        }

        throw new SoledadException(SoledadCodes.KeyRecordDamaged, "The account's key record can not be opened: neither this device's keys nor the passphrase fit. Nothing was changed, no keys were made.");
    }

    private void Use(Keyset later)
    {
        _earlier.Add(_current); // others may hold it still; wiped at locking
        _current = later;
        Changed?.Invoke(later);
    }
}
