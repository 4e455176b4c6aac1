using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>Looking after an account's database.</summary>
internal sealed partial class AccountSession
{
    /// <summary>Compares what follows from the documents with them, and makes it anew if asked to and if anything is wrong. Documents are never touched.</summary>
    public async Task<StoreChecked> CheckStoreAsync(bool repair, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Locking);
        var faults = await Task.Run(Faults, either.Token);
        if (!repair || faults.Count == 0)
        {
            return new StoreChecked(Address.Address, faults, null);
        }

        await StoreCheck.RepairAsync(_store, either.Token);
        await Mail.ReindexAsync(either.Token);
        return new StoreChecked(Address.Address, await Task.Run(Faults, either.Token), faults.Count);
    }

    private IReadOnlyList<string> Faults()
    {
        var faults = StoreCheck.Compare(_store);
        return faults.Count > 0 && _store.Database.CheckIntegrity().Count > 0 ? faults : [.. faults, .. Mail.Check()];
    }
}
